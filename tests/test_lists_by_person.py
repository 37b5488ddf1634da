"""Lists, counts, facets, suggestions and files: for each person compared with SQL of our own."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from tests.factories import OfferingFactory, organisation_of
from tests.people import NAMES

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
# Whatever lists courses, or counts them. Each course is known by one word of its title.
LISTS = (
    "offerings:search", "offerings:own", "offerings:imports", "municipalities:detail", "providers:detail",
    "municipalities:suggest", "providers:list", "providers:list_csv", "portal:home", "portal:register_search",
)  # fmt: skip
PUBLIC = "select title_fi from offerings_offering where published_at is not null"
OWN = """
    select o.title_fi from offerings_offering o
      join providers_roleassignment r on r.organisation_id = o.provider_id
      join providers_organisation p on p.id = o.provider_id
     where r.person_id = %s and r.valid_from <= current_date
       and (r.role = 'provider_staff' or r.role = 'officer' and p.kind = 'municipality')
"""


def asked(sql: str, *values: object) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return {title for (title,) in cursor.fetchall()}


@pytest.fixture
def courses(lappia, pello) -> dict[str, object]:
    hosts = {"lappia": lappia, "pello": pello, "loviisa": organisation_of("FI-434")}
    for name, host in hosts.items():
        for status in ("published", "draft", "cancelled"):
            OfferingFactory(provider=host, status=status, title_fi=f"Kurssi{status}{name}", sites=["FI-854"])
        OfferingFactory(
            provider=host, status="cancelled", published_at=None, title_fi=f"Kurssihylatty{name}"
        )
    return hosts


def path_of(name: str, hosts: dict[str, object]) -> str:
    with override("fi"):
        match name:
            case "municipalities:detail":
                return hosts["pello"].municipality.get_absolute_url()  # type: ignore[attr-defined]
            case "providers:detail":
                return hosts["lappia"].get_absolute_url()  # type: ignore[attr-defined]
            case _:
                return reverse(name) + "?q=Kurssi"


@pytest.mark.parametrize("name", ["anonymous", *NAMES])
def test_lists_hold_what_is_public_and_what_is_one_s_own(name, request, courses):
    """TESTPLAN A2: foreign drafts are in no list, file, suggestion or count."""
    client, allowed = Client(), asked(PUBLIC)
    if name != "anonymous":
        person = request.getfixturevalue(name)
        client.force_login(person)
        allowed |= asked(OWN, person.pk)

    seen: dict[str, set[str]] = {}
    for route in LISTS:
        answer = client.get(path_of(route, courses))
        page = answer.getvalue()
        seen[route] = set(re.findall(r"Kurssi[a-z]+", page.decode())) - {"Kurssi"}

    assert {route: titles - allowed for route, titles in seen.items()} == {route: set() for route in LISTS}
    assert seen["offerings:search"] == {f"Kurssipublished{host}" for host in courses}


@pytest.mark.parametrize("name", ["anonymous", "bengt", "kaisa", "anna"])
def test_counts_are_those_of_what_is_public(name, request, courses):
    """TESTPLAN A2: a number tells of no draft either."""
    client = Client()
    if name != "anonymous":
        client.force_login(request.getfixturevalue(name))

    found = client.get("/api/v1/offerings/?facets=1").json()

    public = asked("select title_fi from offerings_offering where status = 'published'")
    assert (found["count"], len(found["results"])) == (len(public), len(public))
    counts = [
        entry["count"] for facet in found["facets"].values() for entry in facet if isinstance(entry, dict)
    ]
    assert counts
    assert max(counts) <= len(public)
