"""Whatever tells of a day reads the memberships; ``Municipality.region`` follows them within the hour."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from kopa.portal.register_search import find
from municipalities.lookup import suggest
from municipalities.models import Municipality
from tests.factories import MunicipalityFactory, RegionFactory, RegionMembershipFactory, municipality, today
from tests.reading import facts, main, rows, table, words

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]
IN_2020 = "as_of=2020-06-15"


@pytest.fixture
def joroinen() -> Municipality:
    """In the other region since 1 January 2021; what is written beside it is still the one before."""
    before = RegionFactory(country="FI", code="10", name_fi="Etelä-Savo", name_en="South Savo")
    since = RegionFactory(country="FI", code="11", name_fi="Pohjois-Savo", name_en="North Savo")
    place = MunicipalityFactory(
        code="171", name_fi="Joroinen", name_sv="Jorois", region=before, memberships=False
    )
    RegionMembershipFactory(municipality=place, region=before, last_day=dt.date(2020, 12, 31))
    RegionMembershipFactory(municipality=place, region=since, first_day=dt.date(2021, 1, 1))
    municipality("FI-854")
    return place


def api(client: Client, path: str) -> Any:
    return client.get(f"/api/v1/{path}").json()


@pytest.mark.usefixtures("joroinen")
@pytest.mark.parametrize(
    ("query", "name", "key"), [("", "North Savo", "FI-R11"), (IN_2020, "South Savo", "FI-R10")]
)
def test_pages_and_files_tell_the_region_of_the_day(client: Client, query: str, name: str, key: str) -> None:
    listed = {row[0]: row[2] for row in rows(client.get(f"/en/municipalities/?{query}"))}
    assert listed["Joroinen"] == name
    assert facts(client.get(f"/en/municipalities/fi-171-joroinen/?{query}"))["Region"] == name
    narrowed = rows(client.get(f"/en/municipalities/?region={key}&{query}"))
    assert [row[0] for row in narrowed] == ["Joroinen"]
    page = client.get(f"/en/regions/{key.lower()}/?{query}", follow=True)
    assert [row[0] for row in rows(page)] == ["Joroinen"]
    regions = {row[0]: row[2] for row in rows(client.get(f"/en/regions/?{query}"))}
    assert regions == {"Lapland": "1", name: "1"}
    lines = table(client.get(f"/en/municipalities/municipalities.csv?{query}"))
    at = lines[0].index("Key of the region")
    assert {line[0]: line[at] for line in lines[1:]}["FI-171"] == key


@pytest.mark.usefixtures("joroinen")
@pytest.mark.parametrize(("query", "key"), [("", "FI-R11"), (IN_2020, "FI-R10")])
def test_the_api_tells_the_region_of_the_day(client: Client, query: str, key: str) -> None:
    assert api(client, f"municipalities/FI-171/?{query}")["region"]["key"] == key
    found = api(client, f"municipalities/?region={key}&{query}")["results"]
    assert [(one["key"], one["region"]["key"]) for one in found] == [("FI-171", key)]
    assert api(client, f"regions/{key}/?{query}")["municipalities"] == ["FI-171"]
    assert {one["key"] for one in api(client, f"regions/?{query}")["results"]} == {key, "FI-R19"}


@pytest.mark.usefixtures("joroinen")
def test_suggestions_and_the_register_search_tell_today_s(client: Client) -> None:
    assert [one.detail for one in suggest("Joroinen")] == ["North Savo"]
    assert find("Joroinen", today=today())[0].hits[0].detail == "North Savo"
    assert "Joroinen North Savo" in words(main(client.get("/en/register/?q=joroinen")))


def test_a_dissolved_one_is_listed_under_the_region_in_which_it_ended(
    client: Client, joroinen: Municipality
) -> None:
    MunicipalityFactory(
        code="099", name_fi="Honkajoki", valid_to=dt.date(2020, 12, 31), successor=joroinen,
        region=RegionFactory(country="FI", code="10"),
    )  # fmt: skip

    found = api(client, "municipalities/?region=FI-R10&include=dissolved")["results"]
    assert [one["key"] for one in found] == ["FI-099"]
    assert api(client, "municipalities/?region=FI-R10")["results"] == []
    assert [
        one["key"] for one in api(client, "municipalities/?region=FI-R10&as_of=2019-01-01")["results"]
    ] == []
