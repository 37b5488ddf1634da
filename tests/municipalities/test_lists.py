"""The lists of municipalities and regions as of a day, as pages, files and over the API."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import parse_qsl

import pytest
from django.test import Client

from municipalities.models import Municipality
from tests.reading import main, rows, table, words

pytestmark = [
    pytest.mark.integration,
    pytest.mark.django_db,
    pytest.mark.usefixtures("loaded"),
    pytest.mark.xdist_group("municipalities register"),
]


def names(answer: Any) -> list[str]:
    return [row[0] for row in rows(answer)]


@pytest.mark.parametrize(
    ("name", "in_2020", "in_2026"),
    [
        ("Joroinen", "South Savo", "North Savo"),
        ("Kuhmoinen", "Central Finland", "Pirkanmaa"),
        ("Heinävesi", "South Savo", "North Karelia"),
    ],
)
def test_list_shows_the_region_of_the_day(client: Client, name: str, in_2020: str, in_2026: str) -> None:
    then = rows(client.get(f"/en/municipalities/?q={name}&as_of=2020-06-15"))
    now = rows(client.get(f"/en/municipalities/?q={name}"))

    assert [then[0][2], now[0][2]] == [in_2020, in_2026]


def test_region_is_that_of_the_day_in_the_filter(client: Client) -> None:
    then = names(client.get("/fi/kunnat/?region=FI-R10&as_of=2020-12-31"))
    now = names(client.get("/fi/kunnat/?region=FI-R10"))

    assert [name.split()[0] for name in then if name not in now] == ["Heinävesi", "Joroinen", "Pertunmaa"]
    assert set(now) <= set(then)


def test_list_says_of_which_day_it_is(client: Client) -> None:
    page = words(main(client.get("/sv/kommuner/?as_of=2020-06-15")))

    assert "600 kommuner" in page
    assert "15 juni 2020" in page
    assert "15 juni 2020" not in words(main(client.get("/sv/kommuner/")))


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/fi/kunnat/?as_of=31.6.2020", "Anna päivä muodossa 15.6.2020 tai 2020-06-15."),
        ("/sv/kommuner/?as_of=2020-02-30", "Ange dagen som 15.6.2020 eller 2020-06-15."),
        ("/en/regions/?as_of=soon", "Give a day as 15.6.2020 or 2020-06-15."),
    ],
)
def test_a_day_that_is_none_is_refused_at_the_field(client: Client, address: str, said: str) -> None:
    answer = client.get(address)

    assert answer.status_code == 200
    # At the field, and in the notice that names what was left out.
    assert words(main(answer)).count(said) == 2


UNKNOWN = ["1990-01-01", "2019-06-01", "2019-12-31"]


@pytest.mark.parametrize("day", UNKNOWN)
@pytest.mark.parametrize("address", ["municipalities/", "municipalities/?include=dissolved", "regions/"])
def test_a_day_before_everything_is_not_known(client: Client, address: str, day: str) -> None:
    """Also in 2019, for which a source tells of one municipality alone."""
    answer = client.get(f"/en/{address}", {"as_of": day} | dict(parse_qsl(address.partition("?")[2])))
    page = words(main(answer))

    assert rows(answer) == []
    assert "Not known as of" in page
    assert "is known from 1 January 2020 on" in page
    assert "is known on that day." in page


@pytest.mark.parametrize("day", UNKNOWN)
@pytest.mark.parametrize("kind", ["municipalities", "regions"])
def test_file_of_an_unknown_day_is_empty_and_says_so(client: Client, kind: str, day: str) -> None:
    answer = client.get(f"/en/{kind}/{kind}.csv?as_of={day}")

    assert answer["Content-Disposition"] == f'attachment; filename="kopa-{kind}-{day}-not-known.csv"'
    assert len(table(answer)) == 1


@pytest.mark.parametrize("day", UNKNOWN)
@pytest.mark.parametrize("kind", ["municipalities", "regions"])
def test_api_says_from_which_day_on_it_knows(client: Client, kind: str, day: str) -> None:
    answer = client.get(f"/api/v1/{kind}/?as_of={day}").json()

    assert (answer["count"], answer["known_from"], answer["results"]) == (0, "2020-01-01", [])
    now = client.get(f"/api/v1/{kind}/?as_of=2020-01-01").json()
    assert (now["count"] > 0, now["known_from"]) == (True, "2020-01-01")


PEOPLE = {"2020-06-01": 5_525_292, "2021-06-01": 5_533_793, "2025-06-01": 5_563_970, "": 5_563_970}


@pytest.mark.parametrize("day", PEOPLE)
def test_nobody_is_counted_twice_or_in_another_year(client: Client, day: str) -> None:
    """Municipalities add up to what the regions add up to: in the file, on a region's page and in the API."""
    query = {"country": "FI", "as_of": day}
    head, *lines = table(client.get("/en/municipalities/municipalities.csv", query))
    counted = [line[head.index("Population")] for line in lines]
    years = {line[head.index("Year of the population")] for line in lines} - {""}
    assert sum(int(one) for one in counted if one) == PEOPLE[day]
    assert years == {str(min(int(day[:4] or 2026) - 1, 2022))}

    first, second = (
        client.get("/api/v1/municipalities/", {**query, "page_size": 200, "page": page}).json()["results"]
        for page in (1, 2)
    )
    assert sum(one["population"] or 0 for one in first + second) == PEOPLE[day]
    assert {str(one["population_year"]) for one in first + second} - {"None"} == years

    page = rows(client.get("/en/regions/fi-r10-south-savo/", {"as_of": day}))
    of_region = [
        line[8] for line in table(client.get("/en/regions/regions.csv", query)) if line[0] == "FI-R10"
    ]
    assert sum(int(row[2].rpartition(" (")[0].replace(",", "")) for row in page) == int(of_region[0])


