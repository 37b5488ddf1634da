"""Maps made ready for ``templates/maps/_picture.html``: paths, circles, names and the legend's words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

from django.utils.functional import Promise

from municipalities.maps.frames import Frame

Box = tuple[float, float, float, float]  # left, top, right, bottom

# Of a letter, as a part of its height: enough for the widest of Finnish and Swedish names.
LETTER: Final = 0.56


@dataclass(frozen=True, slots=True)
class Area:
    """One path. ``kind`` is the end of its class: ``k-map__own``."""

    path: str
    kind: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Circle:
    x: int
    y: int
    r: float
    kind: str
    label: str
    latitude: float = 0.0
    longitude: float = 0.0

    @property
    def box(self) -> Box:
        return self.x - self.r, self.y - self.r, self.x + self.r, self.y + self.r


@dataclass(frozen=True, slots=True)
class Plate:
    """The ground on which a sign stands out from everything below it."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Name:
    """A name beside its point. ``side`` is the end that stands at the point: start, end or middle."""

    x: int
    y: int
    side: str
    text: str
    kind: str = ""
    lead: str = ""  # the path of a line to what it names, where it stands off
    plate: Plate | None = None


@dataclass(frozen=True, slots=True)
class Sign:
    """A line of the legend."""

    kind: str
    label: str | Promise

    @property
    def is_round(self) -> bool:
        return self.kind in {"free", "full", "site", "centre", "home"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A map. All it tells is also told in words beside it."""

    key: str  # makes the ids of the page unique
    title: str
    description: str
    frame: Frame
    land: tuple[str, ...] = ()
    areas: tuple[Area, ...] = ()
    circles: tuple[Circle, ...] = ()
    names: tuple[Name, ...] = ()
    signs: tuple[Sign, ...] = ()
    notes: tuple[str | Promise, ...] = ()
    inset: Picture | None = None
    text: int = 26  # height of names, in units
    extent: str = ""  # how much it shows, where that is not all; before the legend
    seen: tuple[int, ...] = ()  # ids of municipalities that it shows beside those of its title


def radius(value: int, *, unit: float, least: float) -> float:
    """Of a circle whose area grows with the value: ``unit`` is the radius of one."""
    return round(max(unit * sqrt(value), least), 1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A name that may be written where there is room; earlier ones come first."""

    x: int
    y: int
    gap: float
    text: str
    kind: str = ""


class Room:
    """Where names have been written already."""

    def __init__(
        self, frame: Frame, text: int, taken: Iterable[Box] = (), signs: Iterable[Box] = ()
    ) -> None:
        self.frame, self.text = frame, text
        self.names = list(signs)  # what a point must not stand under
        self.taken = [*taken, *self.names]

    def take(self, wanted: Sequence[Wanted], *, centred: bool = False) -> tuple[Name, ...]:
        """The names that have room: on their point, or to the right of it, to its left, above or below."""
        return tuple(name for one in wanted if (name := self._written(one, centred=centred)))

    def _written(self, one: Wanted, *, centred: bool) -> Name | None:
        dot = (one.x - one.gap, one.y - one.gap, one.x + one.gap, one.y + one.gap)
        if not _is_apart(dot, self.names):
            return None
        long, half = len(one.text) * self.text * LETTER, self.text / 2
        gap = one.gap + self.text / 5
        beside = (
            ("start", one.x + gap, one.y, one.x + gap),
            ("end", one.x - gap, one.y, one.x - gap - long),
            ("middle", one.x, one.y - gap - half, one.x - long / 2),
            ("middle", one.x, one.y + gap + half, one.x - long / 2),
        )
        for side, x, y, left in (("middle", one.x, one.y, one.x - long / 2),) if centred else beside:
            box = (left, y - half, left + long, y + half)
            if self._is_free(box):
                self.names.append(box)
                self.taken += [box, dot]
                return Name(round(x), round(y + self.text * 0.34), side, one.text, one.kind)
        return None

    def _is_free(self, box: Box) -> bool:
        left, top, right, bottom = box
        inside = left >= 0 and top >= 0 and right <= self.frame.width and bottom <= self.frame.height
        return inside and _is_apart(box, self.taken)


def _is_apart(box: Box, others: Iterable[Box]) -> bool:
    left, top, right, bottom = box
    return all(
        right < other[0] or other[2] < left or bottom < other[1] or other[3] < top for other in others
    )
