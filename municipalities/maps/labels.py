"""Signs that must be on a map: over no circle, no line and no other sign, each as near as it can to what it
names, with a line to it where it stands off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from municipalities.maps.frames import Frame
from municipalities.maps.pictures import LETTER, Box, Circle, Name, Plate

# A sign tries its own place, then so many steps around it at growing distances; in heights of its text.
STEPS: Final = 24
DISTANCES: Final = (0.15, 0.5, 0.9, 1.4, 2.0, 2.8, 3.8, 5.0, 6.5, 8.5, 11.0)
# A sign stands on its ground without a line when it does so with more than its edge: this part of its height.
INSIDE: Final = 0.2
# What a place costs, in units of distance from what it names.
COVERED: Final = 10_000.0  # over a circle, a line or another sign, or out of the picture
CROSSED: Final = 400.0  # its line crosses another sign or line
HIDDEN: Final = 80.0  # it hides all of its ground; a part of it costs that part
UNCLEAR: Final = 60.0  # it stands on what another sign names
OVER_CIRCLE: Final = 60.0  # its line passes under a circle that it does not name

Candidates = NDArray[np.float64]
TURNS: Final = np.linspace(0, 2 * np.pi, STEPS, endpoint=False)
WAY: Final = np.column_stack([np.cos(TURNS), np.sin(TURNS)])


@dataclass(frozen=True, slots=True)
class Wish:
    """A sign, the point that it names, and the ground on which it needs no line to the point."""

    x: float
    y: float
    text: str
    ground: BaseGeometry  # in units
    gap: float = 0  # units around the point that stay free
    kind: str = ""
    has_plate: bool = False


class Board:
    """What is on a picture so far."""

    def __init__(
        self, frame: Frame, text: int, circles: Sequence[Circle] = (), taken: Sequence[Box] = ()
    ) -> None:
        self.frame, self.text = frame, text
        self.circles = [shapely.Point(one.x, one.y).buffer(one.r + 1.5, quad_segs=6) for one in circles]
        self.signs: list[BaseGeometry] = [shapely.box(*box) for box in taken]

    @property
    def boxes(self) -> list[Box]:
        """Around each sign and each line."""
        return [one.bounds for one in self.signs if not one.is_empty]

    def take(self, wishes: Sequence[Wish]) -> tuple[Name, ...]:
        """Every sign, in the order given: where there is no free place, at the nearest one."""
        grounds = np.array([wish.ground for wish in wishes], dtype=object)
        return tuple(self._written(wish, _apart(grounds, wish.ground)) for wish in wishes)

    def _written(self, wish: Wish, others: Any) -> Name:
        half = np.array([len(wish.text) * self.text * LETTER, self.text]) / 2
        if wish.has_plate:
            half += (self.text * 0.22, self.text * 0.06)
        middles = self._candidates(wish, half)
        boxes: Any = shapely.box(*(middles - half).T, *(middles + half).T)
        point = shapely.Point(wish.x, wish.y)
        lines: Any = shapely.shortest_line(shapely.points(middles), point)
        best = int(np.argmin(self._costs(wish, boxes, lines, others)))
        near = shapely.shortest_line(boxes[best].buffer(-self.text * INSIDE), point)
        stands_off = not shapely.intersects(wish.ground, shapely.get_point(near, 0))
        lead = shapely.difference(lines[best], boxes[best]) if stands_off else shapely.LineString()
        self.signs += [boxes[best].buffer(1), lead.buffer(1.5)]
        return self._name(wish, middles[best], half, shapely.get_coordinates(lead))

    def _candidates(self, wish: Wish, half: Candidates) -> Candidates:
        """The middles of the sign: on its point, then around it."""
        around = [WAY * (half + wish.gap + self.text * distance) for distance in DISTANCES]
        found: Candidates = np.array([wish.x, wish.y]) + np.concatenate([np.zeros((1, 2)), *around])
        return found

    def _costs(self, wish: Wish, boxes: Any, lines: Any, others: Any) -> Candidates:
        point = shapely.Point(wish.x, wish.y)
        strange = [one for one in self.circles if not one.contains(point)]
        covered = _meets(boxes, self.signs) | _meets(boxes, self.circles)
        covered |= ~shapely.within(boxes, shapely.box(0, 0, self.frame.width, self.frame.height))
        hidden = shapely.area(shapely.intersection(boxes, wish.ground)) / max(wish.ground.area, 1)
        costs: Candidates = (
            shapely.distance(boxes, point)
            + COVERED * covered
            + CROSSED * _meets(lines, self.signs)
            + OVER_CIRCLE * _meets(lines, strange)
            + UNCLEAR * _meets(boxes, others)
            + HIDDEN * hidden
        )
        return costs

    def _name(self, wish: Wish, middle: Candidates, half: Candidates, lead: Candidates) -> Name:
        (left, top), (right, _bottom) = middle - half, middle + half
        path = "M" * bool(len(lead)) + "L".join(f"{round(x)} {round(y)}" for x, y in lead)
        side, x = "middle", middle[0]
        plate = None
        if wish.has_plate:
            plate = Plate(round(left), round(top), round(right - left), round(2 * half[1]))
        elif left > wish.x:  # names are narrower than their box: they begin or end at their point
            side, x = "start", left
        elif right < wish.x:
            side, x = "end", right
        return Name(round(x), round(middle[1] + self.text * 0.34), side, wish.text, wish.kind, path, plate)


def _apart(grounds: Any, own: BaseGeometry) -> Any:
    """The grounds that have nothing in common with one of them: what two signs share is of both."""
    return grounds[shapely.area(shapely.intersection(grounds, own)) < 1]


def _meets(shapes: Any, others: Any) -> NDArray[np.bool_]:
    """Which of the shapes touch one of the others."""
    found = np.zeros(len(shapes), dtype=bool)
    found[shapely.STRtree(others).query(shapes, predicate="intersects")[0]] = True
    return found
