"""Refusals of the API: RFC 9457 problem details, each with a stable ``code``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

from kopa.base.errors import RuleBroken
from kopa.base.parameters import Refused

MEDIA_TYPE: Final = "application/problem+json"
DOCUMENTATION: Final = "/api/v1/docs/"

# Code → (HTTP status, title). The documentation page lists them; a code is never given another meaning.
PROBLEMS: Final[Mapping[str, tuple[int, str | Promise]]] = {
    "bad_parameters": (400, _("A query parameter was not understood")),
    "bad_request": (400, _("The request was not understood")),
    "permission_denied": (403, _("This is not allowed")),
    "not_found": (404, _("There is no such thing here")),
    "method_not_allowed": (405, _("This cannot be done with this address")),
    "not_acceptable": (406, _("The answer cannot be given in the form that was asked for")),
    "rule_broken": (409, _("A rule refuses the act")),
    "payload_too_large": (413, _("The request is too large")),
    "too_many_requests": (429, _("Too many requests")),
    "server_error": (500, _("The server made a mistake")),
    "unavailable": (503, _("The service is away for a moment")),
}
CODE_OF_STATUS: Final = {
    status_code: code for code, (status_code, _title) in PROBLEMS.items() if code != "bad_parameters"
}


class BadParameters(exceptions.APIException):
    """One or more query parameters are unknown, repeated or malformed; ``refused`` says which."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "bad_parameters"
    default_detail = _("See errors: each names the parameter and what is wrong with it.")

    def __init__(self, refused: Sequence[Refused]) -> None:
        super().__init__()
        self.refused = tuple(refused)


def body(
    code: str, detail: str, *, refused: Sequence[Refused] = (), status_code: int | None = None
) -> dict[str, Any]:
    """The problem document. ``errors`` stands in it only when parameters were refused."""
    known_status, title = PROBLEMS.get(code, PROBLEMS["bad_request"])
    document: dict[str, Any] = {
        "type": f"{DOCUMENTATION}#problem-{code}",
        "title": str(title),
        "status": status_code or known_status,
        "code": code,
        "detail": detail,
    }
    if refused:
        document["errors"] = [
            {"parameter": one.parameter, "code": one.code, "detail": one.detail} for one in refused
        ]
    return document


def of_status(status_code: int) -> dict[str, Any]:
    """The problem document of an answer that no view of the API made."""
    code = CODE_OF_STATUS.get(status_code, "server_error" if status_code >= 500 else "bad_request")
    return body(
        code, HTTPStatus(status_code).description or HTTPStatus(status_code).phrase, status_code=status_code
    )


def problem(reason: Exception, context: dict[str, Any]) -> Response | None:
    """Every refusal as problem details; None for what nobody expected (the middleware answers then)."""
    if isinstance(reason, RuleBroken):
        document = body(reason.code, str(reason), status_code=status.HTTP_409_CONFLICT)
        document["title"] = str(PROBLEMS["rule_broken"][1])
        return Response(document, status=status.HTTP_409_CONFLICT, content_type=MEDIA_TYPE)
    if isinstance(reason, Http404):
        reason = exceptions.NotFound()
    elif isinstance(reason, PermissionDenied):
        reason = exceptions.PermissionDenied()
    answered = exception_handler(reason, context)
    if answered is None or not isinstance(reason, exceptions.APIException):
        return None
    code = "bad_parameters" if isinstance(reason, BadParameters) else CODE_OF_STATUS[reason.status_code]
    refused = reason.refused if isinstance(reason, BadParameters) else ()
    answered.data = body(code, str(reason.detail), refused=refused, status_code=reason.status_code)
    answered.content_type = MEDIA_TYPE
    return answered
