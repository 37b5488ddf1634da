"""A municipality is in at most one primary area per form and date (DOMAIN.md §3.5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import NamedTuple

from agreements.terms import Party, Terms
from municipalities.cache import Gazetteer


class Clash(NamedTuple):
    """Two primary areas that a municipality would belong to on one day for one form."""

    municipality_id: int
    codes: tuple[str, str]
    form: str


def clashes(agreements: Iterable[Terms], places: Gazetteer) -> Iterator[Clash]:
    """Every municipality that belongs to two primary areas; a merged one counts as its successor."""
    areas = [terms for terms in agreements if terms.is_primary]
    for one, other in combinations(areas, 2):
        for form in sorted(one.forms & other.forms):
            for mine in one.parties:
                for theirs in other.parties:
                    if _today(mine, places) == _today(theirs, places) and _meet((one, mine), (other, theirs)):
                        yield Clash(_today(mine, places), (one.code, other.code), form)


def _today(party: Party, places: Gazetteer) -> int:
    return places.today(places.by_id[party.municipality_id]).pk


def _meet(*parties: tuple[Terms, Party]) -> bool:
    """There is a day on which all are parties."""
    firsts = [day for terms, party in parties for day in (terms.in_force_from, party.first) if day]
    lasts = [day for terms, party in parties for day in (terms.in_force_to, party.last) if day]
    return max(firsts) <= min(lasts, default=dt.date.max)
