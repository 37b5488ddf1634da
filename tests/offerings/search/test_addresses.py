"""The canonical address of a search, and that reading it again gives the same search."""

import datetime as dt
from dataclasses import replace

import pytest
from django.http import QueryDict

from kopa.codes.models import FieldOfEducation
from offerings.filters import OfferingFilter
from offerings.search.addresses import parameters, query_string, without
from offerings.search.query import Payer, SearchQuery, Sort, Window
from tests.factories import OfferingFactory, code, municipality

WHOLE = SearchQuery(
    q="hitsaaja & kokki",
    home="FI-854",
    free=True,
    open=Window.SOON,
    for_me=True,
    reachable=True,
    within_km=0,
    form=frozenset({"vocational", "komvux"}),
    field=frozenset({"071", "09"}),
    mode=frozenset({"contact"}),
    language=frozenset({"fi"}),
    municipality=frozenset({"FI-851"}),
    region=frozenset({"FI-R19"}),
    payer=frozenset({Payer.STATE, Payer.LEARNER_FEE}),
    starts_after=dt.date(2027, 1, 31),
    sort=Sort.PLACES,
    page=3,
)


@pytest.mark.django_db
def test_address_read_again_is_the_same_search():
    offerings = [OfferingFactory(), OfferingFactory(form="komvux")]
    code(FieldOfEducation, "09")
    municipality("FI-854")
    query = replace(WHOLE, provider=frozenset(offering.provider_id for offering in offerings))

    reading = OfferingFilter(QueryDict(query_string(query).removeprefix("?")))

    assert reading.refused == ()
    assert reading.query == query


def test_names_and_values_stand_in_order_and_nothing_is_empty():
    assert parameters(WHOLE) == [
        ("field", "071"), ("field", "09"), ("for_me", "1"), ("form", "komvux"), ("form", "vocational"),
        ("free", "1"), ("home", "FI-854"), ("language", "fi"), ("mode", "contact"),
        ("municipality", "FI-851"), ("open", "soon"), ("page", "3"), ("payer", "learner_fee"),
        ("payer", "state"), ("q", "hitsaaja & kokki"), ("reachable", "1"), ("region", "FI-R19"),
        ("sort", "places"), ("starts_after", "2027-01-31"), ("within_km", "0"),
    ]  # fmt: skip
    assert parameters(SearchQuery(page_size=50)) == []
    assert query_string(SearchQuery()) == ""


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (SearchQuery(sort=Sort.DEADLINE), ""),
        (SearchQuery(sort=Sort.DISTANCE, home="FI-854"), "?home=FI-854"),
        (SearchQuery(sort=Sort.RELEVANCE, q="kokki"), "?q=kokki"),
        (SearchQuery(sort=Sort.DEADLINE, home="FI-854"), "?home=FI-854&sort=deadline"),
    ],
)
def test_order_that_comes_by_itself_is_not_written(query, expected):
    assert query_string(query) == expected


def test_change_goes_back_to_the_first_page():
    assert query_string(SearchQuery(page=4), free=True) == "?free=1"
    assert query_string(SearchQuery(page=4), page=2) == "?page=2"
    assert without(SearchQuery(page=4, free=True), "free") == SearchQuery()


def test_one_value_or_the_whole_filter_is_taken_away():
    query = SearchQuery(mode=frozenset({"contact", "distance"}), within_km=50)

    assert without(query, "mode", "contact") == SearchQuery(mode=frozenset({"distance"}), within_km=50)
    assert without(query, "mode") == SearchQuery(within_km=50)
    assert without(query, "within_km", 50) == SearchQuery(mode=frozenset({"contact", "distance"}))
