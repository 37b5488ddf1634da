from __future__ import annotations

import datetime as dt

import pytest
from django.utils import translation

from kopa.base.working_days import closing_hour
from offerings.deadlines import closing_moment, day_and_time, opening_moment
from offerings.errors import TimeDoesNotExist

pytestmark = pytest.mark.unit


def utc(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("country", "day", "moment"),
    [
        # R-TIME-1: 15.00 in Helsinki; in Sweden the last second of the day.
        ("FI", dt.date(2026, 3, 31), utc(2026, 3, 31, 12, 0)),
        ("FI", dt.date(2026, 1, 31), utc(2026, 1, 31, 13, 0)),
        ("SE", dt.date(2026, 3, 31), utc(2026, 3, 31, 21, 59, 59)),
        ("SE", dt.date(2026, 12, 31), utc(2026, 12, 31, 22, 59, 59)),
        ("FI", dt.date(2028, 2, 29), utc(2028, 2, 29, 13, 0)),
        # The days on which clocks are changed.
        ("FI", dt.date(2026, 3, 29), utc(2026, 3, 29, 12, 0)),
        ("FI", dt.date(2026, 10, 25), utc(2026, 10, 25, 13, 0)),
    ],
)
def test_a_day_alone_closes_at_the_countrys_hour(country, day, moment):
    """R-TIME-1."""
    assert closing_moment(day, None, country) == moment


def test_the_closing_hour_is_a_setting(settings):
    settings.CLOSING_HOUR = {"FI": "16:15:00", "SE": "12:00:00"}

    assert closing_hour("FI") == dt.time(16, 15)
    assert closing_moment(dt.date(2026, 12, 1), None, "FI") == utc(2026, 12, 1, 14, 15)


def test_the_same_time_is_another_moment_in_the_other_country():
    day, at = dt.date(2026, 3, 31), dt.time(15)

    assert closing_moment(day, at, "FI") == utc(2026, 3, 31, 12, 0)
    assert closing_moment(day, at, "SE") == utc(2026, 3, 31, 13, 0)


def test_a_day_alone_opens_at_midnight_of_the_country():
    assert opening_moment(dt.date(2026, 12, 1), None, "FI") == utc(2026, 11, 30, 22, 0)
    assert opening_moment(dt.date(2026, 12, 1), None, "SE") == utc(2026, 11, 30, 23, 0)


@pytest.mark.parametrize(
    ("country", "at", "first", "second"),
    [
        ("FI", dt.time(3, 30), utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 1, 30)),
        ("SE", dt.time(2, 30), utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 1, 30)),
    ],
)
def test_an_hour_that_stands_twice_opens_the_first_time_and_closes_the_second(country, at, first, second):
    day = dt.date(2026, 10, 25)

    assert opening_moment(day, at, country) == first
    assert closing_moment(day, at, country) == second
    # Shown and accepted again, it stays the same moment.
    assert day_and_time(first, country) == day_and_time(second, country) == (day, at)
    assert closing_moment(*day_and_time(second, country), country) == second
    assert opening_moment(*day_and_time(first, country), country) == first


@pytest.mark.parametrize(
    ("country", "at", "after"),
    [
        ("FI", dt.time(3, 0), "04.00"),
        ("FI", dt.time(3, 30), "04.00"),
        ("FI", dt.time(3, 59, 59), "04.00"),
        ("SE", dt.time(2, 30), "03.00"),
    ],
)
@pytest.mark.parametrize("moment_of", [opening_moment, closing_moment])
def test_an_hour_that_is_skipped_is_refused_with_the_next_one(moment_of, country, at, after):
    with translation.override("fi"), pytest.raises(TimeDoesNotExist) as refused:
        moment_of(dt.date(2027, 3, 28), at, country)

    assert refused.value.code == "time_does_not_exist"
    assert after in str(refused.value)
    assert "28.3.2027" in str(refused.value)


@pytest.mark.parametrize(
    ("country", "at"), [("FI", dt.time(2, 59, 59)), ("FI", dt.time(4)), ("SE", dt.time(3))]
)
def test_the_hours_around_the_skipped_one_exist(country, at):
    day = dt.date(2027, 3, 28)

    assert day_and_time(closing_moment(day, at, country), country) == (day, at)
