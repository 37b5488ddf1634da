"""Statements that are late, and the morning letters of those who state and decide."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from applications import letters as notices
from applications.models import Application, HomeStatement
from applications.querysets import ApplicationQuerySet
from applications.querysets_statements import HomeStatementQuerySet, asked_of
from applications.services import acts
from applications.states import UNDECIDED, Turn
from kopa.accounts.models import User
from kopa.base.working_days import is_working_day
from kopa.letters.choices import APPLICATIONS_DIGEST, STATEMENTS_DIGEST
from kopa.letters.models import Letter, UnwantedLetters
from municipalities.models import Country
from providers.models import Role, RoleAssignment
from providers.rules import PUBLISHING

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


@dataclass(frozen=True, slots=True)
class Digest:
    """A morning letter: what waits for a person on a day, which of it is new since the last one, and how it
    is told.
    """

    kind: str
    waits: Callable[[User, dt.date], HomeStatementQuerySet | ApplicationQuerySet]
    news: tuple[str, ...]
    tell: Callable[[User, int, dt.date], None]


def write_digests(*, now: dt.datetime | None = None) -> int:
    """Every officer whose municipality has statements to give gets one letter with two numbers, on a working
    day of the municipality's country: when something is new since the last one, otherwise after a week. Twice
    on a day writes no second one. How many letters.
    """
    moment = now or timezone.now()
    of = Q(role=Role.OFFICER, organisation__municipality__country__in=_at_work(moment))
    return _write_all(STATEMENTS, of, moment)


def write_host_digests(*, now: dt.datetime | None = None) -> int:
    """The same for those who decide on applications, by the country of the host: one letter however many have
    applied. How many letters.
    """
    moment = now or timezone.now()
    return _write_all(APPLICATIONS, PUBLISHING & Q(organisation__country__in=_at_work(moment)), moment)


def _at_work(now: dt.datetime) -> list[str]:
    today = timezone.localdate(now)
    return [country for country in Country.values if is_working_day(today, country)]


def _write_all(digest: Digest, of: Q, now: dt.datetime) -> int:
    roles = RoleAssignment.objects.active(on=timezone.localdate(now)).filter(of, person__is_active=True)
    unwanted = UnwantedLetters.objects.of(digest.kind).values("person")
    people = roles.exclude(person__in=unwanted).order_by("person").values_list("person", flat=True)
    return sum(_write_digest(digest, person, now) for person in people.distinct())


@transaction.atomic
def _write_digest(digest: Digest, person_id: int, now: dt.datetime) -> int:
    """One at a time for a person: whoever writes to her at the same moment goes on without."""
    rows = User.objects.select_for_update(no_key=True, skip_locked=True)
    person = rows.filter(pk=person_id).first()
    if person is None:
        return 0
    today = timezone.localdate(now)
    waiting = digest.waits(person, today)
    last = (
        Letter.objects.filter(recipient=person, kind=digest.kind)
        .order_by("-created_at").values_list("created_at", flat=True).first()
    )  # fmt: skip
    if last is not None:
        if timezone.localdate(last) == today:
            return 0
        if last > now - AGAIN_AFTER:
            since = Q(*((f"{name}__gt", last) for name in digest.news), _connector=Q.OR)
            if not waiting.filter(since).exists():
                return 0
    number = waiting.count()
    if not number:
        return 0
    digest.tell(person, number, today)
    return 1


def _awaited(person: User, today: dt.date) -> HomeStatementQuerySet:
    return HomeStatement.objects.awaited().filter(asked_of(person, on=today))


def _tell_officer(person: User, waiting: int, today: dt.date) -> None:
    overdue = _awaited(person, today).overdue(today=today).count()
    notices.statements_wait(person, waiting=waiting, overdue=overdue)


def _to_decide(person: User, today: dt.date) -> ApplicationQuerySet:
    """The host's turn, before an offer."""
    theirs = Application.objects.to_courses_of(person, on=today)
    return theirs.whose_turn_is(Turn.HOST).filter(status__in=UNDECIDED)


def _tell_host(person: User, waiting: int, _today: dt.date) -> None:
    notices.applications_wait(person, waiting=waiting)


STATEMENTS: Final = Digest(
    STATEMENTS_DIGEST, _awaited, ("requested_at", "more_given_at", "reminded_at"), _tell_officer
)
APPLICATIONS: Final = Digest(
    APPLICATIONS_DIGEST, _to_decide, ("submitted_at", "statements__issued_at", "move_told_at"), _tell_host
)
