"""Whose clock tells the day."""

from __future__ import annotations

import datetime as dt

import pytest

from applications.days import host_day, statement_due
from tests.applications.given import course, host
from tests.factories import municipality

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
