"""What part of a plane a picture shows, and how metres become its units."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from municipalities.maps.projections import Projection, point

Spot = tuple[float, float]

# Frames begin and end at multiples of this part of their width, so that similar questions share one.
STEPS: Final = 12


@dataclass(frozen=True, slots=True)
class Frame:
    """A rectangle on a plane: its corner in the north-west in metres, its size in units."""

    projection: Projection
    west: float
    north: float
    width: int
    height: int
    unit: float  # metres
    coarseness: float = 1.0  # units by which a line may be wrong

    @property
    def view_box(self) -> str:
        return f"0 0 {self.width} {self.height}"

    def box(self, margin: float = 0) -> BaseGeometry:
        """The rectangle in metres, wider by a part of its width on each side."""
        more = margin * self.width * self.unit
        east, south = self.west + self.width * self.unit, self.north - self.height * self.unit
        return shapely.box(self.west - more, south - more, east + more, self.north + more)

    def at(self, spot: Spot) -> tuple[int, int]:
        """Where a point of the plane stands in the picture."""
        return round((spot[0] - self.west) / self.unit), round((self.north - spot[1]) / self.unit)

    def units(self, shape: BaseGeometry) -> BaseGeometry:
        """A shape of the plane in the picture's units."""
        return shapely.transform(shape, self._turned)

    def _turned(self, corners: Any) -> Any:
        return np.column_stack([corners[:, 0] - self.west, self.north - corners[:, 1]]) / self.unit

    def place(self, latitude: float, longitude: float) -> tuple[int, int]:
        return self.at(point(self.projection, latitude=latitude, longitude=longitude))

    def has(self, x: int, y: int) -> bool:
        return 0 <= x <= self.width and 0 <= y <= self.height

    def path(self, shape: BaseGeometry) -> str:
        """The shape as the ``d`` of an SVG path: whole units, each corner as a step from the one before."""
        return "".join(
            self._ring(shapely.get_coordinates(ring))
            for part in shapely.get_parts(shape)
            if part.geom_type == "Polygon"
            for ring in (part.exterior, *part.interiors)
        )

    def _ring(self, corners: Any) -> str:
        whole = np.rint(self._turned(corners)).astype(int)
        steps = np.diff(whole, axis=0)
        steps = steps[np.any(steps != 0, axis=1)][:-1]  # the last one leads back, as ``z`` does
        if len(steps) < 2:
            return ""
        told = "".join(f" {x}" if x >= 0 else str(x) for x in steps.ravel().tolist())
        x, y = whole[0].tolist()
        return f"M{x} {y}l{told.strip()}z"


def around(bounds: Iterable[float], projection: Projection, *, width: int) -> Frame:
    """A frame that shows all of a rectangle of the plane, and some air around it."""
    west, south, east, north = bounds
    unit = (east - west) / width
    air = 0.015 * width * unit
    west, south, east, north = west - air, south - air, east + air, north + air
    unit = (east - west) / width
    return Frame(projection, west, north, width, round((north - south) / unit), unit)


def of_spots(
    spots: Iterable[Spot], projection: Projection, *, width: int, height: int, least: float
) -> Frame:
    """A frame of a given form around points, at least so many metres wide.

    It is snapped to a grid of its own size: the same frame shows most similar sets of points.
    """
    east, north = zip(*spots, strict=True)
    needed = max((max(east) - min(east)) * 1.3, (max(north) - min(north)) * 1.3 * width / height, least)
    # Few sizes: each is a quarter larger than the one before.
    across = least * 1.25 ** int(np.ceil(np.log(needed / least) / np.log(1.25) - 1e-9))
    step = across / STEPS
    middle_east = round((max(east) + min(east)) / 2 / step) * step
    middle_north = round((max(north) + min(north)) / 2 / step) * step
    unit = across / width
    return Frame(projection, middle_east - across / 2, middle_north + height * unit / 2, width, height, unit)
