"""The maps of the register: where a municipality lies, and which municipalities belong together."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import shapely
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from kopa.base import writing
from municipalities.cache import Gazetteer
from municipalities.maps import frames, projections
from municipalities.maps.atlas import Areas, atlas, land
from municipalities.maps.frames import Frame
from municipalities.maps.pictures import Area, Circle, Name, Picture, Room, Sign, Wanted, radius
from municipalities.maps.projections import Projection
from municipalities.models import Country, Municipality

# The locator: units of the picture, and the least width in metres.
LOCATOR: Final = (640, 520)
LEAST: Final = 90_000
# Neighbours whose centre is in sight at least.
NEAR: Final = 5
INSET: Final = 118
TEXT: Final = 26
# Units: half a pixel each where the picture is as wide as a phone.
COUNTRY_WIDTH: Final = 700
SCHEMATIC: Final = _(
    "The areas are schematic: the land nearest to each municipal centre. Real borders run otherwise."
)


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


def locator(municipality: Municipality, day: dt.date, places: Gazetteer) -> Picture | None:
    """The municipality among its neighbours of that day, in both countries; None without a point."""
    if municipality.latitude is None or municipality.longitude is None:
        return None
    areas = atlas().on(day)
    frame = _frame_around([municipality], areas, places, day, near=NEAR)
    neighbours = _in_frame(places, frame, day)
    paths = areas.paths(frame)
    drawn = [
        Area(path, "own" if pk == municipality.pk else "area", _label(places, pk))
        for pk, path in sorted(paths.items(), key=lambda one: one[0] == municipality.pk)
    ]
    drawn += _borders(areas, frame)
    centres = _dots(neighbours, {municipality.pk})
    name = places.label(municipality)
    seen = [places.label(one) for one, _xy in neighbours if one.pk != municipality.pk]
    return Picture(
        key="locator",
        title=gettext("Map: %(name)s and its neighbours") % {"name": name},
        description=gettext("The municipalities in sight are named below the map."),
        frame=frame,
        land=tuple(land().paths(frame).values()),
        areas=tuple(drawn),
        circles=centres,
        names=_names(frame, neighbours, {municipality.pk}, places, centres),
        signs=(Sign("own", name), Sign("centre", _("municipal centre"))),
        notes=(_said(seen), *_notes(areas, {one.country for one, _xy in neighbours})),
        inset=_inset(frame),
    )


def _borders(areas: Areas, frame: Frame) -> list[Area]:
    paths = (areas.border(country, frame) for country in Country.values)
    return [Area(path, "border") for path in paths if path]


def _dots(seen: Sequence[tuple[Municipality, tuple[int, int]]], own: Collection[int]) -> tuple[Circle, ...]:
    return tuple(Circle(x, y, 6, "home" if one.pk in own else "centre", "") for one, (x, y) in seen)


def _told(
    dots: Sequence[Circle],
    seen: Sequence[tuple[Municipality, tuple[int, int]]],
    names: Sequence[Name],
    places: Gazetteer,
    own: Collection[int],
) -> tuple[Circle, ...]:
    """The dots that have a name beside them, and those of ``own``."""
    written = {name.text for name in names}
    return tuple(
        dot
        for dot, (one, _xy) in zip(dots, seen, strict=True)
        if one.pk in own or places.label(one) in written
    )


def _said(neighbours: list[str]) -> str:
    if not neighbours:
        return gettext("No other municipal centre is in sight.")
    return gettext("In sight: %(names)s.") % {"names": ", ".join(neighbours)}


def _label(places: Gazetteer, pk: int) -> str:
    return places.label(places.by_id[pk]) if pk in places.by_id else ""


def _frame_around(
    members: Sequence[Municipality],
    areas: Areas,
    places: Gazetteer,
    day: dt.date,
    *,
    near: int = 0,
    spots: Sequence[Spot] = (),
) -> Frame:
    """All of the areas and spots, so many centres around, and some air; in the country's projection unless
    the other country is in sight.
    """
    width, height = LOCATOR
    countries = frozenset(one.country for one in members)
    for projection in (projections.for_countries(countries), Projection.BOTH):
        corners: list[frames.Spot] = []
        for one in members:
            if (spot := centres(places, projection).get(one.pk)) is not None:
                corners.append(spot)
            shape = areas.plane(projection).get(one.pk)
            if shape is not None:
                west, south, east, north = shape.bounds
                corners += [(west, south), (east, north)]
        corners += [
            projections.point(projection, latitude=spot.latitude, longitude=spot.longitude) for spot in spots
        ]
        corners += _nearest(members[0], projection, places, day)[:near]
        frame = frames.of_spots(corners, projection, width=width, height=height, least=LEAST)
        if {one.country for one, _xy in _in_frame(places, frame, day)} <= countries:
            break
    return frame


def _nearest(
    municipality: Municipality, projection: Projection, places: Gazetteer, day: dt.date
) -> list[frames.Spot]:
    """The centres of other municipalities of the day, the nearest first."""
    spots = centres(places, projection)
    here = spots[municipality.pk]
    others = [spots[one.pk] for one in places.municipalities if one.pk in spots and _is_there(one, day)]
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


def _is_there(municipality: Municipality, day: dt.date) -> bool:
    return municipality.valid_to is None or municipality.valid_to >= day


def _in_frame(places: Gazetteer, frame: Frame, day: dt.date) -> list[tuple[Municipality, tuple[int, int]]]:
    """The municipalities of the day whose centre is in sight, large ones first."""
    found = []
    spots = centres(places, frame.projection)
    for one in places.municipalities:
        if one.pk not in spots or not _is_there(one, day):
            continue
        x, y = frame.at(spots[one.pk])
        if frame.has(x, y):
            found.append((one, (x, y)))
    return sorted(found, key=lambda pair: -(pair[0].population or 0))


def _names(
    frame: Frame,
    seen: Sequence[tuple[Municipality, tuple[int, int]]],
    own: Collection[int],
    places: Gazetteer,
    circles: Sequence[Circle] = (),
) -> tuple[Name, ...]:
    room = Room(frame, TEXT, [(0, 0, INSET, INSET * 2), *(one.box for one in circles)])
    gaps = {(one.x, one.y): one.r for one in circles}
    first = sorted(seen, key=lambda pair: pair[0].pk not in own)
    return room.take(
        [
            Wanted(x, y, gaps.get((x, y), 6), places.label(one), "own" if one.pk in own else "")
            for one, (x, y) in first
        ]
    )


def _inset(frame: Frame) -> Picture | None:
    """Both countries, with the piece of land that the frame shows."""
    bounds = land().bounds
    if not bounds:
        return None
    whole = frames.around(bounds, Projection.BOTH, width=INSET)
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


def members_map(
    groups: Sequence[Group],
    day: dt.date,
    places: Gazetteer,
    *,
    key: str,
    title: str,
    spots: Iterable[Spot] = (),
    countries: Collection[str] = ("FI",),
) -> Picture:
    """The countries with the members of groups coloured, each group outlined and named by its sign."""
    areas, projection = atlas().on(day), projections.for_countries(frozenset(countries))
    frame = _whole(areas, projection, countries)
    paths = areas.paths(frame)
    within = {pk for group in groups for pk in group.members}
    drawn = [
        Area(path, "member" if pk in within else "area", _label(places, pk))
        for pk, path in paths.items()
        if areas.by_id[pk].country in countries
    ]
    drawn += [Area(path, "group") for group in groups if (path := areas.around(group.members, frame))]
    circles = tuple(_circle(spot, frame) for spot in sorted(spots, key=lambda one: -one.free))
    signs = [Sign("member", _("member municipality")), Sign("group", _("area of the group"))]
    if circles:
        signs.append(Sign("free", _("free places; the larger the circle, the more")))
    return Picture(
        key=key,
        title=title,
        description=gettext("The same facts are in the table on this page."),
        frame=frame,
        land=tuple(path for one, path in land().paths(frame).items() if one in countries),
        areas=tuple(drawn),
        circles=circles,
        names=_group_signs(groups, places, frame),
        signs=tuple(signs),
        notes=_notes(areas, set(countries)),
    )


def group_map(
    group: Group, day: dt.date, places: Gazetteer, *, spots: Sequence[Spot] = ()
) -> Picture | None:
    """The members of one group from near, with what is around them in both countries; None without any."""
    members = [places.by_id[pk] for pk in sorted(group.members) if places.by_id[pk].latitude is not None]
    if not members:
        return None
    areas = atlas().on(day)
    frame = _frame_around(members, areas, places, day, spots=spots)
    seen = _in_frame(places, frame, day)
    drawn = [
        Area(path, "member" if pk in group.members else "area", _label(places, pk))
        for pk, path in areas.paths(frame).items()
    ]
    drawn += _borders(areas, frame)
    circles = tuple(_circle(spot, frame) for spot in sorted(spots, key=lambda one: -one.free))
    dots = _dots(seen, ())
    names = _names(frame, seen, group.members, places, (*dots, *circles))
    signs = [Sign("member", _("member municipality")), Sign("centre", _("municipal centre"))]
    if circles:
        signs.append(Sign("free", _("free places; the larger the circle, the more")))
    return Picture(
        key="group-map",
        title=gettext("Map: %(name)s and its neighbours") % {"name": group.name},
        description=gettext("The same facts are in the table on this page."),
        frame=frame,
        land=tuple(land().paths(frame).values()),
        areas=tuple(drawn),
        circles=(*_told(dots, seen, names, places, group.members), *circles),
        names=names,
        signs=tuple(signs),
        notes=_notes(areas, {one.country for one, _xy in seen}),
        inset=_inset(frame),
    )


def _circle(spot: Spot, frame: Frame) -> Circle:
    x, y = frame.place(spot.latitude, spot.longitude)
    places = ngettext("%(n)s free place", "%(n)s free places", spot.free) % {"n": writing.number(spot.free)}
    size = radius(spot.free, unit=2, least=5)
    return Circle(x, y, size, "free", f"{spot.label}: {places}", spot.latitude, spot.longitude)


def _group_signs(groups: Sequence[Group], places: Gazetteer, frame: Frame) -> tuple[Name, ...]:
    """The sign of each group beside the middle of its members."""
    wanted = []
    for group in groups:
        found = centres(places, frame.projection)
        spots = [frame.at(found[pk]) for pk in group.members if pk in found]
        if spots and group.label:
            x, y = (round(sum(values) / len(spots)) for values in zip(*spots, strict=True))
            wanted.append(Wanted(x, y, 2, group.label, "group"))
    return Room(frame, TEXT).take(wanted)


def _whole(areas: Areas, projection: Projection, countries: Collection[str]) -> Frame:
    """All of the countries: by their areas where there are any, else by their outlines."""
    plane = areas.plane(projection)
    shapes = [plane[row.municipality_id] for row in areas.rows if row.country in countries]
    shapes = shapes or [shape for one, shape in land().plane(projection).items() if one in countries]
    bounds = shapely.total_bounds(shapes) if shapes else (0.0, 0.0, 1e6, 1e6)
    return frames.around(bounds, projection, width=COUNTRY_WIDTH)


def _notes(areas: Areas, countries: Collection[str]) -> tuple[str | Promise, ...]:
    """Whether areas are schematic, and whose they are."""
    rows = [row for row in areas.rows if row.country in countries]
    schematic: tuple[str | Promise, ...] = (SCHEMATIC,) if areas.schematic & set(countries) else ()
    sources = ", ".join(sorted({row.source for row in rows}))
    return (*schematic, gettext("Borders: %(sources)s.") % {"sources": sources}) if sources else ()
