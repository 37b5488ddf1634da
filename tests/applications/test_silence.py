"""A home municipality that does not answer: reminded, then on the coordinator's list, and nothing else."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from django.utils.translation import override

from applications import letters, services, tasks
from applications.errors import StatementMissing
from applications.models import HomeStatement
from applications.states import Turn
from applications.steps import turn
from kopa.letters import choices
from kopa.letters.models import Letter
from providers.models import Role
from tests.applications.asking import as_, url
from tests.applications.given import apply, course, host, in_days, official, state
from tests.factories import RoleAssignmentFactory, municipality, organisation_of, today

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
SENT = dt.datetime(2026, 12, 17, 10, 0, tzinfo=dt.UTC)
# Where the host is, and where the applicant lives.
FINLAND, SWEDEN = ("FI", "FI-851", "FI-854"), ("SE", "SE-2518", "SE-2583")


def morning(year: int, month: int, day: int) -> dt.datetime:
    return dt.datetime(year, month, day, 5, 5, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("where", "last", "reminded"),
    [
        # New Year's Eve is a working day in Finland alone; Epiphany is one in neither.
        (FINLAND, dt.date(2027, 1, 5), morning(2027, 1, 7)),
        (SWEDEN, dt.date(2027, 1, 7), morning(2027, 1, 8)),
    ],
)
def test_silence_is_told_and_decides_nothing(where, last, reminded, clock) -> None:
    """R-HOME-4, R-APP-3: due on the tenth working day of its country; a letter on its next working day and
    the coordinator's list; neither consent nor refusal, no seat moves, however long it lasts. R-HOME-5: in
    Sweden the officer reads when it must pay.
    """
    clock.move_to(SENT)
    country, host_at, home = where
    for key in (host_at, home):
        municipality(key)
    office = organisation_of(home)
    officer = RoleAssignmentFactory(role=Role.OFFICER, organisation=office).person
    kaisa = RoleAssignmentFactory(role=Role.COORDINATOR, organisation=organisation_of(host_at)).person
    provider = host(country=country, home_municipality=municipality(host_at))
    offering = course(provider=provider, form="basic", capacity=1, starts_on=in_days(150))
    application, waiting = apply(offering, home), apply(offering, home)
    services.receive(application_id=application.pk, by=official(offering))
    statement = application.statements.get()
    assert statement.due_on == last

    def late_places() -> list[str]:
        return [row["oldest"] for row in HomeStatement.objects.overdue(now=timezone.now()).by_municipality()]

    clock.move_to(dt.datetime.combine(last, dt.time(22, 0), tzinfo=dt.UTC) - dt.timedelta(hours=4))
    tasks.remind_of_statements()
    assert late_places() == []
    assert not HomeStatement.objects.exclude(reminded_at=None).exists()
    Letter.objects.all().delete()
    while clock_is_before(reminded):
        clock.shift(dt.timedelta(days=1))
        clock.move_to(dt.datetime.combine(today(), dt.time(5, 5), tzinfo=dt.UTC))
        tasks.remind_of_statements()

    (letter,) = Letter.objects.filter(kind=choices.STATEMENTS_REMINDER, recipient=officer)
    assert letter.created_at == reminded
    with override(letter.language):
        assert letters.statements_reminder(waiting=2, soon=0, overdue=2).paragraphs[0] in letter.text
    page = as_(kaisa).get(url("statements_overview")).content.decode()
    assert office.municipality.name("en").text in page
    assert late_places() == [last]
    case = as_(officer).get(url("statement", statement.pk)).content.decode()
    assert ("must pay where the applicant has a right" in case) == (country == "SE")

    clock.shift(dt.timedelta(days=90))
    tasks.remind_of_statements()
    tasks.follow_all()

    statement.refresh_from_db()
    assert (statement.state, statement.outcome) == ("requested", "")
    assert (state(application), application.seats.get().state) == ("submitted", "held")
    assert (state(waiting), turn(application)) == ("waiting", Turn.HOME)
    with pytest.raises(StatementMissing):
        services.admit(application_id=application.pk, by=official(offering))


def clock_is_before(moment: dt.datetime) -> bool:
    return dt.datetime.now(dt.UTC) < moment
