"""The page of one offering made ready for its template: places, cost, who may apply, what happens next."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from django.utils import timezone
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from agreements.models import Agreement
from agreements.terms import parties_on
from kopa.base import writing
from kopa.base.names import Text, pick
from municipalities.cache import Gazetteer, gazetteer
from offerings import paying, presenting, windows
from offerings.homes import Home
from offerings.models import CoHost, Offering, OpenTo, PlaceCounter, Precedence, SelectionRule
from offerings.places import is_released
from offerings.presenting import PAYER_NAMES, Card
from offerings.search.addresses import parameters, query_string
from offerings.search.engine import search
from offerings.search.query import Hit, Payer, SearchQuery
from offerings.seen import distance_km, seen_from
from offerings.states import OfferingStatus
from pilots.titles import groups, title
from providers.models import Site

SIMILAR: Final = 3
OTHER_STARTS: Final = 5
SELECTION: Final[dict[str, Promise]] = {
    SelectionRule.REGISTRATION_ORDER: gettext_lazy("Places are given in the order of registration."),
    SelectionRule.SCORE: gettext_lazy(
        "After the deadline the provider ranks the applicants by a selection score."
    ),
    SelectionRule.LOTTERY: gettext_lazy("After the deadline the places are drawn by lot."),
    SelectionRule.NEED: gettext_lazy(
        "After the deadline the places go to those who need the education most."
    ),
}

# R-CAP-7: published with the offering.
PRECEDENCE: Final[dict[str, Promise]] = {
    Precedence.RESERVED_FIRST: gettext_lazy(
        "Residents for whom places are reserved get those first, and open places after them."
    ),
    Precedence.OPEN_FIRST: gettext_lazy(
        "Residents for whom places are reserved get open places first, and the reserved ones after them."
    ),
}


@dataclass(frozen=True, slots=True)
class Source:
    """Places of one kind: open to everybody, or reserved for a municipality's residents."""

    free: int
    seats: int
    municipality: str  # as it stands in “residents of …”
    until_day: str


@dataclass(frozen=True, slots=True)
class Where:
    site: Site
    place: str  # its municipality
    km: float | None

    @property
    def is_at_the_centre(self) -> bool:
        return self.site.point_basis == Site.PointBasis.MUNICIPALITY_CENTRE


