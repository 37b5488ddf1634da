"""What leaves the portal names it by PUBLIC_URL, by whichever host name it was asked for."""

from __future__ import annotations

import json
import re

import pytest

from offerings.presenting import address
from tests.factories import OfferingFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def asked_by(client, settings):
    """Ask for a page by another host name that the portal answers to as well."""
    settings.EMBEDDED = False
    settings.PUBLIC_URL = "https://kopa.example"
    settings.ALLOWED_HOSTS = ["kopa.example", "www.kopa.example"]
    return lambda path, query="": client.get(f"{path}{query}", HTTP_HOST="www.kopa.example")


def canonical(answer) -> str:
    return re.search(r'<link rel="canonical" href="([^"]*)">', answer.text)[1]


def test_calendar_files_name_the_public_address(asked_by):
    """An event that came twice, by two host names, is still one event."""
    offering = OfferingFactory()

    lines = asked_by(f"/fi/paikat/{offering.pk}/kalenteri.ics").text.replace("\r\n ", "").splitlines()

    assert {line for line in lines if line.startswith("URL:")} == {f"URL:https://kopa.example{address(offering)}"}
    names = [line for line in lines if line.startswith("UID:")]
    assert len(names) == 2
    assert all(name.endswith("@kopa.example") for name in names)


def test_search_engines_read_the_public_address(asked_by):
    offering = OfferingFactory(title_fi="Hitsaaja ääni")
    here = f"https://kopa.example{address(offering)}"

    answer = asked_by(address(offering), "?home=FI-854")
    data = re.search(r'<script type="application/ld\+json">(.*?)</script>', answer.text, re.DOTALL)[1]
    said = json.loads(data)

    assert canonical(answer) == here
    assert (said["@id"], said["url"]) == (f"{here}#course", here)
    assert canonical(asked_by("/fi/paikat/", "?free=1")) == "https://kopa.example/fi/paikat/?free=1"


def test_what_up_runs_is_named_as_the_reader_typed_it(client, settings):
    settings.EMBEDDED = True
    settings.PUBLIC_URL = "http://localhost:8000"
    settings.ALLOWED_HOSTS = ["192.0.2.7"]
    offering = OfferingFactory()

    answer = client.get(address(offering), HTTP_HOST="192.0.2.7:8000")

    assert canonical(answer) == f"http://192.0.2.7:8000{address(offering)}"
