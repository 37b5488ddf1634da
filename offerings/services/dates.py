"""A course's dates together: applications closed at a moment, or all moved by days, weeks or months."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from typing import Any, Final, cast

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from offerings import windows
from offerings.deadlines import YEARS, day_and_time, moved_moment, refuse_strange_year
from offerings.errors import NothingToMove, NotOpen, YearNotMeant
from offerings.models import Offering
from offerings.services.inputs import OfferingInput
from offerings.terms import DATES, DAYS

# Beside the opening, which may be past.
DEADLINES: Final = ("applications_close_at", "quota_release_at", "start_decision_at")
AT_ONCE: Final = dt.timedelta(seconds=1)


class Unit(models.TextChoices):
    DAYS = "days", pgettext_lazy("to move dates by", "days")
    WEEKS = "weeks", pgettext_lazy("to move dates by", "weeks")
    MONTHS = "months", pgettext_lazy("to move dates by", "months")


class Which(models.TextChoices):
    ALL = "all", _("all dates: teaching and applications")
    DEADLINES = "deadlines", _("the closing day, and the release and the decision after it")


@dataclass(frozen=True, slots=True)
class Shift:
    """By how much dates are moved, and which; a negative number moves them back."""

    number: int
    unit: Unit
    which: Which

    def day(self, day: dt.date) -> dt.date:
        """A month from the last day of January is the last day of February. Raises YearNotMeant."""
        try:
            moved = self._moved(day)
        except (OverflowError, ValueError) as beyond:  # of what a date can say
            raise YearNotMeant(first=YEARS[0], last=YEARS[-1]) from beyond
        refuse_strange_year(moved)
        return moved

    def _moved(self, day: dt.date) -> dt.date:
        if self.unit != Unit.MONTHS:
            return day + dt.timedelta(days=self.number * (7 if self.unit == Unit.WEEKS else 1))
        years, month = divmod(day.month - 1 + self.number, 12)
        year, month = day.year + years, month + 1
        return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def closed_at(offering: Offering, moment: dt.datetime) -> OfferingInput:
    """Applications end at the moment. Reserved places that were released before are released right after it,
    because the release follows the close.

    Raises NotOpen.
    """
    if not windows.is_open(offering, moment):
        raise NotOpen
    given = OfferingInput(applications_close_at=moment)
    release = offering.quota_release_at
    if release is not None and release <= moment:
        given["quota_release_at"] = moment + AT_ONCE
    return given


def shifted(offering: Offering, shift: Shift) -> OfferingInput:
    """Its dates, as far as it has them; times of day stay what the host's clock shows.

    Raises NothingToMove, YearNotMeant.
    """
    given: dict[str, Any] = {}
    for name in DATES if shift.which == Which.ALL else DEADLINES:
        value = getattr(offering, name)
        if value is None:
            continue
        if name in DAYS:
            given[name] = shift.day(value)
        else:
            day, _time = day_and_time(value, offering.country)
            given[name] = moved_moment(value, shift.day(day) - day, offering.country)
    if not given:
        raise NothingToMove
    return cast("OfferingInput", given)
