"""Municipalities, regions, providers, institutions, sites, code lists and sources over the API."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from kopa.codes.models import DataSource
from municipalities.models import Municipality, PopulationCell
from providers.models import Institution, Organisation, OrganisationKind, Site
from providers.states import OrganisationStatus
from tests.api.conftest import Reader
from tests.factories import (
    CreditUnitFactory,
    DeliveryModeFactory,
    FieldOfEducationFactory,
    InstitutionFactory,
    MunicipalityAliasFactory,
    MunicipalityFactory,
    OrganisationFactory,
    RegionFactory,
    SiteFactory,
    municipality,
    organisation_of,
)

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

NOW = "2026-11-24T08:00:00Z"


def keys(answer: dict[str, Any], name: str = "key") -> list[Any]:
    return [one[name] for one in answer["results"]]


@pytest.fixture
def places() -> dict[str, Municipality]:
    """Three of Finland, one of Sweden, one that is no more."""
    made = {key: municipality(key) for key in ("FI-851", "FI-854", "FI-638", "SE-2518")}
    made["FI-099"] = MunicipalityFactory(
        code="099",
        name_fi="Honkajoki",
        name_sv="Honkajoki",
        valid_to=dt.date(2020, 12, 31),
        successor=made["FI-638"],
    )
    MunicipalityAliasFactory(municipality=made["FI-854"], name="Turtola", source="kopa")
    return made


def test_municipality_is_given_whole(read: Reader, places: dict[str, Municipality]) -> None:
    PopulationCell.objects.create(municipality=places["FI-854"], year=2022, count=3000, source="kopa")
    assert read("municipalities/FI-854/") == {
        "key": "FI-854",
        "country": "FI",
        "code": "854",
        "name": {"fi": "Pello", "sv": "Pello", "en": None},
        "other_names": [{"name": "Turtola", "language": "fi", "kind": "former", "sources": ["kopa"]}],
        "as_of": "2026-11-24",
        "region": {"key": "FI-R19", "name": {"fi": "Lappi", "sv": "Lappland", "en": "Lapland"}},
        "authorities": [],
        "language_status": "fi",
        "latitude": 66.774506,
        "longitude": 23.966812,
        "point_basis": "administrative_centre",
        "population": 3000,
        "population_year": 2022,
        "last_day": None,
        "successor": None,
        "merged": [],
        "url": "http://testserver/en/municipalities/fi-854-pello/",
        "updated_at": NOW,
    }


def test_municipality_of_one_language(read: Reader, places: dict[str, Municipality]) -> None:
    found = read("municipalities/FI-638/?lang=sv")

    assert (found["name"], found["region"]["name"]) == ("Borgå", "Nyland")
    assert found["url"] == "http://testserver/sv/kommuner/fi-638-borga/"


def test_dissolved_municipality_names_its_successor(read: Reader, places: dict[str, Municipality]) -> None:
    found = read("municipalities/FI-099/")

    assert (found["last_day"], found["successor"]) == ("2020-12-31", "FI-638")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["FI-638", "FI-851", "FI-854", "SE-2518"]),
        ("country=FI", ["FI-638", "FI-851", "FI-854"]),
        ("country=SE", ["SE-2518"]),
        ("include=dissolved", ["FI-099", "FI-638", "FI-851", "FI-854", "SE-2518"]),
        ("country=FI&include=dissolved&q=honka", ["FI-099"]),
        ("q=borga", ["FI-638"]),
        ("q=turtola", ["FI-854"]),
        ("region=FI-R19", ["FI-851", "FI-854"]),
        ("page_size=2&page=2", ["FI-854", "SE-2518"]),
        ("updated_since=2026-11-24T08:00:00Z&country=SE", ["SE-2518"]),
        ("updated_since=2026-11-24T08:00:01Z", []),
    ],
)
def test_municipalities_are_narrowed(
    read: Reader, places: dict[str, Municipality], query: str, found: list[str]
) -> None:
    assert keys(read(f"municipalities/?{query}")) == found


@pytest.mark.parametrize(
    ("query", "refused"),
    [
        ("country=NO", [("country", "invalid_choice")]),
        ("region=FI-R99", [("region", "invalid_choice")]),
        ("include=all", [("include", "invalid_choice")]),
        ("name=pello", [("name", "unknown_parameter")]),
        ("q=" + "x" * 101, [("q", "max_length")]),
        ("lang=de", [("lang", "invalid_choice")]),
        ("page_size=201", [("page_size", "max_value")]),
        ("updated_since=yesterday", [("updated_since", "invalid")]),
    ],
)
def test_wrong_parameters_are_refused(read: Reader, query: str, refused: list[tuple[str, str]]) -> None:
    RegionFactory()

    assert read.refused(f"municipalities/?{query}") == refused


def test_what_changed_lately_comes_oldest_first(read: Reader, places: dict[str, Municipality]) -> None:
    for days, key in enumerate(["SE-2518", "FI-638", "FI-854"], 1):
        moment = timezone.now() + dt.timedelta(days=days)
        Municipality.objects.filter(key=key).update(updated_at=moment)

    assert keys(read("municipalities/?updated_since=2026-11-25T00:00:00Z")) == ["SE-2518", "FI-638", "FI-854"]


@pytest.mark.parametrize("number", [1, 3])
def test_municipalities_ask_as_much_for_one_as_for_three(
    read: Reader, django_assert_num_queries: DjangoAssertNumQueries, number: int
) -> None:
    for key in ("FI-854", "FI-851", "FI-638")[:number]:
        MunicipalityAliasFactory(municipality=municipality(key), name=f"Alias {key}")

    with django_assert_num_queries(9):
        assert read("municipalities/")["count"] == number


def test_regions_of_both_countries(read: Reader) -> None:
    RegionFactory(country="FI", code="19", source="municipalities-fi")
    municipality("FI-854")
    municipality("SE-2583")
    RegionFactory(country="FI", code="12")  # without a municipality of this day

    assert keys(read("regions/")) == ["FI-R19", "SE-R25"]
    assert keys(read("regions/?country=SE")) == ["SE-R25"]
    assert read("regions/FI-R19/?lang=en") == {
        "as_of": "2026-11-24",
        "key": "FI-R19",
        "country": "FI",
        "code": "19",
        "name": "Lapland",
        "municipalities": ["FI-854"],
        "sources": ["municipalities-fi"],
        "updated_at": NOW,
    }


def test_provider_is_given_whole(read: Reader, lappia: Organisation) -> None:
    Organisation.objects.filter(pk=lappia.pk).update(
        other_names=["Lappia"], source="organisations-2016 kopa-page", website="https://lappia.example/"
    )

    assert read(f"providers/{lappia.pk}/") == {
        "id": lappia.pk,
        "name": {"fi": "Kemi-Tornionlaakson koulutuskuntayhtymä Lappia", "sv": None, "en": None},
        "other_names": ["Lappia"],
        "kind": "joint_authority",
        "country": "FI",
        "status": "verified",
        "business_id": "2109309-0",
        "register_number": "1.2.246.562.10.41253773158",
        "municipality": None,
        "home_municipality": {"key": "FI-851", "name": {"fi": "Tornio", "sv": "Torneå", "en": None}},
        "parent": None,
        "website": "https://lappia.example/",
        "register_year": 2016,
        "sources": ["organisations-2016", "kopa-page"],
        "url": f"http://testserver/en/providers/{lappia.pk}-kemi-tornionlaakson-koulutuskuntayhtyma-lappia/",
        "updated_at": NOW,
    }


def test_municipality_as_a_provider_names_itself(read: Reader) -> None:
    haparanda = organisation_of("SE-2583")

    found = read(f"providers/{haparanda.pk}/?lang=fi")

    assert (found["municipality"], found["home_municipality"]) == (
        "SE-2583",
        {"key": "SE-2583", "name": "Haaparanta"},
    )


def test_enterprise_names_its_owner(read: Reader) -> None:
    otavia = OrganisationFactory(kind=OrganisationKind.MUNICIPAL_ENTERPRISE, name_fi="Otavia")

    assert otavia.parent is not None
    assert read(f"providers/{otavia.pk}/?lang=fi")["parent"] == {"id": otavia.parent.pk, "name": "Tornio"}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Lappia", "Haaparanta"]),
        ("q=lappia", ["Lappia"]),
        ("q=haaparanta", ["Haaparanta"]),
        ("country=SE", ["Haaparanta"]),
        ("kind=joint_authority", ["Lappia"]),
        ("municipality=FI-851", ["Lappia"]),
        ("updated_since=2026-11-24T08:00:01Z", []),
    ],
)
def test_providers_are_narrowed(read: Reader, lappia: Organisation, query: str, found: list[str]) -> None:
    """Tornio itself gives nothing, so it is no provider."""
    organisation_of("SE-2583")
    organisation_of("FI-851")

    assert [one["name"].split()[-1] for one in read(f"providers/?lang=fi&{query}")["results"]] == found


def test_organisation_that_is_no_provider_now_is_found_by_its_number(read: Reader) -> None:
    tornio = organisation_of("FI-851")

    assert keys(read("providers/"), "id") == []
    assert read(f"providers/{tornio.pk}/")["id"] == tornio.pk


def test_unverified_organisation_is_not_given(read: Reader, lappia: Organisation) -> None:
    Organisation.objects.filter(pk=lappia.pk).update(status=OrganisationStatus.DRAFT)

    assert keys(read("providers/"), "id") == []
    read(f"providers/{lappia.pk}/", status=404)


@pytest.mark.parametrize("number", [1, 3])
def test_providers_ask_as_much_for_one_as_for_three(
    read: Reader, django_assert_num_queries: DjangoAssertNumQueries, number: int
) -> None:
    for _ in range(number):
        InstitutionFactory()

    with django_assert_num_queries(2):
        assert read("providers/")["count"] == number


def test_institution_is_given_whole(read: Reader, lappia: Organisation) -> None:
    Institution.objects.filter(code="10069").update(source="organisations-2016", oid="1.2.3")

    assert read("institutions/10069/?lang=fi") == {
        "code": "10069",
        "name": "Ammattiopisto Lappia",
        "type": "21",
        "provider": {"id": lappia.pk, "name": "Kemi-Tornionlaakson koulutuskuntayhtymä Lappia"},
        "municipality": {"key": "FI-851", "name": "Tornio"},
        "teaching_languages": ["fi"],
        "register_number": "1.2.3",
        "register_year": 2016,
        "may_have_closed": False,
        "sources": ["organisations-2016"],
        "updated_at": NOW,
    }


def test_institution_of_a_closed_provider_may_have_closed(read: Reader, lappia: Organisation) -> None:
    Organisation.objects.filter(pk=lappia.pk).update(status="closed")

    assert read("institutions/10069/")["may_have_closed"] is True
    assert [one["may_have_closed"] for one in read("institutions/")["results"]] == [True]


def test_incomplete_institution_has_nulls(read: Reader) -> None:
    InstitutionFactory(code="10118", organisation=None, municipality=None)

    found = read("institutions/10118/")

    assert (found["provider"], found["municipality"], found["register_number"]) == (None, None, None)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["10069", "90000"]),
        ("q=lappia", ["10069"]),
        ("provider={lappia}", ["10069"]),
        ("municipality=FI-851", ["10069"]),
        ("type=15", ["90000"]),
        ("updated_since=2026-11-24T08:00:01Z", []),
    ],
)
def test_institutions_are_narrowed(read: Reader, lappia: Organisation, query: str, found: list[str]) -> None:
    InstitutionFactory(
        code="90000", name_fi="Pellon lukio", type__code="15", municipality=municipality("FI-854")
    )

    assert keys(read(f"institutions/?{query.format(lappia=lappia.pk)}"), "code") == found


def test_site_is_given_whole(read: Reader, lappia: Organisation) -> None:
    site = Site.objects.get(institution__code="10069")

    assert read(f"sites/{site.pk}/?lang=fi") == {
        "id": site.pk,
        "name": "Ammattiopisto Lappia",
        "provider": {"id": lappia.pk, "name": "Kemi-Tornionlaakson koulutuskuntayhtymä Lappia"},
        "institution": {"code": "10069", "name": "Ammattiopisto Lappia"},
        "municipality": {"key": "FI-851", "name": "Tornio"},
        "address": None,
        "latitude": 65.848287,
        "longitude": 24.144806,
        "point_basis": "municipality_centre",
        "step_free": None,
        "updated_at": NOW,
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Ammattiopisto Lappia", "Haparandas hus"]),
        ("q=hus", ["Haparandas hus"]),
        ("country=SE", ["Haparandas hus"]),
        ("provider={lappia}", ["Ammattiopisto Lappia"]),
        ("institution=10069", ["Ammattiopisto Lappia"]),
        ("municipality=SE-2583", ["Haparandas hus"]),
        ("updated_since=2026-11-24T08:00:01Z", []),
    ],
)
def test_sites_are_narrowed(read: Reader, lappia: Organisation, query: str, found: list[str]) -> None:
    SiteFactory(organisation=organisation_of("SE-2583"), name_fi="Haparandas hus")

    assert keys(read(f"sites/?lang=fi&{query.format(lappia=lappia.pk)}"), "name") == found


@pytest.mark.parametrize(
    ("address", "refused"),
    [
        ("providers/?kind=firm", [("kind", "invalid_choice")]),
        ("providers/?municipality=FI-000", [("municipality", "invalid_choice")]),
        ("institutions/?provider=x", [("provider", "invalid_choice")]),
        ("institutions/?type=00", [("type", "invalid_choice")]),
        ("sites/?institution=x", [("institution", "invalid_choice")]),
        ("regions/?q=lappi", [("q", "unknown_parameter")]),
        ("codes/?updated_since=2026-11-24T08:00:00Z", [("updated_since", "unknown_parameter")]),
        ("codes/fields/?q=x", [("q", "unknown_parameter")]),
        ("sources/?year=2016", [("year", "unknown_parameter")]),
    ],
)
def test_parameter_that_a_list_has_not_is_refused(
    read: Reader, address: str, refused: list[tuple[str, str]]
) -> None:
    assert read.refused(address) == refused


def test_index_of_code_lists(read: Reader) -> None:
    FieldOfEducationFactory(code="071")

    answer = read("codes/")

    assert answer["count"] == 7
    assert answer["results"][1] == {
        "list": "fields",
        "title": "Fields of education",
        "count": 2,
        "url": "http://testserver/api/v1/codes/fields/",
    }
    assert keys(read("codes/?page_size=3&page=3"), "list") == ["prior_education"]
    read("codes/?page_size=3&page=4", status=404)


def test_code_is_given_whole(read: Reader) -> None:
    DeliveryModeFactory(
        code="blended",
        name_sv_se="Halvdistans",
        source="codes-fi kopa",
        national_codes={"opetuspaikkakk": ["4"]},
    )

    assert read("codes/delivery_modes/")["results"] == [
        {
            "code": "blended",
            "name": {"fi": "Monimuoto-opetus", "sv": "Flerformsundervisning", "en": "Blended teaching"},
            "name_in_sweden": "Halvdistans",
            "short_name": {"fi": None, "sv": None, "en": None},
            "parent": None,
            "national_codes": {"opetuspaikkakk": ["4"]},
            "sources": ["codes-fi", "kopa"],
            "updated_at": NOW,
        }
    ]


def test_narrow_field_names_the_broad_one(read: Reader) -> None:
    FieldOfEducationFactory(code="071")

    assert [(one["code"], one["parent"]) for one in read("codes/fields/")["results"]] == [
        ("07", None),
        ("071", "07"),
    ]


def test_unit_of_credits_has_a_short_name(read: Reader) -> None:
    CreditUnitFactory(code="competence_point", short_fi="osp", short_sv="kp")

    (unit,) = read("codes/credit_units/?lang=sv")["results"]

    assert (unit["name"], unit["short_name"], unit["name_in_sweden"]) == ("kompetenspoäng", "kp", None)


def test_codes_that_changed(read: Reader) -> None:
    FieldOfEducationFactory(code="071")

    assert keys(read(f"codes/fields/?updated_since={NOW}&page_size=1"), "code") == ["07"]
    assert keys(read("codes/fields/?updated_since=2026-11-24T08:00:01Z"), "code") == []


@pytest.mark.parametrize(
    "address", ["codes/nothing/", "codes/Fields/", "sources/nothing/", "regions/FI-R99/"]
)
def test_unknown_thing_is_not_found(read: Reader, address: str) -> None:
    assert read(address, status=404)["code"] == "not_found"


def test_sources_say_licence_and_year(read: Reader) -> None:
    DataSource.objects.create(
        code="geonames", publisher="GeoNames", name_fi="Paikat", name_sv="Platser", name_en="Places",
        year=2025, licence="CC BY 4.0", obtained_from="a package",
    )  # fmt: skip

    assert keys(read("sources/"), "code") == ["geonames"]
    assert read("sources/geonames/?lang=sv") == {
        "code": "geonames",
        "publisher": "GeoNames",
        "name": "Platser",
        "year": 2025,
        "licence": "CC BY 4.0",
        "obtained_from": "a package",
        "updated_at": NOW,
    }


def test_single_thing_says_when_it_changed(client: Any) -> None:
    municipality("FI-854")

    answer = client.get("/api/v1/municipalities/FI-854/")

    assert answer.headers["Last-Modified"] == "Tue, 24 Nov 2026 08:00:00 GMT"
    assert answer.headers["ETag"]
