from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import timezone, translation

from kopa.codes.models import ReferenceLoad
from offerings.models import Offering
from offerings.search import projection
from offerings.search.engine import search
from offerings.search.query import SearchQuery, SearchResult
from tests.factories import OfferingFactory

Find = Callable[..., SearchResult]


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def find(db: None) -> Find:
    """Searches now, after the table has been brought up to date."""

    def _find(**query: Any) -> SearchResult:
        projection.refresh(Offering.objects.values_list("pk", flat=True))
        return search(SearchQuery(**query), now=timezone.now())

    return _find


@pytest.fixture
def titles(find: Find) -> Callable[..., list[str]]:
    """The Finnish titles that a search finds, in its order."""
    return lambda **query: [hit.offering.title_fi for hit in find(**query).hits]


@pytest.fixture
def course() -> Callable[..., Offering]:
    """An offering known by its Finnish title alone."""

    def _course(title: str, **other: Any) -> Offering:
        return OfferingFactory(**({"title_fi": title, "title_sv": "", "title_en": ""} | other))

    return _course


@pytest.fixture
def loaded(db: None) -> None:
    """Reference data has been loaded, so that municipalities stay in memory."""
    ReferenceLoad.objects.create(fingerprint="of the test", loaded_at=timezone.now())
