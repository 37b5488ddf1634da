"""From data to places on the drawing: round numbers on an axis, and how wide a text is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

# Of the page's font at 13 pixels; digits and the widest of ordinary letters are below this.
CHARACTER: Final = 7.2
STEPS: Final = (1, 2, 5, 10)


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight line from values to pixels. A span of nothing lies in the middle."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        if self.high == self.low:
            return (self.start + self.end) / 2
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def ticks(highest: int, *, most: int) -> list[int]:
    """Round whole numbers from nothing to the first at or above ``highest``, at most ``most`` steps."""
    step = _round_step(max(highest, 1) / most)
    return [step * at for at in range(math.ceil(max(highest, 1) / step) + 1)]


def marks_between(first: int, last: int, *, most: int) -> list[int]:
    """The round numbers from ``first`` to ``last``, at most ``most`` steps; the last where none is."""
    step = _round_step(max(last - first, 1) / most)
    return list(range(math.ceil(first / step) * step, last + 1, step)) or [last]


def text_width(text: str) -> float:
    """About how many pixels a text of 13 pixels takes; never less than it does."""
    return len(text) * CHARACTER


def _round_step(least: float) -> int:
    """The smallest of 1, 2, 5, 10, 20, 50 … that is at least ``least``."""
    power = 10 ** max(math.floor(math.log10(least)), 0) if least > 1 else 1
    return int(next(step * power for step in STEPS if step * power >= least))
