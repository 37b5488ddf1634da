"""Maps of whole countries: all groups on one, and the regions coloured by their population."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final

import shapely
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from shapely.geometry.base import BaseGeometry

from kopa.base import writing
from municipalities.cache import Gazetteer
from municipalities.maps import frames
from municipalities.maps.atlas import Areas, atlas, land
from municipalities.maps.frames import Frame
from municipalities.maps.labels import Board, Wish
from municipalities.maps.pictures import LETTER, Area, Circle, Name, Picture, Room, Sign, Wanted
from municipalities.maps.projections import Projection
from municipalities.maps.register import (
    FREE_PLACES,
    Group,
    Spot,
    borders,
    centres,
    free_circle,
    notes,
    part_at,
)

# Units: half a pixel each where the picture is as wide as a phone.
WIDTH: Final = 700
TEXT: Final = 28
COARSENESS: Final = 1.4  # a pixel where the picture is widest
SMALL: Final = 26  # of the regions' numbers
# Metres around members in the other country.
AIR: Final = 45_000
# Metres around a centre whose municipality has no area.
NO_AREA: Final = 3_000
# By whether the group is a pilot: its members' colour, and the line around it.
KINDS: Final = {True: ("member", "group"), False: ("partner", "partners")}

# Inhabitants from which on a region has the next colour.
SIZES: Final = (100_000, 200_000, 400_000)


@dataclass(frozen=True, slots=True)
class Populated:
    """A region of a day, with its inhabitants where they are known."""

    number: int
    name: str
    members: frozenset[int]
    people: int | None


def groups_map(
    groups: Sequence[Group],
    day: dt.date,
    places: Gazetteer,
    *,
    key: str,
    title: str,
    spots: Iterable[Spot] = (),
) -> Picture:
    """The members of groups coloured, each group outlined and every separate part of it with its sign."""
    areas = atlas().on(day)
    frame = _frame(groups, areas, places)
    kinds = {pk: KINDS[group.is_pilot][0] for group in groups for pk in group.members}
    drawn = [
        Area(path, kinds.get(pk, "area"), places.label(places.by_id[pk]))
        for pk, path in sorted(areas.paths(frame).items(), key=lambda one: one[0] in kinds)
    ]
    drawn += borders(areas, frame)
    drawn += [
        Area(path, KINDS[group.is_pilot][1])
        for group in groups
        if (path := _outline(group.members, areas, places, frame))
    ]
    by_size = sorted(spots, key=lambda one: -one.free)
    circles = tuple(free_circle(spot, frame, unit=0.9, least=4) for spot in by_size)
    return Picture(
        key=key,
        title=title,
        description=gettext("The same facts are in the table on this page."),
        frame=frame,
        land=tuple(land().paths(frame).values()),
        areas=tuple(drawn),
        circles=circles,
        names=_signs(tuple(groups), areas, places, frame, circles),
        signs=tuple(_legend(groups, circles)),
        notes=notes(areas, {row.country for row in areas.rows}),
        text=TEXT,
    )


def _legend(groups: Sequence[Group], circles: Sequence[Circle]) -> list[Sign]:
    kinds = {group.is_pilot for group in groups}
    signs = []
    if True in kinds:
        signs += [Sign("member", _("member municipality")), Sign("group", _("area of the group"))]
    if False in kinds:
        signs.append(Sign("partner", _("municipality of a co-operation area")))
    if circles:
        signs.append(FREE_PLACES)
    return signs


def _frame(groups: Sequence[Group], areas: Areas, places: Gazetteer) -> Frame:
    """All of the country of most groups, and the members in the other one."""
    countries = [places.by_id[pk].country for group in groups for pk in group.members]
    whole = Counter(countries).most_common(1)[0][0] if countries else "FI"
    plane, outlines = areas.plane(Projection.BOTH), land().plane(Projection.BOTH)
    shapes = [plane[row.municipality_id] for row in areas.rows if row.country == whole]
    shapes = shapes or [shape for country, shape in outlines.items() if country == whole]
    points = centres(places, Projection.BOTH)
    beyond = {pk for group in groups for pk in group.members if places.by_id[pk].country != whole}
    shapes += [shapely.Point(points[pk]).buffer(AIR) for pk in sorted(beyond & points.keys())]
    bounds = shapely.total_bounds(shapes) if shapes else (0.0, 0.0, 1e6, 1e6)
    return replace(frames.around(bounds, Projection.BOTH, width=WIDTH), coarseness=COARSENESS)


@lru_cache(maxsize=32)
def _signs(
    groups: tuple[Group, ...], areas: Areas, places: Gazetteer, frame: Frame, circles: tuple[Circle, ...]
) -> tuple[Name, ...]:
    """For each separate part of each group its sign, the smallest parts first: they have the least room.

    What belongs to several groups has one sign for all: “6, 8”. An area without a number has its name, once.
    """
    wishes = []
    for belongs, members in _together(groups).items():
        parts = _parts(members, areas, places, frame)
        is_named = not all(group.label for group in belongs)
        for ground in parts[-1:] if is_named else parts:  # a long name once, at the largest part
            x, y = _middle(ground, 1)
            sign = ", ".join(group.label or group.name for group in belongs)
            wishes.append(Wish(x, y, sign, ground, kind="group", has_plate=True))
    return Board(frame, TEXT, circles).take(sorted(wishes, key=lambda wish: wish.ground.area))


def _together(groups: Sequence[Group]) -> dict[tuple[Group, ...], frozenset[int]]:
    """The members by the groups to which they belong."""
    found: dict[tuple[Group, ...], set[int]] = {}
    for pk in sorted({pk for group in groups for pk in group.members}):
        found.setdefault(tuple(group for group in groups if pk in group.members), set()).add(pk)
    return {belongs: frozenset(members) for belongs, members in found.items()}


@lru_cache(maxsize=64)
def _outline(members: frozenset[int], areas: Areas, places: Gazetteer, frame: Frame) -> str:
    """Around the land on which the members' centres lie: lines around each islet would hide the land."""
    return frame.path(_ground(members, areas, places, frame).simplify(frame.unit * frame.coarseness))


