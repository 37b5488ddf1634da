"""Statements whose last day is near or over, and the morning letters of those who state and decide."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from applications import letters as notices
from applications.days import home_day
from applications.models import Application, HomeStatement
from applications.querysets import ApplicationQuerySet
from applications.querysets_statements import HomeStatementQuerySet, asked_of
from applications.services import acts
from applications.states import UNDECIDED, Turn
from kopa.accounts.models import User
from kopa.base.working_days import add_working_days, is_working_day
from kopa.letters.choices import APPLICATIONS_DIGEST, STATEMENTS_DIGEST, STATEMENTS_REMINDER
from kopa.letters.models import Letter, UnwantedLetters
from municipalities.models import Country, Municipality
from providers.models import Role, RoleAssignment
from providers.rules import PUBLISHING

# What waits is told again after that, though nothing has happened.
AGAIN_AFTER: Final = dt.timedelta(days=7)
# Working days before the last day of a statement.
WARNED_BEFORE: Final = 2
# A reminder that could not be written is written later, but not for ever: longer than any weekend.
LOOKED_BACK: Final = dt.timedelta(days=6)


def warn_of_last_days(*, now: dt.datetime | None = None) -> int:
    """Each statement whose last day is near, by its country's working days, is marked once. How many."""
    moment = now or timezone.now()
    # Without a join: behind one Django writes «id in (…)», and PostgreSQL does not ask in there again whether
    # another job has marked the row while this one waited for it.
    unmarked = HomeStatement.objects.awaited().filter(warned_at__isnull=True)
    return sum(
        unmarked.filter(
            municipality__in=Municipality.objects.filter(country=country), due_on__gte=today,
            due_on__lte=add_working_days(today, WARNED_BEFORE, country),
        ).update(warned_at=moment)
        for country, today in _at_work(moment).items()
    )  # fmt: skip


