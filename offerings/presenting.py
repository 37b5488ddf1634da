"""What pages say of one offering beyond its own fields: deadline, places, who pays. No query is made here."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import slugify
from django.utils.translation import get_language, gettext, ngettext, pgettext
from django.utils.translation import gettext_lazy as _

from kopa.base import writing
from kopa.base.names import Text, reader_language
from kopa.codes.models import CodeListEntry
from municipalities.cache import Gazetteer
from municipalities.models import Country
from offerings.models import ZONES, Offering
from offerings.search.query import Hit, Payer
from offerings.windows import is_closed, is_confirmed_lately
from providers.models import Site

LAST_PLACES: Final = 3  # so few free places stand out
SOON_DAYS: Final = 14  # a deadline this near is marked
URGENT_DAYS: Final = 7

# A window that opens or closes at these times does so with the day: the time adds nothing.
FIRST_MINUTE: Final = "00:00"
LAST_MINUTE: Final = "23:59"

# Colours of the design system for the tags of education forms; others stay neutral.
FORM_COLOURS: Final = {
    "vocational": "accent",
    "general_upper_secondary": "sky",
    "komvux": "cloudberry",
    "liberal_adult": "cloudberry",
    "higher": "sky",
}


def address(offering: Offering) -> str:
    """The offering's page in the language being read; the words after its number follow the title."""
    return address_of(offering.pk, str(offering.title()))


def address_of(pk: int, title: str) -> str:
    """As ``address``, from the title in the language being read."""
    words = slugify(title)[:60].strip("-")
    start = _start_of_addresses(get_language() or "")
    return f"{start}{pk}-{words}/" if words else f"{start}{pk}/"


@cache
def _start_of_addresses(language: str) -> str:  # noqa: ARG001 - reverse() looks at the active one
    """What the pages of offerings have in common: to ask for each of a list costs more than its row."""
    return reverse("offerings:detail", args=[0]).removesuffix("0/")


def web_address(url: str) -> str:
    """Only an address of the web; whatever else stands there is no link."""
    return url if re.match(r"https?://", url, re.IGNORECASE) else ""


@dataclass(frozen=True, slots=True)
class Deadline:
    """Where the application window stands now. Days are counted by the calendar of the host's country."""

    state: str  # "opens", "open", "continuous", "closed"
    opens_at: dt.datetime | None
    closes_at: dt.datetime | None
    country: str
    days_left: int | None
    is_abroad: bool  # for a reader of another country the zone is named (R-TIME-2)
    is_exact: bool  # with the time of day and the year

    @property
    def opens_text(self) -> str:
        return self._written(self.opens_at, plain=FIRST_MINUTE)

    @property
    def closes_text(self) -> str:
        return self._written(self.closes_at, plain=LAST_MINUTE)

    def _written(self, moment: dt.datetime | None, *, plain: str) -> str:
        """In a list without the year, and without the time of day where it is ``plain`` for a whole day."""
        if moment is None:
            return ""
        if self.is_exact or self.is_abroad or self.days_left == 0:
            return writing.moment(moment, country=self.country, zone=self.is_abroad)
        local = moment.astimezone(ZONES[self.country])
        day = writing.short_day(local.date())
        if f"{local:%H:%M}" == plain:
            return day
        time = writing.clock(moment, country=self.country)
        return pgettext("day and time", "%(day)s at %(time)s") % {"day": day, "time": time}

    @property
    def colour(self) -> str:
        """Of the tag with the days left; empty: no tag."""
        if self.days_left is None or self.days_left > SOON_DAYS:
            return ""
        return "danger" if self.days_left <= URGENT_DAYS else "warning"

    @property
    def days_text(self) -> str:
        if self.days_left is None:
            return ""
        if self.days_left == 0:
            return gettext("today")
        return ngettext("%(days)s day left", "%(days)s days left", self.days_left) % {"days": self.days_left}


def deadline(
    offering: Offering, *, now: dt.datetime, reader_country: str, is_exact: bool = False
) -> Deadline:
    """The deadline is inclusive to the second (R-TIME-1)."""
    opens, closes = offering.applications_open_at, offering.applications_close_at
    days_left = None
    closed = is_closed(offering, now)
    if closes is not None and not closed:
        days_left = (closes.astimezone(offering.zone).date() - now.astimezone(offering.zone).date()).days
    if closed:
        state = "closed"
    elif opens is not None and now < opens:
        state = "opens"
    else:
        state = "continuous" if closes is None else "open"
    return Deadline(
        state=state,
        opens_at=opens,
        closes_at=closes,
        country=offering.country,
        days_left=days_left if state == "open" else None,
        is_abroad=offering.country != reader_country,
        is_exact=is_exact,
    )


@dataclass(frozen=True, slots=True)
class ReservedFor:
    """Free places kept for the residents of one municipality."""

    free: int
    municipality: str  # as it stands in “residents of …”
    until: dt.datetime | None
    country: str  # the host's: its clock says when they are released

    @property
    def until_day(self) -> str:
        return writing.day(self.until.astimezone(ZONES[self.country]).date()) if self.until else ""


