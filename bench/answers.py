"""Whether the yardstick and KOPA answer alike: order, total, free places, facets, places of rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

FACETS: Final = ("form", "field", "mode", "language", "region", "payer")


@dataclass(frozen=True, slots=True)
class Answer:
    """What both say, apart from their form."""

    ids: tuple[int, ...]
    total: int
    free_places: int
    facets: Mapping[str, Mapping[str, int]]
    places: tuple[tuple[int, int], ...]  # capacity and free, by row

    def differences(self, other: Answer) -> list[str]:
        """What the other one says otherwise, in words."""
        found = [
            f"{name}: {getattr(self, name)} and {getattr(other, name)}"
            for name in ("total", "free_places", "ids", "places")
            if getattr(self, name) != getattr(other, name)
        ]
        return found + [
            f"facet {name}: {_odd(self.facets[name], other.facets[name])}"
            for name in FACETS
            if self.facets[name] != other.facets[name]
        ]


def _odd(one: Mapping[str, int], other: Mapping[str, int]) -> str:
    values = sorted({*one, *other})
    return ", ".join(f"{v} {one.get(v)} and {other.get(v)}" for v in values if one.get(v) != other.get(v))


def of_yardstick(body: bytes) -> Answer:
    read = orjson.loads(body)
    return Answer(
        ids=tuple(row["id"] for row in read["results"]),
        total=read["count"],
        free_places=read["free_places"],
        facets=read["facets"],
        places=_places(read["results"]),
    )


def of_kopa(body: bytes) -> Answer:
    """KOPA also names chosen values that nothing has."""
    read = orjson.loads(body)
    return Answer(
        ids=tuple(row["id"] for row in read["results"]),
        total=read["count"],
        free_places=read["free_places"],
        facets={
            name: {one["value"]: one["count"] for one in values if one["count"]}
            for name, values in read["facets"].items()
        },
        places=_places(read["results"]),
    )


def _places(rows: list[dict[str, Any]]) -> tuple[tuple[int, int], ...]:
    return tuple((row["places"]["capacity"], row["places"]["free"]) for row in rows)
