"""The search's SQL: one statement for a page and what facets are counted from, one for the ways out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from kopa.base.binary import binary_cursor
from offerings import places
from offerings.search.base import IN_BASE
from offerings.search.conditions import HAS_WORDS, Asked, Condition, conditions, free, open_to_home_one
from offerings.search.passages import Weight
from offerings.search.query import FACETS, FoundRow, Sort

# Kilometres from the home municipality's centre to the nearest point of a whereabouts ``w``.
KM: Final = """case when cardinality(w.latitudes) = 1
  then kopa_great_circle_km(w.latitudes[1], w.longitudes[1], %(latitude)s::float8, %(longitude)s::float8)
  else (
    select min(kopa_great_circle_km(p.latitude, p.longitude, %(latitude)s::float8, %(longitude)s::float8))
    from unnest(w.latitudes, w.longitudes) as p (latitude, longitude)
  ) end"""
NEAR: Final = f"near as materialized (select w.id, {KM} as km from offerings_whereabouts w)"
KM_OF_ROW: Final = f"(select {KM} from offerings_whereabouts w where w.id = r.whereabouts_id)"
OWN: Final = f"own as materialized ({places.OWN_SQL})"
# First within "has a free place": what each sort looks at. Empty ones come last; ties go by start, then id.
ORDER: Final[dict[Sort, str]] = {
    Sort.RELEVANCE: "score desc",
    Sort.DISTANCE: "km nulls last",
    Sort.DEADLINE: "applications_close_at nulls last",
    Sort.START: "starts_on",
    Sort.PLACES: "free desc",
}
NAMED: Final = re.compile(r"%\((\w+)\)s")
# Word by word to its row: PostgreSQL cannot guess how few rows have a word, and would walk through all.
WITH_WORDS: Final = """offerings_searchdocument d cross join lateral (
  select * from offerings_searchrow where offering_id = d.row_id offset 0
) r"""
COLUMNS: Final = (
    "r.offering_id, r.key, r.starts_on, r.applications_close_at, r.audience_id, r.whereabouts_id"
)
# What cannot be answered without the distance of every row; else only the page's rows are measured.
BY_DISTANCE: Final = frozenset({"within_km", "reachable"})


class Statement:
    """SQL under construction, with its named parameters."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.kept = conditions(asked)
        self.given: dict[str, Any] = {"now": asked.now}
        if asked.home:
            self.given |= {
                "latitude": asked.home.latitude,
                "longitude": asked.home.longitude,
                "family": list(asked.home.family),
            }

    @property
    def measures_all(self) -> bool:
        """The distance of every row is needed."""
        by_distance = self.asked.query.effective_sort == Sort.DISTANCE
        return self.asked.has_point and (by_distance or not BY_DISTANCE.isdisjoint(self.kept))

    def holds(self, condition: Condition) -> str:
        self.given.update(condition.given)
        return condition.sql

    def where(self, names: Iterable[str]) -> str:
        """The base set, and the filters of these names."""
        kept = [self.holds(self.kept[name]) for name in names if name in self.kept]
        return " and ".join([IN_BASE, *kept])

    def source(self, *, km: bool, words: bool) -> str:
        """The tables that conditions look at. ``km`` and ``words``: whether they do at distance and words."""
        joins = [WITH_WORDS if words else "offerings_searchrow r"]
        if km and self.measures_all:
            joins.append("left join near on near.id = r.whereabouts_id")
        if self.asked.home:
            joins.append("left join own on own.offering_id = r.offering_id")
        return " ".join(joins)

    def ctes(self, *more: str) -> str:
        """What joins may name."""
        found = [*([NEAR] if self.measures_all else []), *([OWN] if self.asked.home else []), *more]
        return f"with {', '.join(found)} " if found else ""

    @property
    def free(self) -> str:
        return f"{self.holds(free(self.asked))}::int as free"

    @property
    def has_words(self) -> bool:
        return "q" in self.kept and bool(self.asked.phrases)

    @property
    def wide(self) -> str:
        """The columns of a row that may be listed."""
        km = "near.km" if self.measures_all else "null::float8 as km"
        return f"{COLUMNS}, {self.free}, {self.score}, {km}"

    @property
    def km_of_page(self) -> str:
        """The distance of a row of the page."""
        return KM_OF_ROW if self.asked.has_point and not self.measures_all else "r.km"

    @property
    def score(self) -> str:
        """Twice what each word's best place is worth, and one more for the very word: Lappia before Lapin."""
        if self.asked.query.effective_sort != Sort.RELEVANCE or not self.asked.phrases:
            return "0 as score"
        worth = [self._worth(n) for n in range(len(self.asked.phrases))]
        return f"({' + '.join(worth)}) as score"

    def _worth(self, n: int) -> str:
        phrase = self.asked.phrases[n]
        cases = []
        for weight in Weight:
            self.given[f"at_{n}_{weight.name}"] = phrase.tsquery_at(weight)
            cases.append(f"when d.words @@ %(at_{n}_{weight.name})s::tsquery then {2 * weight.value}")
        self.given[f"typed_{n}"] = phrase.tsquery_as_typed
        return f"case {' '.join(cases)} else 0 end + (d.words @@ %(typed_{n})s::tsquery)::int"


