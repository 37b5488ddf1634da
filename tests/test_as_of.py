"""``as_of`` is one parameter: said once, read alike by every page, list and answer that is told for a day."""

from __future__ import annotations

import pytest
from django.test import Client

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
    answer = client.get(f"/api/v1/{path}?as_of=15.6.2020&lang=en")

    assert answer.status_code == 400
    assert answer.json()["errors"] == [
        {"parameter": "as_of", "code": "invalid", "detail": "Give a day as 2027-01-31."}
    ]
