"""The yardstick answers as KOPA does, for every class of requests and for filters that none of them has."""

from __future__ import annotations

from random import Random

import pytest
from django.db import connection, transaction
from django.utils import timezone

from bench import answers
from bench.asking import CLASSES, Request, requests, sample
from bench.search import addresses
from bench.servers import KOPA, YARDSTICK
from bench.yardstick import app, keys, schema
from bench.yardstick.counting import Tables
from offerings.models import Offering
from tests.conftest import TUESDAY

pytestmark = pytest.mark.integration
SORTS = ("distance", "deadline", "start", "places")
PAYERS = ("own_municipality", "state", "no_agreement", "home_decides", "depends", "learner_fee")


@pytest.fixture(scope="module")
def yardstick(generated, django_db_blocker):
    """Its tables, as of the tests' clock; PostgreSQL's runs on."""
    at = f"'{TUESDAY.isoformat()}'::timestamptz"
    with django_db_blocker.unblock(), transaction.atomic(), connection.cursor() as cursor:
        for statement in schema.statements():
            cursor.execute(statement.replace("now()", at))
        yield
        transaction.set_rollback(True)


@pytest.fixture
def ask(yardstick, catalogue, client):
    """What KOPA and the yardstick answer to a request."""
    with connection.cursor() as cursor:
        cursor.execute(f"set local search_path = {app.SCHEMA}, public")
    bare = connection.connection
    bare.adapters.register_loader(app.INT8_ARRAY, app.KeysLoader)
    tables = Tables(app.load_lists(bare))

    def both(request: Request) -> tuple[answers.Answer, answers.Answer]:
        paths = addresses(request).paths
        answer = client.get(paths[KOPA.name])
        assert answer.status_code == 200, (request.query, answer.content)
        query = paths[YARDSTICK.name].partition("?")[2]
        theirs = app.answer(bare, tables, query, now=timezone.now())
        return answers.of_kopa(answer.content), answers.of_yardstick(theirs)

    return both


def found():
    return Offering.objects.in_search(timezone.now())


@pytest.mark.parametrize("kind", CLASSES)
def test_a_class_of_requests_is_answered_alike_and_finds_something(ask, kind):
    hits = 0
    for request in requests(kind, 12, sample(found(), seed=3), seed=3):
        mine, theirs = ask(request)
        assert mine.differences(theirs) == [], request.query
        hits += mine.total > 0

    assert hits >= 6


@pytest.mark.parametrize("payer", PAYERS)
def test_who_pays_is_answered_alike(ask, payer):
    homes = ["", "FI-091", "SE-0180", "FI-854"]
    totals = []
    for home in homes:
        given = [("payer", payer), ("form", "vocational"), ("form", "komvux"), ("form", "liberal_adult")]
        given += [("facets", "1"), ("page_size", "20"), *([("home", home)] if home else [])]
        mine, theirs = ask(Request("payer", tuple(given)))
        assert mine.differences(theirs) == [], (payer, home)
        totals.append(mine.total)

    assert any(totals)


@pytest.mark.parametrize("sort", SORTS)
def test_every_order_is_the_same_to_the_last_page(ask, sort):
    pages = -(-found().count() // 50)
    ids = []
    for page in range(1, pages + 1):
        given = {"home": "FI-240", "sort": sort, "page": str(page), "page_size": "50", "facets": "1"}
        mine, theirs = ask(Request("order", tuple(given.items())))
        assert mine.differences(theirs) == []
        ids += mine.ids

    assert sorted(ids) == sorted(found().values_list("pk", flat=True))


def test_all_filters_at_once_are_answered_alike(ask):
    random = Random(11)
    given = sample(found(), seed=4)
    for _ in range(15):
        parts = [
            one
            for kind in ("near", "filters", "text1")
            for one in requests(kind, 1, given, seed=random.random())[0].parameters
        ]
        merged = {name: value for name, value in parts if name != "sort"}
        mine, theirs = ask(Request("all", tuple(merged.items())))
        assert mine.differences(theirs) == [], merged


def test_reserved_places_count_for_residents_alone(ask):
    """Else the two would agree because nothing is reserved."""
    free = {
        home: ask(Request("home", (("home", home), ("facets", "1"))))[0].free_places
        for home in ("FI-091", "FI-049", "SE-0180", "SE-0184")
    }

    assert len(set(free.values())) > 1


@pytest.mark.parametrize("query", ["home=FI-000", "page=x", "within_km=near&home=FI-091"])
def test_the_yardstick_refuses_nonsense(ask, query):
    with pytest.raises((KeyError, ValueError)):
        app.answer(connection.connection, Tables(app.load_lists(connection.connection)), query)


@pytest.mark.unit
def test_the_parts_of_a_key_lie_beside_each_other():
    taken = 0
    for part in keys.PARTS.values():
        assert taken & (part.mask << part.shift) == 0
        taken |= part.mask << part.shift

    assert taken < 1 << 62


@pytest.mark.unit
def test_differences_are_told_in_words():
    none = {name: {} for name in answers.FACETS}
    one = answers.Answer((1, 2), 2, 5, none | {"form": {"a": 2}}, ((1, 1),))
    other = answers.Answer((2, 1), 2, 6, none | {"form": {"b": 2}}, ((1, 1),))

    assert one.differences(one) == []
    assert one.differences(other) == [
        "free_places: 5 and 6",
        "ids: (1, 2) and (2, 1)",
        "facet form: a 2 and None, b None and 2",
    ]
