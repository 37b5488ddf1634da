"""Areas and outlines in this process's memory, on the plane of a map; read anew after each load."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from kopa.codes.cache import OfLoad
from municipalities.maps import shapes
from municipalities.maps.frames import Frame
from municipalities.maps.projections import Projection, project
from municipalities.models import Boundary, CountryOutline

# What is not in sight of a frame, by this part of its width, is left out.
MARGIN: Final = 0.02


@dataclass(frozen=True, slots=True)
class Row:
    """One boundary."""

    municipality_id: int
    country: str
    first: dt.date | None
    last: dt.date | None
    is_schematic: bool
    source: str
    shape: BaseGeometry

    def holds_on(self, day: dt.date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


@dataclass(frozen=True, eq=False)
class Areas:
    """The areas of one day, by municipality id. A country has either official or schematic ones."""

    rows: tuple[Row, ...]

    @cached_property
    def schematic(self) -> frozenset[str]:
        """The countries whose areas are schematic."""
        return frozenset(row.country for row in self.rows if row.is_schematic)

    @cached_property
    def by_id(self) -> Mapping[int, Row]:
        return {row.municipality_id: row for row in self.rows}

    @lru_cache(maxsize=4)  # noqa: B019 - few; what an older load has left is pushed out
    def plane(self, projection: Projection) -> Mapping[int, Any]:
        """The shapes in metres."""
        return dict(zip(self.by_id, project([row.shape for row in self.rows], projection), strict=True))

    @lru_cache(maxsize=64)  # noqa: B019
    def paths(self, frame: Frame) -> Mapping[int, str]:
        """What of each area is in sight, as the path of an SVG."""
        seen = _in_sight(self.plane(frame.projection), frame)
        return {key: path for key, shape in seen.items() if (path := frame.path(shape))}

    def border(self, country: str, frame: Frame) -> str:
        """The path around what is in sight of a country."""
        ids = frozenset(row.municipality_id for row in self.rows if row.country == country)
        return self.around(ids, frame)

    @lru_cache(maxsize=256)  # noqa: B019
    def around(self, ids: frozenset[int], frame: Frame) -> str:
        """The path around several areas together."""
        seen = _in_sight({0: self.together(ids, frame.projection)}, frame)
        return frame.path(seen[0]) if 0 in seen else ""

    @lru_cache(maxsize=128)  # noqa: B019
    def together(self, ids: frozenset[int], projection: Projection) -> Any:
        """Several areas as one shape in metres, without what lies between them; empty without any."""
        plane = self.plane(projection)
        return shapely.union_all([plane[one] for one in ids if one in plane])


@dataclass(frozen=True, eq=False)
class Atlas:
    """All boundaries. Threads share it: only read."""

    rows: tuple[Row, ...]

    @cached_property
    def _turns(self) -> tuple[dt.date, ...]:
        """The days on which some area is another one than the day before."""
        firsts = {row.first for row in self.rows if row.first}
        return tuple(sorted(firsts | {row.last + dt.timedelta(days=1) for row in self.rows if row.last}))

    def on(self, day: dt.date) -> Areas:
        """The areas of a day. Where a country has official ones of that day, they are all it has."""
        past = bisect_right(self._turns, day)
        return self._since(self._turns[past - 1] if past else dt.date.min)

    @lru_cache(maxsize=32)  # noqa: B019
    def _since(self, day: dt.date) -> Areas:
        rows = [row for row in self.rows if row.holds_on(day)]
        official = {row.country for row in rows if not row.is_schematic}
        return Areas(tuple(row for row in rows if row.is_schematic != (row.country in official)))


@dataclass(frozen=True, eq=False)
class Land:
    """The outlines of the countries."""

    shapes: Mapping[str, BaseGeometry]

    @lru_cache(maxsize=4)  # noqa: B019
    def plane(self, projection: Projection) -> Mapping[str, Any]:
        """The outlines in metres, by country."""
        return dict(zip(self.shapes, project(list(self.shapes.values()), projection), strict=True))

    @cached_property
    def bounds(self) -> tuple[float, ...]:
        """West, south, east and north of all, in metres of ``Projection.BOTH``; empty without any."""
        lands = self.plane(Projection.BOTH)
        return tuple(shapely.total_bounds(list(lands.values())).tolist()) if lands else ()

    @lru_cache(maxsize=128)  # noqa: B019
    def paths(self, frame: Frame) -> Mapping[str, str]:
        """What is in sight, by country."""
        seen = _in_sight(self.plane(frame.projection), frame)
        return {key: path for key, shape in seen.items() if (path := frame.path(shape))}


def _in_sight(plane: Mapping[Any, Any], frame: Frame) -> dict[Any, Any]:
    """The shapes cut to the frame, with as many corners as it can show."""
    box = frame.box(MARGIN)
    near = {key: shape for key, shape in plane.items() if shapely.intersects(box, shapely.box(*shape.bounds))}
    if not near:
        return {}
    fine = shapes.simplified(list(near.values()), frame.unit * frame.coarseness)
    cut = shapely.clip_by_rect(np.array(fine, dtype=object), *box.bounds)
    return {key: shape for key, shape in zip(near, cut, strict=True) if not shape.is_empty}


def _earlier(one: dt.date | None, other: dt.date | None) -> dt.date | None:
    """Of two last days. An area ends with its municipality, also when that ends after the load."""
    return min((day for day in (one, other) if day is not None), default=None)


def _read() -> Atlas:
    boundaries = Boundary.objects.select_related("municipality")
    rows = tuple(
        Row(
            one.municipality_id,
            one.municipality.country,
            one.valid_from,
            _earlier(one.valid_to, one.municipality.valid_to),
            one.is_schematic,
            f"{one.source} ({one.licence})",
            shapes.unpacked(one.shape),
        )
        for one in boundaries.order_by("municipality__country", "municipality__code", "valid_from")
    )
    return Atlas(rows)


def _read_land() -> Land:
    return Land({one.country: shapes.unpacked(one.shape) for one in CountryOutline.objects.all()})


_kept: Final = OfLoad(_read)
_kept_land: Final = OfLoad(_read_land)


def atlas() -> Atlas:
    """As the newest load left it. One query when it is in memory, two when not."""
    return _kept.now()


def land() -> Land:
    """As the newest load left it. One query when it is in memory, two when not."""
    return _kept_land.now()