def reserved_for(
    hit: Hit, *, family: Collection[int], places: Gazetteer
) -> tuple[tuple[ReservedFor, ...], tuple[ReservedFor, ...]]:
    """Free places reserved for the home municipality's own, counted in ``hit.free``, and those for others."""
    quotas = [counter.quota for counter in hit.offering.counters.all() if counter.quota is not None]
    names = {quota.municipality_id: places.whose(quota.municipality) for quota in quotas}
    own: list[ReservedFor] = []
    others: list[ReservedFor] = []
    for one in hit.reserved:
        if one.free > 0:
            among = own if one.municipality_id in family else others
            name = names[one.municipality_id]
            among.append(ReservedFor(one.free, name, one.until, hit.offering.country))
    return tuple(own), tuple(others)


@dataclass(frozen=True, slots=True)
class Card:
    """One offering in a list."""

    hit: Hit
    href: str
    deadline: Deadline
    place: str  # the municipality of the nearest site, else the site's own name; empty without a site
    own_reserved: tuple[ReservedFor, ...]  # of the free places, those for the reader's municipality alone
    reserved: tuple[ReservedFor, ...]  # beside the free places, those for others
    mark: str  # the country, where it is not the reader's own
    payer: str | Promise
    shows_form: bool
    has_fresh_places: bool

    @property
    def offering(self) -> Offering:
        return self.hit.offering

    @property
    def title(self) -> Text:
        return self.offering.title()

    @property
    def provider(self) -> Text:
        return self.offering.provider.label()

    @property
    def country_name(self) -> str:
        return str(Country(self.mark).label) if self.mark else ""

    @property
    def form(self) -> Text:
        return _named(self.offering.form, self.offering)

    @property
    def mode(self) -> Text:
        return _named(self.offering.mode, self.offering)

    @property
    def starts(self) -> str:
        return writing.day(self.offering.starts_on) if self.offering.starts_on else ""

    @property
    def confirmed(self) -> str:
        moment = self.offering.places_confirmed_at
        return writing.day(moment.astimezone(self.offering.zone).date()) if moment else ""

    @property
    def form_colour(self) -> str:
        return FORM_COLOURS.get(self.offering.form_id or "", "neutral")

    @property
    def languages(self) -> str:
        country = self.offering.country
        return ", ".join(str(one.name(country=country)) for one in self.offering.languages.all())

    @property
    def look(self) -> str:
        """Class of the panel with the places: full, few, or nothing special."""
        if self.hit.free <= 0:
            return "is-full"
        return "is-few" if self.hit.free <= LAST_PLACES else ""

    @property
    def meter(self) -> int:
        """Free places in per cent of all; a single free place is seen too."""
        if self.hit.free <= 0 or not self.hit.capacity:
            return 0
        return max(3, min(100, round(100 * self.hit.free / self.hit.capacity)))


PAYER_NAMES: Final[dict[Payer, Promise]] = {
    Payer.HOST_IS_HOME: _("Your own municipality's course"),
    Payer.STATE: _("Funded by the state"),
    Payer.AGREEMENT: _("Your home municipality pays by agreement"),
    Payer.NO_AGREEMENT: _("No agreement: ask the provider"),
    Payer.HOME_DECIDES: _("Your home municipality decides"),
    Payer.DEPENDS: _("Depends on your home municipality"),
    Payer.LEARNER_FEE: _("Fee for the student"),
}


def main_payer(payers: tuple[Payer, ...]) -> Payer:
    """The one of who pays for the place; a student's fee stands beside it."""
    return next((payer for payer in payers if payer is not Payer.LEARNER_FEE), Payer.DEPENDS)


def place_of(site: Site | None, places: Gazetteer) -> str:
    """A site's municipality, with its country where the name alone does not tell; else the site's name."""
    if site is None:
        return ""
    return places.label(site.municipality) if site.municipality else str(site)


def _named(entry: CodeListEntry | None, offering: Offering) -> Text:
    """A draft may lack what a published offering has."""
    return entry.name(country=offering.country) if entry else Text("", reader_language(), is_fallback=False)


def card(
    hit: Hit,
    *,
    now: dt.datetime,
    places: Gazetteer,
    home: str,
    family: Collection[int] = (),
    context: str = "",
    shows_form: bool = True,
    is_exact: bool = False,
) -> Card:
    """``home`` is a key or empty, ``family`` the ids behind it. ``context`` is the query string that the link
    carries on, so that the way back keeps the filters.
    """
    reader_country = home[:2] or "FI"
    country = hit.offering.country
    own, others = reserved_for(hit, family=family, places=places)
    return Card(
        hit=hit,
        href=address(hit.offering) + context,
        deadline=deadline(hit.offering, now=now, reader_country=reader_country, is_exact=is_exact),
        place=place_of(hit.site, places),
        own_reserved=own,
        reserved=others,
        mark=country if country != reader_country else "",
        payer=PAYER_NAMES[main_payer(hit.payers)],
        shows_form=shows_form,
        has_fresh_places=is_confirmed_lately(hit.offering, now),
    )
