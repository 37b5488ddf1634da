"""Outlines of the countries and schematic areas of municipalities, made when the reference data is loaded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from itertools import pairwise
from typing import Any, Final

import shapely
from shapely.geometry.base import BaseGeometry

from kopa.base.reference import Report, Table
from municipalities.maps import cells, outline, shapes
from municipalities.maps.projections import Projection, point, project
from municipalities.models import Boundary, CountryOutline, Municipality

SOURCE: Final = "Natural Earth"
LICENCE: Final = "public domain"

Period = tuple[dt.date | None, dt.date | None]


def load(*, now: dt.datetime) -> list[Report]:
    """Each municipality with a point has a schematic area, for each time with other neighbours another one.

    Without the outlines (``manage.py assets`` has not fetched them) only the distance cuts the areas.
    Raises OutlineError where the file cannot be used.
    """
    places = [one for one in Municipality.objects.all() if one.latitude is not None]
    outlines = dict(zip(read := outline.read(), project(list(read.values()), Projection.BOTH), strict=True))
    land = cells.with_islets(outlines, _centres(places)) if outlines else {}
    drawn: dict[Period, dict[str, bytes]] = {}
    lands: dict[str, bytes] = {}
    for period in periods(places):
        first = period[0] or dt.date.min
        drawn[period], lands = _drawn([one for one in places if one.exists_on(first)], land)
    return [_put_outlines(lands, now), _put_areas(drawn, {one.key: one.pk for one in places}, now)]


def periods(municipalities: Iterable[Municipality]) -> list[Period]:
    """The times between which no municipality came or went."""
    day = dt.timedelta(days=1)
    firsts = {one.valid_to + day for one in municipalities if one.valid_to}
    firsts |= {one.valid_from for one in municipalities if one.valid_from}
    starts: list[dt.date | None] = [None, *sorted(firsts), None]
    return [(first, last and last - day) for first, last in pairwise(starts)]


def _centres(places: Iterable[Municipality]) -> dict[str, dict[str, cells.Point]]:
    found: dict[str, dict[str, cells.Point]] = {}
    for one in places:
        if one.latitude is not None and one.longitude is not None:
            spot = point(Projection.BOTH, latitude=one.latitude, longitude=one.longitude)
            found.setdefault(one.country, {})[one.key] = spot
    return found


def _drawn(
    places: list[Municipality], land: dict[str, BaseGeometry]
) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The areas by municipality and the land by country, all simplified together."""
    found: dict[str, Any] = {}
    for country, centres in _centres(places).items():
        found |= cells.cells(centres, land.get(country))
    for country, shape in land.items():  # what lies too far from every centre
        own = [area for key, area in found.items() if key.startswith(country)]
        rest = shapely.difference(shape, shapely.union_all(own))
        parts = [part for part in shapely.get_parts(rest) if part.geom_type == "Polygon"]
        found[country] = shapely.MultiPolygon(parts)
    kept = {key: area for key, area in found.items() if not area.is_empty}
    plane = dict(zip(kept, shapes.simplified(list(kept.values())), strict=True))
    lands = {country: _land(country, plane) for country in land}
    areas = {key: area for key, area in plane.items() if key not in land}
    return shapes.packed(areas), shapes.packed(lands)


def _land(country: str, plane: dict[str, Any]) -> BaseGeometry:
    return shapely.union_all([area for key, area in plane.items() if key.startswith(country)])


def _put_outlines(lands: dict[str, bytes], now: dt.datetime) -> Report:
    table = Table(CountryOutline, key=["country"], now=now, name="country outlines", removable=True)
    table.put(
        [
            {"country": country, "source": SOURCE, "licence": LICENCE, "shape": shape}
            for country, shape in lands.items()
        ]
    )
    return table.close()


def _put_areas(drawn: dict[Period, dict[str, bytes]], ids: dict[str, int], now: dt.datetime) -> Report:
    """One row for each time in which the area is the same."""
    runs: dict[str, list[tuple[dt.date | None, dt.date | None, bytes]]] = {}
    for (first, last), areas in drawn.items():
        for key, shape in areas.items():
            run = runs.setdefault(key, [])
            if run and run[-1][2] == shape and run[-1][1] is not None and first is not None:
                run[-1] = (run[-1][0], last, shape)
            else:
                run.append((first, last, shape))
    table = Table(
        Boundary,
        key=["municipality_id", "valid_from"],
        now=now,
        scope=Boundary.objects.filter(is_schematic=True),
        name="schematic areas",
        removable=True,
    )
    table.put(
        [
            {
                "municipality_id": ids[key],
                "valid_from": first,
                "valid_to": last,
                "is_schematic": True,
                "source": SOURCE,
                "licence": LICENCE,
                "shape": shape,
            }
            for key, run in sorted(runs.items())
            for first, last, shape in run
        ]
    )
    return table.close()
