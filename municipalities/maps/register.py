"""The maps of the register: where a municipality lies, and which municipalities belong together."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final

import numpy as np
import shapely
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from shapely.geometry.base import BaseGeometry

from kopa.base import writing
from municipalities.cache import Gazetteer
from municipalities.maps import frames, projections
from municipalities.maps.atlas import Areas, atlas, land
from municipalities.maps.frames import Frame
from municipalities.maps.labels import Board, Wish
from municipalities.maps.pictures import Area, Box, Circle, Name, Picture, Room, Sign, Wanted, radius
from municipalities.maps.projections import Projection
from municipalities.models import Country, Municipality

# The locator: units of the picture, and the least width in metres.
LOCATOR: Final = (640, 520)
LEAST: Final = 90_000
# Neighbours whose centre is in sight at least.
NEAR: Final = 5
INSET: Final = 118
DOT: Final = 6  # radius of a municipal centre
TEXT: Final = 26
# Of so many members each has its name before any other; of so many each has it, some with a line to it;
# of more only as many as find room.
FEW: Final = 12
NAMED: Final = 30
SCHEMATIC: Final = _(
    "The areas are schematic: the land nearest to each municipal centre. Real borders run otherwise."
)
# As every legend tells what ``free_circle`` draws.
FREE_PLACES: Final = Sign("free", _("free places; the larger the circle, the more"))

# Municipalities whose centre is in sight, and where it stands.
Pair = tuple[Municipality, tuple[int, int]]
Seen = Sequence[Pair]
Label = Callable[[Municipality], str]


@dataclass(frozen=True, slots=True)
class Spot:
    """Free places at one point."""

    latitude: float
    longitude: float
    free: int
    label: str


@dataclass(frozen=True, slots=True)
class Group:
    """Municipalities that belong together, and the sign by which map and table name them."""

    label: str
    name: str
    members: frozenset[int]
    is_pilot: bool = True
    member: str | Promise = ""  # as the legend calls one; a member municipality without it


def label_abroad(places: Gazetteer, municipality: Municipality, country: str) -> str:
    """The label as pages of ``country`` tell it: with the other country's sign on its other bank."""
    if municipality.country == country:
        return places.label(municipality)
    return f"{municipality.name()} ({municipality.country})"


def locator(municipality: Municipality, day: dt.date, places: Gazetteer) -> Picture | None:
    """The municipality among its neighbours of that day, in both countries; None without a point."""
    if municipality.latitude is None or municipality.longitude is None:
        return None
    areas, label = atlas().on(day), partial(label_abroad, places, country=municipality.country)
    frame = _frame_around([municipality], areas, places, day, near=NEAR)
    neighbours = _in_frame(places, frame, day)
    paths = areas.paths(frame)
    drawn = [
        Area(path, "own" if pk == municipality.pk else "area", label(places.by_id[pk]))
        for pk, path in sorted(paths.items(), key=lambda one: one[0] == municipality.pk)
    ]
    drawn += borders(areas, frame)
    centres = _dots(neighbours, {municipality.pk})
    name = places.label(municipality)
    return Picture(
        key="locator",
        title=gettext("Map: %(name)s and its neighbours") % {"name": name},
        description=gettext("The same facts are in the table on this page."),
        frame=frame,
        land=tuple(land().paths(frame).values()),
        areas=tuple(drawn),
        circles=centres,
        names=_names(frame, neighbours, {municipality.pk}, label, centres),
        signs=(Sign("own", name), Sign("centre", _("municipal centre"))),
        notes=notes(areas, {one.country for one, _xy in neighbours}),
        inset=_inset(frame),
        seen=tuple(one.pk for one, _xy in neighbours if one.pk != municipality.pk),
    )


def borders(areas: Areas, frame: Frame) -> list[Area]:
    paths = (areas.border(country, frame) for country in Country.values)
    return [Area(path, "border") for path in paths if path]


def _dots(seen: Seen, own: Collection[int]) -> tuple[Circle, ...]:
    return tuple(Circle(x, y, DOT, "home" if one.pk in own else "centre", "") for one, (x, y) in seen)


def _label(places: Gazetteer, pk: int) -> str:
    return places.label(places.by_id[pk]) if pk in places.by_id else ""


