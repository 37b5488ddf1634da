"""Answers a search from PostgreSQL.

One statement groups all rows that the uncounted filters leave by what facets count: total, free places and
every facet come from it. A second one orders and cuts the page. What the rows mean is said elsewhere:
``windows`` (the clock), ``places`` (free for whom), ``payers``, ``OfferingQuerySet.open_to_residents_of``.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db.models import Case, Count, F, OrderBy, Q, QuerySet, Sum, Value, When

from offerings.models import Offering, SearchRow
from offerings.search import facets, passages, phrases, ways_out
from offerings.search.conditions import Asked, ask, conditions, flag, open_to_home, rows
from offerings.search.query import FACETS, Hit, SearchQuery, SearchResult, Sort
from offerings.seen import hit_of

# First within "has a free place": what each sort looks at. Empty ones come last; ties go by start, then id.
KEYS: Final[dict[Sort, OrderBy]] = {
    Sort.RELEVANCE: OrderBy(F("score"), descending=True),
    Sort.DISTANCE: OrderBy(F("km"), nulls_last=True),
    Sort.DEADLINE: OrderBy(F("applications_close_at"), nulls_last=True),
    Sort.START: OrderBy(F("starts_on")),
    Sort.PLACES: OrderBy(F("free"), descending=True),
}


def search(query: SearchQuery, *, now: dt.datetime) -> SearchResult:
    """The page asked for, with total, free places and facets over all hits; ways out when there is none.

    A page beyond the end has no hits and the right total. At most ten statements, one more for ways out.
    Raises SearchError where a filter or sort needs ``home``, and for an unknown home municipality.
    """
    asked = ask(query, now=now)
    groups = _groups(asked)
    passing = [group for group in groups if group.passes(query)]
    total = sum(group.count for group in passing)
    return SearchResult(
        query=query,
        total=total,
        free_places=sum(group.free for group in passing),
        hits=_page(asked, total),
        facets=facets.count(groups, query),
        loosenings=ways_out.find(asked) if total == 0 else (),
    )


def matching(query: SearchQuery, *, now: dt.datetime) -> QuerySet[SearchRow, int]:
    """The ids of all offerings that the query finds, unordered, as a subquery. Raises as ``search`` does."""
    return _hits(ask(query, now=now)).values_list("pk", flat=True)


def _hits(asked: Asked) -> QuerySet[SearchRow]:
    return rows(asked).filter(*conditions(asked).values())


def _groups(asked: Asked) -> list[facets.Group]:
    uncounted = [condition for name, condition in conditions(asked).items() if name not in FACETS]
    is_host = Q(host_municipality_id__in=asked.home.family) if asked.home else Q(pk__in=[])
    found = (
        rows(asked)
        .filter(*uncounted)
        .annotate(is_host=flag(is_host))
        .order_by()
        .values(*facets.COLUMNS)
        .annotate(count=Count("pk"), free_sum=Sum("free"))
        .values_list(*facets.COLUMNS, "count", "free_sum")
    )
    return [facets.group(row, home=asked.home) for row in found]


def _page(asked: Asked, total: int) -> tuple[Hit, ...]:
    query = asked.query
    start = (query.page - 1) * query.page_size
    if start >= total:
        return ()
    full_last = Case(When(free__gt=0, then=Value(0)), default=Value(1))
    page = (
        _hits(asked)
        .alias(score=phrases.relevance(asked.phrases))
        .annotate(distance=F("km"), open_to_home=flag(open_to_home(asked)))
        .order_by(full_last, KEYS[query.effective_sort], "starts_on", "pk")
        .values_list("pk", "distance", "open_to_home")[start : start + query.page_size]
    )
    found = list(page)
    offerings = Offering.objects.for_list().in_bulk([pk for pk, _, _ in found])
    # One that was deleted between the two statements is left out.
    return tuple(
        hit_of(
            offerings[pk],
            home=asked.home,
            now=asked.now,
            is_open=is_open,
            km=distance,
            why=_why(offerings[pk], asked),
        )
        for pk, distance, is_open in found
        if pk in offerings
    )


def _why(offering: Offering, asked: Asked) -> tuple[str, ...]:
    if asked.places is None or not asked.phrases:
        return ()
    return passages.explain(offering, asked.phrases, asked.places)
