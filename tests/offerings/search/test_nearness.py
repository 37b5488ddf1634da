"""How near a typed word is to a written one; both without accents."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offerings.search.nearness import distance, mistakes_allowed, nearness

pytestmark = pytest.mark.unit

words = st.text("abc", min_size=0, max_size=7)


def slow_distance(one: str, other: str) -> int:
    """Said by recursion: leave out, add, change, swap with the next."""
    if not one or not other:
        return len(one) + len(other)
    found = [
        slow_distance(one[1:], other) + 1,
        slow_distance(one, other[1:]) + 1,
        slow_distance(one[1:], other[1:]) + (one[0] != other[0]),
    ]
    if len(one) > 1 and len(other) > 1 and one[:2] == other[1::-1]:
        found.append(slow_distance(one[2:], other[2:]) + 1)
    return min(found)


@given(words, words, st.integers(0, 3))
def test_distance_counts_mistakes_up_to_a_limit(one, other, limit):
    right = slow_distance(one, other)
    assert distance(one, other, limit) == (right if right <= limit else None)


@pytest.mark.parametrize(
    ("word", "mistakes"), [("abc", 0), ("abcd", 1), ("abcdefg", 1), ("abcdefgh", 2), ("a" * 64, 2)]
)
def test_longer_words_may_hold_more_mistakes(word, mistakes):
    assert mistakes_allowed(word) == mistakes


@pytest.mark.parametrize(
    ("typed", "written", "cost"),
    [
        ("lahihoitja", "lahihoitaja", 3),
        ("lahihoiatja", "lahihoitaja", 3),
        ("lahhihoittaja", "lahihoitaja", 6),
        ("lahihoitajaksi", "lahihoitaja", 4),
        ("hitsajaksi", "hitsaaja", 7),
        ("hitsuksen", "hitsaus", 7),
        ("underskoteska", "underskoterska", 3),
        ("skoterskkorna", "skoterska", 7),
        ("kokik", "kokki", 3),
        ("kampaja", "kampaaja", 3),
        ("kampaja", "kampa", 4),
        ("lahihoitaja", "lahihoitaja", 0),
        ("kokki", "kukko", None),
        ("opo", "ope", None),
        ("xahihoitxja", "lahihoitaja", None),  # two mistakes, one of them the first letter
        ("ahihoitaja", "lahihoitaja", 3),
        ("", "kokki", None),
    ],
)
def test_a_mistake_costs_three_and_an_ending_four(typed, written, cost):
    assert nearness(typed, written) == cost
