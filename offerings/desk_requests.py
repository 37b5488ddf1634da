"""What the pages of the desk read from their requests alike."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404
from django.utils import timezone

from kopa.accounts.requests import SignedInRequest
from kopa.base.errors import RuleBroken
from offerings.models import Offering


def own_offering(request: SignedInRequest, pk: int) -> Offering:
    """One that the person may edit; 404 for anybody else's."""
    today = timezone.localdate()
    rows = Offering.objects.editable_by(request.user, on=today)
    rows = rows.select_related(
        "provider__municipality", "provider__parent__municipality", "places_confirmed_by"
    )
    return get_object_or_404(rows, pk=pk)


def version_of(data: Mapping[str, str]) -> int:
    """Of the course as the form showed it; one that never was where it is missing."""
    version = data.get("version", "")
    return int(version) if version.isascii() and version.isdigit() and len(version) < 10 else -1


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
