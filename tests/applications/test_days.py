"""Whose clock tells the day."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from applications import services
from applications.cases import Case
from applications.days import host_day, statement_due
from applications.errors import WrongDay
from applications.forms_statements import StatementForm
from applications.models import Application, HomeStatement
from applications.services.reminding import remind_overdue
from applications.services.statements import StatementInput
from applications.statement_case import Row
from applications.states import StatementOutcome
from providers.models import Role
from tests.applications.asking import url
from tests.applications.given import apply, course, host, statement_given
from tests.factories import RoleAssignmentFactory, municipality, organisation_of

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
# Half past midnight in Finland, half past eleven the evening before in Sweden.
BETWEEN = dt.datetime(2026, 11, 24, 22, 30, tzinfo=dt.UTC)


def test_the_hosts_clock_tells_the_day() -> None:
    """R-TIME-1"""
    finland = course(provider=host(country="FI", home_municipality=municipality("FI-854")))
    sweden = course(provider=host(country="SE", home_municipality=municipality("SE-2518")))

    assert host_day(finland, BETWEEN) == dt.date(2026, 11, 25)
    assert host_day(sweden, BETWEEN) == dt.date(2026, 11, 24)


def test_a_statement_is_due_by_the_clock_and_the_holidays_of_the_home_municipality() -> None:
    """R-HOME-4: from Wednesday 25 November in Finland, from Tuesday 24 in Sweden."""
    assert statement_due(BETWEEN, "FI") == dt.date(2026, 12, 9)
    assert statement_due(BETWEEN, "SE") == dt.date(2026, 12, 8)


def asked(country: str, place: str, home: str) -> HomeStatement:
    """Of Tuesday 24 November at noon: due on Tuesday 8 December."""
    for key in (place, home):
        municipality(key)
    offering = course(provider=host(country=country, home_municipality=municipality(place)), form="basic")
    statement = apply(offering, home).statements.select_related("municipality").get()
    assert statement.due_on == dt.date(2026, 12, 8)
    return statement


@pytest.mark.usefixtures("english")
def test_a_statement_is_late_by_its_own_municipalitys_midnight(clock) -> None:
    """R-HOME-4, R-TIME-1: half past midnight in Finland is still the last day in Sweden, also where one list
    has statements of both countries.
    """
    finland, sweden = asked("FI", "FI-851", "FI-854"), asked("SE", "SE-2518", "SE-0114")

    def late(now: dt.datetime) -> list[tuple[bool, ...]]:
        """One's, its row's, the host's case and the host's number, by country."""
        clock.move_to(now)
        many = HomeStatement.objects.overdue(now=now)
        numbers = Application.objects.all().numbers_by_course(now=now)
        cases = Application.objects.with_case()
        return [
            (
                one.is_overdue(now), Row(one, now).days == "1 day late", one in many,
                Case(cases.get(pk=one.application_id), now).is_statement_overdue,
                numbers[one.application.offering_id]["overdue"] == 1,
            )
            for one in (finland, sweden)
        ]  # fmt: skip

    midnight = dt.datetime(2026, 12, 8, 22, 0, tzinfo=dt.UTC)
    second = dt.timedelta(seconds=1)
    assert late(midnight - second) == [(False,) * 5, (False,) * 5]
    assert late(midnight) == [(True,) * 5, (False,) * 5]
    assert remind_overdue() == 1
    assert late(midnight + dt.timedelta(hours=1) - second) == [(True,) * 5, (False,) * 5]
    assert Row(sweden, midnight).days == "today"
    assert late(midnight + dt.timedelta(hours=1)) == [(True,) * 5, (True,) * 5]
    assert remind_overdue() == 1


def test_a_statement_is_given_and_appealed_against_on_its_own_municipalitys_day(clock) -> None:
    """R-TIME-1: half past eleven in the evening in Sweden, when the next day has begun in Finland."""
    statement = asked("SE", "SE-2518", "SE-0114")
    clock.move_to(BETWEEN)
    today, tomorrow = dt.date(2026, 11, 24), dt.date(2026, 11, 25)
    office = organisation_of("SE-0114")
    officer = RoleAssignmentFactory(role=Role.OFFICER, organisation=office, person__name="Aino").person
    first = StatementForm.first_values(statement, officer)
    assert first["decided_on"] == today
    said = first | {"outcome": "commits", "decided_on": str(tomorrow)}
    assert "decided_on" in StatementForm(said, statement=statement).errors

    limited = StatementInput(StatementOutcome.COMMITS_LIMITED, "Aino", limits="60 p", appeal="Så här.")
    given = statement_given(statement.application, limited)

    assert given.decided_on == today
    appeal = {"statement_id": given.pk, "reference": "", "version": given.version, "by": officer,
              "role": Role.OFFICER, "organisation_id": office.pk}  # fmt: skip
    with pytest.raises(WrongDay):
        services.record_appeal(on=tomorrow, **appeal)
    assert services.record_appeal(on=today, **appeal).appealed_on == today


def test_the_coordinators_list_goes_by_the_municipalitys_day(clock) -> None:
    """R-HOME-4, R-TIME-1"""
    asked("SE", "SE-2518", "SE-0114")
    kaisa = RoleAssignmentFactory(role=Role.COORDINATOR, organisation=organisation_of("SE-2518")).person
    for hour, is_late in ((22, False), (23, True)):
        clock.move_to(dt.datetime(2026, 12, 8, hour, 30, tzinfo=dt.UTC))
        client = Client()
        client.force_login(kaisa)
        page = client.get(url("statements_overview")).context
        assert [row["is_overdue"] for row in page["alone"]] == [is_late]
        assert len(page["overdue"]) == int(is_late)
