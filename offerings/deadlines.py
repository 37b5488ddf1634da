"""Moments that people give as a day and perhaps a time of day, by the clock of the host's country (R-TIME-1).

A day without a time means the closing hour of the country (``settings.CLOSING_HOUR``) where something closes,
and midnight where something opens. When summer time ends, one hour stands twice on the clock: what closes
then closes the second time and what opens opens the first time, so nobody who reads the clock comes too late.
When summer time begins, one hour does not exist: it is refused, so that what was typed and what is shown are
always the same.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from kopa.base import writing
from kopa.base.working_days import closing_hour
from kopa.base.writing import ZONES
from offerings.errors import TimeDoesNotExist, YearNotMeant

# Of every date of a course: 202 and 9999 are slips of the finger.
YEARS: Final = range(1990, 2101)


def refuse_strange_year(day: dt.date) -> None:
    """Raises YearNotMeant."""
    if day.year not in YEARS:
        raise YearNotMeant(first=YEARS[0], last=YEARS[-1])


def closing_hour_text(country: str) -> str:
    """For a form's hint: 15.00 (Finnish time)."""
    local = dt.datetime.combine(dt.date(2026, 1, 1), closing_hour(country), tzinfo=ZONES[country])
    return f"{writing.clock(local, country=country)} ({writing.zone_name(country)})"


def closing_moment(day: dt.date, at: dt.time | None, country: str) -> dt.datetime:
    """When something closes, in UTC. Raises TimeDoesNotExist in the hour that summer time skips."""
    return _moment(day, at if at is not None else closing_hour(country), country, fold=1)


def opening_moment(day: dt.date, at: dt.time | None, country: str) -> dt.datetime:
    """When something opens, in UTC. Raises TimeDoesNotExist in the hour that summer time skips."""
    return _moment(day, at if at is not None else dt.time(0), country, fold=0)


def day_and_time(moment: dt.datetime, country: str) -> tuple[dt.date, dt.time]:
    """What the host's clock shows: the inverse of the two above."""
    local = moment.astimezone(ZONES[country])
    return local.date(), local.time()


def moved_moment(moment: dt.datetime, step: dt.timedelta, country: str) -> dt.datetime:
    """So many days later at the same time of day by the host's clock, in UTC. The hour that summer time skips
    becomes the next one.
    """
    local = moment.astimezone(ZONES[country])
    wall = local.replace(tzinfo=None, fold=0) + step
    fold = 1 if local.fold and _is_twice(wall, country) else 0
    return wall.replace(tzinfo=ZONES[country], fold=fold).astimezone(dt.UTC)


def _is_twice(wall: dt.datetime, country: str) -> bool:
    """The time stands twice on the clock, because summer time ends."""
    first, second = (wall.replace(tzinfo=ZONES[country], fold=fold).utcoffset() for fold in (0, 1))
    return first is not None and second is not None and first > second


def _moment(day: dt.date, at: dt.time, country: str, *, fold: int) -> dt.datetime:
    local = dt.datetime.combine(day, at, tzinfo=ZONES[country]).replace(fold=fold)
    moment = local.astimezone(dt.UTC)
    back = moment.astimezone(ZONES[country])
    if back.replace(tzinfo=None) != local.replace(tzinfo=None):
        # Clocks jump over a whole hour, so the next full hour after the skipped time exists.
        after = local.replace(fold=0).astimezone(dt.UTC).replace(minute=0, second=0, microsecond=0)
        raise TimeDoesNotExist(day=day, skipped_to=writing.clock(after, country=country))
    return moment
