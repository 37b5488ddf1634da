"""A line through the years."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.utils.safestring import SafeString

from kopa.base.charts import drawing
from kopa.base.charts.drawing import NARROW, WIDE, Chart
from kopa.base.charts.scales import Scale, marks_between, text_width, ticks
from kopa.base.writing import number

TOP: Final = 30
BOTTOM: Final = 30
RIGHT: Final = 16
GAP: Final = 10
HEIGHTS: Final = {WIDE: 260, NARROW: 230}
STEPS_UP: Final = 5
YEAR: Final = 44  # the pixels that a year takes on the axis, with air around it


def line_chart(name: str, points: Sequence[tuple[int, int]], *, title: str, description: str) -> Chart:
    """Counts by year, in order of years, from nothing upwards. The first and last are written at the line."""
    return Chart(*(_draw(name, points, width, title, description) for width in (WIDE, NARROW)))


def _draw(
    name: str, points: Sequence[tuple[int, int]], width: int, title: str, description: str
) -> SafeString:
    height = HEIGHTS[width]
    levels = ticks(max((count for _year, count in points), default=0), most=STEPS_UP)
    left = max(text_width(number(level)) for level in levels) + GAP
    up = Scale(0, levels[-1], height - BOTTOM, TOP)
    parts = []
    for level in levels:
        parts.append(drawing.grid_line(left, up(level), width - RIGHT, up(level)))
        parts.append(drawing.text(left - GAP, up(level) + 4, number(level), anchor="end"))
    if points:
        along = Scale(points[0][0], points[-1][0], left + GAP, width - RIGHT - GAP)
        parts += _years(points, along, height)
        parts += _line([(along(year), up(count), year, count) for year, count in points])
    return drawing.svg(
        name, width=width, height=height, title=title, description=description, parts=parts
    )


def _years(points: Sequence[tuple[int, int]], along: Scale, height: int) -> list[SafeString]:
    first, last = points[0][0], points[-1][0]
    most = max(int((along.end - along.start) // YEAR), 1)
    return [
        drawing.text(along(year), height - 8, str(year), anchor="middle")
        for year in marks_between(first, last, most=most)
    ]


def _line(placed: list[tuple[float, float, int, int]]) -> list[SafeString]:
    """The line, a dot for each year, and the first and last counts where the line does not cross them."""
    parts = [drawing.path((x, y) for x, y, _year, _count in placed)]
    parts += [drawing.dot(x, y, f"{year}: {number(count)}") for x, y, year, count in placed]
    ends = [(placed[0], "start"), (placed[-1], "end")] if len(placed) > 1 else [(placed[0], "middle")]
    for (x, _y, _year, count), anchor in ends:
        reach = text_width(number(count)) + GAP
        highest = min(y for at, y, *_rest in placed if abs(at - x) <= reach)
        parts.append(drawing.text(x, highest - GAP, number(count), anchor=anchor, kind="label"))
    return parts
