"""What a copy does not know for sure: dates that were moved from the earlier course and not changed since."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _

from kopa.base import writing
from offerings.models import Offering
from offerings.terms import DATES, Term


@dataclass(frozen=True, slots=True)
class Guess:
    """One guessed date: its field, what stands there now, what stood in the earlier course."""

    field: str
    label: str
    now: str
    before: str
    is_past: bool


def term_named(copy: Offering) -> str:
    """The term to which the course was copied, in the reader's language."""
    year, half = copy.copied_to.split("-")
    return str(Term(int(year), is_autumn=half == "2"))


def guesses_of(offering: Offering, *, now: dt.datetime) -> list[Guess]:
    """In the order of the form. Empty where nothing was copied, or all has been looked at."""
    if not offering.guessed_dates:
        return []
    source = offering.copied_from
    labels = {
        "starts_on": _("Teaching starts"),
        "ends_on": _("Teaching ends"),
        "applications_open_at": _("Applications open"),
        "applications_close_at": _("Applications close"),
        "quota_release_at": _("Reserved places are released"),
        "start_decision_at": _("The start is decided by"),
    }
    today = now.astimezone(offering.zone).date()
    found = []
    for name in DATES:
        day = _day(offering, name)
        if name in offering.guessed_dates and day is not None:
            before = None if source is None else _day(source, name)
            found.append(
                Guess(
                    field=name,
                    label=labels[name],
                    now=writing.weekday(day),
                    before="" if before is None else writing.weekday(before),
                    is_past=name != "applications_open_at" and day < today,
                )
            )
    return found


def _day(offering: Offering, name: str) -> dt.date | None:
    value = getattr(offering, name)
    return value.astimezone(offering.zone).date() if isinstance(value, dt.datetime) else value
