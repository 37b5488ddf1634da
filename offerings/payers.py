"""Who pays, and whether the home municipality states its opinion first (R-HOME-3). One place for the rule."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple, Self

from django.db import models

from agreements.terms import Terms, agreements
from municipalities.cache import Gazetteer, gazetteer
from offerings.homes import Home
from offerings.models import ZONES, Offering
from offerings.search.query import Payer
from providers.models import Organisation, OrganisationKind

# The state funds the provider of these forms, so the home municipality is not asked (R-HOME-3 d).
STATE_FUNDED: Final = frozenset({"general_upper_secondary", "vocational", "liberal_adult", "higher"})
# Within a primary area Sweden's law asks for no statement on vocational komvux that starts on this day or
# later (R-HOME-3 c). The form komvux is that on upper secondary level alone: the basic one and sfi are forms
# of their own in the code list. Which of it is vocational is told by the broad field; languages, mathematics,
# sciences, arts and social sciences are general subjects.
PRIMARY_AREAS_SINCE: Final = dt.date(2025, 1, 1)
VOCATIONAL_FIELDS: Final = frozenset({"01", "04", "06", "07", "08", "09", "10"})


class Need(models.TextChoices):
    """Whether the home municipality is asked for a statement."""

    NOT_REQUIRED = "not_required"
    NO_AGREEMENT = "no_agreement"  # nobody to ask: the host decides with the applicant
    REQUIRED = "required"


class Ground(models.TextChoices):
    """Why no statement is needed."""

    HOST_IS_HOME = "host_is_home"
    AGREEMENT = "agreement"
    PRIMARY_AREA = "primary_area"
    STATE_FUNDED = "state_funded"


@dataclass(frozen=True, slots=True)
class StatementRule:
    """The answer for one course and one home municipality on one day.

    ``reason`` is empty unless no statement is needed. ``agreement_id``: the agreement that says so, or that
    asks for a statement where the state would pay.
    """

    need: Need
    reason: Ground | None = None
    agreement_id: int | None = None


HOST_IS_HOME: Final = StatementRule(Need.NOT_REQUIRED, Ground.HOST_IS_HOME)
PAYERS: Final = {
    Ground.HOST_IS_HOME: Payer.HOST_IS_HOME,
    Ground.AGREEMENT: Payer.AGREEMENT,
    Ground.PRIMARY_AREA: Payer.AGREEMENT,
    Ground.STATE_FUNDED: Payer.STATE,
}


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


class Host(NamedTuple):
    """What the rule asks of a host."""

    country: str
    municipality_id: int | None  # of a municipality that itself is the host

    @classmethod
    def of(cls, provider: Organisation) -> Self:
        return cls(provider.country, host_municipality_id(provider))


@dataclass(frozen=True)
class Residents:
    """Residents of a municipality who apply on a day, by the clock of each host's country.

    Looks at agreements and municipalities once, in memory: at most one short statement for each.
    """

    home: Home
    days: Mapping[str, dt.date]

    @classmethod
    def applying_at(cls, home: Home, now: dt.datetime) -> Self:
        return cls(home, {country: now.astimezone(zone).date() for country, zone in ZONES.items()})

    @cached_property
    def agreements(self) -> Mapping[str, tuple[Terms, ...]]:
        """By the host's country: in force on the day, with the home municipality as a party."""
        every = agreements()
        return {
            country: tuple(terms for terms in every if terms.has_party(self.home.family, day))
            for country, day in self.days.items()
        }

    @cached_property
    def places(self) -> Gazetteer:
        return gazetteer()

    def shared_with(self, host: Host) -> tuple[Terms, ...]:
        """Of these agreements those to which the host municipality too is a party on the day.

        None with a host that is no municipality. Either counts with what was merged into it (R-HOME-8).
        """
        theirs, itself = self.agreements[host.country], host.municipality_id
        if not theirs or itself is None or itself not in self.places.by_id:
            return ()
        today = self.places.today(self.places.by_id[itself])
        family, day = self.places.families[today.pk], self.days[host.country]
        return tuple(terms for terms in theirs if terms.has_party(family, day))

    def rule(self, host: Host, *, form: str, field: str, starts_on: dt.date | None) -> StatementRule:
        """The rule for a course of this host."""
        return rule_of(
            home_country=self.home.country,
            host_country=host.country,
            is_host=host.municipality_id in self.home.family,
            form=form,
            field=field,
            starts_on=starts_on,
            shared=self.shared_with(host),
        )

    def rule_for(self, offering: Offering) -> StatementRule:
        """The same for an offering; loads the provider unless it is at hand."""
        return self.rule(
            Host.of(offering.provider),
            form=offering.form_id or "",
            field=offering.field_id or "",
            starts_on=offering.starts_on,
        )


def statement_rule(offering: Offering, home: Home, *, on: dt.date) -> StatementRule:
    """Who pays for a resident of ``home`` who applies on the day, and whether the home municipality is asked.

    ``on`` is a day by the host's clock. For many offerings make ``Residents`` once and ask it for each.
    """
    return Residents(home, dict.fromkeys(ZONES, on)).rule_for(offering)


def rule_of(
    *,
    home_country: str,
    host_country: str,
    is_host: bool,
    form: str,
    field: str,
    starts_on: dt.date | None,
    shared: Sequence[Terms],
) -> StatementRule:
    """The rule itself, on plain values.

    ``is_host``: the home municipality is the host; ``shared``: the agreements in force to which both are
    parties, whatever they cover.
    """
    if is_host:
        return HOST_IS_HOME
    covering = [terms for terms in shared if terms.covers(form, field)]
    for terms in covering:
        if terms.is_frisok:
            return StatementRule(Need.NOT_REQUIRED, Ground.AGREEMENT, terms.id)
    late_enough = starts_on is not None and starts_on >= PRIMARY_AREAS_SINCE
    if home_country == host_country == "SE" and form == "komvux" and late_enough:
        for terms in covering:
            if terms.is_primary and is_vocational_field(field):
                return StatementRule(Need.NOT_REQUIRED, Ground.PRIMARY_AREA, terms.id)
    asking = next((terms.id for terms in covering if terms.asks_for_statement), None)
    if home_country == host_country == "FI" and form in STATE_FUNDED and asking is None:
        return StatementRule(Need.NOT_REQUIRED, Ground.STATE_FUNDED)
    if home_country != host_country and not covering:
        return StatementRule(Need.NO_AGREEMENT)
    return StatementRule(Need.REQUIRED, agreement_id=asking)


def is_vocational_field(field: str) -> bool:
    """Komvux in this field is vocational."""
    return field[:2] in VOCATIONAL_FIELDS


def payers_of(rule: StatementRule | None, *, has_fee: bool) -> tuple[Payer, ...]:
    """Who pays by the rule (None without a home municipality), and after it LEARNER_FEE with a fee."""
    return (payer_of(rule), Payer.LEARNER_FEE) if has_fee else (payer_of(rule),)


def payer_of(rule: StatementRule | None) -> Payer:
    """Who pays by the rule."""
    if rule is None:
        return Payer.DEPENDS
    if rule.reason is not None:
        return PAYERS[rule.reason]
    return Payer.NO_AGREEMENT if rule.need == Need.NO_AGREEMENT else Payer.HOME_DECIDES
