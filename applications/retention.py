"""How long what belongs to applications is kept (R-PRIV-7): the one table, and how one application counts.

The data controller confirms the periods: they stand in the setting RETENTION.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from applications.days import home_day, host_day
from applications.grounds import appeal_days as days_against_statement
from applications.host_grounds import appeal_days as days_against_decision
from applications.models import Application, HomeStatement
from applications.models.decisions import Decision
from applications.states import LIVE, ApplicationStatus

MONTHS_IN_YEAR: Final = 12


class Rule(models.TextChoices):
    """By which period something goes; the label says what it is of."""

    DRAFT = "draft", pgettext_lazy("kept", "what was begun and not sent")
    NOT_ADMITTED = "not_admitted", pgettext_lazy("kept", "an application that led to no studies")
    ADMITTED = "admitted", pgettext_lazy("kept", "an application that led to studies")
    JOURNAL = "journal", pgettext_lazy("kept", "the journal of what was done with applications")


@dataclass(frozen=True, slots=True)
class Period:
    """So long after which moment."""

    number: int
    is_days: bool
    after: str | Promise

    def end(self, first: dt.date) -> dt.date:
        """The last day on which it is kept, counted from ``first``."""
        return first + dt.timedelta(days=self.number) if self.is_days else add_months(first, self.number)

    @property
    def said(self) -> str:
        """For people: "12 months after its end"."""
        said = {"number": self.number, "after": self.after}
        if self.is_days:
            return ngettext("%(number)s day %(after)s", "%(number)s days %(after)s", self.number) % said
        return ngettext("%(number)s month %(after)s", "%(number)s months %(after)s", self.number) % said

    def begin(self, on: dt.date) -> dt.date:
        """What began to count after this day is not over yet."""
        return on - dt.timedelta(days=self.number) if self.is_days else add_months(on, -self.number)


AFTER: Final[dict[Rule, str | Promise]] = {
    Rule.DRAFT: _("after it was last touched"),
    Rule.NOT_ADMITTED: _("after its end, and after the last day for an appeal"),
    Rule.ADMITTED: _("after the end of the course"),
    Rule.JOURNAL: _("after the act"),
}


def period(rule: Rule) -> Period:
    """As the setting has it."""
    (unit, number), = settings.RETENTION[rule].items()  # fmt: skip
    return Period(number, is_days=unit == "days", after=AFTER[rule])


def periods() -> list[tuple[Rule, Period]]:
    """The whole table."""
    return [(rule, period(rule)) for rule in Rule]


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day of a later (or earlier) month, or its last one: 31 January and a month is 28 February."""
    years, month = divmod(day.year * MONTHS_IN_YEAR + day.month - 1 + months, MONTHS_IN_YEAR)
    return dt.date(years, month + 1, min(day.day, calendar.monthrange(years, month + 1)[1]))


def rule_of(application: Application) -> Rule:
    """She has studied, or has a place to study in."""
    has_studied = application.enrolled_on is not None or application.status == ApplicationStatus.ACCEPTED
    return Rule.ADMITTED if has_studied else Rule.NOT_ADMITTED


def kept_until(application: Application) -> dt.date | None:
    """The last day on which the application is kept; None: not known yet, since it goes on, or an appeal
    against a statement does.
    """
    if any(one.is_appealed for one in application.statements.all()):
        return None
    rule = rule_of(application)
    first = _course_over(application) if rule == Rule.ADMITTED else _over(application)
    return None if first is None else period(rule).end(first)


def is_over(application: Application, *, on: dt.date) -> bool:
    """Its period has ended: it goes."""
    until = kept_until(application)
    return until is not None and until < on


def has_decision(application: Application) -> bool:
    """An official has said something of it, which law may require to keep (R-PRIV-8)."""
    return bool(decisions(application)) or bool(statements(application))


def decisions(application: Application) -> list[Decision]:
    """Those in force, then those that others have replaced."""
    found = (getattr(application, name, None) for name in ("receptiondecision", "admissiondecision"))
    in_force = [one for one in found if one is not None]
    return [*in_force, *application.replaced_admissions.all()]


def statements(application: Application) -> list[HomeStatement]:
    """Those that were given, also if they count no more."""
    return [one for one in application.statements.all() if one.issued_at is not None]


def _course_over(application: Application) -> dt.date | None:
    """Of a course without a last day whoever studies in it goes on until she is said not to."""
    offering = application.offering
    if offering.ends_on is not None:
        return offering.ends_on
    return _ended(application)


def _over(application: Application) -> dt.date | None:
    """Its own end, or the course's where nobody has ended it; and nobody can appeal any more."""
    ended = _ended(application)
    if application.status in LIVE:
        ended = application.offering.ends_on or application.offering.starts_on
    return None if ended is None else max([ended, *_appeals(application)])


def _ended(application: Application) -> dt.date | None:
    return None if application.ended_at is None else host_day(application.offering, application.ended_at)


def _sent_back_on(statement: HomeStatement) -> dt.date | None:
    at = statement.remitted_at
    return None if at is None else home_day(statement.municipality.country, at)


def _appeals(application: Application) -> Iterator[dt.date]:
    """The last days for appeals against whatever was decided."""
    country = application.offering.country
    for decision in decisions(application):
        day = host_day(application.offering, decision.decided_at)
        yield day + dt.timedelta(days=days_against_decision(country, on=day))
    for statement in statements(application):
        assert statement.issued_at is not None  # noqa: S101 - those that were given
        place = statement.municipality
        day = home_day(place.country, statement.issued_at)
        day = max(day, statement.upheld_on or day, _sent_back_on(statement) or day)
        yield day + dt.timedelta(days=days_against_statement(place.country, on=day))

