"""Free places of a search by municipality, for maps and the tables beside them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection

from offerings.search.conditions import ask
from offerings.search.query import SearchQuery
from offerings.search.statements import Statement


@dataclass(frozen=True, slots=True)
class AtPlace:
    """What a search finds in one municipality. A course of several municipalities stands in each."""

    municipality: str  # key
    courses: int
    free: int


def free_by_municipality(query: SearchQuery, *, now: dt.datetime) -> list[AtPlace]:
    """By municipality, by key. Courses without a fixed location are in none. One statement.

    Raises as ``search`` does.
    """
    made = Statement(ask(query, now=now))
    sql = (
        f"{made.ctes()}select m.key, count(*), sum(f.free) from ("  # noqa: S608 - constants of conditions
        f" select r.whereabouts_id, {made.free} from {made.source(km=True, words=made.has_words)}"
        f" where {made.where(made.kept)}) f"
        " join offerings_whereabouts w on w.id = f.whereabouts_id"
        " cross join unnest(w.municipalities) as m (key) group by m.key order by m.key"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, made.given)
        return [AtPlace(*row) for row in cursor.fetchall()]
