"""A course looks the same from a home municipality whether a search has found it or its page is opened."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.utils import timezone

from offerings.homes import find_home
from offerings.models import Offering
from offerings.search import projection
from offerings.search.engine import search
from offerings.search.query import SearchQuery
from offerings.seen import seen_from
from tests.factories import OfferingFactory, municipality

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.mark.parametrize("key", ["", "FI-854", "SE-2518"])
def test_the_search_and_the_page_see_the_same(lappia, key):
    for place in ("FI-851", "FI-854", "SE-2518"):
        municipality(place)
    offering = OfferingFactory(
        provider=lappia, sites=["FI-851", "FI-854"], quotas={"FI-854": 2}, taken={"": 3, "FI-854": 1}
    )
    projection.refresh([offering.pk])
    now = timezone.now()

    (found,) = search(SearchQuery(home=key), now=now).hits
    (seen,) = seen_from(find_home(key) if key else None, Offering.objects.for_list(), now=now)

    assert seen.site is not None
    assert seen.site.municipality == municipality("FI-854" if key else "FI-851")
    assert seen.distance_km == pytest.approx(found.distance_km)
    assert replace(seen, distance_km=None) == replace(found, distance_km=None)
