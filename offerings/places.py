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


def is_released(offering: Offering, now: dt.datetime) -> bool:
    """Reserved places are everybody's from this moment on, also before the counters have been moved."""
    return offering.quota_release_at is not None and offering.quota_release_at <= now


def places(offering: Offering, *, home: Home | None, now: dt.datetime) -> Places:
    """Reads ``offering.counters`` with their quotas and municipalities: prefetch them (``for_list``)."""
    counters = list(offering.counters.all())
    every = sum(counter.free for counter in counters)
    if is_released(offering, now):
        return Places(offering.capacity or 0, every, every, ())
    free_open = sum(counter.free for counter in counters if counter.quota is None)
    family = home.family if home else ()
    own = sum(c.free for c in counters if c.quota is not None and c.quota.municipality_id in family)
    return Places(offering.capacity or 0, free_open + own, free_open, tuple(_reserved(offering, counters)))


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
  select q.offering_id, sum(c.seats - c.held - c.taken - c.used - c.taken_elsewhere)::int as free
  from offerings_quota q join offerings_placecounter c on c.quota_id = q.id
  where q.municipality_id = any(%(family)s::bigint[])
  group by q.offering_id
"""