def regions_map(
    regions: Sequence[Populated], day: dt.date, places: Gazetteer, *, key: str, title: str
) -> Picture | None:
    """The regions, darker the more people live there; None without any area."""
    areas = atlas().on(day)
    there = tuple(one for one in regions if not areas.together(one.members, Projection.BOTH).is_empty)
    if not there:
        return None
    bounds = shapely.total_bounds([areas.together(one.members, Projection.BOTH) for one in there])
    frame = replace(frames.around(bounds, Projection.BOTH, width=WIDTH), coarseness=COARSENESS)
    drawn = [Area(areas.around(one.members, frame), _class(one.people), one.name) for one in there]
    return Picture(
        key=key,
        title=title,
        description=gettext("The same facts are in the table on this page."),
        frame=frame,
        areas=tuple(drawn),
        names=_region_numbers(there, areas, frame),
        signs=tuple(_classes({area.kind for area in drawn})),
        notes=notes(areas, {places.by_id[pk].country for one in regions for pk in one.members}),
        text=SMALL,
    )


@lru_cache(maxsize=32)
def _region_numbers(regions: tuple[Populated, ...], areas: Areas, frame: Frame) -> tuple[Name, ...]:
    """Each region its number in the list: in its middle where it holds it, else near it with a line to it."""
    within, beside = [], []
    for one in regions:
        parts = shapely.get_parts(areas.together(one.members, frame.projection))
        ground = frame.units(max(parts, key=lambda part: part.area)).simplify(1)
        x, y = _middle(ground, 1)
        sign, half = str(one.number), len(str(one.number)) * SMALL * LETTER / 2
        if ground.contains(shapely.box(x - half, y - SMALL / 2, x + half, y + SMALL / 2)):
            within.append(Wanted(round(x), round(y), 0, sign, "group"))
        else:
            beside.append(Wish(x, y, sign, ground, kind="group"))
    room = Room(frame, SMALL)
    middle = room.take(within, centred=True)
    return middle + Board(frame, SMALL, taken=room.names).take(beside)


def _class(people: int | None) -> str:
    return "area" if people is None else f"size{bisect_right(SIZES, people)}"


def _classes(used: Collection[str]) -> list[Sign]:
    """The colours that the map has, with their limits."""
    told = [gettext("fewer than %(to)s inhabitants") % {"to": writing.number(SIZES[0])}]
    told += [
        gettext("%(from)s–%(to)s inhabitants") % {"from": writing.number(low), "to": writing.number(high - 1)}
        for low, high in pairwise(SIZES)
    ]
    told.append(gettext("at least %(from)s inhabitants") % {"from": writing.number(SIZES[-1])})
    return [Sign(f"size{n}", text) for n, text in enumerate(told) if f"size{n}" in used]


def _parts(
    members: frozenset[int], areas: Areas, places: Gazetteer, frame: Frame
) -> list[BaseGeometry]:
    """The separate parts of a group's area in which its members' centres lie, in units."""
    ground = shapely.get_parts(_ground(members, areas, places, frame))
    return sorted((frame.units(part).simplify(1) for part in ground), key=lambda part: part.area)


def _ground(members: frozenset[int], areas: Areas, places: Gazetteer, frame: Frame) -> BaseGeometry:
    """The parts of a group's area in which its members' centres lie, in metres."""
    plane, points = areas.plane(frame.projection), centres(places, frame.projection)
    without = [shapely.Point(points[pk]).buffer(NO_AREA) for pk in members & points.keys() - plane.keys()]
    together: Any = shapely.union_all([areas.together(members, frame.projection), *without])
    return shapely.union_all([part_at(together, points[pk]) for pk in sorted(members & points.keys())])


def _middle(part: Any, tolerance: float) -> frames.Spot:
    """The point of an area that is farthest from its edge."""
    x, y = shapely.get_coordinates(shapely.maximum_inscribed_circle(part, tolerance))[0].tolist()
    return x, y
