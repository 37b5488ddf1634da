"""The pages of municipalities: the list, one municipality, what it offers now."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from municipalities.models import Municipality, PopulationCell
from offerings.search.projection import refresh
from tests.factories import (
    InstitutionFactory,
    MunicipalityAliasFactory,
    MunicipalityFactory,
    OfferingFactory,
    OrganisationFactory,
    PilotGroupFactory,
    municipality,
    organisation_of,
)
from tests.reading import facts, heading, main, rows, words

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

NAMES = ["FI-854", "FI-851", "FI-638"]


def make(number: int) -> list[Municipality]:
    made = [municipality(key) for key in NAMES[:number]]
    for one in made:
        MunicipalityAliasFactory(municipality=one, name=f"{one.name_fi}n pitäjä")
    return made


@pytest.mark.parametrize("number", [1, 3])
def test_list_asks_as_much_for_one_as_for_three(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, number: int
) -> None:
    make(number)

    with django_assert_num_queries(11):
        answer = client.get("/en/municipalities/")

    assert [row[0] for row in rows(answer)] == ["Pello", "Porvoo", "Tornio"][: number if number == 3 else 1]


def test_list_shows_names_region_and_population(client: Client) -> None:
    make(3)
    for one in Municipality.objects.all():
        PopulationCell.objects.create(municipality=one, year=2022, count=3000, source="the test")

    assert rows(client.get("/sv/kommuner/")) == [
        ["Borgå", "Porvoo, Porvoon pitäjä", "Nyland", "Finland", "3 000 (2022)"],
        ["Pello", "Pellon pitäjä", "Lappland", "Finland", "3 000 (2022)"],
        ["Torneå", "Tornio, Tornion pitäjä", "Lappland", "Finland", "3 000 (2022)"],
    ]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("q=borg", ["Porvoo"]),
        ("q=pitaja", ["Pello", "Porvoo", "Tornio"]),
        ("country=SE", ["Haparanda"]),
        ("region=FI-R19", ["Pello", "Tornio"]),
        ("region=FI-R19&q=tor", ["Tornio"]),
        ("q=nowhere", []),
        ("utm_source=letter&q=tor", ["Tornio"]),
    ],
)
def test_list_is_narrowed(client: Client, query: str, names: list[str]) -> None:
    make(3)
    MunicipalityFactory(country="SE", code="2583", name_fi="Haparanda")

    assert [row[0] for row in rows(client.get(f"/en/municipalities/?{query}"))] == names


def test_dissolved_ones_are_shown_on_demand(client: Client) -> None:
    kankaanpaa = MunicipalityFactory(code="214", name_fi="Kankaanpää", name_sv="Kankaanpää")
    MunicipalityFactory(
        code="099",
        name_fi="Honkajoki",
        name_sv="Honkajoki",
        valid_to=dt.date(2020, 12, 31),
        successor=kankaanpaa,
    )

    assert [row[0] for row in rows(client.get("/en/municipalities/"))] == ["Kankaanpää"]
    assert [row[0] for row in rows(client.get("/en/municipalities/?include=dissolved"))] == [
        "Honkajoki dissolved",
        "Kankaanpää",
    ]


def test_list_without_a_hit_says_what_to_do(client: Client) -> None:
    make(1)

    answer = client.get("/en/municipalities/?q=nowhere")

    empty = re.search(r'<div class="k-empty">(.*?)</div>', main(answer), re.DOTALL)
    assert empty is not None
    assert words(empty[1]) == (
        "No municipality fits. Check the spelling, or write only the beginning of the name."
        " Show all municipalities Search the whole register"
    )


def test_what_the_address_says_wrongly_is_named(client: Client) -> None:
    make(1)

    answer = client.get("/en/municipalities/?country=NO&colour=red&page=two")

    notice = re.search(r'<div class="ds-alert"[^>]*>(.*?)</div>', main(answer), re.DOTALL)
    assert notice is not None
    assert [words(item) for item in re.findall(r"<li>(.*?)</li>", notice[1], re.DOTALL)] == [
        "Country: Select a valid choice. NO is not one of the available choices.",
        "colour : There is no such parameter.",
        "page : Give a whole number.",
    ]
    assert [row[0] for row in rows(answer)] == ["Pello"]


def test_list_has_pages_that_keep_the_question(client: Client) -> None:
    for number in range(120):
        MunicipalityFactory(
            code=f"{number:03d}", name_fi=f"Kunta {number:03d}", name_sv=f"Kommun {number:03d}"
        )

    answer = client.get("/en/municipalities/?q=kunta&page=2&utm_source=letter")

    shown = rows(answer)
    assert (len(shown), shown[0][0], shown[-1][0]) == (50, "Kunta 050", "Kunta 099")
    assert re.findall(r'<a class="ds-button"[^>]* href="([^"]+)"', main(answer)) == [
        "/en/municipalities/?q=kunta",
        "/en/municipalities/?q=kunta",
        "/en/municipalities/?q=kunta&amp;page=2",
        "/en/municipalities/?q=kunta&amp;page=3",
        "/en/municipalities/?q=kunta&amp;page=3",
    ]
    assert len(rows(client.get("/en/municipalities/?q=kunta&page=99"))) == 20


@pytest.mark.parametrize(
    ("asked", "own"),
    [
        ("/fi/kunnat/fi-638/", "/fi/kunnat/fi-638-porvoo/"),
        ("/fi/kunnat/fi-638-/", "/fi/kunnat/fi-638-porvoo/"),
        ("/fi/kunnat/fi-638-borga/", "/fi/kunnat/fi-638-porvoo/"),
        ("/sv/kommuner/fi-638-porvoo/?page=2", "/sv/kommuner/fi-638-borga/?page=2"),
        ("/en/municipalities/fi-638-anything-else/", "/en/municipalities/fi-638-porvoo/"),
    ],
)
def test_other_addresses_lead_to_the_one(client: Client, asked: str, own: str) -> None:
    municipality("FI-638")

    answer = client.get(asked)

    assert (answer.status_code, answer.headers["Location"]) == (301, own)


@pytest.mark.parametrize("slug", ["fi-999-nowhere", "pello", "fi-85", "fi-8545-pello", "se-854-pello"])
def test_unknown_municipality_is_not_found(client: Client, slug: str) -> None:
    municipality("FI-854")

    assert client.get(f"/en/municipalities/{slug}/").status_code == 404


@pytest.mark.parametrize("number", [1, 3])
def test_page_asks_as_much_for_one_institution_as_for_three(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, number: int
) -> None:
    pello = organisation_of("FI-854")
    for at in range(number):
        InstitutionFactory(organisation=pello, name_fi=f"Koulu {at}")
    client.get("/en/municipalities/fi-854-pello/")

    with django_assert_num_queries(16):
        answer = client.get("/en/municipalities/fi-854-pello/")

    assert [row[0] for row in rows(answer)] == [f"Koulu {at}" for at in range(number)]


def test_facts_come_first_and_the_page_says_what_follows(client: Client) -> None:
    """A phone shows one column: region, population and groups stand before the long lists."""
    municipality("FI-851")
    PilotGroupFactory(number=4, members=["FI-854"])

    page = main(client.get(municipality("FI-854").get_absolute_url()))

    ids = ("facts", "divisions", "takes-part", "offered", "institutions", "near")
    places = [page.index(f'id="{one}"') for one in ids]
    assert places == sorted(places)
    jump = re.search(r'<nav class="k-jump".*?</nav>', page, re.DOTALL)
    assert jump is not None
    links = re.findall(r'href="#([a-z-]+)"', jump[0])
    assert links == ["offered", "institutions", "near"]
    assert all(f'id="{one}"' in page for one in links)


def test_page_says_what_the_register_knows(client: Client) -> None:
    municipality("FI-854")
    municipality("FI-851")
    MunicipalityFactory(country="SE", code="2521", name_fi="Pajala")
    InstitutionFactory(
        organisation=organisation_of("FI-854"),
        name_fi="Pellon lukio",
        register_year=2016,
    )
    InstitutionFactory(
        organisation=OrganisationFactory(status="closed", home_municipality=municipality("FI-854")),
        name_fi="Turtolan koulu",
    )

    answer = client.get("/en/municipalities/fi-854-pello/")

    assert heading(answer) == "Pello"
    assert facts(answer) == {
        "Country": "Finland",
        "Region": "Lapland",
        "Municipality number": "854",
        "Languages": "Finnish-speaking",
        "Population": "3,000 (2022)",
        "As a provider": "Pello",
    }
    assert [(row[0], row[3]) for row in rows(answer)] == [
        ("Pellon lukio", "2016 Report an error : Pellon lukio"),
        ("Turtolan koulu", "2016 may have closed Report an error : Turtolan koulu"),
    ]
    assert "“May have closed” stands where the provider is closed or the municipality" in words(main(answer))
    near = re.search(r'<ol class="k-near">(.*?)</ol>', main(answer), re.DOTALL)
    assert near is not None
    assert [words(one) for one in re.findall(r"<li>(.*?)</li>", near[1], re.DOTALL)] == [
        "Pajala (SE) 55 km",
        "Tornio 103 km",
    ]


def test_namesake_is_pointed_out(client: Client) -> None:
    municipality("FI-976")
    municipality("SE-2518")

    finnish = client.get("/sv/kommuner/fi-976-overtornea/")
    swedish = client.get("/sv/kommuner/se-2518-overtornea/")

    assert (heading(finnish), heading(swedish)) == ("Övertorneå (FI)", "Övertorneå (SE)")
    link = '<a class="ds-link" href="/sv/kommuner/se-2518-overtornea/">Övertorneå (SE)</a>'
    assert main(finnish).count(link) == 3  # the notice, the nearest municipality, the table of the map


def test_dissolved_municipality_names_its_successor(client: Client) -> None:
    kankaanpaa = MunicipalityFactory(code="214", name_fi="Kankaanpää", name_sv="Kankaanpää")
    MunicipalityFactory(
        code="099",
        name_fi="Honkajoki",
        name_sv="Honkajoki",
        valid_to=dt.date(2020, 12, 31),
        successor=kankaanpaa,
    )

    gone = client.get("/en/municipalities/fi-099-honkajoki/")
    today = client.get("/en/municipalities/fi-214-kankaanpaa/")

    notice = re.search(r'<p class="ds-alert"[^>]*>(.*?)</p>', main(gone), re.DOTALL)
    assert notice is not None
    assert words(notice[1]) == "Honkajoki existed until 31 December 2020. It is now part of Kankaanpää."
    finnish = main(client.get("/fi/kunnat/fi-099-honkajoki/"))
    assert "Honkajoki oli olemassa 31.12.2020 asti. Nykyinen kunta on Kankaanpää." in words(finnish)
    assert 'id="offered"' not in main(gone)
    assert facts(today)["Merged into it"] == "Honkajoki (31 December 2020)"


def test_municipality_without_a_point_has_no_neighbours(client: Client) -> None:
    municipality("FI-854")
    MunicipalityFactory(code="911", name_fi="Valtimo", latitude=None, longitude=None, point_basis="")

    answer = client.get("/en/municipalities/fi-911-valtimo/")

    assert (answer.status_code, "k-near" in main(answer)) == (200, False)


def test_institutions_of_merged_municipalities_are_listed_with_the_successor(client: Client) -> None:
    kankaanpaa = MunicipalityFactory(code="214", name_fi="Kankaanpää", name_sv="Kankaanpää")
    honkajoki = MunicipalityFactory(
        code="099",
        name_fi="Honkajoki",
        name_sv="Honkajoki",
        valid_to=dt.date(2020, 12, 31),
        successor=kankaanpaa,
    )
    InstitutionFactory(municipality=honkajoki, name_fi="Hongon koulu")

    answer = client.get("/en/municipalities/fi-214-kankaanpaa/")

    assert [row[0] for row in rows(answer)] == ["Hongon koulu"]


def test_many_institutions_have_pages(client: Client) -> None:
    pello = organisation_of("FI-854")
    for at in range(45):
        InstitutionFactory(organisation=pello, name_fi=f"Koulu {at:02d}")

    answer = client.get("/en/municipalities/fi-854-pello/?page=3")

    assert [row[0] for row in rows(answer)] == [f"Koulu {at}" for at in range(40, 45)]


def test_swedish_municipality_says_why_it_has_no_institutions(client: Client) -> None:
    municipality("SE-2583")

    answer = client.get("/en/municipalities/se-2583-haaparanta/")

    assert (
        client.get("/en/municipalities/se-2583/").headers["Location"]
        == "/en/municipalities/se-2583-haaparanta/"
    )
    assert main(answer).count("the municipality itself is the provider (huvudman)") == 1


def test_courses_of_the_municipality_are_shown_with_their_places(client: Client) -> None:
    tornio = municipality("FI-851")
    made = [
        OfferingFactory(title_en=f"Welder {at}", capacity=10, taken=at, sites=["FI-851"]) for at in range(7)
    ]
    elsewhere = OfferingFactory(title_en="Practical nurse", sites=["FI-854"])
    refresh([one.pk for one in (*made, elsewhere)])

    answer = client.get(f"/en/municipalities/{tornio.slug}/")

    shown = re.findall(r'id="offering-\d+"[^>]*>(.*?)</a>', main(answer), re.DOTALL)
    assert sorted(words(one) for one in shown) == [f"Welder {at}" for at in range(5)]
    assert "7 courses · 49 free places" in words(main(answer))
    assert main(answer).count('href="/en/places/?municipality=FI-851"') == 1


def test_municipality_without_courses_says_where_to_look(client: Client) -> None:
    municipality("FI-854")

    answer = client.get("/en/municipalities/fi-854-pello/")

    assert main(answer).count('href="/en/places/?home=FI-854"') == 2
    finnish = words(main(client.get("/fi/kunnat/fi-854-pello/")))
    assert "Opiskelupaikat Pellon läheltä alkaen" in finnish
    assert "Katso, mitä voi opiskella Pellon lähellä ja mitä ilman lähipäiviä" in finnish
    assert (
        main(answer).count("No course given here is open for applications, and none opens later.") == 1
    )
