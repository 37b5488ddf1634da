from __future__ import annotations

import re
from http import HTTPStatus

import pytest
from django.test import Client

from tests.factories import OfferingFactory, OrganisationFactory, municipality, organisation_of

pytestmark = [pytest.mark.django_db, pytest.mark.integration]


def numbers(html: str) -> list[tuple[str, str]]:
    """Each number of the row with its words."""
    return re.findall(r'<p class="k-kv">([^<]*)</p><p class="k-kl">([^<]*)</p>', html)


def titles(html: str) -> list[str]:
    return re.findall(r'id="offering-\d+" href="[^"]+">([^<]+)</a>', html)


def test_numbers_count_what_is_open_for_applications(client: Client) -> None:
    lappia = OrganisationFactory()
    OfferingFactory(provider=lappia, capacity=16, taken=9, quotas={"FI-854": 2}, sites=["FI-851", "FI-854"])
    OfferingFactory(provider=organisation_of("SE-2583"), capacity=10, taken=4)
    OfferingFactory(provider=lappia, capacity=8, taken=8)
    OfferingFactory(provider=lappia, status="draft")
    OfferingFactory(provider=lappia, status="cancelled")
    OfferingFactory(provider=lappia, closes_in_days=-1)

    html = client.get("/en/").content.decode()

    assert numbers(html) == [
        ("11", "free places"),
        ("2", "courses with free places"),
        ("3", "municipalities to study in"),
        ("2", "education providers"),
    ]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fi", ["vapaa paikka", "koulutus, jossa on vapaita paikkoja", "kunta, jossa voi opiskella",
                "koulutuksen järjestäjä"]),
        ("sv", ["ledig plats", "utbildning med lediga platser", "kommun att studera i",
                "utbildningsanordnare"]),
        ("en", ["free place", "course with free places", "municipality to study in", "education provider"]),
    ],
)  # fmt: skip
def test_one_is_one_in_every_language(client: Client, language: str, words: list[str]) -> None:
    OfferingFactory(capacity=12, taken=11)

    html = client.get(f"/{language}/").content.decode()

    assert numbers(html) == [("1", word) for word in words]


def test_next_deadlines_come_first_and_full_courses_not_at_all(client: Client) -> None:
    for days in (20, 3, 9, 30, 12, 5):
        OfferingFactory(title_fi=f"Päättyy {days}", closes_in_days=days)
    OfferingFactory(title_fi="Täynnä", closes_in_days=1, capacity=5, taken=5)

    html = client.get("/fi/").content.decode()

    assert titles(html) == ["Päättyy 3", "Päättyy 5", "Päättyy 9", "Päättyy 12"]


def test_nothing_closes_where_nothing_is_open(client: Client) -> None:
    answer = client.get("/en/")

    html = answer.content.decode()
    assert answer.status_code == HTTPStatus.OK
    assert "Applications close soon" not in html
    assert [number for number, _ in numbers(html)] == ["0", "0", "0", "0"]


def test_home_chosen_before_gives_distance_and_own_places(client: Client) -> None:
    municipality("FI-854")
    OfferingFactory(capacity=16, taken=9, quotas={"FI-854": 2}, sites=["FI-851"])
    client.cookies["kopa_home"] = "FI-854"

    html = client.get("/fi/").content.decode()

    assert "103\u00a0km" in html
    assert numbers(html)[0] == ("7", "vapaata paikkaa")
    assert '<option value="FI-854" selected>' in html


@pytest.mark.parametrize("cookie", ["FI-999", "SE-0000", "x", "FI-854; drop table"])
def test_home_that_is_none_is_left_out(client: Client, cookie: str) -> None:
    OfferingFactory()
    client.cookies["kopa_home"] = cookie

    answer = client.get("/fi/")

    assert answer.status_code == HTTPStatus.OK
    assert "\u00a0km" not in answer.content.decode()


def test_search_box_leads_to_the_search_in_the_same_language(client: Client) -> None:
    html = client.get("/sv/").content.decode()

    form = html.partition('<form class="k-searchbar"')[2].partition("</form>")[0]
    assert ' action="/sv/platser/" method="get"' in form
    assert 'name="q"' in form
    assert 'name="home"' in form


def test_doors_lead_somewhere(client: Client) -> None:
    OfferingFactory()

    html = client.get("/en/").content.decode()

    assert re.findall(r'(?:href|action)=""', html) == []
    assert 'href="/en/places/?free=1&amp;open=1&amp;sort=deadline"' in html
    assert 'href="/en/municipalities/"' in html
    assert 'href="/en/sign-in/">Go to the desk' in html


@pytest.mark.parametrize(
    ("language", "words", "promise"),
    [
        ("fi", "etäisyys kotikunnastasi", "lähimmät ensin"),
        ("sv", "avstånd från din hemkommun", "närmaste först"),
        ("en", "distance from your home municipality", "nearest first"),
    ],
)
def test_lead_promises_no_order(client: Client, language: str, words: str, promise: str) -> None:
    html = client.get(f"/{language}/").content.decode()

    lead = html.split('<p class="k-lead">')[1].split("</p>")[0]
    assert words in lead
    assert promise not in html


def test_robots_may_read_all(client: Client) -> None:
    answer = client.get("/robots.txt")

    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.content == b"User-agent: *\nAllow: /\n"


def test_icon_is_the_drawing_that_pages_name(client: Client) -> None:
    answer = client.get("/favicon.ico")

    assert f'<link rel="icon" href="{answer["Location"]}"' in client.get("/fi/").content.decode()


@pytest.mark.parametrize("courses", [1, 3])
def test_home_page_asks_the_database_little(client: Client, courses: int, django_assert_num_queries) -> None:
    for _ in range(courses):
        OfferingFactory(quotas={"FI-854": 2}, capacity=10)
    client.get("/fi/")  # what is read once per process

    with django_assert_num_queries(9):
        client.get("/fi/")
