"""The search against an oracle that shares no code with it, over random catalogues and random queries."""

from __future__ import annotations

import datetime as dt
import random

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from offerings.search import projection
from offerings.search.engine import search
from offerings.search.query import SearchQuery, SearchResult
from tests.offerings.search import catalogue
from tests.offerings.search.catalogue import Setting
from tests.offerings.search.oracle import Answer, Oracle, World

pytestmark = [pytest.mark.django_db, pytest.mark.integration]

QUERIES = 6
# The nights when summer time ends or begins, midnight of either clock, New Year, a leap day, a plain second.
INSTANTS = [
    "2026-10-24T21:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T22:00:00.000001Z",
    "2027-03-27T22:30:00Z", "2027-03-28T01:00:00Z", "2026-12-31T21:59:59.999999Z", "2026-12-31T22:30:00Z",
    "2028-02-29T12:00:00.5Z", "2026-11-24T08:00:00Z",
]  # fmt: skip

examples = given(
    seed=st.integers(0, 2**32),
    count=st.integers(0, 30),
    instant=st.sampled_from([dt.datetime.fromisoformat(text) for text in INSTANTS]),
)


@pytest.fixture
def setting(db: None) -> Setting:
    return catalogue.set_up()


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@examples
def test_random_searches_are_answered_as_the_oracle_says(
    setting: Setting, seed: int, count: int, instant: dt.datetime
) -> None:
    compare(setting, seed, count, instant)


@pytest.mark.nightly
@settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck))
@examples
def test_thousands_of_random_searches_are_answered_as_the_oracle_says(
    setting: Setting, seed: int, count: int, instant: dt.datetime
) -> None:
    compare(setting, seed, count, instant)


def compare(setting: Setting, seed: int, count: int, instant: dt.datetime) -> None:
    """One catalogue, several queries; the database is as before afterwards."""
    dice = random.Random(seed)
    with transaction.atomic():
        stored = catalogue.store(setting, catalogue.courses(setting, dice, instant, count))
        projection.refresh([course.id for course in stored])
        world = catalogue.world(setting, stored)
        for _ in range(QUERIES):
            is_aimed = stored and dice.random() < 0.3
            query = (
                catalogue.aimed(setting, dice, stored)
                if is_aimed
                else catalogue.query(setting, dice, instant)
            )
            assert said(search(query, now=instant)) == expected(world, query, instant), query
        assert projection.compare(now=instant) == []
        transaction.set_rollback(True)


def said(result: SearchResult) -> Answer:
    return Answer(
        total=result.total,
        free_places=result.free_places,
        ids=[hit.offering.pk for hit in result.hits],
        facets={
            name: {value.value: value.count for value in values} for name, values in result.facets.items()
        },
        free={hit.offering.pk: hit.free for hit in result.hits},
        distances={hit.offering.pk: rounded(hit.distance_km) for hit in result.hits},
        payers={hit.offering.pk: set(map(str, hit.payers)) for hit in result.hits},
        for_home={hit.offering.pk: hit.open_to_home for hit in result.hits},
        loosenings={way.drop: way.total for way in result.loosenings},
    )


def expected(world: World, query: SearchQuery, now: dt.datetime) -> Answer:
    answer = Oracle(world, query, now).answer()
    answer.distances = {key: rounded(km) for key, km in answer.distances.items()}
    return answer


def rounded(km: float | None) -> float | None:
    return None if km is None else round(km, 6)
