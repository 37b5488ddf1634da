"""Free places as a resident of a municipality sees them (R-CAP-11)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from municipalities.models import Municipality
from offerings.homes import find_home
from offerings.models import Offering
from offerings.places import places
from offerings.search.engine import find, matching
from offerings.search.query import Reserved, SearchQuery
from tests.factories import OfferingFactory, in_days, municipality

pytestmark = [pytest.mark.django_db, pytest.mark.integration]


def seen(offering, key="", now=None):
    loaded = Offering.objects.for_list().get(pk=offering.pk)
    return places(loaded, home=find_home(key) if key else None, now=now or timezone.now())


@pytest.fixture
def offering():
    """20 places: 15 open with 4 given, 3 for Pello with 1 given, 2 for Tornio, all given."""
    return OfferingFactory(
        quotas={"FI-854": 3, "FI-851": 2},
        taken={"": 4, "FI-854": 1, "FI-851": 2},
        quota_release_at=in_days(40),
    )


def test_without_a_home_only_open_places_are_free(offering):
    """R-CAP-11: without a municipality those that are open to all."""
    assert (seen(offering).capacity, seen(offering).free, seen(offering).free_open) == (20, 11, 11)


def test_a_resident_has_the_places_reserved_for_the_home_municipality_too(offering):
    """R-CAP-11"""
    municipality("FI-638")

    assert seen(offering, "FI-854").free == 13
    assert seen(offering, "FI-854").free_open == 11
    assert seen(offering, "FI-851").free == 11
    assert seen(offering, "FI-638").free == 11


def test_reserved_places_are_told_while_any_is_free(offering):
    """R-CAP-11: "x for residents of M until DATE"."""
    pello = Municipality.objects.get(key="FI-854")

    assert seen(offering).reserved == (Reserved("FI-854", pello.pk, 2, offering.quota_release_at),)


def test_after_the_release_every_free_place_is_everybody_s(offering):
    """R-CAP-11"""
    release = offering.quota_release_at

    assert seen(offering, now=release - dt.timedelta(microseconds=1)).free == 11
    assert seen(offering, now=release).free == 13
    assert seen(offering, now=release).free_open == 13
    assert seen(offering, now=release).reserved == ()


def test_a_place_reserved_for_a_merged_municipality_is_its_successor_s(offering):
    merged = municipality("FI-851")
    merged.valid_to, merged.successor = dt.date(2020, 12, 31), municipality("FI-638")
    merged.save(update_fields=["valid_to", "successor"])
    other = OfferingFactory(quotas={"FI-851": 2}, taken=18)

    assert seen(other, "FI-638").free == 2
    assert seen(other, "FI-851").free == 2
    assert seen(other, "FI-854").free == 0


def test_a_draft_without_counters_has_no_places():
    draft = OfferingFactory(status="draft", capacity=None)

    assert (seen(draft).capacity, seen(draft).free) == (0, 0)


def test_python_and_sql_count_the_same(offering):
    """R-CAP-11: also where more is given than reserved, or all, and never less than none."""
    OfferingFactory(quotas={"FI-854": 3, "FI-638": 1}, taken={"": 16})
    OfferingFactory(quotas={"FI-638": 5}, taken=15, quota_release_at=in_days(35))
    OfferingFactory(capacity=1, taken=1)
    every = list(Offering.objects.for_list())

    for key in ("", "FI-854", "FI-851", "FI-638"):
        home = find_home(key) if key else None
        for now in (timezone.now(), in_days(35), in_days(36), in_days(41)):
            seen_now = {one.pk: places(one, home=home, now=now).free for one in every}
            assert min(seen_now.values()) >= 0
            listed = set(matching(SearchQuery(), now=now))
            some = set(matching(SearchQuery(home=key, free=True), now=now))
            assert some == {pk for pk in listed if seen_now[pk]}
            found = find(SearchQuery(home=key), now=now)
            assert found.free_places == sum(seen_now[pk] for pk in listed)


def test_the_counts_differ_between_homes_and_instants(offering):
    """Else the comparison above would prove nothing."""
    later = in_days(41)

    assert len({seen(offering, key).free for key in ("", "FI-854")}) == 2
    assert seen(offering, "FI-851").free != seen(offering, "FI-851", later).free
