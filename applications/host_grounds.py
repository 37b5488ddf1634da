"""Why a host may refuse, and how its decision is appealed against: words for the decision's own language.

As ``grounds`` has them for home municipalities: each ground has its country and its days, the settings say
how many days there are for an appeal, and each host confirms both.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from applications.grounds import Ground
from applications.models import Application
from municipalities.models import Country

EVERYWHERE: Final = ""
NO_PAYER: Final = Ground(
    "no_payer",
    EVERYWHERE,
    gettext_lazy("The home municipality has not undertaken to pay for the education."),
)
NOT_SHOWN: Final = Ground(
    "not_shown", EVERYWHERE, gettext_lazy("The information that was asked for has not been given.")
)
NO_PLACES: Final = Ground("no_places", EVERYWHERE, gettext_lazy("There is no free place in the course."))
RECEPTION: Final = (
    Ground(
        "prerequisites",
        EVERYWHERE,
        gettext_lazy("The applicant does not have the earlier studies or skills that the course requires."),
    ),
    Ground(
        "target_group",
        EVERYWHERE,
        gettext_lazy("The applicant is not among those for whom the education is meant."),
    ),
    Ground(
        "has_education", EVERYWHERE, gettext_lazy("The applicant has corresponding education already.")
    ),
    NO_PAYER,
    NOT_SHOWN,
    NO_PLACES,
)
ADMISSION: Final = (
    Ground(
        "selection",
        EVERYWHERE,
        gettext_lazy("Other applicants came before in the selection, and there is no free place."),
    ),
    NO_PLACES,
    NO_PAYER,
    NOT_SHOWN,
)
# Of a place that was accepted: it is taken back.
MISSED: Final = (
    Ground(
        "not_come",
        EVERYWHERE,
        gettext_lazy("The student has accepted the place, and has not come to the studies."),
    ),
)

TAKEN_BACK: Final = frozenset(one.code for one in MISSED)


def grounds_in_force(
    country: str, *, is_admission: bool, on: dt.date, is_missed: bool = False
) -> list[Ground]:
    """In the order in which they are offered. ``is_missed``: an accepted place is taken back."""
    listed = MISSED if is_missed else ADMISSION if is_admission else RECEPTION
    return [one for one in listed if one.country in {EVERYWHERE, country} and one.holds_on(on)]


def decision_language(application: Application) -> str:
    """Decisions are in Finnish or Swedish: in the applicant's language where it is one of them, else in that
    of the host's country (R-LANG-3).
    """
    if application.language in {"fi", "sv"}:
        return application.language
    return "sv" if application.offering.provider.country == Country.SE else "fi"


def ground_text(application: Application, code: str, *, is_admission: bool) -> str:
    """In the decision's language, also one that is no longer in force; the code where it is unknown."""
    listed = (*ADMISSION, *MISSED) if is_admission else RECEPTION
    with translation.override(decision_language(application)):
        return next((str(one.text) for one in listed if one.code == code), code)


def appeal_text(application: Application, *, is_admission: bool, on: dt.date | None = None) -> str:
    """How to appeal, in the decision's language; the official may change it before deciding."""
    country = application.offering.provider.country
    with translation.override(decision_language(application)):
        if country == Country.SE and is_admission:
            return pgettext(
                "Sweden",
                "A decision on admission cannot be appealed against. You may ask the provider to look at it"
                " again.",
            )
        days = appeal_days(country, on=on or timezone.localdate())
        within = {"within": ngettext("%(number)s day", "%(number)s days", days) % {"number": days}}
        return (_in_sweden() if country == Country.SE else _in_finland()) % within


def _in_sweden() -> str:
    return pgettext(
        "Sweden",
        "You may appeal against this decision to the Swedish Board of Appeal for Education (Skolväsendets"
        " överklagandenämnd). Write within %(within)s of having been told of the decision, say which decision"
        " you mean, what should be changed and why, and send the letter to the provider, who passes it on.",
    )


def _in_finland() -> str:
    return _(
        "You may ask for this decision to be corrected. Ask in writing, within %(within)s of having been told"
        " of the decision, from the authority that supervises student admission. Say which decision you mean,"
        " what should be changed and why. The provider tells you the authority's address."
    )


def appeal_days(country: str, *, on: dt.date) -> int:
    """How many days there are against a host's decision of that day: DECISION_APPEAL_DAYS."""
    periods = sorted(settings.DECISION_APPEAL_DAYS[country].items())
    return int(next(days for first, days in reversed(periods) if first <= on.isoformat()))
