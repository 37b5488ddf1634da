"""Names in the register are searched words: a load that changes them brings the search up to date."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import timezone

from kopa.base.reference import Report
from kopa.portal import reference
from offerings.search import projection
from offerings.search.engine import search
from offerings.search.query import SearchQuery
from tests.factories import OfferingFactory
from tests.reference_data import change, folder, loaded, quiet

__all__ = ["folder", "loaded"]
pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def test_a_new_name_of_a_place_is_found_after_the_load(loaded: list[Report], folder: Path) -> None:
    offering = OfferingFactory(sites=["FI-854"])
    change(
        folder,
        "municipality_aliases.csv",
        "FI-433,Loppis",
        "FI-854,Turtola,fi,former,kopa-page\nFI-433,Loppis",
    )
    assert search(SearchQuery(q="turtolassa"), now=timezone.now()).total == 0

    reference.load(quiet, folder)

    assert [hit.offering for hit in search(SearchQuery(q="turtolassa"), now=timezone.now()).hits] == [
        offering
    ]
    assert projection.compare(now=timezone.now()) == []
