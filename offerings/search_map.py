"""The map beside the results: where the courses of this page are given, and how many free places there are.

It tells nothing that the list does not tell, and asks the database for nothing more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from kopa.base import writing
from municipalities.cache import Gazetteer
from municipalities.maps import frames, projections
from municipalities.maps.atlas import land
from municipalities.maps.frames import Frame
from municipalities.maps.pictures import Circle, Name, Picture, Room, Sign, Wanted, radius
from municipalities.maps.projections import Projection
from municipalities.maps.reference import SOURCE
from offerings.presenting import Card

SIZE: Final = (560, 720)  # units: half a pixel each in the column beside the list
LEAST: Final = 160_000  # metres from side to side
TEXT: Final = 25


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


def picture(cards: Sequence[Card], *, places: Gazetteer, home: str) -> Picture | None:
    """None where nothing on the page has a point."""
    seen = spots(cards)
    if not seen:
        return None
    base = places.by_key.get(home)
    at = [projections.point(Projection.BOTH, latitude=one.latitude, longitude=one.longitude) for one in seen]
    own = None
    if base is not None and base.latitude is not None and base.longitude is not None:
        own = projections.point(Projection.BOTH, latitude=base.latitude, longitude=base.longitude)
    frame = frames.of_spots(
        [*at, *([own] if own else [])], Projection.BOTH, width=SIZE[0], height=SIZE[1], least=LEAST
    )
    circles = [_circle(spot, *frame.at(xy)) for spot, xy in zip(seen, at, strict=True)]
    signs = [Sign("free", _("free places; the larger the circle, the more"))]
    if any(circle.kind == "full" for circle in circles):
        signs.append(Sign("full", _("no free place")))
    if own and base:
        circles.append(Circle(*frame.at(own), 9, "home", places.label(base)))
        signs.append(Sign("home", _("centre of your home municipality")))
    return Picture(
        key="places-map",
        title=gettext("Map of the courses in this list"),
        description=_described(cards, seen),
        frame=frame,
        land=tuple(land().paths(frame).values()),
        circles=tuple(circles),
        names=_names(frame, seen, circles),
        signs=tuple(signs),
        notes=(gettext("Outline: %(source)s.") % {"source": SOURCE},),
    )


def _circle(spot: Spot, x: int, y: int) -> Circle:
    kind = "free" if spot.free > 0 else "full"
    size = radius(max(spot.free, 0), unit=4.5, least=8)
    return Circle(x, y, size, kind, spot.label, spot.latitude, spot.longitude)


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


def _names(frame: Frame, seen: Sequence[Spot], circles: Sequence[Circle]) -> tuple[Name, ...]:
    """The places' names as far as there is room, each once."""
    room = Room(frame, TEXT, [one.box for one in circles])
    wanted: dict[str, Wanted] = {}
    for spot, circle in zip(seen, circles, strict=False):
        if spot.place:
            wanted.setdefault(spot.place, Wanted(circle.x, circle.y, circle.r, spot.place))
    return room.take(list(wanted.values()))
