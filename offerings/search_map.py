"""The map beside the results: where the courses of this page are given, and how many free places there are.

It tells nothing that the list or a course's page does not tell, and asks the database for nothing more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import shapely
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from kopa.base import writing
from municipalities.cache import Gazetteer
from municipalities.maps import frames, projections
from municipalities.maps.atlas import land
from municipalities.maps.frames import Frame
from municipalities.maps.labels import Board, Wish
from municipalities.maps.pictures import Circle, Name, Picture, Room, Sign, Wanted, radius
from municipalities.maps.projections import Projection
from municipalities.maps.reference import SOURCE
from municipalities.maps.register import FREE_PLACES, centres
from offerings.presenting import Card, place_of

SIZE: Final = (560, 720)  # units: half a pixel each in the column beside the list
LEAST: Final = 160_000  # metres from side to side
TEXT: Final = 25
# Municipal centres at most: with more of them dots hide each other, and the page grows.
CENTRES: Final = 40


@dataclass(slots=True)
class Spot:
    """The courses of the page at one point."""

    latitude: float
    longitude: float
    place: str
    courses: int = 0
    free: int = 0

    @property
    def label(self) -> str:
        courses, free = writing.number(self.courses), writing.number(self.free)
        told = ngettext("%(n)s course", "%(n)s courses", self.courses) % {"n": courses}
        seats = ngettext("%(n)s free place", "%(n)s free places", self.free) % {"n": free}
        return f"{self.place}: {told}, {seats}"


def spots(cards: Sequence[Card]) -> list[Spot]:
    """By point, the most free places first. What is studied without a fixed location is on no map."""
    found: dict[tuple[float, float], Spot] = {}
    for card in cards:
        site = card.hit.site
        if site is None or site.latitude is None or site.longitude is None:
            continue
        at = (site.latitude, site.longitude)
        spot = found.setdefault(at, Spot(*at, card.place))
        spot.courses += 1
        spot.free += card.hit.free
    return sorted(found.values(), key=lambda one: (-one.free, one.place))


def other_sites(cards: Sequence[Card], seen: Sequence[Spot], places: Gazetteer) -> list[Spot]:
    """Where else the courses of the page are given, by point. Their free places stand at the nearest site."""
    taken = {(spot.latitude, spot.longitude) for spot in seen}
    found: dict[tuple[float, float], Spot] = {}
    for card in cards:
        for site in card.offering.sites.all() if card.hit.site else ():
            if site.latitude is None or site.longitude is None:
                continue
            at = (site.latitude, site.longitude)
            if at not in taken:
                spot = found.setdefault(at, Spot(*at, place_of(site, places)))
                spot.courses += 1
    return sorted(found.values(), key=lambda one: one.place)


def picture(cards: Sequence[Card], *, places: Gazetteer, home: str, total: int) -> Picture | None:
    """Of so many results those of this page; None where nothing on it has a point."""
    seen = spots(cards)
    if not seen:
        return None
    others = other_sites(cards, seen, places)
    base = places.by_key.get(home)
    at = [
        projections.point(Projection.BOTH, latitude=one.latitude, longitude=one.longitude)
        for one in (*seen, *others)
    ]
    own = centres(places, Projection.BOTH).get(base.pk) if base else None
    frame = frames.of_spots(
        [*at, *([own] if own else [])], Projection.BOTH, width=SIZE[0], height=SIZE[1], least=LEAST
    )
    circles = [_circle(spot, *frame.at(xy)) for spot, xy in zip(seen, at, strict=False)]
    circles += [_site(spot, *frame.at(xy)) for spot, xy in zip(others, at[len(seen) :], strict=True)]
    if own and base:
        circles.append(Circle(*frame.at(own), 9, "home", places.label(base)))
    dots, sign = _centres(frame, places, own)
    return Picture(
        key="places-map",
        title=gettext("Map of the courses in this list"),
        extent=_extent(len(cards), total),
        description=_described(cards, seen),
        frame=frame,
        land=tuple(land().paths(frame).values()),
        circles=(*dots, *circles),
        names=_names(frame, seen, circles, _home(circles)),
        signs=(*_signs(circles), *([sign] if dots else [])),
        notes=_notes(others),
    )


def _circle(spot: Spot, x: int, y: int) -> Circle:
    kind = "free" if spot.free > 0 else "full"
    size = radius(max(spot.free, 0), unit=4.5, least=8)
    return Circle(x, y, size, kind, spot.label, spot.latitude, spot.longitude)


def _signs(circles: Sequence[Circle]) -> list[Sign]:
    """Of what is drawn."""
    told = {
        FREE_PLACES.kind: FREE_PLACES.label,
        "full": _("no free place"),
        "site": _("another site of a course"),
        "home": _("centre of your home municipality"),
    }
    drawn = {circle.kind for circle in circles} | {"free"}
    return [Sign(kind, label) for kind, label in told.items() if kind in drawn]


def _site(spot: Spot, x: int, y: int) -> Circle:
    courses = ngettext("%(n)s course", "%(n)s courses", spot.courses) % {"n": writing.number(spot.courses)}
    return Circle(x, y, 7, "site", f"{spot.place}: {courses}", spot.latitude, spot.longitude)


def _notes(others: Sequence[Spot]) -> tuple[str, ...]:
    outline = gettext("Outline: %(source)s.") % {"source": SOURCE}
    if not others:
        return (outline,)
    named = ", ".join(dict.fromkeys(one.place for one in others))
    return gettext("Courses of this list are also given here: %(places)s.") % {"places": named}, outline


def _centres(frame: Frame, places: Gazetteer, own: frames.Spot | None) -> tuple[list[Circle], Sign]:
    """The municipal centres in sight, large ones first, without the reader's own; and what the dots are."""
    at = centres(places, frame.projection)
    by_size = sorted((one for one in places.current if one.pk in at), key=lambda one: -(one.population or 0))
    seen = [xy for one in by_size if at[one.pk] != own and frame.has(*(xy := frame.at(at[one.pk])))]
    are = _("municipal centre") if len(seen) <= CENTRES else _("centre of a large municipality")
    return [Circle(x, y, 4, "centre", "") for x, y in seen[:CENTRES]], Sign("centre", are)


