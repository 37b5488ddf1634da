"""Facets with their counts, from packed keys: each ignores its own choice and keeps all the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from offerings.search.conditions import (
    Asked,
    HostKind,
    kinds_of_fields,
    kinds_of_hosts,
    payers_by_number,
)
from offerings.search.keys import FORM_AND_FEE, PART_OF, PARTS, Part
from offerings.search.query import FACETS, FacetValue

K = TypeVar("K")


@dataclass(frozen=True)
class Kinds(Generic[K]):
    """Values that are alike have one place among ``kinds``; ``of_number`` says which."""

    kinds: tuple[K, ...]
    of_number: tuple[int, ...]

    @classmethod
    def among(cls, values: Sequence[K]) -> Self:
        places = {kind: place for place, kind in enumerate(dict.fromkeys(values))}
        return cls(tuple(places), tuple(places[value] for value in values))


@dataclass(frozen=True)
class Rows:
    """The rows that the uncounted filters leave: the key of each, and the free places of each or in sum."""

    asked: Asked
    keys: NDArray[np.int64]
    free: NDArray[np.int32] | int

    @cached_property
    def kept(self) -> dict[str, NDArray[np.bool_]]:
        """For each facet with a choice: which rows the choice keeps."""
        return {
            facet: _holds(self._codes[facet], getattr(self.asked.query, facet))[self._numbers(facet)]
            for facet in FACETS
            if getattr(self.asked.query, facet)
        }

    @cached_property
    def passing(self) -> NDArray[np.bool_] | None:
        """Which rows all choices keep; None for all."""
        return self._all_but("")

    @property
    def total(self) -> int:
        return len(self.keys) if self.passing is None else int(np.count_nonzero(self.passing))

    @property
    def free_places(self) -> int:
        if isinstance(self.free, int):
            return self.free
        return int((self.free if self.passing is None else self.free[self.passing]).sum())

    def facets(self) -> dict[str, tuple[FacetValue, ...]]:
        """Values in use and chosen ones, the most frequent first; narrow fields follow their broad one."""
        found = {facet: self._facet(facet) for facet in FACETS}
        return found | {"field": tuple(_as_tree(found["field"]))}

    def _all_but(self, facet: str) -> NDArray[np.bool_] | None:
        found = None
        for name, kept in self.kept.items():
            if name != facet:
                found = kept if found is None else found & kept
        return found

    def _facet(self, facet: str) -> tuple[FacetValue, ...]:
        chosen = {str(value) for value in getattr(self.asked.query, facet)}
        counts = Counter(dict.fromkeys(chosen, 0))
        if facet == "field":
            counts.update(dict.fromkeys((value[:2] for value in chosen), 0))
        rows = self._all_but(facet)
        numbers = self._numbers(facet)
        counted = np.bincount(numbers if rows is None else numbers[rows])
        codes = self._codes[facet]
        for number in np.flatnonzero(counted).tolist():
            for value in codes[number]:
                counts[value] += int(counted[number])
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        return tuple(
            FacetValue(value, number, value in chosen, parent=_parent(value) if facet == "field" else "")
            for value, number in ordered
        )

    def _numbers(self, facet: str) -> NDArray[np.int64]:
        if facet == "payer":
            return self._payment
        return _read(PARTS[PART_OF[facet]], self.keys)

    @cached_property
    def _payment(self) -> NDArray[np.int64]:
        """Form and fee, above them which kind of field and host where that matters: who pays."""
        hosts, fields = self._hosts, self._fields
        if not hosts.of_number:
            return np.zeros(0, np.int64)
        kind = np.array(hosts.of_number)[_read(PARTS["host"], self.keys)]
        if len(fields.kinds) > 1:
            kind = kind * len(fields.kinds) + np.array(fields.of_number)[_read(PARTS["field"], self.keys)]
        return np.asarray(kind << FORM_AND_FEE.bits | _read(FORM_AND_FEE, self.keys), np.int64)

    @cached_property
    def _hosts(self) -> Kinds[HostKind]:
        return Kinds.among(kinds_of_hosts(self.asked))

    @cached_property
    def _fields(self) -> Kinds[str]:
        return Kinds.among(kinds_of_fields(self.asked))

    @cached_property
    def _codes(self) -> dict[str, Sequence[frozenset[str]]]:
        """By facet: the values that each number stands for."""
        codes = self.asked.values.codes
        return {"payer": self._payers} | {facet: codes[part] for facet, part in PART_OF.items()}

    @cached_property
    def _payers(self) -> list[frozenset[str]]:
        kinds = list(product(self._hosts.kinds, self._fields.kinds))
        found = [frozenset[str]()] * (len(kinds) << FORM_AND_FEE.bits)
        for kind, (host, field) in enumerate(kinds):
            for number, payers in payers_by_number(self.asked, host, field):
                found[kind << FORM_AND_FEE.bits | number] = frozenset(map(str, payers))
        return found


def _read(part: Part, keys: NDArray[np.int64]) -> NDArray[np.int64]:
    return (keys >> part.shift) & part.mask


def _holds(codes: Sequence[frozenset[str]], wanted: frozenset[str]) -> NDArray[np.bool_]:
    """For each number: whether it stands for one of the wanted values."""
    return np.array([not wanted.isdisjoint(among) for among in codes], dtype=np.bool_)


def _parent(field: str) -> str:
    """ISCED-F writes the broad field into the narrow one: 071 → 07."""
    return field[:2] if len(field) > 2 else ""


def _as_tree(values: Sequence[FacetValue]) -> Iterator[FacetValue]:
    for broad in values:
        if not broad.parent:
            yield broad
            yield from (narrow for narrow in values if narrow.parent == broad.value)
