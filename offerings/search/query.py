"""What is asked of the search, and what it answers. Plain values: no database, no HTTP."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from django.utils.functional import Promise

if TYPE_CHECKING:
    from municipalities.cache import Gazetteer
    from offerings.homes import Home
    from offerings.models import Offering
    from offerings.payers import StatementRule
    from providers.models import Site

PAGE_SIZE: Final = 20
MAX_PAGE_SIZE: Final = 200
MAX_Q: Final = 200  # characters; the rest is cut
OPENING_SOON_DAYS: Final = 30
REACHABLE_KM: Final = 50  # what ``reachable`` means without ``within_km``


class Sort(StrEnum):
    RELEVANCE = "relevance"
    DISTANCE = "distance"
    DEADLINE = "deadline"
    START = "start"
    PLACES = "places"


class Window(StrEnum):
    """Where an offering's application window stands; values of the ``open`` filter."""

    NOW = "1"  # open for applications at this instant
    SOON = "soon"  # opens within OPENING_SOON_DAYS days


class Payer(StrEnum):
    """Who pays, as far as it is known before applying.

    An offering has one of the first five for a given home, or DEPENDS without one; LEARNER_FEE stands beside
    it when the student pays a fee.
    """

    HOST_IS_HOME = "own_municipality"
    STATE = "state"
    AGREEMENT = "agreement"  # the home municipality, which is not asked
    NO_AGREEMENT = "no_agreement"
    HOME_DECIDES = "home_decides"
    DEPENDS = "depends"
    LEARNER_FEE = "learner_fee"


# Facets with counts, in the order the page shows them.
FACETS: Final = ("form", "field", "mode", "language", "region", "payer")
# What takes rows away, by parameter; ``home``, sort and page take none.
FILTERS: Final = (
    "q", "free", "open", "for_me", "reachable", "within_km", "form", "field", "mode", "language",
    "municipality", "region", "provider", "pilot", "payer", "starts_after",
)  # fmt: skip


class SearchError(Exception):
    """The search cannot be answered as asked. ``parameter`` names what is wrong, ``code`` is stable."""

    def __init__(self, parameter: str, code: str, message: str | Promise) -> None:
        super().__init__(f"{parameter}: {code}")
        self.parameter = parameter
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """One search. Sets are alternatives (any of them); different filters must all hold. Empty: no limit."""

    q: str = ""
    home: str = ""  # municipality key, "FI-854"; never removes rows by itself
    free: bool = False
    open: Window | None = None
    for_me: bool = False
    reachable: bool = False  # within ``within_km`` (or REACHABLE_KM), or without any day on site
    within_km: int | None = None  # inclusive; with ``reachable`` it only says how far that is
    form: frozenset[str] = frozenset()
    field: frozenset[str] = frozenset()  # broad (two digits) and narrow (three) codes
    mode: frozenset[str] = frozenset()
    language: frozenset[str] = frozenset()
    municipality: frozenset[str] = frozenset()  # keys of the sites' municipalities
    region: frozenset[str] = frozenset()  # keys, "FI-R19"
    provider: frozenset[int] = frozenset()  # organisation ids
    pilot: frozenset[str] = frozenset()  # codes of pilot groups and co-operation areas, "kopa-4"
    payer: frozenset[Payer] = frozenset()
    starts_after: dt.date | None = None  # on the day or later
    sort: Sort | None = None  # None: the default, see ``effective_sort``
    page: int = 1
    page_size: int = PAGE_SIZE

    @property
    def effective_sort(self) -> Sort:
        """Relevance with words, else distance with a home, else deadline."""
        if self.sort is not None:
            return self.sort
        if self.q:
            return Sort.RELEVANCE
        return Sort.DISTANCE if self.home else Sort.DEADLINE

    @property
    def filters(self) -> tuple[str, ...]:
        """Names of the filters in use."""
        unused = SearchQuery()
        return tuple(name for name in FILTERS if getattr(self, name) != getattr(unused, name))


@dataclass(frozen=True, slots=True)
class Reserved:
    """Free places that only residents of one municipality can get, until a moment."""

    municipality_key: str
    municipality_id: int
    free: int
    until: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Hit:
    """One offering of the answer, as seen from the query's home municipality."""

    offering: Offering  # loaded for a list: provider, form, mode, languages, no further query needed
    capacity: int
    free: int  # R-CAP-11: for the given home; open places without one
    free_open: int  # open places alone
    reserved: tuple[Reserved, ...]
    site: Site | None  # the nearest to home, else the first; with its municipality; None when virtual
    distance_km: float | None
    payers: tuple[Payer, ...]
    open_to_home: bool | None  # None without a home
    rule: StatementRule | None = None  # why the payers are who they are; None without a home
    why: tuple[str, ...] = ()  # for a person: which words matched where


@dataclass(frozen=True, slots=True)
class FacetValue:
    value: str
    count: int
    chosen: bool
    parent: str = ""  # narrow fields: the broad one


@dataclass(frozen=True, slots=True)
class Loosening:
    """A way out of an empty answer: what to drop, and how many offerings it would give."""

    drop: tuple[str, ...]  # names of query parameters
    total: int


@dataclass(frozen=True, slots=True)
class ReadAs:
    """A typed word that nothing has, and the word it was taken for."""

    typed: str
    word: str


class FoundRow(NamedTuple):
    """One offering of the page asked for, as the search itself knows it."""

    offering_id: int
    distance_km: float | None  # from home to the nearest site
    is_open: bool  # residents of home may apply; true without one


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a search finds, before the offerings of its page are loaded."""

    query: SearchQuery
    total: int
    free_places: int  # sum over all hits of what Hit.free means
    places: Gazetteer
    home: Home | None = None  # of the query
    rows: tuple[FoundRow, ...] = ()
    facets: dict[str, tuple[FacetValue, ...]] = field(default_factory=dict)
    read_as: tuple[ReadAs, ...] = ()

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.query.page_size))


@dataclass(frozen=True, kw_only=True)
class SearchResult(Found):
    """The same with the page's offerings, and with ways out where nothing is found."""

    hits: tuple[Hit, ...] = ()
    loosenings: tuple[Loosening, ...] = ()