def remind_overdue(*, now: dt.datetime | None = None) -> int:
    """Each statement whose last day is over is marked once, on a working day of its country. How many.

    Nothing else follows but a letter: silence is neither consent nor refusal (R-HOME-4).
    """
    moment = now or timezone.now()
    late = HomeStatement.objects.overdue(now=moment).filter(
        reminded_at__isnull=True, municipality__country__in=_at_work(moment)
    )
    return sum(_remind(pk, moment) for pk in late.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def _remind(statement_id: int, now: dt.datetime) -> int:
    rows = HomeStatement.objects.awaited().filter(pk=statement_id, reminded_at__isnull=True)
    if not rows.update(reminded_at=now):
        return 0
    statement = HomeStatement.objects.select_related("application").get(pk=statement_id)
    acts.tell("remind_statement", statement.application, by=None, to_state=statement.state)
    return 1


def write_reminders(*, now: dt.datetime | None = None) -> int:
    """Every officer of a municipality whose statements have been marked since her last reminder gets one
    letter of all of them, on a working day of its country. Twice writes no second one. How many letters.
    """
    moment = now or timezone.now()
    officers = _people(STATEMENTS_REMINDER, _officers(moment), moment)
    return sum(_write_reminder(person, moment) for person in officers)


@transaction.atomic
def _write_reminder(person_id: int, now: dt.datetime) -> int:
    """One at a time for a person: whoever writes to her at the same moment goes on without."""
    person = _alone(person_id)
    if person is None:
        return 0
    today, since = timezone.localdate(now), now - LOOKED_BACK
    last = _last(person, (STATEMENTS_REMINDER,))
    since = since if last is None else max(since, last)
    waiting = _awaited(person, today)
    told = waiting.filter(Q(warned_at__gt=since) | Q(reminded_at__gt=since))
    overdue = told.overdue(now=now).count()
    soon = told.count() - overdue
    if not overdue + soon:
        return 0
    notices.statements_due(person, waiting=waiting.count(), soon=soon, overdue=overdue)
    return 1


@dataclass(frozen=True, slots=True)
class Digest:
    """A morning letter: what waits for a person on a day, which of it is new since the last one, or since a
    letter that has told the same (``kinds``), and how it is told.
    """

    kind: str
    kinds: tuple[str, ...]
    waits: Callable[[User, dt.date], HomeStatementQuerySet | ApplicationQuerySet]
    news: tuple[str, ...]
    tell: Callable[[User, int, dt.datetime], None]


def write_digests(*, now: dt.datetime | None = None) -> int:
    """Every officer whose municipality has statements to give gets one letter with two numbers, on a working
    day of the municipality's country: when something is new since the last one, otherwise after a week. Twice
    on a day writes no second one. How many letters.
    """
    moment = now or timezone.now()
    return _write_all(STATEMENTS, _officers(moment), moment)


def write_host_digests(*, now: dt.datetime | None = None) -> int:
    """The same for those who decide on applications, by the country of the host: one letter however many have
    applied. How many letters.
    """
    moment = now or timezone.now()
    return _write_all(APPLICATIONS, PUBLISHING & Q(organisation__country__in=_at_work(moment)), moment)


def _officers(now: dt.datetime) -> Q:
    return Q(role=Role.OFFICER, organisation__municipality__country__in=_at_work(now))


def _at_work(now: dt.datetime) -> dict[str, dt.date]:
    """The countries where it is a working day by their own clock, and the day there."""
    days = {country: home_day(country, now) for country in Country.values}
    return {country: today for country, today in days.items() if is_working_day(today, country)}


def _write_all(digest: Digest, of: Q, now: dt.datetime) -> int:
    return sum(_write_digest(digest, person, now) for person in _people(digest.kind, of, now))


def _people(kind: str, of: Q, now: dt.datetime) -> Iterable[int]:
    """With such a role, and letters of the kind wanted."""
    roles = RoleAssignment.objects.active(on=timezone.localdate(now)).filter(of, person__is_active=True)
    unwanted = UnwantedLetters.objects.of(kind).values("person")
    people = roles.exclude(person__in=unwanted).order_by("person").values_list("person", flat=True)
    return people.distinct()


def _alone(person_id: int) -> User | None:
    """Locked; None where somebody else writes to her just now, or she has gone."""
    rows = User.objects.select_for_update(no_key=True, skip_locked=True)
    return rows.filter(pk=person_id).first()


def _last(person: User, kinds: Iterable[str]) -> dt.datetime | None:
    """When she got the last letter of these kinds."""
    letters = Letter.objects.filter(recipient=person, kind__in=kinds)
    return letters.order_by("-created_at").values_list("created_at", flat=True).first()


@transaction.atomic
def _write_digest(digest: Digest, person_id: int, now: dt.datetime) -> int:
    """One at a time for a person: whoever writes to her at the same moment goes on without."""
    person = _alone(person_id)
    if person is None:
        return 0
    today = timezone.localdate(now)
    waiting = digest.waits(person, today)
    last = _last(person, digest.kinds)
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
    digest.tell(person, number, now)
    return 1


def _awaited(person: User, today: dt.date) -> HomeStatementQuerySet:
    return HomeStatement.objects.awaited().filter(asked_of(person, on=today))


def _tell_officer(person: User, waiting: int, now: dt.datetime) -> None:
    overdue = _awaited(person, timezone.localdate(now)).overdue(now=now).count()
    notices.statements_wait(person, waiting=waiting, overdue=overdue)


def _to_decide(person: User, today: dt.date) -> ApplicationQuerySet:
    """The host's turn, before an offer."""
    theirs = Application.objects.to_courses_of(person, on=today)
    return theirs.whose_turn_is(Turn.HOST).filter(status__in=UNDECIDED)


def _tell_host(person: User, waiting: int, _now: dt.datetime) -> None:
    notices.applications_wait(person, waiting=waiting)


STATEMENTS: Final = Digest(
    STATEMENTS_DIGEST, (STATEMENTS_DIGEST, STATEMENTS_REMINDER), _awaited,
    ("requested_at", "more_given_at", "reminded_at"), _tell_officer
)
APPLICATIONS: Final = Digest(
    APPLICATIONS_DIGEST, (APPLICATIONS_DIGEST,), _to_decide,
    ("submitted_at", "statements__issued_at", "move_told_at"), _tell_host
)
