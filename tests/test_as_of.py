"""``as_of`` is one parameter: said once, read alike by every page, list and answer that is told for a day."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils.translation import override

from kopa.base.parameters import AsOf
from municipalities.filters import MunicipalityFilter, RegionFilter
from pilots.filters import PilotGroupFilter
from tests.factories import PilotGroupFactory, municipality

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

LISTS = ["municipalities/", "regions/", "pilot-groups/"]
THINGS = ["municipalities/FI-854/", "regions/FI-R19/", "pilot-groups/kopa-4/"]


@pytest.fixture
def things() -> None:
    municipality("FI-854")
    PilotGroupFactory(number=4)


@pytest.mark.parametrize("filters", [MunicipalityFilter, RegionFilter, PilotGroupFilter])
def test_every_list_has_the_one_field(filters: type) -> None:
    assert type(filters().form.fields["as_of"]) is AsOf


def test_the_description_of_the_api_says_it_once_for_all(client: Client) -> None:
    paths = client.get("/api/v1/schema/", HTTP_ACCEPT="application/json").json()["paths"]
    told = {
        (one["description"], one["schema"]["format"])
        for path in paths.values()
        for one in path["get"].get("parameters", [])
        if one["name"] == "as_of"
    }

    assert told == {("The day for which the answer is told, as 2020-06-15; without it today.", "date")}


@pytest.mark.usefixtures("things")
@pytest.mark.parametrize("path", LISTS + THINGS)
def test_a_day_is_refused_in_the_same_words(client: Client, path: str) -> None:
    assert client.get(f"/api/v1/{path}?as_of=2020-06-15").status_code == 200
    answer = client.get(f"/api/v1/{path}?as_of=15.13.2020&lang=en")

    assert answer.status_code == 400
    assert answer.json()["errors"] == [
        {"parameter": "as_of", "code": "invalid", "detail": "Give a day as 15.6.2020 or 2020-06-15."}
    ]


@pytest.mark.usefixtures("things")
@pytest.mark.parametrize("language", ["fi", "sv", "en"])
@pytest.mark.parametrize("path", LISTS + THINGS)
def test_a_day_is_read_as_people_write_it(client: Client, path: str, language: str) -> None:
    answer = client.get(f"/api/v1/{path}?as_of=1.6.2020&lang={language}")

    assert answer.status_code == 200
    assert answer.json() == client.get(f"/api/v1/{path}?as_of=2020-06-01&lang={language}").json()


@pytest.mark.usefixtures("things")
@pytest.mark.parametrize("address", ["/fi/kunnat/", "/sv/kommuner/", "/en/municipalities/fi-854-pello/"])
def test_links_and_the_box_have_the_day_as_addresses_do(client: Client, address: str) -> None:
    page = client.get(f"{address}?as_of=1.6.2020").content.decode()

    assert 'value="2020-06-01"' in page
    assert "as_of=1.6.2020" not in page.partition("<main")[2]


@pytest.mark.parametrize("text", ["1.6.2020", "01.06.2020", "2020-06-01"])
def test_the_field_reads(text: str) -> None:
    with override("en"):
        assert AsOf().clean(text) == dt.date(2020, 6, 1)


@pytest.mark.parametrize(
    "text", ["31.2.2020", "1.6.20", "1.6.", "001.6.2020", "1.6.2500", "1/6/2020", "1.6.2020\n"]
)
def test_the_field_refuses(text: str) -> None:
    with override("en"), pytest.raises(ValidationError, match="Give a day as 15"):
        AsOf().clean(text)