@dataclass
class OfferingPage:
    """What ``templates/offerings/detail.html`` shows. ``query`` is the search that the reader comes from."""

    offering: Offering
    query: SearchQuery
    home: Home | None
    now: dt.datetime
    search_path: str

    @cached_property
    def municipalities(self) -> Gazetteer:
        return gazetteer()

    @cached_property
    def home_name(self) -> str:
        """As it stands in “residents of …”."""
        if self.home is None:
            return ""
        return self.municipalities.whose(self.municipalities.by_id[self.home.id])

    @property
    def home_key(self) -> str:
        return self.home.key if self.home else ""

    @cached_property
    def hit(self) -> Hit:
        return seen_from(self.home, [self.offering], now=self.now)[0]

    @cached_property
    def card(self) -> Card:
        return self.card_of(self.hit, is_exact=True)

    def card_of(self, hit: Hit, *, is_exact: bool = False) -> Card:
        return presenting.card(
            hit,
            now=self.now,
            places=self.municipalities,
            home=self.home_key,
            family=self.home.family if self.home else (),
            context=self.context,
            is_exact=is_exact,
        )

    # Where from, where to

    @property
    def path(self) -> str:
        return presenting.address(self.offering)

    @property
    def context_without_home(self) -> list[tuple[str, str]]:
        return [pair for pair in parameters(self.query) if pair[0] != "home"]

    @property
    def context(self) -> str:
        return query_string(self.query)

    @property
    def back(self) -> str:
        """The search as the reader left it."""
        return self.search_path + self.context

    @property
    def is_from_search(self) -> bool:
        return self.query != SearchQuery(home=self.query.home)

    # State

    @property
    def is_cancelled(self) -> bool:
        return self.offering.status == OfferingStatus.CANCELLED

    @property
    def cancelled_day(self) -> str:
        return self._day(self.offering.cancelled_at)

    @property
    def is_draft(self) -> bool:
        return self.offering.status == OfferingStatus.DRAFT

    @property
    def has_ended(self) -> bool:
        """Its teaching is over."""
        return self.offering.status == OfferingStatus.COMPLETED

    @property
    def is_over(self) -> bool:
        """Not to be found by a search any more."""
        return not self.is_draft and not windows.is_in_search(self.offering, self.now)

    @property
    def is_open(self) -> bool:
        return windows.is_open(self.offering, self.now)

    # Texts

    @property
    def title(self) -> Text:
        return self.offering.title()

    @property
    def description(self) -> Text:
        return pick(self.offering, "description")

    @property
    def cancel_reason(self) -> Text:
        return pick(self.offering, "cancel_reason")

    @property
    def entry_requirements(self) -> Text:
        return pick(self.offering, "entry_requirements")

    @property
    def accessibility_note(self) -> Text:
        return pick(self.offering, "accessibility_note")

    @property
    def field(self) -> Text | None:
        field = self.offering.field
        return field.name(country=self.offering.country) if field else None

    @cached_property
    def co_hosts(self) -> list[CoHost]:
        return list(self.offering.co_hosts.select_related("organisation"))

    @property
    def is_partly_on_site(self) -> bool:
        share = self.offering.contact_share
        return share is not None and 0 < share < 1

    @property
    def pace(self) -> Decimal:
        return Decimal(self.offering.pace_percent or 0) / 100

    @property
    def website(self) -> str:
        return presenting.web_address(self.offering.provider.website)

    @property
    def credit_unit(self) -> str:
        unit = self.offering.credit_unit
        return str(unit.name(country=self.offering.country)) if unit else ""

    # Places

    @cached_property
    def sources(self) -> list[Source]:
        """Open places first, then one row for each municipality; one row when all are open to everybody."""
        counters = list(self.offering.counters.all())
        if is_released(self.offering.quota_release_at, self.now) or len(counters) == 1:
            free, seats = sum(c.free for c in counters), sum(c.seats for c in counters)
            return [Source(free, seats, "", "")] if counters else []
        counters.sort(key=lambda counter: (counter.quota is not None, counter.pk))
        return [self._source(counter) for counter in counters if counter.seats]

    def _source(self, counter: PlaceCounter) -> Source:
        if counter.quota is None:
            return Source(counter.free, counter.seats, "", "")
        until = self._day(self.offering.quota_release_at)
        name = self.municipalities.whose(counter.quota.municipality)
        return Source(counter.free, counter.seats, name, until)

    @property
    def reserves(self) -> bool:
        """Some places are reserved now, until a known day."""
        return any(source.until_day for source in self.sources)

    # Where

    @cached_property
    def places(self) -> list[Where]:
        label = self.municipalities.label
        return [
            Where(site, label(site.municipality) if site.municipality else "", distance_km(self.home, site))
            for site in self.offering.sites.all()
        ]

    @property
    def has_a_place_at_the_centre(self) -> bool:
        return any(where.is_at_the_centre for where in self.places)

    # Money

    @cached_property
    def agreement(self) -> Agreement | None:
        """The agreement that says who pays, or that asks for a statement."""
        by = self.hit.rule.agreement_id if self.hit.rule else None
        return Agreement.objects.get(pk=by) if by else None

    @property
    def payer(self) -> Payer:
        return presenting.main_payer(self.hit.payers)

    @property
    def payer_name(self) -> Promise:
        return PAYER_NAMES[self.payer]

    @property
    def payer_sentence(self) -> Promise:
        return paying.sentence(self.hit.rule, home_country=self.home.country if self.home else "")

    @property
    def cost(self) -> str:
        """What the student pays, in the host's currency."""
        return writing.money(self.offering.learner_fee_cents, self.offering.currency)

    # Who

    @cached_property
    def open_to(self) -> str:
        if self.offering.open_to == OpenTo.REGIONS:
            names = ", ".join(sorted(str(region) for region in self.offering.open_to_regions.all()))
            return _("Residents of these regions may apply: %(names)s.") % {"names": names}
        if self.offering.open_to == OpenTo.MUNICIPALITIES:
            label = self.municipalities.label
            names = ", ".join(sorted(label(place) for place in self.offering.open_to_municipalities.all()))
            return _("Residents of these municipalities may apply: %(names)s.") % {"names": names}
        if self.offering.open_to == OpenTo.PILOT_GROUPS:
            chosen = set(self.offering.open_to_pilot_groups.values_list("pk", flat=True))
            names = "; ".join(title(group) for group in groups() if group.pk in chosen)
            return _("Residents of these groups' municipalities may apply: %(names)s.") % {"names": names}
        if self.offering.open_to == OpenTo.AGREEMENT_PARTIES and self.offering.agreement is not None:
            agreement, today = self.offering.agreement, timezone.localdate(self.now)
            parties = parties_on(agreement.pk, today, self.municipalities)
            names = ", ".join(sorted(self.municipalities.label(place) for place in parties))
            sentence = _(
                "Residents of these municipalities may apply: %(names)s. Agreement: %(agreement)s."
            )
            return sentence % {"agreement": agreement.title(), "names": names or "–"}
        return _("Everybody may apply, wherever they live.")

    @cached_property
    def prior_education(self) -> list[str]:
        return [str(one.name(country=self.offering.country)) for one in self.offering.prior_education.all()]

    @property
    def selection(self) -> Promise:
        return SELECTION[self.offering.selection_rule]

    # Applying

    @property
    def apply_url(self) -> str:
        return presenting.web_address(self.offering.apply_url)

    @property
    def phone_href(self) -> str:
        return re.sub(r"[^\d+]", "", self.offering.contact_phone)

    @cached_property
    def steps(self) -> list[str]:
        """What happens next, in the order of time."""
        offering = self.offering
        steps = [*self._before_applying(), self._applying(), str(self.selection)]
        if self.payer is Payer.HOME_DECIDES:
            steps.append(_("The provider asks your home municipality whether it pays for your place."))
        if self.reserves:
            steps.append(str(PRECEDENCE[offering.precedence]))
            day = self._day(offering.quota_release_at)
            steps.append(
                _("Reserved places that nobody has taken become open to everybody on %(day)s.") % {"day": day}
            )
        if offering.start_decision_at:
            day = self._day(offering.start_decision_at)
            steps.append(
                _("The provider decides on %(day)s whether the course starts.") % {"day": day} + self._group()
            )
        if offering.starts_on:
            steps.append(_("Teaching starts on %(day)s.") % {"day": writing.day(offering.starts_on)})
        return steps

    def _before_applying(self) -> list[str]:
        if self.payer is Payer.NO_AGREEMENT:
            return [_("Ask the provider who pays for your place before you apply.")]
        return []

    def _applying(self) -> str:
        deadline = self.card.deadline
        if self.offering.is_national_joint_application:
            how = _("You apply in the national joint application, not here.")
        elif self.offering.takes_applications:
            how = _("You apply here in KOPA, in three short steps.")
        elif self.apply_url:
            how = _("You apply on the provider's own website.")
        elif self.offering.apply_contact:
            how = _("You apply as the provider says: %(how)s.") % {
                "how": self.offering.apply_contact.rstrip(". ")
            }
        else:
            how = _("Ask the contact person how to apply.")
        when = {
            "opens": _("Applications open on %(day)s.") % {"day": deadline.opens_text},
            "open": _("The last time to apply is %(day)s.") % {"day": self.last_moment},
            "closed": _("Applications closed on %(day)s.") % {"day": deadline.closes_text},
            "continuous": _("You may apply at any time until the course starts or is full."),
        }[deadline.state]
        return f"{how} {when}"

    @property
    def last_moment(self) -> str:
        return self.card.deadline.closes_text

    def _group(self) -> str:
        least = self.offering.min_group
        if not least or least < 2:
            return ""
        return " " + ngettext(
            "It needs at least %(number)s student.", "It needs at least %(number)s students.", least
        ) % {"number": least}

    def _day(self, moment: dt.datetime | None) -> str:
        return writing.day(moment.astimezone(self.offering.zone).date()) if moment else ""

    # Others

    @cached_property
    def other_starts(self) -> list[Card]:
        """The same course of the same provider with another start, soonest first."""
        title = next(
            f"title_{text}" for text in ("fi", "sv", "en") if getattr(self.offering, f"title_{text}")
        )
        found = (
            Offering.objects.in_search(self.now)
            .for_list()
            .filter(provider=self.offering.provider_id, **{title: getattr(self.offering, title)})
            .exclude(pk=self.offering.pk)
            .order_by("starts_on", "pk")[:OTHER_STARTS]
        )
        return [self.card_of(hit) for hit in seen_from(self.home, list(found), now=self.now)]

    @cached_property
    def similar(self) -> list[Card]:
        """Offerings of the same field with a free place, nearest or closing first."""
        if self.offering.field is None:
            return []
        same_starts = {card.offering.pk for card in self.other_starts} | {self.offering.pk}
        result = search(replace(self.similar_query, page_size=SIMILAR + len(same_starts)), now=self.now)
        return [self.card_of(hit) for hit in result.hits if hit.offering.pk not in same_starts][:SIMILAR]

    @property
    def similar_query(self) -> SearchQuery:
        return SearchQuery(home=self.home_key, free=True, field=frozenset({self.offering.field_id or ""}))

    @property
    def similar_href(self) -> str:
        return self.search_path + query_string(self.similar_query)
