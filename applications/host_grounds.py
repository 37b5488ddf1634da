"""Why a host may refuse, and how its decision is appealed against: words for the decision's own language.

Configuration, to be confirmed by each host: the law behind differs by country and form of education.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from applications.models import Application
from offerings.models import Offering

Grounds = Mapping[str, str | Promise]

RECEPTION: Final[Grounds] = {
    "prerequisites": _("The applicant does not have the earlier studies or skills that the course requires."),
    "target_group": _("The applicant is not among those for whom the education is meant."),
    "has_education": _("The applicant has corresponding education already."),
    "no_payer": _("The home municipality has not undertaken to pay for the education."),
    "not_shown": _("The information that was asked for has not been given."),
}
ADMISSION: Final[Grounds] = {
    "selection": _("Other applicants came before in the selection, and there is no free place."),
    "no_places": _("There is no free place in the course."),
    "no_payer": _("The home municipality has not undertaken to pay for the education."),
    "not_shown": _("The information that was asked for has not been given."),
}
IN_FINLAND: Final = _(
    "You may ask for this decision to be corrected. Ask in writing, within 14 days of having been told of"
    " the decision, from the authority that supervises student admission. Say which decision you mean, what"
    " should be changed and why. The provider tells you the authority's address."
)
# By the host's country: against the reception, and against the admission.
APPEALS: Final[Mapping[str, tuple[str | Promise, str | Promise]]] = {
    "FI": (IN_FINLAND, IN_FINLAND),
    "SE": (
        _(
            "You may appeal against this decision to the Swedish Board of Appeal for Education (Skolväsendets"
            " överklagandenämnd). Write within three weeks of having been told of the decision, say which"
            " decision you mean, what should be changed and why, and send it to the provider, who passes it"
            " on."
        ),
        _(
            "A decision on admission cannot be appealed against. You may ask the provider to look at it"
            " again."
        ),
    ),
}


def grounds(*, is_admission: bool) -> Grounds:
    return ADMISSION if is_admission else RECEPTION


def appeal(offering: Offering, *, is_admission: bool, language: str) -> str:
    """How to appeal, in the applicant's language (R-LANG-3); the official may change it."""
    with translation.override(language):
        return str(APPEALS[offering.provider.country][is_admission])


def ground_in(application: Application, ground: str, *, is_admission: bool) -> str:
    """The ground's words in the applicant's language."""
    with translation.override(application.language):
        return str(grounds(is_admission=is_admission).get(ground, ground))
