from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from kopa.codes.models import ReferenceLoad
from offerings.homes import find_home
from tests.factories import municipality

pytestmark = [pytest.mark.django_db, pytest.mark.integration]


def merge(key, into):
    place = municipality(key)
    place.valid_to, place.successor = dt.date(2020, 12, 31), municipality(into)
    place.save(update_fields=["valid_to", "successor"])
    return place


def test_a_home_is_a_municipality_of_today():
    pello = municipality("FI-854")

    home = find_home("FI-854")

    assert (home.id, home.key, home.country, home.region_id) == (pello.pk, "FI-854", "FI", pello.region_id)
    assert (home.latitude, home.longitude) == (pello.latitude, pello.longitude)
    assert home.family == (pello.pk,)


def test_a_merged_municipality_is_its_successor_also_twice_merged():
    first, second = merge("FI-997", into="FI-998"), merge("FI-998", into="FI-854")
    pello = municipality("FI-854")

    for key in ("FI-997", "FI-998", "FI-854"):
        home = find_home(key)
        assert home.key == "FI-854"
        assert set(home.family) == {pello.pk, first.pk, second.pk}


def test_an_unknown_key_is_no_home():
    municipality("FI-854")

    assert find_home("FI-999") is None
    assert find_home("") is None


def test_one_statement_finds_a_home_while_the_municipalities_are_in_memory(django_assert_num_queries):
    municipality("FI-854")
    ReferenceLoad.objects.create(fingerprint="of the test", loaded_at=timezone.now())
    find_home("FI-854")

    with django_assert_num_queries(1):
        find_home("FI-854")
