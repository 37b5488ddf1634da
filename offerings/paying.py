"""Who pays and whether the home municipality is asked, said to a person (R-HOME-3 in words)."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from offerings.payers import Ground, Need, StatementRule

# What is asked for is called utlåtande in Finland's Swedish and yttrande in Sweden's: of each sentence that
# speaks of it one for a home municipality in Finland and one for Sweden, by country.
Sentence = dict[str, Promise]
DEPENDS: Final = _("Who pays depends on where you live. Choose your home municipality to see it.")
BY_GROUND: Final[dict[Ground, Sentence]] = {
    Ground.HOST_IS_HOME: {
        "FI": _("The course is your own municipality's. No statement is needed."),
        "SE": pgettext_lazy("Sweden", "The course is your own municipality's. No statement is needed."),
    },
    Ground.AGREEMENT: {
        "FI": _(
            "Your home municipality and this one have agreed that their residents apply freely. Your home"
            " municipality pays for your place and gives no statement."
        ),
        "SE": pgettext_lazy(
            "Sweden",
            "Your home municipality and this one have agreed that their residents apply freely. Your home"
            " municipality pays for your place and gives no statement.",
        ),
    },
    Ground.PRIMARY_AREA: {
        "SE": pgettext_lazy(
            "Sweden",
            "Your home municipality and this one belong to the same primary co-operation area. By law your"
            " home municipality pays for your place and gives no statement.",
        ),
    },
    Ground.STATE_FUNDED: {
        "FI": _(
            "The state funds the course through its provider. Your home municipality gives no statement."
        ),
    },
}
NO_AGREEMENT: Final = _(
    "There is no agreement between your home municipality and this provider across the border. You may"
    " apply, but ask the provider first who pays."
)
REQUIRED: Final[Sentence] = {
    "FI": _(
        "Your home municipality decides whether it pays for your place, and says so in a statement."
    ),
    "SE": pgettext_lazy(
        "Sweden",
        "Your home municipality decides whether it pays for your place, and says so in a statement.",
    ),
}
ASKED_BY_AGREEMENT: Final[Sentence] = {
    "FI": _(
        "The provider asks your home municipality for a statement, as the agreement between them says."
    ),
    "SE": pgettext_lazy(
        "Sweden",
        "The provider asks your home municipality for a statement, as the agreement between them says.",
    ),
}


def sentence(rule: StatementRule | None, *, home_country: str) -> Promise:
    """Who pays, whether a statement is needed and why; ``rule`` is None without a home municipality."""
    if rule is None:
        return DEPENDS
    if rule.reason is not None:
        return BY_GROUND[rule.reason][home_country]
    if rule.need == Need.NO_AGREEMENT:
        return NO_AGREEMENT
    return (REQUIRED if rule.agreement_id is None else ASKED_BY_AGREEMENT)[home_country]
