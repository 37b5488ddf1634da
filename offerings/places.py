"""Free places as one person sees them (R-CAP-11). One place for the rule, for one offering and for many."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from offerings.homes import Home
from offerings.models import Offering, PlaceCounter
from offerings.search.query import Reserved


@dataclass(frozen=True, slots=True)
class Places:
    """``free`` counts for the residents of a home municipality, or for anybody when none is given."""

    capacity: int
    free: int
    free_open: int
    reserved: tuple[Reserved, ...]


def is_released(quota_release_at: dt.datetime | None, now: dt.datetime) -> bool:
    """Reserved places are everybody's from this moment on, also before the counters have been moved."""
    return quota_release_at is not None and quota_release_at <= now


def places(offering: Offering, *, home: Home | None, now: dt.datetime) -> Places:
    """Reads ``offering.counters`` with their quotas and municipalities: prefetch them (``for_list``)."""
    counters = list(offering.counters.all())
    released = is_released(offering.quota_release_at, now)
    sources = [(one.quota.municipality_id if one.quota else None, one.free) for one in counters]
    free, free_open = count(sources, home=home, released=released)
    reserved = () if released else tuple(_reserved(offering, counters))
    return Places(offering.capacity or 0, free, free_open, reserved)


def count(
    sources: Iterable[tuple[int | None, int]], *, home: Home | None, released: bool
) -> tuple[int, int]:
    """The rule itself, on plain values: free places for the residents of ``home`` and for anybody.

    A source has the municipality that its places are reserved for (empty: for none) and free places.
    """
    family = home.family if home else ()
    free = free_open = 0
    for municipality_id, seats in sources:
        if municipality_id is None or released:
            free_open += seats
        elif municipality_id in family:
            free += seats
    return free + free_open, free_open


def _reserved(offering: Offering, counters: Iterable[PlaceCounter]) -> Iterable[Reserved]:
    for counter in counters:
        if counter.quota is not None and counter.free:
            yield Reserved(
                municipality_key=counter.quota.municipality.key,
                municipality_id=counter.quota.municipality_id,
                free=counter.free,
                until=offering.quota_release_at,
            )


# ``Places.free`` in SQL, on a search row ``r``, at ``now``; for a home municipality with ``own``: the free
# places of its own quotas, where it has any.
FREE_TO_ANYBODY: Final = (
    "(r.free_open + case when r.quota_release_at <= %(now)s then r.free_reserved else 0 end)"
)
FREE_TO_HOME: Final = (
    "(r.free_open + case when r.quota_release_at <= %(now)s then r.free_reserved"
    " else coalesce(own.free, 0) end)"
)
OWN_SQL: Final = """
  select row_id as offering_id, sum(free)::int as free from offerings_searchreserve
  where municipality_id = any(%(family)s::bigint[]) group by row_id
"""
