"""The plain version asks the same: where no words are read, it finds as many as KOPA."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from bench.asking import requests, sample
from offerings.models import Offering
from offerings.search.engine import search
from offerings.search.query import SearchQuery

pytestmark = pytest.mark.integration
SETS = ("form", "field", "mode", "language", "region")


@pytest.fixture
def plain(catalogue, client, settings):
    settings.ROOT_URLCONF = "bench.plain.urls"

    def ask(query: str) -> dict:
        answer = client.get(f"/offerings/?{query}")
        assert answer.status_code == 200, answer.content
        return answer.json()

    return ask


def as_query(parameters) -> SearchQuery:
    given = {name: frozenset(value for key, value in parameters if key == name) for name in SETS}
    one = dict(parameters)
    km = int(one["within_km"]) if "within_km" in one else None
    return SearchQuery(home=one.get("home", ""), within_km=km, page_size=20, **given)


@pytest.mark.parametrize("kind", ["landing", "filters", "near"])
def test_it_finds_as_many_with_as_many_free_places(plain, kind):
    given = sample(Offering.objects.in_search(timezone.now()), seed=2)
    for request in requests(kind, 6, given, seed=2):
        theirs = plain(request.query)
        mine = search(as_query(request.parameters), now=timezone.now())
        assert (theirs["count"], theirs["free_places"] or 0) == (mine.total, mine.free_places), request.query
        shown = [row["free"] for row in theirs["results"]]
        assert len(shown) == min(20, mine.total)
        assert shown == sorted(shown, key=lambda free: free <= 0)
        for facet in ("form", "mode", "language", "region"):
            counted = {one.value: one.count for one in mine.facets[facet] if one.count}
            assert theirs["facets"][facet] == counted, (facet, request.query)


def test_it_finds_words_as_they_are_written_alone(plain):
    assert plain("q=täydennyskoulutus")["count"] > 0
    assert plain("q=täydennyskoulutuksen")["count"] == 0


@pytest.mark.unit
def test_its_settings_are_kopa_s_own_but_for_addresses_and_middleware():
    from bench.plain import settings as plain_settings  # noqa: PLC0415
    from kopa import settings as own  # noqa: PLC0415

    assert plain_settings.ROOT_URLCONF == "bench.plain.urls"
    assert plain_settings.INSTALLED_APPS == own.INSTALLED_APPS
    assert plain_settings.DATABASES == own.DATABASES
    assert len(plain_settings.MIDDLEWARE) < len(own.MIDDLEWARE)


def test_an_empty_page_answers_for_the_start(settings):
    settings.ROOT_URLCONF = "bench.plain.urls"

    assert Client().get("/empty").content == b"{}"
