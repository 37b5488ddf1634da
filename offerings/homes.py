"""A student's home municipality: what searching, paying and reserved places need to know of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from django.db import connection

# Up from the asked key to the municipality of today, then down to everything that was merged into it.
FAMILY: Final = """
with recursive up as (
    select id, successor_id, valid_to, key::text as asked from municipalities_municipality where key = any(%s)
  union
    select m.id, m.successor_id, m.valid_to, up.asked
    from municipalities_municipality m join up on m.id = up.successor_id
), today as (
    select asked, id from up where valid_to is null
), family as (
    select asked, id from today
  union
    select family.asked, m.id from municipalities_municipality m join family on m.successor_id = family.id
)
select today.asked, m.id, m.key, m.country, m.region_id, r.key, m.latitude, m.longitude,
       array(select family.id from family where family.asked = today.asked order by family.id)
from today
join municipalities_municipality m on m.id = today.id
join municipalities_region r on r.id = m.region_id
"""


@dataclass(frozen=True, slots=True)
class Home:
    """A municipality of today. ``family`` holds its id and those of the municipalities merged into it."""

    id: int
    key: str
    country: str
    region_id: int
    region_key: str
    latitude: float | None
    longitude: float | None
    family: tuple[int, ...]


def find_homes(keys: Iterable[str]) -> Mapping[str, Home]:
    """The municipality of today behind each key; a merged one is its successor. Unknown keys are left out."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(FAMILY, [wanted])
        return {row[0]: Home(*(*row[1:8], tuple(row[8]))) for row in cursor.fetchall()}


def find_home(key: str) -> Home | None:
    """One statement; None when there is no such municipality."""
    return find_homes([key]).get(key)