def test_name_of_a_dissolved_one_finds_its_successor(client: Client) -> None:
    assert rows(client.get("/en/municipalities/?q=Honkajoki"))[0][:2] == [
        "Kankaanpää",
        "Honkajoki (until 31 December 2020)",
    ]
    assert names(client.get("/en/municipalities/?q=Honkajoki&as_of=2020-12-31")) == [
        "Honkajoki (until 31 December 2020)"
    ]
    assert names(client.get("/en/municipalities/?q=Honkajoki&include=dissolved")) == ["Honkajoki dissolved"]
    assert names(client.get("/en/municipalities/?q=FI-099")) == ["Kankaanpää"]


def test_api_says_who_was_merged(client: Client) -> None:
    (found,) = client.get("/api/v1/municipalities/?q=honkajoki&lang=fi").json()["results"]

    assert (found["key"], found["name"]) == ("FI-214", "Kankaanpää")
    assert found["merged"] == [{"key": "FI-099", "name": "Honkajoki", "last_day": "2020-12-31"}]


@pytest.mark.parametrize(
    ("query", "region", "authorities", "day"),
    [
        ("as_of=2020-06-15", "FI-R10", ["ely-07"], "2020-06-15"),
        ("as_of=2025-12-31", "FI-R11", ["ely-08"], "2025-12-31"),
        ("", "FI-R11", ["evk-06"], "2026-11-24"),
    ],
)
def test_api_tells_divisions_of_a_day(
    client: Client, query: str, region: str, authorities: list[str], day: str
) -> None:
    for address in (f"/api/v1/municipalities/FI-171/?{query}", f"/api/v1/municipalities/?q=Jorois&{query}"):
        answer = client.get(address).json()
        found = answer["results"][0] if "results" in answer else answer
        assert found["as_of"] == day
        assert found["region"]["key"] == region
        assert [one["key"] for one in found["authorities"]] == authorities


def test_api_leaves_open_what_was_before_everything(client: Client) -> None:
    found = client.get("/api/v1/municipalities/FI-911/?as_of=2019-06-01").json()

    assert (found["as_of"], found["region"], found["authorities"]) == ("2019-06-01", None, [])
    assert client.get("/api/v1/regions/FI-R12/?as_of=2019-06-01").json()["municipalities"] == []


