"""Terms of the school year, and a course's dates moved from one to another.

A spring term is 1 January to 31 July, an autumn term 1 August to 31 December, in Finland and in Sweden. Dates
move by whole weeks, so that every weekday stays: by as many as lie between the first teaching weeks of the
two terms (ISO weeks 2 and 33), so what began in the third week of the autumn begins in the third week of the
spring, and what began in week 34 of one autumn begins in week 34 of the next. Where the start would fall out
of the term (a course of early June has no counterpart in the autumn) it falls on its weekday in the term's
first teaching week instead; all other dates keep their distance from it. Times of day stay what the host's
clock shows, whatever summer time does in between.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from offerings.deadlines import moved_moment, refuse_strange_year
from offerings.models import Offering

DAYS: Final = ("starts_on", "ends_on")
MOMENTS: Final = ("applications_open_at", "applications_close_at", "quota_release_at", "start_decision_at")
DATES: Final = (*DAYS, *MOMENTS)
FIRST_WEEKS: Final = {False: 2, True: 33}
AUTUMN_BEGINS: Final = 8  # month


@dataclass(frozen=True, slots=True, order=True)
class Term:
    year: int
    is_autumn: bool

    @property
    def code(self) -> str:
        """2027-1 in the spring, 2027-2 in the autumn."""
        return f"{self.year}-{2 if self.is_autumn else 1}"

    @property
    def first_monday(self) -> dt.date:
        """Of the first teaching week."""
        return dt.date.fromisocalendar(self.year, FIRST_WEEKS[self.is_autumn], 1)

    def following(self) -> Term:
        return Term(self.year + 1, is_autumn=False) if self.is_autumn else Term(self.year, is_autumn=True)

    def __str__(self) -> str:
        named = _("autumn %(year)s") if self.is_autumn else _("spring %(year)s")
        return named % {"year": self.year}


def term_of(day: dt.date) -> Term:
    return Term(day.year, is_autumn=day.month >= AUTUMN_BEGINS)


def next_term(offering: Offering, *, today: dt.date) -> Term:
    """The term after that in which the course starts; of an earlier course, the term after today's."""
    first = first_date(offering)
    current = term_of(today)
    return (current if first is None else max(current, term_of(first))).following()


def term_of_copy(offering: Offering, *, today: dt.date) -> Term | None:
    """The term that a copy would have its dates in; None where the course has no date to move."""
    return None if first_date(offering) is None else next_term(offering, today=today)


def first_date(offering: Offering) -> dt.date | None:
    """When teaching starts, or where that is not said the first of the dates that are."""
    if offering.starts_on is not None:
        return offering.starts_on
    given = [day for name in DATES if (day := _local_day(offering, name)) is not None]
    return min(given, default=None)


def moved_dates(offering: Offering, to: Term) -> dict[str, dt.date | dt.datetime]:
    """The offering's dates, as far as it has them, in the term ``to``, by the rule above.

    Raises YearNotMeant where one of them is none that can be meant.
    """
    first = first_date(offering)
    if first is None:
        return {}
    for name in DATES:
        if (day := _local_day(offering, name)) is not None:
            refuse_strange_year(day)
    step = to.first_monday - term_of(first).first_monday
    if term_of(first + step) != to:
        step = to.first_monday - (first - dt.timedelta(days=first.weekday()))
    moved: dict[str, dt.date | dt.datetime] = {}
    for name in DAYS:
        if (day := getattr(offering, name)) is not None:
            moved[name] = day + step
    for name in MOMENTS:
        if (moment := getattr(offering, name)) is not None:
            moved[name] = moved_moment(moment, step, offering.country)
    return moved


def _local_day(offering: Offering, name: str) -> dt.date | None:
    value = getattr(offering, name)
    return value.astimezone(offering.zone).date() if isinstance(value, dt.datetime) else value
