"""Why a home municipality may decline to pay, and how its statement is appealed against.

Words of our own for the decision's own language. Which grounds the law of a country knows, and how long one
may appeal, changes: each has its days, and the settings say how many days there are for an appeal. The data
controller confirms them. That an application came late is no ground (R-APP-4).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from municipalities.models import Country, Municipality


@dataclass(frozen=True, slots=True)
class Ground:
    """A ground of one country, from its first to its last day; None is an open end."""

    code: str
    country: str
    text: str | Promise
    first: dt.date | None = None
    last: dt.date | None = None

    def holds_on(self, day: dt.date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


GROUNDS: Final = (
    Ground(
        "own_course",
        "FI",
        gettext_lazy("The home municipality itself offers the same or a corresponding course in time."),
    ),
    Ground(
        "not_resident", "FI", gettext_lazy("The applicant does not live in the municipality that was asked.")
    ),
    Ground(
        "outside_agreement",
        "FI",
        gettext_lazy("The agreement between the municipalities does not cover this course."),
    ),
    Ground(
        "has_education", "FI", gettext_lazy("The applicant has corresponding education already.")
    ),
    Ground(
        "no_funds",
        "FI",
        gettext_lazy("The sum that the agreement sets for this purpose has been used for the year."),
    ),
    Ground(
        "own_course",
        "SE",
        pgettext_lazy(
            "Sweden", "The home municipality itself offers the same or a corresponding course in time."
        ),
    ),
    Ground(
        "no_right",
        "SE",
        pgettext_lazy(
            "Sweden",
            "The applicant has no right to this education, and no special personal reasons have been shown"
            " for studying it in another municipality.",
        ),
    ),
    Ground(
        "not_resident",
        "SE",
        pgettext_lazy("Sweden", "The applicant does not live in the municipality that was asked."),
    ),
    Ground(
        "target_group",
        "SE",
        pgettext_lazy("Sweden", "The applicant is not among those for whom the education is meant."),
    ),
    Ground(
        "has_education",
        "SE",
        pgettext_lazy("Sweden", "The applicant already has the knowledge that the education gives."),
    ),
)  # fmt: skip


def grounds_in_force(country: str, *, on: dt.date) -> list[Ground]:
    """In the order in which they are offered."""
    return [one for one in GROUNDS if one.country == country and one.holds_on(on)]


def is_in_list(code: str, country: str, *, on: dt.date) -> bool:
    return any(one.code == code for one in grounds_in_force(country, on=on))


def ground_text(code: str, country: str) -> str:
    """In the language of the moment, also of one that is no longer in force; the code where it is unknown."""
    return next((str(one.text) for one in GROUNDS if (one.code, one.country) == (code, country)), code)


def appeal_days(country: str, *, on: dt.date) -> int:
    """How many days there are for an appeal against a statement of that day: STATEMENT_APPEAL_DAYS."""
    periods = sorted(settings.STATEMENT_APPEAL_DAYS[country].items())
    return int(next(days for first, days in reversed(periods) if first <= on.isoformat()))


def appeal_text(municipality: Municipality, *, on: dt.date, language: str) -> str:
    """How to appeal against a statement of the municipality, in the language of the decision (R-LANG-3)."""
    with translation.override(language):
        days = appeal_days(municipality.country, on=on)
        within = ngettext("%(number)s day", "%(number)s days", days) % {"number": days}
        facts = {"within": within, "municipality": municipality.name(language)}
        if municipality.country == Country.SE:
            said = pgettext(
                "Sweden",
                "You may appeal against this statement to the Swedish Board of Appeal for Education"
                " (Skolväsendets överklagandenämnd). Write within %(within)s of having been told of it, say"
                " which statement you mean, what should be changed and why. Send the letter to the"
                " municipality, %(municipality)s, which passes it on.",
            )
        else:
            said = _(
                "If you are not content with this statement, you may ask the municipality to correct it. Ask"
                " in writing within %(within)s of having been told of it, from the body that is responsible"
                " for education: %(municipality)s. Say which statement you mean, what should be changed and"
                " why."
            )
        return said % facts


def decision_language(language: str, municipality: Municipality) -> str:
    """Decisions are in Finnish or Swedish: in the applicant's language where it is one of them, else in that
    of the municipality.
    """
    if language in {"fi", "sv"}:
        return language
    is_swedish = municipality.country == Country.SE or municipality.language_status in {"sv", "bi-sv"}
    return "sv" if is_swedish else "fi"
