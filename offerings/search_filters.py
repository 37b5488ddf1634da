"""The filters of the search page in words: their names, the values of facets, chips, what selects add."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kopa.base.names import pick
from municipalities.cache import Gazetteer
from municipalities.models import Country
from municipalities.models.register import name_of_region
from offerings.code_names import NAMED_BY, code_names
from offerings.presenting import PAYER_NAMES
from offerings.search.base import base
from offerings.search.query import SearchResult, Sort, Window
from pilots.titles import groups, title
from providers.models import Organisation

FACET_NAMES: Final[dict[str, Promise]] = {
    "form": _("Form of education"),
    "field": _("Field"),
    "mode": _("Way of studying"),
    "language": _("Teaching language"),
    "region": _("Region"),
    "payer": _("Who pays"),
}
FILTER_NAMES: Final[dict[str, Promise]] = FACET_NAMES | {
    "q": _("search words"),
    "free": _("Only free places"),
    "open": _("Applications"),
    "for_me": _("Only those I may apply to"),
    "reachable": _("Within reach or without days on site"),
    "within_km": _("Distance"),
    "municipality": _("Municipality"),
    "provider": _("Provider"),
    "pilot": _("Pilot group or co-operation area"),
    "starts_after": _("Teaching starts"),
    "home": _("Home municipality"),
    "sort": _("Sort by"),
    "page": _("Page"),
}
WINDOW_NAMES: Final[dict[Window, Promise]] = {
    Window.NOW: _("Open now"),
    Window.SOON: _("Open within 30 days"),
}
SORT_NAMES: Final[dict[Sort, Promise]] = {
    Sort.RELEVANCE: pgettext_lazy("sorting", "Best match"),
    Sort.DISTANCE: pgettext_lazy("sorting", "Nearest first"),
    Sort.DEADLINE: pgettext_lazy("sorting", "Closing first"),
    Sort.START: pgettext_lazy("sorting", "Starting first"),
    Sort.PLACES: pgettext_lazy("sorting", "Most free places"),
}


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a facet. ``language`` is that of its name where the page has another."""

    name: str
    value: str
    label: str
    count: int
    chosen: bool
    narrower: tuple[Option, ...] = ()
    language: str = ""


@dataclass(frozen=True, slots=True)
class Facet:
    name: str
    label: str | Promise
    options: tuple[Option, ...]
    folded: tuple[Option, ...] = ()

    @property
    def folded_has_chosen(self) -> bool:
        return any(option.chosen for option in self.folded)


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in use; ``href`` is the same search without it."""

    name: str
    value: str
    label: str
    href: str


@dataclass(frozen=True, slots=True)
class WayOut:
    """What an empty search could leave out, and how many offerings that gives."""

    label: str
    total: int
    href: str


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str | Promise
    chosen: bool


@dataclass
class Names:
    """The words for what an answer names by code or key."""

    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    municipalities: dict[str, str] = field(default_factory=dict)
    home_family: frozenset[int] = frozenset()  # ids of the home municipality and those merged into it
    providers: dict[int, str] = field(default_factory=dict)
    pilots: dict[str, str] = field(default_factory=dict)
    foreign: dict[str, str] = field(default_factory=dict)  # of regions without a name in the page's language
    places: Gazetteer = field(default_factory=lambda: Gazetteer(()))

    def of(self, name: str, value: Any) -> str:
        if name == "payer":
            return str(PAYER_NAMES[value])
        if name == "provider":
            return self.providers.get(value, str(value))
        if name == "pilot":
            return self.pilots.get(value, str(value))
        if name == "municipality":
            return self.municipalities.get(value, str(value))
        return self.codes.get(name, {}).get(value, str(value))


def names_for(result: SearchResult) -> Names:
    """From memory; one statement where providers are asked for."""
    query = result.query
    names = Names()
    names.codes = {name: {} for name in NAMED_BY}
    for (name, value), entry in code_names().items():
        label = name_of_region(entry, value[:2]) if name == "region" else pick(entry, "name")
        names.codes[name][value] = label.text
        if name == "region" and label.is_fallback:
            names.foreign[value] = label.language
    names.home_family = frozenset(result.home.family if result.home else ())
    names.places = places = result.places
    names.municipalities = {
        key: places.label(places.by_key[key])
        for key in (*query.municipality, query.home)
        if key in places.by_key
    }
    if query.provider:
        found = Organisation.objects.filter(pk__in=query.provider)
        names.providers = {provider.pk: str(provider) for provider in found}
    if query.pilot:
        names.pilots = {group.code: title(group) for group in groups()}
    return names


@dataclass(frozen=True, slots=True)
class Addition:
    """Values of a filter that a select adds one by one; those in use stand as chips and hidden fields."""

    name: str
    label: str | Promise
    groups: tuple[tuple[str | Promise, tuple[tuple[str, str], ...]], ...]  # by country: value and label


def additions(places: Gazetteer, *, now: dt.datetime) -> tuple[Addition, ...]:
    """Municipalities and providers of what can be found at all, whatever is searched for, and the groups.

    Two statements.
    """
    rows = list(base(now).order_by().values_list("provider_id", "whereabouts__municipalities").distinct())
    keys = {key for _, at in rows for key in at or ()}
    municipalities = [(one.country, one.key, places.label(one)) for one in places.in_alphabet()]
    found = Organisation.objects.filter(pk__in={provider for provider, _ in rows})
    providers = [(one.country, str(one.pk), str(one)) for one in found.by_name()]
    pilots = [(group.country, group.code, title(group)) for group in groups()]
    return (
        _addition("municipality", [one for one in municipalities if one[1] in keys]),
        _addition("provider", providers),
        _addition("pilot", pilots),
    )


def _addition(name: str, values: Sequence[tuple[str, str, str]]) -> Addition:
    groups = ((country.label, tuple(one[1:] for one in values if one[0] == country)) for country in Country)
    return Addition(name, FILTER_NAMES[name], tuple(group for group in groups if group[1]))
