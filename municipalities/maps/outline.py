"""The outlines of Finland and Sweden out of the package ``world-atlas`` (Natural Earth, 1:10,000,000).

``manage.py assets`` fetches the package; nothing of it is served to browsers or kept in the repository.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from django.conf import settings
from shapely.geometry.base import BaseGeometry

from kopa.base.reference import ReferenceDataError

FILE: Final = "countries-10m.json"
# Numbers of ISO 3166-1. Åland has one of its own and belongs to Finland.
PARTS: Final = {"FI": ("246", "248"), "SE": ("752",)}

Line = np.ndarray[Any, np.dtype[np.float64]]


class OutlineError(ReferenceDataError):
    """The file with the outlines cannot be used."""


def path() -> Path:
    return Path(settings.ASSETS_ROOT) / "data" / FILE


def stamp() -> str:
    """Changes when the file comes, goes or changes."""
    return f"{FILE} {path().stat().st_size}" if path().is_file() else "none"


def read() -> dict[str, BaseGeometry]:
    """By country, in degrees; empty while the file has not been fetched. Raises OutlineError."""
    if not path().is_file():
        return {}
    try:
        atlas = json.loads(path().read_text(encoding="utf-8"))
        lines = _Lines(atlas)
        shapes = {one.get("id"): one for one in atlas["objects"]["countries"]["geometries"]}
        return {
            country: shapely.union_all([_shape(shapes[part], lines) for part in parts])
            for country, parts in PARTS.items()
        }
    except (ValueError, KeyError, IndexError, TypeError, shapely.errors.ShapelyError) as reason:
        problem = f"{path()} is not the outline of countries that world-atlas has: {reason!r}."
        raise OutlineError(problem) from reason


class _Lines:
    """The lines that shapes are made of: TopoJSON writes each once, as steps from point to point."""

    def __init__(self, atlas: dict[str, Any]) -> None:
        self.steps, transform = atlas["arcs"], atlas["transform"]
        self.scale, self.move = transform["scale"], transform["translate"]

    def __getitem__(self, number: int) -> Line:
        """``~n`` is line n from its end."""
        steps = self.steps[number if number >= 0 else ~number]
        line: Line = np.cumsum(np.array(steps, dtype=float), axis=0) * self.scale + self.move
        return line if number >= 0 else line[::-1]


def _shape(topology: dict[str, Any], lines: _Lines) -> BaseGeometry:
    polygons = [topology["arcs"]] if topology["type"] == "Polygon" else topology["arcs"]
    rings = [[_ring(numbers, lines) for numbers in polygon] for polygon in polygons]
    return shapely.make_valid(shapely.union_all([shapely.Polygon(outer, holes) for outer, *holes in rings]))


def _ring(numbers: list[int], lines: _Lines) -> Line:
    """The lines one after the other: each begins where the last one ended."""
    parts = [lines[number] for number in numbers]
    return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])
