"""The page of a region, and what a municipality's page says of its regions and authorities."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.reading import heading, main, rows, words

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


def test_region_says_where_those_of_a_merged_one_are_counted(client: Client) -> None:
    answer = client.get("/en/regions/fi-r04-satakunta/?as_of=2020-06-15")

    assert ["Honkajoki (until 31 December 2020)", "099", "–"] in rows(answer)
    assert "Who lived in Honkajoki or Valtimo is counted in their successors" in words(main(answer))


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
    answer = client.get(f"{NORTH_SAVO}?as_of=1.1.2021&colour=red")

    assert answer.status_code == 200
    page = words(main(answer))
    assert "Give a day as 2027-01-31. " in page
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
        " North Savo 1 January 2021 –"
        " South Savo 1 January 2020 or before – 31 December 2020"
        " Eastern Finland Economic Development Centre 1 January 2026 –"
        " North Savo ELY Centre 1 January 2021 – 31 December 2025"
        " South Savo ELY Centre 1 January 2020 or before – 31 December 2020"
    ) in page


def test_dissolved_municipality_s_memberships_have_ended(client: Client) -> None:
    page = words(main(client.get("/en/municipalities/fi-099-honkajoki/")))

    assert "Satakunta 1 January 2020 or before – 31 December 2020 Satakunta ELY Centre" in page
