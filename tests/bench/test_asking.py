"""Requests: the same for the same seed, and such that most find something."""

from __future__ import annotations

from random import Random

import pytest
from django.utils import timezone

from bench import asking
from offerings.models import Offering

pytestmark = pytest.mark.integration


@pytest.fixture
def given(catalogue):
    return asking.sample(Offering.objects.in_search(timezone.now()), seed=1)


@pytest.mark.parametrize("kind", asking.CLASSES)
def test_the_same_seed_makes_the_same_requests(given, kind):
    again = asking.sample(Offering.objects.in_search(timezone.now()), seed=1)

    assert asking.requests(kind, 8, given, seed=1) == asking.requests(kind, 8, again, seed=1)
    assert asking.requests(kind, 8, given, seed=1) != asking.requests(kind, 8, given, seed=2)


def names(given, kind: str) -> list[set[str]]:
    return [{name for name, _ in one.parameters} for one in asking.requests(kind, 30, given, seed=1)]


def test_each_class_asks_what_it_says(given):
    facets = set(asking.FACETS)
    assert all({"home", "sort"} <= one and not one & facets for one in names(given, "landing"))
    assert all(2 <= len(one & facets) <= 3 for one in names(given, "filters"))
    assert all("within_km" in one for one in names(given, "near"))
    assert all("q" in one and not one & facets for one in names(given, "text1"))
    assert all("q" in one and 1 <= len(one & facets) <= 2 for one in names(given, "text2f"))
    deep = asking.requests("deep", 5, given, seed=1)
    assert {dict(one.parameters)["page"] for one in deep} == {str(min(given.pages, asking.DEEP))}


def test_words_are_cut_or_mistyped(given):
    titles = " ".join(f"{one.title_fi} {one.title_sv}" for one in given.offerings)

    assert all(3 <= len(one.words) <= 6 for one in asking.requests("prefix", 20, given, seed=1))
    wrong = [one.words for one in asking.requests("typo", 40, given, seed=1)]
    assert sum(word not in titles for word in wrong) > 25


@pytest.mark.unit
def test_a_mistyped_word_is_one_letter_away_and_begins_right():
    random = Random(1)
    made = {asking.mistyped("hitsaus", random) for _ in range(60)}

    assert len(made) > 8
    assert all(word.startswith("h") and 6 <= len(word) <= 7 for word in made)
    assert asking.mistyped("työ", random) == "tyo"
