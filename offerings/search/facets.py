"""Facets with their counts: each ignores its own choice and keeps all the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from offerings.homes import Home
from offerings.payers import payers_of
from offerings.search.query import FACETS, FacetValue, SearchQuery

COLUMNS: Final = (
    "form", "broad_field", "narrow_field", "mode", "languages", "regions", "host_country", "has_fee",
    "is_host",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Group:
    """Offerings that are alike in all that facets count: their values by facet, how many, free places."""

    values: dict[str, frozenset[str]]
    count: int
    free: int

    def passes(self, query: SearchQuery, *, but: str = "") -> bool:
        """The choices of every facet hold, ``but`` one."""
        return all(
            not getattr(query, facet) or not self.values[facet].isdisjoint(getattr(query, facet))
            for facet in FACETS
            if facet != but
        )


def group(row: Sequence, *, home: Home | None) -> Group:
    """``row`` holds the ``COLUMNS``, then count and free places."""
    form, broad, narrow, mode, languages, regions, country, has_fee, is_host, count, free = row
    payers = payers_of(home=home, is_host=is_host, host_country=country, form=form, has_fee=has_fee)
    values = {
        "form": frozenset({form}),
        "field": frozenset({broad, narrow}) - {""},
        "mode": frozenset({mode}),
        "language": frozenset(languages),
        "region": frozenset(regions),
        "payer": frozenset(payers),
    }
    return Group(values, count, free)


def count(groups: Iterable[Group], query: SearchQuery) -> dict[str, tuple[FacetValue, ...]]:
    """Values in use and chosen ones, the most frequent first; narrow fields follow their broad one."""
    groups = list(groups)
    found = {facet: _of_facet(facet, groups, query) for facet in FACETS}
    return found | {"field": tuple(_as_tree(found["field"]))}


def _of_facet(facet: str, groups: list[Group], query: SearchQuery) -> tuple[FacetValue, ...]:
    chosen = {str(value) for value in getattr(query, facet)}
    counts = Counter(dict.fromkeys(chosen, 0))
    if facet == "field":
        counts.update(dict.fromkeys((value[:2] for value in chosen), 0))
    for one in groups:
        if one.passes(query, but=facet):
            for value in one.values[facet]:
                counts[str(value)] += one.count
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(
        FacetValue(value, number, value in chosen, parent=_parent(value) if facet == "field" else "")
        for value, number in ordered
    )


def _parent(field: str) -> str:
    """ISCED-F writes the broad field into the narrow one: 071 → 07."""
    return field[:2] if len(field) > 2 else ""


def _as_tree(values: Sequence[FacetValue]) -> Iterator[FacetValue]:
    for broad in values:
        if not broad.parent:
            yield broad
            yield from (narrow for narrow in values if narrow.parent == broad.value)
