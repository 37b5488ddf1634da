"""Facets counted with numpy from the packed keys of all hits: each ignores its own choice alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from bench.yardstick.keys import PARTS
from bench.yardstick.query import FACETS, STATE_FUNDED, Asked, Home, Lists

Array = np.ndarray[Any, np.dtype[Any]]


class Tables:
    """For each facet: which numbers of a key's part stand for which values."""

    def __init__(self, lists: Lists) -> None:
        self.lists = lists
        self.values: dict[str, list[str]] = {
            "form": list(lists.codes["form"]),
            "field": sorted({*lists.codes["field"], *(code[:2] for code in lists.codes["field"])}),
            "mode": list(lists.codes["mode"]),
            "language": list(lists.codes["language"]),
            "region": sorted({region for regions in lists.region_sets for region in regions}),
            "payer": ["own_municipality", "state", "no_agreement", "home_decides", "depends", "learner_fee"],
        }

    @cached_property
    def folds(self) -> dict[str, Array]:
        """(numbers × values): the number of a key's part stands for the value."""
        return {
            "form": self._fold("form", PARTS["form"].bits, lambda n: {self.lists.codes["form"][n]}),
            "field": self._fold("field", PARTS["field"].bits, self._fields),
            "mode": self._fold("mode", PARTS["mode"].bits, lambda n: {self.lists.codes["mode"][n]}),
            "language": self._fold("language", PARTS["languages"].bits, self._languages),
            "region": self._fold("region", len(self.lists.region_sets).bit_length(), self._regions),
        }

    def payer_fold(self, home: Home | None) -> Array:
        """The same for who pays: numbers of (has_fee, in_sweden, is_host), then the form."""
        return self._fold("payer", 3 + PARTS["form"].bits, lambda n: self._payers(n, home))

    def _fold(self, facet: str, bits: int, of: Callable[[int], set[str]]) -> Array:
        fold = np.zeros((1 << bits, len(self.values[facet])), dtype=np.int64)
        for number in range(1 << bits):
            try:
                values = of(number)
            except IndexError:
                continue
            for value in values:
                fold[number, self.values[facet].index(value)] = 1
        return fold

    def _fields(self, number: int) -> set[str]:
        code = self.lists.codes["field"][number]
        return {code, code[:2]}

    def _languages(self, number: int) -> set[str]:
        return {code for n, code in enumerate(self.lists.codes["language"]) if number >> n & 1}

    def _regions(self, number: int) -> set[str]:
        return set(self.lists.region_sets[number])

    def _payers(self, number: int, home: Home | None) -> set[str]:
        has_fee, in_sweden, is_host, form = number & 1, number >> 1 & 1, number >> 2 & 1, number >> 3
        fee = {"learner_fee"} if has_fee else set()
        if home is None:
            return {"depends"} | fee
        if is_host:
            return {"own_municipality"} | fee
        if in_sweden != (home.country == "SE"):
            return {"no_agreement"} | fee
        if not in_sweden and self.lists.codes["form"][form] in STATE_FUNDED:
            return {"state"} | fee
        return {"home_decides"} | fee

    def count(self, keys: Array, asked: Asked) -> tuple[int, dict[str, dict[str, int]]]:
        """How many hits pass every choice, and for each facet the values in use with their counts."""
        numbers = _numbers(keys)
        folds = {**self.folds, "payer": self._payer_folds[asked.home.country if asked.home else ""]}
        passes = {facet: self._passes(facet, numbers, folds, asked) for facet in asked.chosen}
        counts = {}
        for facet in FACETS:
            others = [passed for name, passed in passes.items() if name != facet]
            found = numbers[facet] if not others else numbers[facet][np.logical_and.reduce(others)]
            fold = folds[facet]
            sums = np.bincount(found, minlength=len(fold)) @ fold
            counted = zip(self.values[facet], sums.tolist(), strict=True)
            counts[facet] = {value: number for value, number in counted if number}
        total = int(np.logical_and.reduce(list(passes.values())).sum()) if passes else len(keys)
        return total, counts

    def _passes(self, facet: str, numbers: dict[str, Array], folds: dict[str, Array], asked: Asked) -> Array:
        columns = [n for n, value in enumerate(self.values[facet]) if value in asked.chosen[facet]]
        good = np.asarray(folds[facet][:, columns].any(axis=1))
        return good[numbers[facet]]

    @cached_property
    def _payer_folds(self) -> dict[str, Array]:
        return {
            "": self.payer_fold(None),
            "FI": self.payer_fold(Home(0, "FI", [])),
            "SE": self.payer_fold(Home(0, "SE", [])),
        }


def _numbers(keys: Array) -> dict[str, Array]:
    def part(name: str) -> Array:
        cut: Array = (keys >> PARTS[name].shift) & PARTS[name].mask
        return cut

    form = part("form")
    # has_fee, in_sweden and is_host lie side by side in the key.
    money: Array = (keys >> PARTS["has_fee"].shift) & 7
    return {
        "form": form,
        "field": part("field"),
        "mode": part("mode"),
        "language": part("languages"),
        "region": part("regions"),
        "payer": money | (form << 3),
    }
