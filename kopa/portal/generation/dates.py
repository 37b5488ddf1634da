"""When invented offerings open, close and start, counted from a day: a known share is in the search."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from kopa.portal.demonstration.days import monday, school_monday, working_day
from kopa.portal.generation.wording import Choice
from offerings.deadlines import closing_moment, opening_moment

# Where an offering stands on the day, and how many of a hundred stand there. The first four make the base set
# of a search: 24 of a hundred.
KINDS: Final = Choice(
    [
        ("open", 14.5),
        ("closing", 2.5),
        ("later", 4.5),
        ("continuous", 2.5),
        ("closed", 10),
        ("over", 56),
        ("draft", 5),
        ("cancelled", 5),
    ]
)
RELEASE_DAYS: Final = 10  # from the close to the release of reserved places
OPENING: Final = dt.time(8)
A_DAY: Final = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Days:
    """``closes`` is empty for continuous admission."""

    opens: dt.date
    closes: dt.date | None
    starts: dt.date


def draw(kind: str, today: dt.date, random: Random) -> Days:
    """Days of an offering that stands there on the day; a draft and a cancelled one could be open."""
    if kind == "over":
        return _over(today, random)
    if kind == "closed":
        closes = today - random.randint(2, 20) * A_DAY
        starts = monday(max(closes + 15 * A_DAY, today + random.randint(5, 60) * A_DAY))
        return Days(working_day(closes - random.randint(20, 80) * A_DAY), closes, starts)
    opens = _in(3, 50, today, random) if kind == "later" else _in(-60, -3, today, random)
    if kind == "continuous":
        return Days(opens, None, school_monday(today + random.randint(14, 110) * A_DAY))
    span = (1, 8) if kind == "closing" else (18, 45) if kind == "later" else (9, 90)
    closes = working_day(max(today, opens) + random.randint(*span) * A_DAY)
    return Days(opens, closes, school_monday(closes + random.randint(15, 100) * A_DAY))


def _in(first: int, last: int, today: dt.date, random: Random) -> dt.date:
    """A working day, first and last counted from the day; never moved over the day itself."""
    day = today + random.randint(first, last) * A_DAY
    moved = working_day(day)
    return moved if (moved < today) == (day < today) else day


def _over(today: dt.date, random: Random) -> Days:
    """Started in the last three years."""
    starts = monday(today - random.randint(8, 1000) * A_DAY)
    closes = starts - random.randint(14, 75) * A_DAY
    return Days(working_day(closes - random.randint(14, 80) * A_DAY), closes, starts)


def moments(
    days: Days, weeks: int, country: str, *, reserves: bool, today: dt.date, random: Random
) -> dict[str, Any]:
    """The columns. What has been done was done before the day."""
    closes_at = None if days.closes is None else closing_moment(days.closes, None, country)
    release = None
    if reserves and days.closes is not None:
        release = closing_moment(days.closes + RELEASE_DAYS * A_DAY, None, country)
    published = min(days.opens, today) - random.randint(3, 40) * A_DAY
    updated = published + random.randint(0, (today - published).days - 1) * A_DAY
    return {
        "starts_on": days.starts,
        "ends_on": days.starts + dt.timedelta(weeks=weeks, days=-3),
        "applications_open_at": opening_moment(days.opens, OPENING, country),
        "applications_close_at": closes_at,
        "quota_release_at": release,
        "created_at": _at(published - random.randint(1, 30) * A_DAY, random),
        "published_at": _at(published, random),
        "updated_at": max(_at(updated, random), _at(published, random)),
    }


def _at(day: dt.date, random: Random) -> dt.datetime:
    """Some moment of the working day."""
    return dt.datetime.combine(day, dt.time(6), tzinfo=dt.UTC) + dt.timedelta(seconds=random.randrange(28800))
