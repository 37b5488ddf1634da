"""Maps of pilot groups: their members, and where their courses have free places; the same as a table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext

from municipalities.cache import Gazetteer, gazetteer, place_in_alphabet
from municipalities.maps import overview
from municipalities.maps import register as maps
from municipalities.maps.pictures import Picture
from municipalities.models import Municipality
from offerings.search.by_place import free_by_municipality
from offerings.search.query import SearchQuery
from pilots.models import GroupKind, PilotGroup


@dataclass(frozen=True, slots=True)
class Line:
    """A municipality of the map as a row of the table below it."""

    municipality: Municipality
    label: str
    groups: str  # the numbers or names of the groups to which it belongs; empty for none
    courses: int
    free: int


@dataclass(frozen=True, slots=True)
class Mapped:
    """A map and the table that tells the same."""

    picture: Picture
    lines: tuple[Line, ...]
    has_places: bool  # of another day than today only the members are known
    as_of: str = ""  # that day, for the addresses of the table


def of_groups(groups: Sequence[PilotGroup], on: dt.date, *, now: dt.datetime) -> Mapped | None:
    """All groups, numbered as in the list, in both countries; None without a group.

    Reads the memberships that the groups have prefetched.
    """
    if not groups:
        return None
    places = gazetteer()
    drawn = [_group(group, on, places) for group in groups]
    has_places = on == timezone.localdate(now)
    members = {pk for group in drawn for pk in group.members}
    lines = _lines(drawn, members, places, now if has_places else None)
    picture = overview.groups_map(
        drawn,
        on,
        places,
        key="groups-map",
        title=gettext("Map of the pilot groups"),
        spots=_spots(lines),
    )
    return Mapped(picture, lines, has_places, "" if has_places else on.isoformat())


def of_group(group: PilotGroup, on: dt.date, *, now: dt.datetime) -> Mapped | None:
    """One group from near; None without a municipality that has a point."""
    places = gazetteer()
    drawn = _group(group, on, places)
    has_places = on == timezone.localdate(now)
    frame = maps.frame_of(drawn, on, places)
    if frame is None:
        return None
    in_sight = maps.in_sight(frame, on, places)
    lines = _lines([drawn], drawn.members | in_sight, places, now if has_places else None)
    picture = maps.group_map(drawn, frame, on, places, spots=_spots(lines))
    told = drawn.members | {*picture.seen}
    shown = tuple(line for line in lines if line.municipality.pk in told)
    return Mapped(picture, shown, has_places, "" if has_places else on.isoformat())


def _group(group: PilotGroup, on: dt.date, places: Gazetteer) -> maps.Group:
    members = [one.municipality for one in group.members_on(on) if one.municipality is not None]
    ids = frozenset(places.on_day(places.by_id[one.pk], on).pk for one in members)
    return maps.Group(str(group.number or ""), str(group), ids, group.kind == GroupKind.PILOT_GROUP)


def _lines(
    drawn: Sequence[maps.Group], ids: Collection[int], places: Gazetteer, now: dt.datetime | None
) -> tuple[Line, ...]:
    """Municipalities, and with ``now`` what the search finds in each, whoever gives it."""
    told = [places.by_id[pk] for pk in ids]
    query = SearchQuery(municipality=frozenset(one.key for one in told))
    found = {one.municipality: one for one in free_by_municipality(query, now=now)} if now else {}
    lines = []
    for one in told:
        own = [group.label or group.name for group in drawn if one.pk in group.members]
        at = found.get(one.key)
        lines.append(
            Line(one, places.label(one), ", ".join(own), at.courses if at else 0, at.free if at else 0)
        )
    return tuple(sorted(lines, key=lambda line: place_in_alphabet(line.municipality)))


def _spots(lines: Sequence[Line]) -> list[maps.Spot]:
    return [
        maps.Spot(one.latitude, one.longitude, line.free, line.label)
        for line in lines
        if line.free > 0
        and (one := line.municipality).latitude is not None
        and one.longitude is not None
    ]