class Page(NamedTuple):
    """The page's offerings in order; and of all rows that the filters leave which no facet counts, the keys
    and the free places: of each row where a facet has a choice, else their sum alone. ``stamp`` tells up to
    which value the keys may speak of.
    """

    listed: list[FoundRow]
    keys: NDArray[np.int64]
    free: NDArray[np.int32] | int
    stamp: int


def page(asked: Asked) -> Page:
    """One statement, so all of it is as of one instant."""
    made = Statement(asked)
    start, listed, counted = _few(made) if _finds_few(made) else _many(made)
    made.given |= {"size": asked.query.page_size, "start": (asked.query.page - 1) * asked.query.page_size}
    is_open = made.holds(open_to_home_one(asked))
    has_choice = not made.kept.keys().isdisjoint(FACETS)
    free = "array_agg(free)" if has_choice else "coalesce(sum(free), 0)"
    sql = (
        f"{start}select (select"
        f" json_agg(json_build_array(p.offering_id, p.km, p.is_open) order by p.n) from ("
        f" select r.offering_id, {made.km_of_page} as km, {is_open} as is_open, row_number() over () as n"
        f" from (select * from ({listed}) l"
        f"  order by l.free <= 0, {ORDER[asked.query.effective_sort]}, starts_on, offering_id"
        f"  limit %(size)s offset %(start)s) r) p),"
        f" c.keys, c.free, (select coalesce(max(id), 0) from offerings_searchvalue)"
        f" from (select array_agg(key) as keys, {free} as free from ({counted}) c) c"
    )
    with binary_cursor(planned_anew=True) as cursor:
        cursor.execute(sql, made.given)
        listed_rows, found, seats, stamp = cursor.fetchone()
    if found is None:
        return Page([], np.zeros(0, np.int64), 0, stamp)
    return Page([FoundRow(*row) for row in listed_rows or ()], found, seats, stamp)


def _finds_few(made: Statement) -> bool:
    return made.has_words or "within_km" in made.kept


def _few(made: Statement) -> tuple[str, str, str]:
    """What goes before, the rows that may be listed and those that are counted: found in one go, and kept."""
    uncounted = [name for name in made.kept if name not in FACETS]
    source = made.source(km=True, words=made.has_words)
    rows = f"select {made.wide} from {source} where {made.where(uncounted)}"
    chosen = " and ".join(made.holds(made.kept[name]) for name in FACETS if name in made.kept)
    return (
        made.ctes(f"h as materialized ({rows})"),
        f"select r.* from h r where {chosen or 'true'}",
        "select key, free from h",
    )


def _many(made: Statement) -> tuple[str, str, str]:
    """The same by two narrow walks, which are cheaper than one wide one that is kept."""
    uncounted = [name for name in made.kept if name not in FACETS]
    by_distance = not BY_DISTANCE.isdisjoint(made.kept)
    listed = f"select {made.wide} from {made.source(km=True, words=False)} where {made.where(made.kept)}"
    counted = (
        f"select r.key, {made.free} from {made.source(km=by_distance, words=False)}"
        f" where {made.where(uncounted)}"
    )
    return made.ctes(), listed, counted


def ids(asked: Asked) -> tuple[str, list[Any]]:
    """A statement for the ids of all offerings found, in no order, with its parameters by position."""
    made = Statement(asked)
    sql = f"{made.ctes()}select r.offering_id from {made.source(km=True, words=made.has_words)}"
    sql = f"{sql} where {made.where(made.kept)}"
    return NAMED.sub("%s", sql), [made.given[name] for name in NAMED.findall(sql)]


def patterns(asked: Asked, kept: Sequence[Condition]) -> list[tuple[list[bool], int]]:
    """How many rows of the base set fulfil which of the conditions together. One statement."""
    made = Statement(asked)
    holding = "".join(f", coalesce({made.holds(condition)}, false)" for condition in kept)
    alike = f" group by {', '.join(str(n + 2) for n in range(len(kept)))}" if kept else ""
    source = made.source(km=True, words=False)
    if HAS_WORDS in holding:
        # By the index: to look into every row's words would take longer than all the rest.
        source += f" left join (select row_id from offerings_searchdocument d where {HAS_WORDS}) d"
        source += " on d.row_id = r.offering_id"
        holding = holding.replace(HAS_WORDS, "d.row_id is not null")
    sql = f"{made.ctes()}select count(*){holding} from {source}"
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} where {made.where(())}{alike}", made.given)
        return [(list(holds), count) for count, *holds in cursor.fetchall()]