def _extent(shown: int, total: int) -> str:
    """How much of the results the map draws, as the first words of its legend."""
    if shown == total:
        return gettext("The map shows the courses of this page.")
    told = gettext("The map shows only the courses of this page, not all %(total)s.")
    return told % {"total": writing.number(total)}


def _described(cards: Sequence[Card], seen: Sequence[Spot]) -> str:
    on_map = sum(spot.courses for spot in seen)
    told = gettext("The list tells the same.")
    left = len(cards) - on_map
    if left:
        told += " " + ngettext(
            "%(n)s course of the list has no point on the map.",
            "%(n)s courses of the list have no point on the map.",
            left,
        ) % {"n": writing.number(left)}
    return told


def _home(circles: Sequence[Circle]) -> Circle | None:
    return next((circle for circle in circles if circle.kind == "home"), None)


def _names(
    frame: Frame, seen: Sequence[Spot], circles: Sequence[Circle], home: Circle | None
) -> tuple[Name, ...]:
    """The home municipality's name always, the places' as far as there is room, each once."""
    board = Board(frame, TEXT, circles)
    own: tuple[Name, ...] = ()
    wanted: dict[str, Wanted] = {}
    if home:
        ground = shapely.Point(home.x, home.y).buffer(home.r + TEXT)
        own = board.take([Wish(home.x, home.y, home.label, ground, home.r, "own")])
    room = Room(frame, TEXT, [*(one.box for one in circles), *board.boxes])
    for spot, circle in zip(seen, circles, strict=False):
        if spot.place and not (home and spot.place == home.label):
            wanted.setdefault(spot.place, Wanted(circle.x, circle.y, circle.r, spot.place))
    return own + room.take(list(wanted.values()))
