"""Whoever has no application any more is forgotten as well."""

from __future__ import annotations

import datetime as dt
from typing import Any

import structlog
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from applications import retention
from applications.models import Consent, Draft, Learner
from kopa.accounts import services as accounts
from kopa.accounts.models import PersonSession, User
from kopa.base.db import Busy, saying_busy
from providers.models import Invitation, RoleAssignment

log = structlog.get_logger(__name__)


def forget_who_has_left(*, now: dt.datetime | None = None) -> int:
    """Learners without an application are gone, each with the account; and accounts that the link to a draft
    has made, which was never sent: how many.

    Whoever has agreed to be remembered stays; whoever is on the way to another application, signed in at the
    moment, or held by somebody, stays until another night.
    """
    moment = now or timezone.now()
    number = 0
    for pk in list(_gone(moment).order_by("pk").values_list("pk", flat=True)):
        try:
            with saying_busy():
                number += _forget_unless_back(pk, moment)
        except Busy:
            log.warning("a person is forgotten another night", person=pk)
    return number


@transaction.atomic
def _forget_unless_back(person_id: int, now: dt.datetime) -> int:
    """Whoever sends an application writes the learner first, who points to the account: it is asked again
    once both are locked.
    """
    list(Learner.objects.select_for_update().filter(person=person_id).values("pk"))
    list(User.objects.select_for_update().filter(pk=person_id).values("pk"))
    person = _gone(now).filter(pk=person_id).first()
    if person is None:
        return 0
    forget(person)
    return 1


def _gone(now: dt.datetime) -> QuerySet[User]:
    theirs: dict[str, Any] = {"person": OuterRef("pk")}
    learners = Learner.objects.filter(**theirs)
    rows = User.objects.filter(Exists(learners) | Q(pk__in=_with_an_account_alone(now).values("pk")))
    rows = rows.exclude(Exists(learners.filter(applications__isnull=False)))
    rows = rows.exclude(Exists(Consent.objects.filter(**theirs, withdrawn_at=None)))
    rows = rows.exclude(Exists(PersonSession.objects.filter(**theirs)))
    return rows.exclude(Exists(Draft.objects.filter(email=OuterRef("email"))))


def _with_an_account_alone(now: dt.datetime) -> QuerySet[User]:
    """Made by a link, without a password and a role ever since, for longer than a draft is kept."""
    before = now - dt.timedelta(days=retention.period(retention.Rule.DRAFT).number)
    rows = User.objects.filter(
        is_active=True, joined_at__lt=before, password__startswith=UNUSABLE_PASSWORD_PREFIX
    )
    return rows.exclude(Exists(RoleAssignment.objects.filter(person=OuterRef("pk"))))


def forget(person: User) -> None:
    """Nothing of the person is left, who has neither application nor draft. Whoever calls has locked the
    learner.

    An account that has, or had, a role stays: what was done in it is the organisation's.
    """
    Learner.objects.filter(person=person).delete()
    Consent.objects.filter(person=person).delete()
    if not RoleAssignment.objects.filter(person=person).exists():
        Invitation.objects.filter(email=person.email).delete()
        accounts.forget_person(person)
