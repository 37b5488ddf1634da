"""How many there are of each age: a population pyramid with one side, for data that does not tell sexes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from django.utils.safestring import SafeString

from kopa.base.charts import drawing
from kopa.base.charts.drawing import NARROW, WIDE, Chart
from kopa.base.charts.scales import Scale, text_width, ticks
from kopa.base.writing import number

TOP: Final = 12
BOTTOM: Final = 30
LEFT: Final = 44
GAP: Final = 8
PITCH: Final = 4  # pixels from one age to the next; one of them is left empty
EVERY: Final = 10  # ages that are written
STEPS_ALONG: Final = {WIDE: 6, NARROW: 3}


def profile_chart(
    name: str, counts: Sequence[int], *, title: str, description: str, age: Callable[[int], str]
) -> Chart:
    """A bar for each age from nothing at the bottom; ``age`` names one as the reader says it."""
    def drawn(width: int) -> SafeString:
        height, parts = _parts(counts, width, age)
        return drawing.svg(
            name, width=width, height=height, title=title, description=description, parts=parts
        )

    return Chart(drawn(WIDE), drawn(NARROW))


def _parts(
    counts: Sequence[int], width: int, age: Callable[[int], str]
) -> tuple[float, list[SafeString]]:
    """How high the drawing is, and what is in it."""
    most = max(counts, default=0)
    peak = f"{age(counts.index(most))}: {number(most)}" if most else ""
    levels = ticks(most, most=STEPS_ALONG[width])
    bottom = TOP + PITCH * len(counts)
    right = width - max(text_width(peak) + GAP, text_width(number(levels[-1])) / 2)
    along = Scale(0, levels[-1], LEFT, right)
    parts = []
    for level in levels:
        parts.append(drawing.grid_line(along(level), TOP, along(level), bottom))
        parts.append(drawing.text(along(level), bottom + 20, number(level), anchor="middle"))
    for at, count in enumerate(counts):
        y = bottom - PITCH * (at + 1)
        parts.append(drawing.bar(LEFT, y, along(count) - LEFT, PITCH - 1, f"{age(at)}: {number(count)}"))
        if at % EVERY == 0:
            written = f"{at}+" if at == len(counts) - 1 else str(at)
            parts.append(drawing.text(LEFT - GAP, y + 6, written, anchor="end"))
    if peak:
        y = bottom - PITCH * counts.index(most) + 2
        parts.append(drawing.text(along(most) + GAP, y, peak, kind="label"))
    return bottom + BOTTOM, parts
