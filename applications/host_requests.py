"""What the host's pages read from their requests alike: whose course, whose application, who decides."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone

from applications import rules
from applications.host_lists import courses_of
from applications.models import AdmissionDecision, Application, ReceptionDecision
from applications.models.reading import Where
from applications.services import reading
from applications.services.deciding import Official
from kopa.accounts.models import User
from kopa.accounts.requests import SignedInRequest
from kopa.base.errors import RuleBroken
from offerings.models import Offering
from offerings.rules import may_publish_something


def own_course(request: SignedInRequest, pk: int) -> Offering:
    """One that the person decides for; 404 for anybody else's."""
    return get_object_or_404(courses_of(request.user, on=timezone.localdate()), pk=pk)


def refuse_without_desk(request: SignedInRequest) -> None:
    if not may_publish_something(request.user, on=timezone.localdate()):
        raise PermissionDenied


def own_application(request: SignedInRequest, key: uuid.UUID) -> Application:
    """To a course that the person decides for; 404 for anybody else's, also one's own (R-PRIV-4)."""
    rows = Application.objects.to_courses_of(request.user, on=timezone.localdate())
    return get_object_or_404(rows.with_case().with_namesakes(), key=key)


def official_of(user: User, offering: Offering, *, title: str, on: dt.date) -> Official:
    """Who decides, in the role acted in."""
    role = rules.deciding_role(user, offering, on=on)
    if role is None:
        raise Http404
    return Official(user, role.role, offering.provider_id, title=title.strip())


def title_of(user: User) -> str:
    """As the person's last decision shows it."""
    for kind in (AdmissionDecision, ReceptionDecision):
        last = kind.objects.filter(official=user).order_by("-decided_at").first()
        if last is not None:
            return last.official_title
    return ""


def note_reading(
    request: SignedInRequest, applications: Iterable[Application], offering: Offering, where: Where
) -> None:
    """R-PRIV-10: the host's people have seen these."""
    by = official_of(request.user, offering, title="", on=timezone.localdate())
    reading.note(
        applications, person=by.person, role=by.role, organisation_id=by.organisation_id, where=where
    )


def said(refused: RuleBroken | ValidationError) -> str:
    return str(refused) if isinstance(refused, RuleBroken) else " ".join(refused.messages)
