"""The search's SQL: one statement for a page and what facets are counted from, one for the ways out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import numpy as np
import psycopg
from django.db import connection
from django.db.backends.utils import CursorWrapper
from numpy.typing import NDArray
from psycopg import postgres, pq
from psycopg.adapt import Loader

from offerings import places
from offerings.search.base import IN_BASE
from offerings.search.conditions import Asked, Condition, conditions, free, open_to_home_one
from offerings.search.passages import Weight
from offerings.search.query import FACETS, FoundRow, Sort

# Each whereabouts with the kilometres from the home municipality's centre to its nearest point.
NEAR: Final = """near as materialized (
  select w.id,
    case when cardinality(w.latitudes) = 1
      then kopa_great_circle_km(w.latitudes[1], w.longitudes[1], %(latitude)s::float8, %(longitude)s::float8)
      else (
        select min(kopa_great_circle_km(p.latitude, p.longitude, %(latitude)s::float8, %(longitude)s::float8))
        from unnest(w.latitudes, w.longitudes) as p (latitude, longitude)
      ) end as km
  from offerings_whereabouts w
)"""
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
COLUMNS: Final = "r.offering_id, r.key, r.starts_on, r.applications_close_at, r.audience_id"


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
        if km and self.asked.has_point:
            joins.append("left join near on near.id = r.whereabouts_id")
        if self.asked.home:
            joins.append("left join own on own.offering_id = r.offering_id")
        return " ".join(joins)

    def ctes(self, *more: str) -> str:
        """What joins may name."""
        found = [*([NEAR] if self.asked.has_point else []), *([OWN] if self.asked.home else []), *more]
        return f"with {', '.join(found)} " if found else ""

    @property
    def free(self) -> str:
        return f"{self.holds(free(self.asked))}::int as free"

    @property
    def km(self) -> str:
        return "near.km" if self.asked.has_point else "null::float8 as km"

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


def page(asked: Asked) -> tuple[list[FoundRow], NDArray[np.int64], NDArray[np.int32]]:
    """The page's offerings (id, km, open to home) in order; and of all rows that the filters leave which no
    facet counts, key and free places. One statement.
    """
    made = Statement(asked)
    uncounted = [name for name in made.kept if name not in FACETS]
    with_words = "q" in made.kept and bool(asked.phrases)
    with_km = not made.kept.keys().isdisjoint({"within_km", "reachable"})
    wide = f"{COLUMNS}, {made.free}, {made.km}, {made.score}"
    if with_words or "within_km" in made.kept:
        # Few rows, found in one go.
        rows = f"select {wide} from {made.source(km=True, words=with_words)} where {made.where(uncounted)}"
        start = made.ctes(f"h as materialized ({rows})")
        chosen = " and ".join(made.holds(made.kept[name]) for name in FACETS if name in made.kept)
        listed = f"select r.* from h r where {chosen or 'true'}"
        counted = "select key, free from h"
    else:
        # Two narrow walks are cheaper than one wide one that is kept.
        start = made.ctes()
        listed = f"select {wide} from {made.source(km=True, words=False)} where {made.where(made.kept)}"
        counted = (
            f"select r.key, {made.free} from {made.source(km=with_km, words=False)}"
            f" where {made.where(uncounted)}"
        )
    made.given |= {"size": asked.query.page_size, "start": (asked.query.page - 1) * asked.query.page_size}
    is_open = made.holds(open_to_home_one(asked))
    sql = (
        f"{start}select (select"
        f" json_agg(json_build_array(p.offering_id, p.km, p.is_open) order by p.n) from ("
        f" select r.*, {is_open} as is_open, row_number() over () as n from ("
        f"  select * from ({listed}) l"
        f"  order by l.free <= 0, {ORDER[asked.query.effective_sort]}, starts_on, offering_id"
        f"  limit %(size)s offset %(start)s) r) p),"
        f" c.keys, c.free from (select array_agg(key) as keys, array_agg(free) as free from ({counted}) c) c"
    )
    with _binary_cursor() as cursor:
        cursor.execute(sql, made.given)
        listed_rows, found, seats = cursor.fetchone()
    if found is None:
        return [], np.zeros(0, np.int64), np.zeros(0, np.int32)
    return [FoundRow(*row) for row in listed_rows or ()], found, seats


def ids(asked: Asked) -> tuple[str, list[Any]]:
    """A statement for the ids of all offerings found, in no order, with its parameters by position."""
    made = Statement(asked)
    with_words = "q" in made.kept and bool(asked.phrases)
    sql = f"{made.ctes()}select r.offering_id from {made.source(km=True, words=with_words)}"
    sql = f"{sql} where {made.where(made.kept)}"
    return NAMED.sub("%s", sql), [made.given[name] for name in NAMED.findall(sql)]


def patterns(asked: Asked, kept: Sequence[Condition]) -> list[tuple[list[bool], int]]:
    """How many rows of the base set fulfil which of the conditions together. One statement."""
    made = Statement(asked)
    holding = "".join(f", coalesce({made.holds(condition)}, false)" for condition in kept)
    alike = f" group by {', '.join(str(n + 2) for n in range(len(kept)))}" if kept else ""
    words = "d.words" in holding
    sql = f"{made.ctes()}select count(*){holding} from {made.source(km=True, words=words)}"
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} where {made.where(())}{alike}", made.given)
        return [(list(holds), count) for count, *holds in cursor.fetchall()]


# --- Arrays of PostgreSQL as arrays of numpy ---------------------------------------------------------------


class _Integers(Loader):
    """An array of integers without nulls, as PostgreSQL sends it: 20 bytes, then size and value of each."""

    format = pq.Format.BINARY
    value: str

    def load(self, data: Any) -> NDArray[Any]:
        if len(data) < 20:
            return np.zeros(0, self.value[1:])
        sent = np.frombuffer(data, dtype=[("size", ">i4"), ("value", self.value)], offset=20)
        return sent["value"].astype(self.value[1:])


class _Wide(_Integers):
    value = ">i8"


class _Short(_Integers):
    value = ">i4"


@contextmanager
def _binary_cursor() -> Iterator[CursorWrapper]:
    """A cursor of Django's connection whose answers come in binary, arrays of integers as numpy's.

    Django's own binds parameters in the client, where PostgreSQL sends text alone: 24,000 keys as text cost
    more than all the rest of a search.
    """
    connection.ensure_connection()
    cursor = psycopg.Cursor(connection.connection)
    cursor.format = pq.Format.BINARY
    cursor.adapters.register_loader(postgres.types["int8"].array_oid, _Wide)
    cursor.adapters.register_loader(postgres.types["int4"].array_oid, _Short)
    wrapped = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    with wrapped(cursor) as ready:  # type: ignore[arg-type]  # the stubs want one that is wrapped already
        yield ready
