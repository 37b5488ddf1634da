"""Counts of persons as they may be shown (R-PRIV-5): from one to four is "<5", and no sum gives it away.

Each table has one row of counts and their total. Whoever reads it knows the total, what is shown, that "<5"
is 1 to 4, and that another hidden number is at least 5; for each "<5" at least two numbers stay possible
(``tests/base/test_small_cells.py`` tries them all). A number that is shown as 0 is 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

LEAST: Final = 5  # the smallest number of persons that is shown
MOST_SMALL: Final = LEAST - 1


@dataclass(frozen=True, slots=True)
class Cell:
    """``number``: None where it is hidden; ``is_small``: it is known to be from one to four."""

    number: int | None
    is_small: bool = False


HIDDEN: Final = Cell(None)
SMALL: Final = Cell(None, is_small=True)


@dataclass(frozen=True, slots=True)
class Shown:
    """What may be shown of a table; ``total`` is hidden where it would tell what a cell must not."""

    cells: tuple[Cell, ...]
    total: Cell


def is_small(count: int) -> bool:
    return 0 < count < LEAST


def shown(counts: Sequence[int]) -> Shown | None:
    """The counts with their total: the small ones hidden, and as many others as keep them hidden.

    None where nothing but hiding everything would.
    """
    hidden = {place for place, count in enumerate(counts) if is_small(count)}
    others = sorted((count, place) for place, count in enumerate(counts) if count >= LEAST)
    small = len(hidden)
    while small and not _is_safe(small, hidden=len(hidden), rest=sum(counts[place] for place in hidden)):
        if not others:
            return None
        hidden.add(others.pop(0)[1])
    cells = tuple(
        Cell(count) if place not in hidden else SMALL if is_small(count) else HIDDEN
        for place, count in enumerate(counts)
    )
    return Shown(cells, Cell(sum(counts)))


def shown_together(tables: Mapping[str, Sequence[int]]) -> dict[str, Shown]:
    """Tables of the same persons. Where one cannot be shown with its total none is, or another would tell
    that total: then every number but zero is hidden.
    """
    found = {name: shown(counts) for name, counts in tables.items()}
    if None not in found.values():
        return {name: one for name, one in found.items() if one is not None}
    return {name: _nothing(counts) for name, counts in tables.items()}


def _nothing(counts: Sequence[int]) -> Shown:
    return Shown(tuple(HIDDEN if count else Cell(0) for count in counts), HIDDEN)


def _is_safe(small: int, *, hidden: int, rest: int) -> bool:
    """Each of the small ones may be one of two numbers, where all hidden ones together are ``rest``."""
    large = hidden - small
    most = min(MOST_SMALL, rest - (small - 1) - LEAST * large)
    least = 1 if large else max(1, rest - MOST_SMALL * (small - 1))
    return least < most