def test_api_tells_the_municipalities_of_a_region_on_a_day(client: Client) -> None:
    then = client.get("/api/v1/regions/FI-R11/?as_of=2020-12-31").json()["municipalities"]
    now = client.get("/api/v1/regions/FI-R11/").json()["municipalities"]

    assert set(now) - set(then) == {"FI-171"}
    assert client.get("/api/v1/regions/?as_of=2020-12-31").json()["count"] == 40
    assert client.get("/api/v1/regions/?as_of=2015-12-31").json()["count"] == 0
    every = client.get("/api/v1/regions/?page_size=200").json()["results"]
    assert sum(len(one["municipalities"]) for one in every) == 598


@pytest.mark.parametrize(
    "address", ["municipalities/", "municipalities/FI-854/", "regions/", "regions/FI-R19/"]
)
def test_api_refuses_a_day_that_is_none(client: Client, address: str) -> None:
    answer = client.get(f"/api/v1/{address}?as_of=2020-02-30&lang=sv")

    assert answer.status_code == 400
    assert answer.json()["errors"] == [
        {"parameter": "as_of", "code": "invalid", "detail": "Ange dagen som 15.6.2020 eller 2020-06-15."}
    ]


def test_regions_of_both_countries_are_listed(client: Client) -> None:
    found = rows(client.get("/sv/landskap-och-lan/"))

    assert len(found) == 40
    assert found[0][0] == "Birkaland"
    assert ["Norrbottens län", "Sverige", "14", "250 093 (2019)"] in [row[:4] for row in found]
    assert found[18][0] == "Österbotten"  # å, ä and ö stand last
    assert [row[4] for row in found] == [str(number) for number in range(1, 41)]  # as on the map


def test_population_of_regions_is_counted_in_the_division_of_the_day(client: Client) -> None:
    """Who lives in a municipality that moved counts where it belongs on the day; nobody twice."""

    def people(day: str) -> dict[str, int]:
        lines = table(client.get(f"/en/regions/regions.csv?country=FI&as_of={day}"))[1:]
        return {line[0]: int(line[8]) for line in lines}

    before, after = people("2020-12-31"), people("2021-01-01")
    assert (sum(before.values()), sum(after.values())) == (5_525_292, 5_533_793)
    now = people("2026-11-24")
    assert sum(now.values()) == 5_563_970
    joroinen = Municipality.objects.get(key="FI-171")
    moved = people("2023-06-01")
    assert moved["FI-R11"] - joroinen.population > 0


@pytest.mark.parametrize(
    ("address", "heading"),
    [
        ("/fi/kunnat/kunnat.csv", "Tunnus"),
        ("/sv/kommuner/kommuner.csv", "Nyckel"),
        ("/en/municipalities/municipalities.csv", "Key"),
    ],
)
def test_file_has_the_headings_of_the_language(client: Client, address: str, heading: str) -> None:
    answer = client.get(address)
    lines = table(answer)

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="kopa-')
    assert lines[0][0] == heading
    assert len(lines) == 1 + 598
    assert {len(line) for line in lines} == {len(lines[0])}


def test_file_holds_what_the_page_shows(client: Client) -> None:
    """The same filters, all pages."""
    query = "country=FI&region=FI-R10&as_of=2020-06-15&q=jo"
    lines = table(client.get(f"/en/municipalities/municipalities.csv?{query}"))
    head, found = lines[0], [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]

    assert [line["Name"] for line in found] == names(client.get(f"/en/municipalities/?{query}"))
    assert "Region" in head
    (joroinen,) = [line for line in found if line["Key"] == "FI-171"]
    assert (joroinen["Region"], joroinen["As of"]) == ("South Savo", "2020-06-15")
    assert joroinen["Name (sv)"] == "Jorois"


def test_page_links_to_its_file(client: Client) -> None:
    page = main(client.get("/en/municipalities/?region=FI-R10&as_of=2020-06-15&page=1&nonsense=1"))

    assert 'href="/en/municipalities/municipalities.csv?region=FI-R10&amp;as_of=2020-06-15"' in page
    assert dt.date(2020, 6, 15).isoformat() in page
