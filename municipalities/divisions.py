"""Which region and authority a municipality belongs to on a day: said by its memberships, never guessed.

A day before ``known_from`` has no answer: nobody has told us of all, so we tell of none.
``Municipality.region`` is the answer for today, written by the load.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeVar

from django.db.models import F, Q

from kopa.codes.cache import OfLoad
from municipalities.models import Authority, AuthorityMembership, Municipality, Region, RegionMembership

M = TypeVar("M", RegionMembership, AuthorityMembership)


@dataclass(frozen=True, eq=False)
class Divisions:
    """All memberships, by id of the municipality, each municipality's in order of time. Only read."""

    of_regions: Mapping[int, tuple[RegionMembership, ...]]
    of_authorities: Mapping[int, tuple[AuthorityMembership, ...]]

    @cached_property
    def known_from(self) -> dt.date | None:
        """The first day for which every municipality that lasts has a region."""
        firsts = [rows[0].first_day for rows in self.of_regions.values() if rows[-1].last_day is None]
        return max(firsts, default=None)

    def tells(self, day: dt.date) -> bool:
        """Whether the day is not before those that are known."""
        return self.known_from is None or self.known_from <= day


def _read() -> Divisions:
    return Divisions(
        _by_municipality(RegionMembership.objects.select_related("region")),
        _by_municipality(AuthorityMembership.objects.select_related("authority")),
    )


def _by_municipality(rows: Iterable[M]) -> dict[int, tuple[M, ...]]:
    found: dict[int, list[M]] = {}
    for row in rows:
        found.setdefault(row.municipality_id, []).append(row)
    return {pk: tuple(sorted(mine, key=lambda row: row.first_day)) for pk, mine in found.items()}


_kept: Final = OfLoad(_read)


def divisions() -> Divisions:
    """The memberships as the newest load left them. One query when they are in memory, three when not."""
    return _kept.now()


def region_or_last(municipality: Municipality, on: dt.date) -> Region | None:
    """Its region on that day, or the one in which it ended before; None where that is not known."""
    known = divisions()
    rows = known.of_regions.get(municipality.pk, ()) if known.tells(on) else ()
    return _last_begun(rows, on)


def of_region(region: Region, on: dt.date) -> list[int]:
    """Ids of the municipalities that belonged to the region on that day, or ended in it before."""
    known = divisions()
    rows = known.of_regions if known.tells(on) else {}
    return [pk for pk, mine in rows.items() if _last_begun(mine, on) == region]


def _last_begun(rows: Iterable[RegionMembership], on: dt.date) -> Region | None:
    begun = [row.region for row in rows if row.first_day <= on]
    return begun[-1] if begun else None


def regions_on(on: dt.date) -> dict[int, Region]:
    """By id of each municipality of that day: its region. Those that were no more are not in it.

    Empty for a day before ``known_from``.
    """
    known = divisions()
    if not known.tells(on):
        return {}
    return {pk: row.region for pk, rows in known.of_regions.items() for row in rows if row.holds_on(on)}


def history_of(municipality: Municipality) -> tuple[RegionMembership, ...]:
    """Its regions in order of time: each with its first day, whether it began then, and its last day."""
    return divisions().of_regions.get(municipality.pk, ())


def authorities_of(municipality: Municipality, on: dt.date) -> list[Authority]:
    """The authorities to whose area it belonged on that day; empty where not known, and in Sweden."""
    known = divisions()
    rows = known.of_authorities.get(municipality.pk, ()) if known.tells(on) else ()
    return [row.authority for row in rows if row.holds_on(on)]


def authority_history_of(municipality: Municipality) -> tuple[AuthorityMembership, ...]:
    """Its authorities in order of time, as ``history_of``."""
    return divisions().of_authorities.get(municipality.pk, ())


def is_written(day: dt.date) -> bool:
    """Whether ``Municipality.region`` is the region of that day everywhere. One query."""
    lasting = Q(last_day__isnull=True) | Q(last_day__gte=day)
    elsewhere = RegionMembership.objects.filter(lasting, first_day__lte=day)
    return not elsewhere.exclude(region=F("municipality__region")).exists()


def known_from() -> dt.date | None:
    """The first day for which the region of every municipality of today is known."""
    return divisions().known_from


def is_known(day: dt.date) -> bool:
    """Whether it is known which municipalities there were on that day, and of which region."""
    return divisions().tells(day)
