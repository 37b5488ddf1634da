"""R-PRIV-5, TESTPLAN P7: small numbers of persons are hidden, also from whoever subtracts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kopa.base.small_cells import HIDDEN, SMALL, Cell, Shown, shown, shown_together

pytestmark = pytest.mark.unit


def possible(table: Shown) -> Iterator[tuple[int, ...]]:
    """Every table that a reader can think of."""
    total = table.total.number
    assert total is not None
    choices = [
        [cell.number] if cell.number is not None else range(1, 5) if cell.is_small else range(5, total + 1)
        for cell in table.cells
    ]
    return (one for one in product(*choices) if sum(one) == total)


@settings(deadline=None, max_examples=300)
@given(st.lists(st.integers(0, 12), min_size=1, max_size=5))
def test_no_small_number_can_be_told(counts: Sequence[int]) -> None:
    """R-PRIV-5: whatever the numbers are, at least two stay possible for each that is hidden as small."""
    table = shown(counts)
    if table is None:
        return
    assert [cell is SMALL for cell in table.cells] == [0 < count < 5 for count in counts]
    assert all(cell.number in {None, count} for cell, count in zip(table.cells, counts, strict=True))
    thinkable = list(possible(table))
    assert tuple(counts) in thinkable
    for place, cell in enumerate(table.cells):
        if cell is SMALL:
            assert len({one[place] for one in thinkable}) > 1


@pytest.mark.parametrize(
    ("counts", "cells"),
    [
        ([], []),
        ([0, 0], ["0", "0"]),
        ([7, 12, 0], ["7", "12", "0"]),
        ([2, 12, 30], ["<5", "-", "30"]),
        ([2, 3, 30], ["<5", "<5", "30"]),
        ([1, 1, 12, 30], ["<5", "<5", "-", "30"]),
        ([4, 4, 12, 30], ["<5", "<5", "-", "30"]),
        ([1, 5, 30], ["<5", "-", "-"]),
    ],
)
def test_as_little_as_need_be_is_hidden(counts, cells):
    """R-PRIV-5"""
    table = shown(counts)
    said = [str(one.number or "0") if one not in {SMALL, HIDDEN} else "-" for one in table.cells]
    assert said == [one.replace("<5", "-") for one in cells]
    assert [one is SMALL for one in table.cells] == [one == "<5" for one in cells]
    assert table.total.number == sum(counts)


@pytest.mark.parametrize("counts", [[3], [1, 1], [1, 0, 5], [4, 4]])
def test_where_nothing_helps_nothing_is_shown(counts):
    """R-PRIV-5"""
    assert shown(counts) is None


def test_tables_of_the_same_persons_tell_nothing_of_one_another():
    """R-PRIV-5: a total that one table hides is not the sum of another one."""
    tables = {"state": [3, 0], "home": [0, 3]}
    hidden = {"state": Shown((HIDDEN, Cell(0)), HIDDEN), "home": Shown((Cell(0), HIDDEN), HIDDEN)}
    assert shown_together(tables) == hidden
    assert shown_together({"state": [20, 30], "home": [50]}) == {
        "state": Shown((Cell(20), Cell(30)), Cell(50)), "home": Shown((Cell(50),), Cell(50)),
    }  # fmt: skip
    assert shown_together({"state": [3], "home": [1, 2]})["home"].total == HIDDEN
