"""Great-circle distances, the same rule as the database's ``kopa_great_circle_km``."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt
from typing import Final

# Mean radius of WGS84 in kilometres. Source: DOMAIN.md §3.1.
EARTH_RADIUS_KM: Final = 6371.0088


def great_circle_km(latitude_a: float, longitude_a: float, latitude_b: float, longitude_b: float) -> float:
    """Kilometres along the great circle between two points in WGS84 degrees ("linnuntietä", "fågelvägen")."""
    half_latitude = radians(latitude_b - latitude_a) / 2
    half_longitude = radians(longitude_b - longitude_a) / 2
    chord = (
        sin(half_latitude) ** 2
        + cos(radians(latitude_a)) * cos(radians(latitude_b)) * sin(half_longitude) ** 2
    )
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(chord)))
