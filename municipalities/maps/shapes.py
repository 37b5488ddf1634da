"""Shapes between the database, which keeps them simplified in degrees, and the planes of maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from municipalities.maps.projections import Projection, degrees

# Metres by which a border may move when it is loaded: less than a pixel on the map of one municipality.
TOLERANCE: Final = 250
K = TypeVar("K")


def packed(shapes: Mapping[K, BaseGeometry]) -> dict[K, bytes]:
    """Shapes in metres of ``Projection.BOTH`` as the database keeps them."""
    turned = degrees(list(shapes.values()), Projection.BOTH)
    return {key: shapely.to_wkb(shape, byte_order=1) for key, shape in zip(shapes, turned, strict=True)}


def unpacked(shape: bytes | memoryview) -> BaseGeometry:
    return shapely.from_wkb(bytes(shape))


def simplified(shapes: Sequence[BaseGeometry], tolerance: float = TOLERANCE) -> list[Any]:
    """Areas on a plane with fewer corners; what two neighbours share stays shared: no gap, no overlap."""
    if not shapes:
        return []
    return list(shapely.coverage_simplify(np.array(shapes, dtype=object), tolerance))