def _frame_around(
    members: Sequence[Municipality],
    areas: Areas,
    places: Gazetteer,
    day: dt.date,
    *,
    near: int = 0,
) -> Frame:
    """The land around each centre, so many centres around, and some air; islands may lie outside.
    In the country's projection unless the other country is in sight.
    """
    width, height = LOCATOR
    countries = frozenset(one.country for one in members)
    for projection in (projections.for_countries(countries), Projection.BOTH):
        corners: list[frames.Spot] = []
        for one in members:
            if (spot := centres(places, projection).get(one.pk)) is not None:
                corners.append(spot)
            if (shape := areas.plane(projection).get(one.pk)) is not None and spot is not None:
                west, south, east, north = part_at(shape, spot).bounds
                corners += [(west, south), (east, north)]
        corners += _nearest(members[0], projection, places, day)[:near]
        frame = frames.of_spots(corners, projection, width=width, height=height, least=LEAST)
        if {one.country for one, _xy in _in_frame(places, frame, day)} <= countries:
            break
    return frame


def part_at(shape: BaseGeometry, spot: frames.Spot) -> BaseGeometry:
    """Of an area with islands, the part in which a point lies, or the nearest one to it."""
    parts = shapely.get_parts(shape)
    part: BaseGeometry = parts[int(np.argmin(shapely.distance(parts, shapely.Point(spot))))]
    return part


def _nearest(
    municipality: Municipality, projection: Projection, places: Gazetteer, day: dt.date
) -> list[frames.Spot]:
    """The centres of other municipalities of the day, the nearest first."""
    spots = centres(places, projection)
    here = spots[municipality.pk]
    others = [spots[one.pk] for one in places.municipalities if one.pk in spots and one.exists_on(day)]
    return sorted((spot for spot in others if spot != here), key=lambda spot: math.dist(here, spot))


@lru_cache(maxsize=8)
def centres(places: Gazetteer, projection: Projection) -> Mapping[int, frames.Spot]:
    """By id: the municipal centres in metres. What an older load has left is pushed out."""
    known = [
        (one.pk, one.latitude, one.longitude)
        for one in places.municipalities
        if one.latitude is not None and one.longitude is not None
    ]
    if not known:
        return {}
    ids, latitudes, longitudes = zip(*known, strict=True)
    found = projections.points(projection, latitudes=latitudes, longitudes=longitudes)
    return dict(zip(ids, found, strict=True))


def _in_frame(places: Gazetteer, frame: Frame, day: dt.date) -> Seen:
    """The municipalities of the day whose centre is in sight, large ones first."""
    found = []
    spots = centres(places, frame.projection)
    for one in places.municipalities:
        if one.pk not in spots or not one.exists_on(day):
            continue
        x, y = frame.at(spots[one.pk])
        if frame.has(x, y):
            found.append((one, (x, y)))
    return sorted(found, key=lambda pair: -(pair[0].population or 0))


def _names(
    frame: Frame, seen: Seen, own: Collection[int], label: Label, circles: Sequence[Circle]
) -> tuple[Name, ...]:
    """Of ``own``, then of the others as many as find room; of few or some ``own`` all. None over a circle."""
    gaps = {(one.x, one.y): one.r for one in circles}
    wanted = [
        Wanted(x, y, gaps.get((x, y), DOT), label(one), "own" if one.pk in own else "")
        for one, (x, y) in seen
    ]
    corner = ((0, 0, INSET, _whole().height),) if land().bounds else ()
    return _written(frame, tuple(wanted), len(own), tuple(circles), corner)


@lru_cache(maxsize=256)
def _written(
    frame: Frame,
    wanted: tuple[Wanted, ...],
    members: int,
    circles: tuple[Circle, ...],
    corner: tuple[Box, ...],
) -> tuple[Name, ...]:
    """Their places, computed once for the names of each language."""
    boxes = [one.box for one in circles]
    mine = [one for one in wanted if one.kind]
    room = Room(frame, TEXT, boxes, corner)
    written = room.take(mine) if members > FEW else ()
    done = {name.text for name in written}
    board = Board(frame, TEXT, circles, room.names)
    if members <= NAMED:
        left = [one for one in mine if one.text not in done]
        # Those in the middle of the others first: they have the least room.
        left.sort(key=lambda one: sum(math.dist((one.x, one.y), (other.x, other.y)) for other in mine))
        written += board.take([_wish(one) for one in left])
    return written + Room(frame, TEXT, boxes, board.boxes).take([one for one in wanted if not one.kind])


