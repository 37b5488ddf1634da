"""The list is written without serializers: it says what they say, of everything that differs between rows."""

from __future__ import annotations

from itertools import product

import pytest
from django.test import RequestFactory
from django.utils import timezone
from django.utils.translation import override

from offerings.api.facets import written
from offerings.api.listed import Writer
from offerings.api.serializers import FacetsSerializer, OfferingInListSerializer
from offerings.models import Offering
from offerings.search.engine import find, search
from offerings.search.query import SearchQuery
from tests.factories import (
    OfferingFactory,
    OrganisationFactory,
    SiteFactory,
    in_days,
    municipality,
    organisation_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.integration]

HOMES = ("", "FI-854", "FI-851", "SE-2518")
LANGUAGES = ("all", "fi", "sv", "en")


@pytest.fixture
def varied(courses):
    """Beside ``courses``: a municipal enterprise, several sites, no site, released places, no deadline."""
    enterprise = OrganisationFactory(kind="municipal_enterprise", name_fi="", name_sv="Affärsverket")
    nowhere = SiteFactory(municipality=None, latitude=None, longitude=None)
    OfferingFactory(provider=enterprise, sites=["FI-851", "FI-854", nowhere], form="basic")
    OfferingFactory(provider=enterprise, sites=[nowhere], mode="distance", applications_close_at=None)
    OfferingFactory(
        provider=organisation_of("FI-854"), quotas={"FI-854": 3, "FI-851": 1}, taken={"": 16, "FI-851": 1},
        learner_fee_cents=1000, title_sv="", title_en="",
    )  # fmt: skip
    return OfferingFactory(
        quotas={"FI-854": 2}, applications_close_at=None, applications_open_at=in_days(-30),
        quota_release_at=in_days(-1),
    )  # fmt: skip


def both(home: str, language: str) -> tuple[list[dict], list[dict]]:
    now = timezone.now()
    query = SearchQuery(home=home, page_size=200)
    request = RequestFactory().get("/")
    with override(language if language != "all" else "en"):
        found = find(query, now=now)
        writer = Writer(found, language=language, now=now, absolute=request.build_absolute_uri)
        context = {"language": language, "now": now, "request": request}
        described = OfferingInListSerializer(search(query, now=now).hits, many=True, context=context)
        return writer.write(), [dict(one) for one in described.data]


@pytest.mark.parametrize(("home", "language"), list(product(HOMES, LANGUAGES)))
def test_the_list_says_what_its_description_says(varied, home, language):
    municipality(home or "FI-854")

    listed, described = both(home, language)

    assert listed == described
    assert [list(one) for one in listed] == [list(one) for one in described]  # in the same order too


def test_the_rows_differ_in_what_is_compared(varied):
    """Else the comparison would prove nothing."""
    listed, _ = both("FI-854", "sv")

    for name in (
        "title", "municipality", "distance_km", "payers", "open_to_home", "application_state", "contact_days",
        "applications_close_at", "places", "learner_fee", "other_language",
    ):  # fmt: skip
        assert len({str(one[name]) for one in listed}) > 1, name
    assert any(one["places"]["reserved"] for one in listed)


def test_what_is_deleted_meanwhile_is_left_out(varied):
    now = timezone.now()
    found = find(SearchQuery(), now=now)
    Offering.objects.filter(pk=varied.pk).delete()

    writer = Writer(found, language="fi", now=now, absolute=lambda path: path)

    assert [one["id"] for one in writer.write()] == [
        row.offering_id for row in found.rows if row.offering_id != varied.pk
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_facets_have_the_fields_of_their_description(varied, language):
    found = find(SearchQuery(form=frozenset({"vocational"})), now=timezone.now())

    facets = written(found.facets, language=language)

    described = FacetsSerializer().fields
    assert list(facets) == list(described)
    for name, values in facets.items():
        assert values
        for value, counted in zip(values, found.facets[name], strict=True):
            assert list(value) == list(described[name].child.fields)
            assert (value["value"], value["count"], value["chosen"]) == (
                counted.value, counted.count, counted.chosen,
            )  # fmt: skip
            assert value["parent"] == (counted.parent or None)


def test_a_facet_is_named_in_the_language_asked_for(varied):
    found = find(SearchQuery(), now=timezone.now()).facets

    assert written(found, language="sv")["mode"][0]["label"] == "Närundervisning"
    assert set(written(found, language="all")["form"][0]["label"]) == {"fi", "sv", "en"}
    assert {one["label"] for one in written(found, language="en")["payer"]} == {
        "Depends on your home municipality", "Fee for the student",
    }  # fmt: skip
