"""Answers a search from PostgreSQL.

One statement brings the page's offerings in order, and key and free places of all rows that the uncounted
filters leave: total, free places and every facet are counted from these in numpy. What the rows mean is said
elsewhere: ``windows`` (the clock), ``places`` (free for whom), ``payers``, ``conditions`` (filters).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from kopa.codes import cache
from offerings.models import Offering, SearchRow
from offerings.search import keys, passages, phrases, statements, ways_out
from offerings.search.conditions import Asked, ask, understood
from offerings.search.facets import Rows
from offerings.search.query import Found, FoundRow, Hit, SearchQuery, SearchResult
from offerings.seen import hit_of


def search(query: SearchQuery, *, now: dt.datetime) -> SearchResult:
    """The page asked for, with total, free places and facets over all hits; ways out when there is none.

    A page beyond the end has no hits and the right total. Raises SearchError where a filter or sort needs
    ``home``, and for an unknown home municipality.
    """
    asked, found = _find(query, now, facets=True)
    ways = ways_out.find(asked) if found.total == 0 else ()
    return SearchResult(**vars(found), loosenings=ways, hits=_hits(found.rows, asked))


def find(query: SearchQuery, *, now: dt.datetime, facets: bool = True) -> Found:
    """As ``search``, with nothing loaded of the offerings, without ways out, with ``facets`` if asked for."""
    return _find(query, now, facets=facets)[1]


def matching(query: SearchQuery, *, now: dt.datetime) -> QuerySet[SearchRow, int]:
    """The ids of all offerings that the query finds, unordered, as a subquery. Raises as ``search`` does."""
    ids = RawSQL(*statements.ids(understood(ask(query, now=now))))  # noqa: S611 - made of the constants of conditions
    return SearchRow.objects.filter(pk__in=ids).values_list("pk", flat=True)


def _find(query: SearchQuery, now: dt.datetime, *, facets: bool) -> tuple[Asked, Found]:
    asked = ask(query, now=now)
    page = statements.page(asked)
    if asked.phrases and not len(page.keys):
        # Nothing has all the words as they are written: now it is worth looking how each is to be read.
        read = understood(asked)
        if read != asked:
            asked, page = read, statements.page(read)
    while page.stamp > asked.values.stamp:
        # A row with a value that was not there a moment ago.
        cache.ask_again()
        asked = replace(asked, values=keys.values())
        page = statements.page(asked)
    rows = Rows(asked, page.keys, page.free)
    return asked, Found(
        query=query,
        total=rows.total,
        free_places=rows.free_places,
        rows=tuple(page.listed),
        home=asked.home,
        places=asked.gazetteer,
        facets=rows.facets() if facets else {},
        read_as=phrases.taken_for_others(asked.phrases),
    )


def _hits(rows: Sequence[FoundRow], asked: Asked) -> tuple[Hit, ...]:
    offerings = Offering.objects.for_list().in_bulk([row.offering_id for row in rows]) if rows else {}
    # One that was deleted between the two statements is left out.
    return tuple(
        hit_of(
            offerings[row.offering_id],
            residents=asked.residents,
            now=asked.now,
            is_open=row.is_open,
            km=row.distance_km,
            why=_why(offerings[row.offering_id], asked),
        )
        for row in rows
        if row.offering_id in offerings
    )


def _why(offering: Offering, asked: Asked) -> tuple[str, ...]:
    return passages.explain(offering, asked.phrases, asked.gazetteer) if asked.phrases else ()
