"""What the pages of the desk read from their requests alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from kopa.accounts import typed
from kopa.accounts.requests import SignedInRequest
from kopa.base.errors import RuleBroken
from offerings.models import Offering, PlaceCounter
from offerings.services.acts import refuse_unless_changeable


def own_offering(request: SignedInRequest, pk: int) -> Offering:
    """One that the person may edit; 404 for anybody else's."""
    today = timezone.localdate()
    rows = Offering.objects.editable_by(request.user, on=today)
    rows = rows.select_related(
        "provider__municipality", "provider__parent__municipality", "places_confirmed_by"
    )
    return get_object_or_404(rows, pk=pk)


def mark_of(data: Mapping[str, str]) -> UUID | None:
    """Of the blank form; None where it has none or something else."""
    return _uuid(data.get("created_from", ""))


def sitting_of(data: Mapping[str, str]) -> UUID | None:
    """Of the window in which the form stands open; None where it does not say."""
    return _uuid(data.get("sitting", ""))


def said(refused: RuleBroken | ValidationError) -> str:
    return str(refused) if isinstance(refused, RuleBroken) else " ".join(refused.messages)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def turned_away(request: SignedInRequest, offering: Offering, verb: str) -> HttpResponse | None:
    """To what can be read of it where the course is cancelled: nothing of it is changed any more."""
    try:
        refuse_unless_changeable(offering, verb)
    except RuleBroken:
        if request.method == "POST":
            messages.error(request, _("Nothing was saved: the course is cancelled."))
        return redirect("offerings:preview", pk=offering.pk)
    return None


def is_sent(request: SignedInRequest) -> bool:
    """A form, and not only brought back after signing in."""
    return request.method == "POST" and typed.FIELD not in request.POST


def first_values(request: SignedInRequest) -> dict[str, Any]:
    """What was typed here before and has not been sent."""
    waiting = typed.waiting(request)
    return {} if waiting is None else dict(waiting.items())


def counters_of(offering: Offering) -> list[PlaceCounter]:
    return list(offering.counters.select_related("quota__municipality").order_by("pk"))
