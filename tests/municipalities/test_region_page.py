"""The page of a region, and what a municipality's page says of its regions and authorities."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from municipalities.population import of_municipalities
from tests.municipalities.test_population import named, of_all_ages
from tests.reading import facts, heading, main, rows, words

pytestmark = [
    pytest.mark.integration,
    pytest.mark.django_db,
    pytest.mark.usefixtures("loaded"),
    pytest.mark.xdist_group("municipalities register"),
]

NORTH_SAVO = "/en/regions/fi-r11-north-savo/"


def test_region_lists_its_municipalities_of_the_day(client: Client) -> None:
    now = [row[0] for row in rows(client.get(NORTH_SAVO))]
    then = [row[0] for row in rows(client.get(f"{NORTH_SAVO}?as_of=2020-12-31"))]

    assert (len(now), len(then)) == (19, 18)
    assert set(now) - set(then) == {"Joroinen"}
    assert now[:2] == ["Iisalmi", "Joroinen"]


def test_region_says_who_came_and_went(client: Client) -> None:
    assert "1 January 2021: Joroinen came from South Savo" in words(main(client.get(NORTH_SAVO)))
    left = words(main(client.get("/en/regions/fi-r10-south-savo/")))
    day = "1 January 2021:"
    assert f"{day} Heinävesi went to North Karelia {day} Joroinen went to North Savo" in left
    still = words(main(client.get("/en/regions/fi-r19-lapland/")))
    assert "No municipality has come or gone since 1 January 2020." in still


def test_region_does_not_say_what_its_source_cannot_know(client: Client) -> None:
    """The counties of Sweden are those of one map."""
    page = words(main(client.get("/en/regions/se-r25-norrbottens-lan/")))

    assert "Who came and went The source shows one division alone and tells nothing of changes." in page
    assert "since" not in page[page.index("Who came and went") :]


@pytest.mark.parametrize(
    ("slug", "said"),
    [
        ("fi-r04-satakunta", "1 January 2021: Honkajoki was merged into Kankaanpää"),
        ("fi-r10-south-savo", "1 January 2025: Pertunmaa was merged into Mäntyharju"),
        ("fi-r12-north-karelia", "1 January 2020: Valtimo was merged into Nurmes"),
    ],
)
def test_region_tells_of_mergers(client: Client, slug: str, said: str) -> None:
    assert said in words(main(client.get(f"/en/regions/{slug}/")))


def test_those_of_a_merged_one_are_counted_in_it_until_the_merger(client: Client) -> None:
    """By their single ages: the totals of all years count them in the successor."""
    own, total = of_all_ages("FI-099", 2019), of_all_ages("FI-214", 2019)
    before = {pk: one.count for pk, one in of_municipalities(dt.date(2020, 12, 31)).items()}
    after = {pk: one.count for pk, one in of_municipalities(dt.date(2021, 1, 1)).items()}

    assert before[named("FI-099").pk] == own > 0
    assert before[named("FI-214").pk] == total
    assert named("FI-099").pk not in after
    answer = client.get("/en/regions/fi-r04-satakunta/?as_of=2020-06-15")
    assert ["Honkajoki (until 31 December 2020)", "099", f"{own:,} (2019)"] in rows(answer)
    assert "Valtimo" not in words(main(answer))
    assert facts(client.get("/en/municipalities/fi-099-honkajoki/"))["Population"] == f"{own:,} (2019)"
    assert facts(client.get("/en/municipalities/fi-911-valtimo/"))["Population"].endswith("(2018)")


def test_region_of_an_unknown_time_says_so(client: Client) -> None:
    page = words(main(client.get(f"{NORTH_SAVO}?as_of=2015-06-15")))

    assert "is known from 1 January 2020 on" in page
    assert "No municipality of the region is known on that day." in page


def test_region_has_an_address_in_each_language(client: Client) -> None:
    moved = client.get("/fi/maakunnat/fi-r11-x/?as_of=2020-06-15")

    assert moved.status_code == 301
    assert moved["Location"] == "/fi/maakunnat/fi-r11-pohjois-savo/?as_of=2020-06-15"
    answer = client.get("/sv/landskap-och-lan/fi-r11-norra-savolax/")
    assert heading(answer) == "Norra Savolax"
    assert [client.get(f"/en/regions/{slug}/").status_code for slug in ("fi-r99-x", "x", "fi-r")] == [404] * 3


def test_day_that_is_none_is_refused_at_the_field(client: Client) -> None:
    answer = client.get(f"{NORTH_SAVO}?as_of=1.13.2021&colour=red")

    assert answer.status_code == 200
    page = words(main(answer))
    assert "Give a day as 15.6.2020 or 2020-06-15. " in page
    assert "colour : There is no such parameter." in page
    assert len(rows(answer)) == 19


@pytest.mark.parametrize("slug", ["fi-r11-north-savo", "se-r09-gotlands-lan"])
def test_region_asks_as_much_for_one_municipality_as_for_many(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, slug: str
) -> None:
    client.get(f"/en/regions/{slug}/")

    with django_assert_num_queries(3):
        client.get(f"/en/regions/{slug}/")


def test_municipality_tells_its_regions_and_authorities(client: Client) -> None:
    page = words(main(client.get("/en/municipalities/fi-171-joroinen/")))

    assert (
        "Region and authorities"
        " North Savo since 1 January 2021"
        " South Savo 1 January 2020 or earlier – 31 December 2020"
        " Eastern Finland Economic Development Centre since 1 January 2026"
        " North Savo ELY Centre 1 January 2021 – 31 December 2025"
        " South Savo ELY Centre 1 January 2020 or earlier – 31 December 2020"
    ) in page


def test_dissolved_municipality_s_memberships_have_ended(client: Client) -> None:
    page = words(main(client.get("/en/municipalities/fi-099-honkajoki/")))

    assert "Satakunta 1 January 2020 or earlier – 31 December 2020 Satakunta ELY Centre" in page


JOROINEN = "/en/municipalities/fi-171-joroinen/"


def test_municipality_is_told_as_of_a_day(client: Client) -> None:
    answer = client.get(f"{JOROINEN}?as_of=2020-06-15")

    page = words(main(answer))
    assert "Municipality in South Savo, Finland" in page
    assert facts(answer)["Region"] == "South Savo"
    assert facts(answer)["Population"].endswith("(2019)")
    assert "The register as it was on 15 June 2020. Show those of today" in page
    assert 'href="/en/regions/fi-r10-south-savo/?as_of=2020-06-15"' in main(answer)
    panel = page[page.index("Region and authorities") :]
    days = "1 January 2020 or earlier – 31 December 2020"
    assert f"Region and authorities South Savo {days} South Savo ELY Centre {days}" in panel
    assert "North Savo" not in panel[: panel.index("Nearest municipalities")]


def test_municipality_of_today_has_no_notice(client: Client) -> None:
    page = words(main(client.get(JOROINEN)))

    assert "Municipality in North Savo, Finland" in page
    assert "Show those of today" not in page


def test_municipality_of_an_unknown_time_says_so(client: Client) -> None:
    answer = client.get(f"{JOROINEN}?as_of=2015-06-15")

    assert "is known from 1 January 2020 on" in words(main(answer))
    assert facts(answer)["Region"] == "not known"


@pytest.mark.parametrize("address", ["municipalities/", "regions/", "municipalities/fi-171-joroinen/"])
def test_day_that_cannot_be_read_is_said_at_its_field(client: Client, address: str) -> None:
    page = main(client.get(f"/en/{address}?as_of=foo"))

    assert page.count('<div id="id_as_of_error">') == 1
    assert "As of: Give a day as 15.6.2020 or 2020-06-15." in words(page)


@pytest.mark.parametrize(
    "address", ["municipalities/?q=joroinen&as_of=2020-06-15", "regions/fi-r10-south-savo/?as_of=2020-06-15"]
)
def test_links_to_municipalities_keep_the_day(client: Client, address: str) -> None:
    assert f'href="{JOROINEN}?as_of=2020-06-15"' in main(client.get(f"/en/{address}"))


@pytest.mark.parametrize("key", ["fi-507-mantyharju", "fi-214-kankaanpaa", "fi-541-nurmes"])
def test_facts_and_line_count_the_same_people(client: Client, key: str) -> None:
    answer = client.get(f"/en/municipalities/{key}/")

    count, year = facts(answer)["Population"].split()
    assert f"{year.strip('()')} {count}" in words(main(answer))


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/fi/kunnat/fi-854-pello/", "Lappi 1.1.2020 alkaen tai jo aiemmin"),
        ("/sv/kommuner/fi-854-pello/", "Lappland från och med 1 januari 2020 eller tidigare"),
        ("/en/municipalities/fi-854-pello/", "Lapland since 1 January 2020 or earlier"),
    ],
)
def test_period_that_lasts_reads_as_one(client: Client, address: str, said: str) -> None:
    assert said in words(main(client.get(address)))


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/fi/maakunnat/se-r25-norrbottens-lan/", "Niiden kuntien summa, jotka siihen kuuluivat 1.6.2020"),
        ("/sv/landskap-och-lan/se-r25-norrbottens-lan/", "Summan av de kommuner som hörde hit 1 juni 2020"),
        ("/sv/landskap-och-lan/se-r25-norrbottens-lan/", "Registret som det var den 1 juni 2020."),
        ("/en/regions/se-r25-norrbottens-lan/", "The sum of the municipalities that it had on 1 June 2020"),
        ("/fi/kunnat/fi-171-joroinen/", "Etelä-Savo 1.1.2020 tai aiemmin – 31.12.2020"),
        ("/sv/kommuner/fi-171-jorois/", "Södra Savolax 1 januari 2020 eller tidigare – 31 december 2020"),
    ],
)
def test_a_past_day_is_named_as_such(client: Client, address: str, said: str) -> None:
    assert said in words(main(client.get(f"{address}?as_of=2020-06-01")))
