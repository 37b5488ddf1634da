"""A student's home municipality: what searching, paying and reserved places need to know of it."""

from __future__ import annotations

from dataclasses import dataclass

from municipalities.cache import Gazetteer, gazetteer
from municipalities.models import Municipality
from providers.models import Site


@dataclass(frozen=True, slots=True)
class Home:
    """A municipality of today. ``family`` holds its id and those of the municipalities merged into it."""

    id: int
    key: str
    country: str
    region_id: int
    latitude: float | None
    longitude: float | None
    family: tuple[int, ...]


def find_home(key: str) -> Home | None:
    """The municipality of today behind a key: a merged one is its successor. None when there is none.

    One statement while the municipalities are in memory.
    """
    return home_among(gazetteer(), key)


def home_among(places: Gazetteer, key: str) -> Home | None:
    """As ``find_home``, where the municipalities are at hand."""
    if key not in places.by_key:
        return None
    today = places.today(places.by_key[key])
    return Home(
        today.pk, today.key, today.country, today.region_id, today.latitude, today.longitude,
        family=places.families[today.pk],
    )  # fmt: skip


def place_of(site: Site, places: Gazetteer) -> Municipality | None:
    """The site's municipality, from memory; one that is younger than the last load from the database."""
    if site.municipality_id is None:
        return None
    return places.by_id.get(site.municipality_id) or site.municipality
