"""Pilot groups over the API."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from pilots.models import PilotGroup
from providers.models import Organisation
from tests.factories import (
    InstitutionFactory,
    MunicipalityFactory,
    PilotGroupFactory,
    PilotMembershipFactory,
    municipality,
)

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def group(lappia: Organisation) -> PilotGroup:
    """A municipality that merged, one via the joint authority, an institution of that."""
    merged = MunicipalityFactory(
        code="099", name_fi="Honkajoki", name_sv="Honkajoki", valid_to=dt.date(2020, 12, 31),
        successor=municipality("FI-851"),
    )  # fmt: skip
    group = PilotGroupFactory(number=3, summary_sv="Vi gör", contact_email="kontor@example.org")
    PilotMembershipFactory(group=group, municipality=merged)
    PilotMembershipFactory(
        group=group, position=2, kind="via_joint_authority", via_organisation=lappia, name_sv=""
    )
    PilotMembershipFactory(
        group=group, position=3, member_kind="institution",
        institution=InstitutionFactory(organisation=lappia),
    )  # fmt: skip
    return group


def read(client: Client, path: str) -> dict[str, Any]:
    answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def test_a_group_is_given_whole(client: Client, group: PilotGroup, lappia: Organisation) -> None:
    given = read(client, "pilot-groups/kopa-3/")
    owner = {"id": lappia.pk, "name": {"fi": lappia.name_fi, "sv": lappia.name_sv or None, "en": None}}
    first, second, third = given.pop("members")

    assert first == {
        "position": 1, "name": {"fi": "Honkajoki", "sv": "Honkajoki", "en": None}, "kind": "direct",
        "member_kind": "municipality",
        "municipality": {"key": "FI-099", "name": {"fi": "Honkajoki", "sv": "Honkajoki", "en": None}},
        "municipality_on_day": "FI-851", "provider": None, "institution": None, "via": None, "implied_by": [],
        "first_day": None, "last_day": None, "sources": ["kopa-page"],
    }  # fmt: skip
    assert (second["kind"], second["via"], second["name"]["sv"]) == ("via_joint_authority", owner, None)
    assert (third["member_kind"], third["provider"], third["municipality"]) == ("institution", owner, None)
    assert given == {
        "code": "kopa-3", "kind": "pilot_group", "number": 3, "country": "FI",
        "name": {"fi": None, "sv": None, "en": None}, "called": {"fi": None, "sv": None, "en": None},
        "summary": {"fi": None, "sv": "Vi gör", "en": None},
        "first_day": "2020-01-01", "last_day": "2021-12-31", "phase": "completed",
        "totals": {
            "municipalities": 2, "municipalities_direct": 1, "municipalities_via": 1, "joint_authorities": 0,
            "joint_authorities_implied": 0, "institutions": 1, "companies": 0,
            "universities_of_applied_sciences": 0, "municipal_enterprises": 0,
        },
        "contact": {
            "name": {"fi": None, "sv": None, "en": None}, "email": "kontor@example.org", "phone": None,
        },
        "links": [], "sources": ["kopa-page"], "url": "http://testserver/en/areas/kopa-3/",
        "updated_at": "2026-11-24T08:00:00Z",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("day", "keys", "phase"),
    [
        ("2019-12-31", [], "not_begun"),
        ("2020-12-31", ["FI-099", "FI-854", None], "running"),
        ("2021-01-01", ["FI-851", "FI-854", None], "running"),
        ("2022-01-01", ["FI-851", "FI-854", None], "completed"),
    ],
)
@pytest.mark.usefixtures("group")
def test_members_of_a_day(client: Client, day: str, keys: list[str | None], phase: str) -> None:
    given = read(client, f"pilot-groups/kopa-3/?as_of={day}")

    assert [one["municipality_on_day"] for one in given["members"]] == keys
    assert given["phase"] == phase
    assert given["totals"]["municipalities"] == len([key for key in keys if key])


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("", ["kopa-3", "kopa-8", "tunturi"]),
        ("municipality=FI-854", ["kopa-3", "kopa-8"]),
        ("municipality=FI-851", ["kopa-3"]),
        ("municipality=FI-851&as_of=2020-06-01", []),
        ("municipality=FI-099", ["kopa-3"]),
        ("municipality=FI-854&as_of=2019-06-01", []),
        ("as_of=2019-06-01", ["tunturi"]),
        ("kind=co_operation_area", ["tunturi"]),
        ("q=honkajoki", ["kopa-3"]),
    ],
)
@pytest.mark.usefixtures("group")
def test_the_list_is_narrowed(client: Client, query: str, codes: list[str]) -> None:
    PilotGroupFactory(number=8, members=["FI-854"])
    PilotGroupFactory(
        number=None, code="tunturi", kind="co_operation_area", valid_from=None, valid_to=None,
        members=["FI-273"],
    )  # fmt: skip

    assert [one["code"] for one in read(client, f"pilot-groups/?{query}")["results"]] == codes


@pytest.mark.parametrize(
    "query", ["municipality=FI-000", "as_of=2020-13-01", "kind=club", "day=2020-01-01", "as_of=today"]
)
@pytest.mark.usefixtures("group")
def test_what_is_not_understood_is_refused(client: Client, query: str) -> None:
    assert client.get(f"/api/v1/pilot-groups/?{query}").status_code == 400
    assert client.get("/api/v1/pilot-groups/kopa-3/?as_of=x").status_code == 400


def test_one_language(client: Client, group: PilotGroup) -> None:
    given = read(client, "pilot-groups/kopa-3/?lang=fi")

    assert (given["name"], given["summary"]) == (None, "Vi gör")
    assert given["members"][0]["name"] == "Honkajoki"
    assert given["url"] == "http://testserver/fi/alueet/kopa-3/"


@pytest.mark.parametrize("number", [1, 3])
def test_list_asks_as_much_for_one_as_for_three(
    client: Client, lappia: Organisation, django_assert_num_queries: DjangoAssertNumQueries, number: int
) -> None:
    for _ in range(number):
        PilotGroupFactory(members=["FI-854", "FI-638", lappia])
    read(client, "pilot-groups/")

    with django_assert_num_queries(6):
        given = read(client, "pilot-groups/")

    assert given["count"] == number
