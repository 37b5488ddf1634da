"""Schematic areas of municipalities where official boundaries are not loaded: what is nearest to each centre.

Within its country each centre has the land that is nearer to it than to any other centre, but not farther
than ``FARTHEST``, cut to the country's outline. Neighbours are right more often than not; a border never is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

# Metres. Inari reaches some 120 km from its centre, Kiruna 150.
FARTHEST: Final = 130_000
# A centre on an island or shore that the outline leaves out gets so much land around it.
ISLET: Final = 4_000

Point = tuple[float, float]
Centres = Mapping[str, Mapping[str, Point]]


def with_islets(outlines: Mapping[str, BaseGeometry], centres: Centres) -> dict[str, BaseGeometry]:
    """The outlines, so that each centre of a country lies in its own country's, and they do not overlap.

    A coarse outline may leave out an island, or put a town on the border river to the wrong side. Where the
    islets of such centres meet, the ground goes to the nearest centre of both countries.
    """
    every = {key: point for places in centres.values() for key, point in places.items()}
    nearest = _nearest(every)
    islets = {
        country: shapely.union_all(
            [
                shapely.intersection(shapely.Point(point).buffer(ISLET), nearest[key])
                for key, point in places.items()
                if country in outlines and not outlines[country].contains(shapely.Point(point).buffer(1))
            ]
        )
        for country, places in centres.items()
    }
    found = {}
    for country, shape in outlines.items():
        others = [islet for other, islet in islets.items() if other != country]
        grown = shapely.union_all([shape, islets.get(country, shapely.MultiPolygon())])
        found[country] = shapely.difference(grown, shapely.union_all(others))
    return found


def cells(centres: Mapping[str, Point], outline: BaseGeometry | None) -> dict[str, Any]:
    """By key, the cell of each centre of one country; without an outline only the distance cuts them.

    Of two centres at one point the first by key gets the cell.
    """
    found = {}
    for key, cell in _nearest(centres).items():
        cut = cell if outline is None else shapely.intersection(cell, outline)
        cut = shapely.intersection(cut, shapely.Point(centres[key]).buffer(FARTHEST, quad_segs=16))
        areas = [part for part in shapely.get_parts(cut) if part.geom_type == "Polygon"]
        if areas:
            found[key] = shapely.MultiPolygon(areas)
    return found


def _nearest(centres: Mapping[str, Point]) -> dict[str, Any]:
    """By key, everything that is nearer to a centre than to the others, within a frame around all."""
    keys = list({point: key for key, point in sorted(centres.items(), reverse=True)}.values())
    if not keys:
        return {}
    points = shapely.MultiPoint(np.array([centres[key] for key in keys]))
    west, south, east, north = points.bounds
    air = 2 * FARTHEST
    frame = shapely.box(west - air, south - air, east + air, north + air)
    if len(keys) == 1:
        return {keys[0]: frame}
    parts = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=frame, ordered=True))
    return dict(zip(keys, parts, strict=True))
