"""Working days of Finland and Sweden, and until when an offer waits for its answer.

A day that is no working day is one that moves the end of a time limit in the country's own law: Saturdays,
Sundays, public holidays and the eves that the law names (Finland 150/1930 § 5: Midsummer and Christmas;
Sweden 1930:173 § 2: Midsummer, Christmas and New Year). docs/adr/0027 says where the days come from.
"""

from __future__ import annotations

import datetime as dt
import functools
from typing import Final

import holidays
from django.conf import settings

from kopa.base.writing import ZONES

DAY: Final = dt.timedelta(days=1)
SATURDAY: Final = 5
# Which of the library's kinds of days a country's law on time limits names.
KINDS: Final = {"FI": (holidays.PUBLIC,), "SE": (holidays.PUBLIC, holidays.DE_FACTO)}


def is_working_day(day: dt.date, country: str) -> bool:
    """Whether offices of the country work that day."""
    return day.weekday() < SATURDAY and day not in _free_days(country, day.year)


@functools.lru_cache(maxsize=64)
def _free_days(country: str, year: int) -> frozenset[dt.date]:
    return frozenset(
        holidays.country_holidays(
            country, years=year, expand=False, observed=False, categories=KINDS[country]
        )
    )


def next_working_day(day: dt.date, country: str) -> dt.date:
    """The day itself where it is one, else the first after it."""
    while not is_working_day(day, country):
        day += DAY
    return day


def last_working_day(day: dt.date, country: str) -> dt.date:
    """The day itself where it is one, else the last before it."""
    while not is_working_day(day, country):
        day -= DAY
    return day


def add_working_days(day: dt.date, number: int, country: str) -> dt.date:
    """The ``number``th working day after ``day``, which itself does not count: a municipality that gets a
    case on Monday has until Monday in two weeks for 10 working days (R-HOME-4). 0 is the next working day
    from ``day`` on.
    """
    if number == 0:
        return next_working_day(day, country)
    for _time in range(number):
        day = next_working_day(day + DAY, country)
    return day


def closing_hour(country: str) -> dt.time:
    """15:00 in Finland, 23:59:59 in Sweden, unless the settings say otherwise (R-TIME-1)."""
    return dt.time.fromisoformat(settings.CLOSING_HOUR[country])


def end_of(day: dt.date, country: str) -> dt.datetime:
    """The country's closing hour on the day by its own clock, in UTC; the later one of two."""
    local = dt.datetime.combine(day, closing_hour(country), tzinfo=ZONES[country])
    return local.replace(fold=1).astimezone(dt.UTC)


def reply_deadline(offered_at: dt.datetime, starts_on: dt.date | None, country: str) -> dt.datetime:
    """Until when an offer can be accepted, in UTC, that second included (R-CAP-9).

    REPLY_DAYS after the day of the offer by the host's clock; REPLY_DAYS_LATE where that day is one of the
    last REPLY_LATE_FROM before the course starts, or later. An end that is no working day moves to the next
    one. One that would not lie before the first day of the course moves back to the last working day before
    it, as long as that is after the day of the offer; otherwise nothing ends before the start any more, and
    the first working day from the start on is the end. A course without a first day has REPLY_DAYS.
    """
    offered_on = offered_at.astimezone(ZONES[country]).date()
    if starts_on is None:
        return end_of(next_working_day(offered_on + settings.REPLY_DAYS * DAY, country), country)
    is_late = starts_on - offered_on <= settings.REPLY_LATE_FROM * DAY
    days = settings.REPLY_DAYS_LATE if is_late else settings.REPLY_DAYS
    last = next_working_day(offered_on + days * DAY, country)
    if offered_on < starts_on <= last:
        before = last_working_day(starts_on - DAY, country)
        last = before if before > offered_on else next_working_day(starts_on, country)
    return end_of(last, country)
