"""Statements that are late, and the officers' morning letter."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from applications import letters as notices
from applications.models import HomeStatement
from applications.querysets_statements import asked_of
from applications.services import acts
from kopa.accounts.models import User
from kopa.base.working_days import is_working_day
from kopa.letters.choices import STATEMENTS_DIGEST
from kopa.letters.models import Letter, UnwantedLetters
from municipalities.models import Country
from providers.models import Role, RoleAssignment

# What waits is told again after that, though nothing has happened.
AGAIN_AFTER: Final = dt.timedelta(days=7)


def remind_overdue(*, now: dt.datetime | None = None) -> int:
    """Each statement whose last day is over is marked once; the next morning's letter tells of it. How many.

    Nothing else follows: silence is neither consent nor refusal (R-HOME-4).
    """
    moment = now or timezone.now()
    late = HomeStatement.objects.overdue(today=timezone.localdate(moment)).filter(reminded_at__isnull=True)
    return sum(_remind(pk, moment) for pk in late.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def _remind(statement_id: int, now: dt.datetime) -> int:
    rows = HomeStatement.objects.awaited().filter(pk=statement_id, reminded_at__isnull=True)
    if not rows.update(reminded_at=now):
        return 0
    statement = HomeStatement.objects.select_related("application").get(pk=statement_id)
    acts.tell("remind_statement", statement.application, by=None, to_state=statement.state)
    return 1


def write_digests(*, now: dt.datetime | None = None) -> int:
    """Every officer whose municipality has statements to give gets one letter with two numbers, on a working
    day of the municipality's country: when something is new since the last one, otherwise after a week. Twice
    on a day writes no second one. How many letters.
    """
    moment = now or timezone.now()
    today = timezone.localdate(moment)
    working = [country for country in Country.values if is_working_day(today, country)]
    roles = RoleAssignment.objects.active(on=today).filter(
        role=Role.OFFICER, person__is_active=True, organisation__municipality__country__in=working
    )
    unwanted = UnwantedLetters.objects.of(STATEMENTS_DIGEST).values("person")
    people = roles.exclude(person__in=unwanted).order_by("person").values_list("person", flat=True)
    return sum(_write_digest(person, moment) for person in people.distinct())


@transaction.atomic
def _write_digest(person_id: int, now: dt.datetime) -> int:
    """One at a time for a person: whoever writes to her at the same moment goes on without."""
    rows = User.objects.select_for_update(no_key=True, skip_locked=True)
    person = rows.filter(pk=person_id).first()
    if person is None:
        return 0
    today = timezone.localdate(now)
    awaited = HomeStatement.objects.awaited().filter(asked_of(person, on=today))
    last = (
        Letter.objects.filter(recipient=person, kind=STATEMENTS_DIGEST)
        .order_by("-created_at").values_list("created_at", flat=True).first()
    )  # fmt: skip
    if last is not None:
        if timezone.localdate(last) == today:
            return 0
        if last > now - AGAIN_AFTER:
            since = Q(requested_at__gt=last) | Q(more_given_at__gt=last) | Q(reminded_at__gt=last)
            if not awaited.filter(since).exists():
                return 0
    waiting = awaited.count()
    if not waiting:
        return 0
    notices.statements_wait(person, waiting=waiting, overdue=awaited.overdue(today=today).count())
    return 1
