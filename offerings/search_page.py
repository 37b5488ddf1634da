"""The search page made ready for its templates: facets, chips, sorting, pages, cards."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kopa.base import writing
from kopa.base.parameters import Refused
from municipalities.maps.pictures import Picture
from municipalities.models import Municipality
from offerings import presenting, search_map
from offerings.presenting import Card
from offerings.search.addresses import parameters, query_string, without
from offerings.search.query import REACHABLE_KM, FacetValue, Payer, SearchQuery, SearchResult, Sort
from offerings.search_filters import (
    FACET_NAMES,
    FILTER_NAMES,
    SORT_NAMES,
    WINDOW_NAMES,
    Addition,
    Chip,
    Choice,
    Facet,
    Names,
    Option,
    WayOut,
    additions,
)

# How many regions stand in sight; the rest is folded.
IN_SIGHT: Final = 6


@dataclass
class SearchPage:
    """What ``templates/offerings/search.html`` shows."""

    path: str  # of the search page, in the language being read
    result: SearchResult
    refused: tuple[Refused, ...]
    home_choices: tuple[Municipality, ...]  # where the home's name was given and several bear it
    now: dt.datetime
    names: Names
    home_given: str = ""  # as the address has it

    @property
    def query(self) -> SearchQuery:
        return self.result.query

    @cached_property
    def additions(self) -> tuple[Addition, ...]:
        return additions(self.names.places, now=self.now)

    @cached_property
    def canonical(self) -> str:
        return self.path + query_string(self.query)

    @property
    def notices(self) -> list[tuple[str | Promise, str]]:
        """What of the address was left out: the name of the filter, and why."""
        return [(FILTER_NAMES.get(one.parameter, one.parameter), one.detail) for one in self.refused]

    @property
    def home_links(self) -> list[tuple[str, str]]:
        """The municipalities that a given name may mean, each with the address that chooses it."""
        label = self.names.places.label
        return [(label(one), self.path + query_string(self.query, home=one.key)) for one in self.home_choices]

    @property
    def home_typed(self) -> str:
        """What was given as the home municipality and could not be taken: it stays in its box."""
        return "" if self.query.home else self.home_given

    @property
    def home_name(self) -> str:
        """As it stands in “the centre of …”."""
        home = self.names.places.by_key.get(self.query.home)
        return self.names.places.whose(home) if home else ""

    @cached_property
    def cards(self) -> list[Card]:
        context = query_string(self.query)
        return [
            presenting.card(
                hit,
                now=self.now,
                places=self.names.places,
                home=self.query.home,
                family=self.names.home_family,
                context=context,
                shows_form=len(self.query.form) != 1,
            )
            for hit in self.result.hits
        ]

    @cached_property
    def facets(self) -> list[Facet]:
        return [self._facet(name, values) for name, values in self.result.facets.items()]

    def _facet(self, name: str, values: tuple[FacetValue, ...]) -> Facet:
        """Values stand in the order of their code list, so that they stay in place; regions by frequency."""
        options = [self._option(name, value) for value in values if not value.parent]
        if name == "region":
            folded = sorted(options[IN_SIGHT:], key=lambda option: (not option.chosen, option.label))
            return Facet(name, FACET_NAMES[name], tuple(options[:IN_SIGHT]), tuple(folded))
        order = list(Payer) if name == "payer" else list(self.names.codes[name])
        place = {str(value): index for index, value in enumerate(order)}
        options.sort(key=lambda option: place.get(option.value, len(place)))
        if name == "field":
            narrow = [(value.parent, self._option(name, value)) for value in values if value.parent]
            narrow.sort(key=lambda pair: place.get(pair[1].value, len(place)))
            options = [
                replace(option, narrower=tuple(one for parent, one in narrow if parent == option.value))
                for option in options
            ]
        return Facet(name, FACET_NAMES[name], tuple(options))

    def _option(self, name: str, value: FacetValue) -> Option:
        label, language = self.names.of(name, value.value), self.names.foreign.get(value.value, "")
        return Option(name, value.value, label, value.count, value.chosen, language=language)

    @cached_property
    def chips(self) -> list[Chip]:
        """In the order of the filters on the page."""
        query = self.query
        chips = []
        if query.q:
            chips.append(self._chip("q", query.q, f"”{query.q}”"))
        switches = ("free", "for_me")
        chips += [self._chip(name, "1", str(FILTER_NAMES[name])) for name in switches if getattr(query, name)]
        if query.reachable:
            near = REACHABLE_KM if query.within_km is None else query.within_km
            label = gettext("Within %(distance)s or without days on site")
            chips.append(self._chip("reachable", "1", label % {"distance": writing.kilometres(near)}))
        if query.open is not None:
            chips.append(self._chip("open", str(query.open), str(WINDOW_NAMES[query.open])))
        if query.within_km is not None:
            label = gettext("Within %(distance)s") % {"distance": writing.kilometres(query.within_km)}
            chips.append(self._chip("within_km", str(query.within_km), label))
        if query.starts_after is not None:
            label = gettext("Starts %(day)s or later") % {"day": writing.day(query.starts_after)}
            chips.append(self._chip("starts_after", query.starts_after.isoformat(), label))
        for name in (*FACET_NAMES, "municipality", "provider", "pilot"):
            labels = {value: self.names.of(name, value) for value in getattr(query, name)}
            chips += [
                self._chip(name, value, labels[value]) for value in sorted(labels, key=labels.__getitem__)
            ]
        return chips

    def _chip(self, name: str, value: Any, label: str) -> Chip:
        left = without(self.query, name, value)
        return Chip(name, str(value), label, self.path + query_string(left))

    @property
    def filters_in_use(self) -> int:
        """Without the words: they stand in the box above."""
        return sum(chip.name != "q" for chip in self.chips)

    @property
    def without_filters(self) -> str:
        """The address with the home and the order only."""
        bare = SearchQuery(home=self.query.home, sort=self.query.sort if self.query.home else None)
        return self.path + query_string(bare)

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """Values that no control on the page holds, as selects only add them; the form carries them on."""
        kept = ("municipality", "provider", "pilot")
        return [pair for pair in parameters(self.query) if pair[0] in kept]

    @cached_property
    def sorts(self) -> list[Choice]:
        """The default has no value, so that it follows when words or a home come or go."""
        default = replace(self.query, sort=None).effective_sort
        offered = [default, *(sort for sort in Sort if sort != default and self._makes_sense(sort))]
        current = self.query.effective_sort
        return [
            Choice("" if sort == default else str(sort), SORT_NAMES[sort], sort == current)
            for sort in offered
        ]

    def _makes_sense(self, sort: Sort) -> bool:
        if sort == Sort.DISTANCE:
            return bool(self.query.home)
        return bool(self.query.q) or sort != Sort.RELEVANCE

    @property
    def reachable_label(self) -> str:
        """Says how near is near where the reader gives no distance."""
        near = {"distance": writing.kilometres(REACHABLE_KM)}
        return gettext("Within %(distance)s, or the distance below, or without days on site") % near

    @property
    def windows(self) -> list[Choice]:
        choices = [Choice("", _("All, closed ones left out"), self.query.open is None)]
        return choices + [
            Choice(str(window), name, self.query.open == window) for window, name in WINDOW_NAMES.items()
        ]

    @cached_property
    def ways_out(self) -> list[WayOut]:
        found = []
        for loosening in self.result.loosenings:
            left = self.query
            for name in loosening.drop:
                left = without(left, name)
            labels = [chip.label for chip in self.chips if chip.name in loosening.drop]
            found.append(WayOut(", ".join(labels), loosening.total, self.path + query_string(left)))
        return found

    @cached_property
    def map(self) -> Picture | None:
        """Of the page's cards; None where none has a point."""
        places, total = self.names.places, self.result.total
        return search_map.picture(self.cards, places=places, home=self.query.home, total=total)

    @property
    def tiles(self) -> dict[str, str] | None:
        """Whose map tiles a zoomable map may load; None: there is no such map."""
        return settings.KOPA_TILES

    @property
    def first(self) -> int:
        return (self.query.page - 1) * self.query.page_size + 1

    @property
    def last(self) -> int:
        return self.first + len(self.result.hits) - 1

    @property
    def first_page_href(self) -> str:
        return self._page_href(1)

    @property
    def previous_href(self) -> str:
        return self._page_href(self.query.page - 1) if self.query.page > 1 else ""

    @property
    def next_href(self) -> str:
        return self._page_href(self.query.page + 1) if self.query.page < self.result.pages else ""

    @property
    def page_links(self) -> list[tuple[int, str] | None]:
        """Number and address of the first, the last and the neighbouring pages; None stands for a gap."""
        pages, page = self.result.pages, self.query.page
        shown = sorted({1, pages, *range(max(1, page - 1), min(pages, page + 1) + 1)})
        links: list[tuple[int, str] | None] = []
        for number in shown:
            if links and links[-1] is not None and number - links[-1][0] > 1:
                links.append(None)
            links.append((number, self._page_href(number)))
        return links

    def _page_href(self, number: int) -> str:
        # The fragment spares a phone's reader the way past the search form.
        return f"{self.path}{query_string(self.query, page=number)}#results"


def history(before: str, query: SearchQuery) -> str:
    """The header that tells htmx how to write the new address: as a new step of the browser's history, unless
    the reader is still typing the same words.
    """
    parts = urlsplit(before)
    old = dict(parse_qsl(parts.query))
    new = dict(parameters(query))
    typed, had = new.pop("q", ""), old.pop("q", "")
    goes_on = bool(had and typed) and (typed.startswith(had) or had.startswith(typed))
    return "HX-Replace-Url" if goes_on and old == new else "HX-Push-Url"