def _wish(one: Wanted) -> Wish:
    ground = shapely.Point(one.x, one.y).buffer(one.gap + TEXT)
    return Wish(one.x, one.y, one.text, ground, one.gap, one.kind)


def _whole() -> Frame:
    """Of the picture in the corner: both countries."""
    return frames.around(land().bounds, Projection.BOTH, width=INSET)


def _inset(frame: Frame) -> Picture | None:
    """Both countries, with the piece of land that the frame shows."""
    if not land().bounds:
        return None
    whole = _whole()
    shown = projections.project(projections.degrees([frame.box()], frame.projection), Projection.BOTH)
    west, south, east, north = shown[0].bounds
    (x, y), (to_x, to_y) = whole.at((west, north)), whole.at((east, south))
    corners = f"M{x} {y}H{max(to_x, x + 4)}V{max(to_y, y + 4)}H{x}z"
    return Picture(
        key="inset",
        title="",
        description="",
        frame=whole,
        land=tuple(land().paths(whole).values()),
        areas=(Area(corners, "here"),),
    )


def frame_of(group: Group, day: dt.date, places: Gazetteer) -> Frame | None:
    """What the group's map shows; None where no member has a point."""
    members = [places.by_id[pk] for pk in sorted(group.members) if places.by_id[pk].latitude is not None]
    return _frame_around(members, atlas().on(day), places, day) if members else None


def in_sight(frame: Frame, day: dt.date, places: Gazetteer) -> frozenset[int]:
    """Ids of the municipalities whose centre a map with this frame shows."""
    return frozenset(one.pk for one, _xy in _in_frame(places, frame, day))


def group_map(
    group: Group, frame: Frame, day: dt.date, places: Gazetteer, *, spots: Sequence[Spot] = ()
) -> Picture:
    """The members of one group from near, with what is around them in both countries, in ``frame_of`` it.

    Of ``spots`` those in sight have a circle.
    """
    areas = atlas().on(day)
    seen = _in_frame(places, frame, day)
    drawn = [
        Area(path, "member" if pk in group.members else "area", _label(places, pk))
        for pk, path in areas.paths(frame).items()
    ]
    drawn += borders(areas, frame)
    circles = tuple(free_circle(spot, frame) for spot in sorted(spots, key=lambda one: -one.free))
    own = [pair for pair in seen if pair[0].pk in group.members]
    names = _names(frame, seen, group.members, places.label, (*_dots(own, ()), *circles))
    # Of the others those have a dot whose name found room or who have free places.
    written = {name.text for name in names} | {spot.label for spot in spots}
    told = [pair for pair in seen if pair[0].pk in group.members or places.label(pair[0]) in written]
    signs = [Sign("member", group.member or _("member municipality")), Sign("centre", _("municipal centre"))]
    if circles:
        signs.append(FREE_PLACES)
    return Picture(
        key="group-map",
        title=gettext("Map: %(name)s and its neighbours") % {"name": group.name},
        description=gettext("The same facts are in the table on this page."),
        frame=frame,
        land=tuple(land().paths(frame).values()),
        areas=tuple(drawn),
        circles=(*_dots(told, ()), *circles),
        names=names,
        signs=tuple(signs),
        notes=notes(areas, {one.country for one, _xy in seen}),
        inset=_inset(frame),
        seen=tuple(one.pk for one, _xy in told if one.pk not in group.members),
    )


def free_circle(spot: Spot, frame: Frame, *, unit: float = 2, least: float = 5) -> Circle:
    x, y = frame.place(spot.latitude, spot.longitude)
    places = ngettext("%(n)s free place", "%(n)s free places", spot.free) % {"n": writing.number(spot.free)}
    size = radius(spot.free, unit=unit, least=least)
    return Circle(x, y, size, "free", f"{spot.label}: {places}", spot.latitude, spot.longitude)


def notes(areas: Areas, countries: Collection[str]) -> tuple[str | Promise, ...]:
    """Whether areas are schematic, and whose they are."""
    rows = [row for row in areas.rows if row.country in countries]
    schematic: tuple[str | Promise, ...] = (SCHEMATIC,) if areas.schematic & set(countries) else ()
    sources = ", ".join(sorted({row.source for row in rows}))
    return (*schematic, gettext("Borders: %(sources)s.") % {"sources": sources}) if sources else ()
