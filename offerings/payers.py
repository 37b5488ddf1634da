"""Who pays, as far as it is known before applying (R-HOME-3). One place for the rule.

Agreements between municipalities come with a later issue and will then stand before everything here.
"""

from __future__ import annotations

from typing import Final

from offerings.homes import Home
from offerings.models import Offering
from offerings.search.query import Payer
from providers.models import Organisation, OrganisationKind

# The state funds the provider of these forms, so the home municipality is not asked (R-HOME-3 d).
STATE_FUNDED: Final = frozenset({"general_upper_secondary", "vocational", "liberal_adult", "higher"})


def host_body(provider: Organisation) -> Organisation:
    """The organisation itself; of a municipal enterprise the municipality that it is a part of.

    Loads the parent of a municipal enterprise unless it is at hand.
    """
    if provider.kind == OrganisationKind.MUNICIPAL_ENTERPRISE and provider.parent is not None:
        return provider.parent
    return provider


def host_municipality_id(provider: Organisation) -> int | None:
    """The municipality that itself is the host."""
    return host_body(provider).municipality_id


def payers(offering: Offering, *, home: Home | None) -> tuple[Payer, ...]:
    """Who pays for a resident of ``home``, and LEARNER_FEE after it when the student pays a fee."""
    provider = offering.provider
    return payers_of(
        home=home,
        is_host=home is not None and host_municipality_id(provider) in home.family,
        host_country=provider.country,
        form=offering.form_id or "",
        has_fee=offering.learner_fee_cents > 0,
    )


def payers_of(
    *, home: Home | None, is_host: bool, host_country: str, form: str, has_fee: bool
) -> tuple[Payer, ...]:
    """The rule itself, on plain values. ``is_host``: the home municipality is the host."""
    fee = (Payer.LEARNER_FEE,) if has_fee else ()
    if home is None:
        return (Payer.DEPENDS, *fee)
    if is_host:
        return (Payer.HOST_IS_HOME, *fee)
    if home.country != host_country:
        return (Payer.NO_AGREEMENT, *fee)
    if host_country == "FI" and form in STATE_FUNDED:
        return (Payer.STATE, *fee)
    return (Payer.HOME_DECIDES, *fee)
