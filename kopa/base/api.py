"""What every list and error of the API has in common."""

from __future__ import annotations

from typing import Any

from rest_framework import exceptions, status
from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response
from rest_framework.throttling import AnonRateThrottle
from rest_framework.views import exception_handler

from kopa.base.errors import RuleBroken


class Pages(PageNumberPagination):
    """``count, next, previous, results``; ``page`` from 1, ``page_size`` at most 200."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200


class AnonymousReading(AnonRateThrottle):
    """Twenty requests a second on average, bursts included: never below what docs/api.md promises."""

    rate = "1200/min"


def problem(reason: Exception, context: dict[str, Any]) -> Response | None:
    """Every refusal as RFC 9457 problem details with a stable ``code``; None for what nobody expected."""
    if isinstance(reason, RuleBroken):
        response = Response({"detail": str(reason)}, status=status.HTTP_409_CONFLICT)
        code = reason.code
    else:
        answered = exception_handler(reason, context)
        if answered is None:
            return None
        response = answered
        code = reason.default_code if isinstance(reason, exceptions.APIException) else "error"
    response.data = {
        "type": f"about:blank#{code}",
        "title": response.status_text,
        "status": response.status_code,
        "code": code,
        "detail": response.data,
    }
    response.content_type = "application/problem+json"
    return response
