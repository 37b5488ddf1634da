"""Who gets which place, on plain values."""

from __future__ import annotations

import pytest

from applications.allotting import Candidate, Place, Source, allot
from offerings.models import Precedence

pytestmark = pytest.mark.unit
HOMES = {"a": 1, "b": 2, "c": 3}


def run(rank: str, *, free: dict[str, int], first: str = Precedence.RESERVED_FIRST) -> dict[str, str]:
    """Who is admitted to which source, in order. ``rank`` is "a1 c1": a home's letter, a number."""
    names = rank.split()
    letters = list(free)
    sources = [
        Source(number, seats, frozenset({HOMES[letter.lower()]}) if letter != "open" else frozenset())
        for number, (letter, seats) in enumerate(free.items())
    ]
    queue = [Candidate(number, HOMES[name[0]]) for number, name in enumerate(names)]
    return {names[p.application]: letters[p.counter] for p in allot(sources, queue, first)}


def test_reserved_first_admits_in_this_order() -> None:
    """R-CAP-7: the worked example, capacity 4, reserved A2 C1, open 1."""
    free = {"open": 1, "A": 2, "C": 1}

    assert run("a1 c1 c2 a2 a3", free=free) == {"a1": "A", "c1": "C", "c2": "open", "a2": "A"}


def test_open_first_admits_others() -> None:
    """R-CAP-7: the same with open places first."""
    free = {"open": 1, "A": 2, "C": 1}

    assert run("a1 c1 c2 a2 a3", free=free, first=Precedence.OPEN_FIRST) == {
        "a1": "open", "c1": "C", "a2": "A", "a3": "A",
    }  # fmt: skip


def test_a_reserved_place_stays_empty_until_its_release() -> None:
    """R-CAP-12: A2 B2 C1, open 1; one B place stays empty, at the release c2 gets it and a4 waits."""
    rank = "a1 a2 a3 b1 c1 c2 a4"

    first = run(rank, free={"open": 1, "A": 2, "B": 2, "C": 1})

    assert first == {"a1": "A", "a2": "A", "a3": "open", "b1": "B", "c1": "C"}
    assert run("c2 a4", free={"open": 1}) == {"c2": "open"}


def test_a_reserved_place_goes_to_its_municipality_only() -> None:
    """R-CAP-3"""
    assert run("b1 a1", free={"A": 1}) == {"a1": "A"}


def test_residents_of_a_merged_municipality_count_as_the_new_ones() -> None:
    """R-HOME-8: places reserved for a municipality serve all that it consists of."""
    places = allot([Source(7, 1, frozenset({1, 2}))], [Candidate(5, 2)], Precedence.RESERVED_FIRST)

    assert list(places) == [Place(5, 7)]


def test_nobody_is_asked_when_nothing_is_free() -> None:
    def queue():
        raise AssertionError("the queue was read")
        yield

    assert list(allot([Source(1, 0)], queue(), Precedence.RESERVED_FIRST)) == []


def test_the_queue_is_read_no_further_than_there_are_places() -> None:
    read: list[int] = []

    def queue():
        for number in range(100):
            read.append(number)
            yield Candidate(number, 1)

    assert len(list(allot([Source(1, 3)], queue(), Precedence.RESERVED_FIRST))) == 3
    assert read == [0, 1, 2]
