"""Whoever knows a group by its number finds it; its address stays that of its code."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils.translation import override

from offerings.filters import OfferingFilter
from offerings.search.addresses import query_string
from pilots.models import PilotGroup
from pilots.numbers import number_in
from pilots.titles import code_of, no_such_group
from tests.factories import PilotGroupFactory
from tests.reading import main, rows, words

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def groups() -> None:
    for number in (3, 4, 5):
        PilotGroupFactory(number=number, members=["FI-854"] if number == 4 else ["FI-638"])
    PilotGroupFactory(
        number=None, code="southern", kind="co_operation_area", called_sv="Södra", valid_to=None
    )


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("4", 4), ("kopa-4", 4), ("KOPA 4", 4), ("Pilottiryhmä 4", 4), ("pilotti 13", 13),
        ("pilot group 7", 7), ("pilotgruppen 4", 4),
        (" 4 ", 4), ("0", None), ("4a", None), ("FI-854", None), ("", None),
        ("12345", None), ("southern", None),
    ],
)  # fmt: skip
def test_a_number_stands_alone_or_behind_what_a_group_is_called(text: str, number: int | None) -> None:
    assert number_in(text) == number


@pytest.mark.usefixtures("groups")
@pytest.mark.parametrize("given", ["4", "kopa-4", "KOPA-4"])
def test_the_search_takes_the_number_and_writes_the_code(client: Client, given: str) -> None:
    filters = OfferingFilter({"pilot": given})

    assert filters.refused == ()
    assert query_string(filters.query) == "?pilot=kopa-4"
    assert client.get(f"/api/v1/offerings/?pilot={given}").status_code == 200
    page = client.get(f"/en/places/?pilot={given}")
    assert "Part of the address was not understood" not in words(main(page))
    assert "Pilot group 4: Pello" in words(main(page))


@pytest.mark.usefixtures("groups")
def test_several_groups_by_number_and_code() -> None:
    assert OfferingFilter({"pilot": "4,southern,5"}).query.pilot == {"kopa-4", "kopa-5", "southern"}


@pytest.mark.usefixtures("groups")
def test_what_is_not_there_is_answered_with_what_there_is(client: Client) -> None:
    answer = client.get("/api/v1/offerings/?pilot=99&lang=en")

    assert answer.status_code == 400
    assert answer.json()["errors"] == [
        {
            "parameter": "pilot", "code": "unknown_value",
            "detail": "There is no group “99”. There are 3–5 and southern.",
        }
    ]  # fmt: skip
    page = words(main(client.get("/fi/paikat/?pilot=99")))
    assert "Ryhmää ”99” ei ole. Ryhmät ovat 3–5 ja southern." in page


def test_numbers_with_gaps_are_all_named() -> None:
    with override("en"):
        assert no_such_group("99") == "There is no group “99”."
        for number in (2, 4, 9):
            PilotGroupFactory(number=number)
        assert no_such_group("99") == "There is no group “99”. There are 2, 4 and 9."
    assert code_of("9") == "kopa-9"
    assert code_of("Nothing") == "nothing"


@pytest.mark.usefixtures("groups")
def test_the_page_leads_to_the_code(client: Client) -> None:
    moved = client.get("/en/areas/4/?as_of=2020-06-01")

    assert (moved.status_code, moved["Location"]) == (301, "/en/areas/kopa-4/?as_of=2020-06-01")
    assert client.get("/en/areas/KOPA-4/")["Location"] == "/en/areas/kopa-4/"
    assert client.get("/en/areas/99/").status_code == 404
    assert client.get("/en/areas/kopa-4/").status_code == 200


@pytest.mark.usefixtures("groups")
def test_the_api_answers_to_the_number(client: Client) -> None:
    for given in ("4", "kopa-4"):
        assert client.get(f"/api/v1/pilot-groups/{given}/").json()["code"] == "kopa-4"
    assert client.get("/api/v1/pilot-groups/99/").status_code == 404


@pytest.mark.usefixtures("groups")
@pytest.mark.parametrize("text", ["4", "Pilot group 4", "pilotti 4"])
def test_the_list_of_groups_finds_the_number(client: Client, text: str) -> None:
    assert [row[0] for row in rows(client.get("/en/areas/", {"q": text}))] == ["Pilot group 4"]
    found = client.get("/api/v1/pilot-groups/", {"q": text}).json()["results"]
    assert [one["code"] for one in found] == ["kopa-4"]
    assert list(PilotGroup.objects.named("99")) == []


def test_a_number_that_no_group_has_is_looked_for_in_names() -> None:
    named = PilotGroupFactory(number=3, name_fi="Pilotti 2030", name_sv="Pilot 2030")

    assert list(PilotGroup.objects.named("Pilotti 2030")) == [named]
    assert list(PilotGroup.objects.named("Pilotti 2031")) == []
