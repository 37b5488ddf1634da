"""The list of providers as a file."""

from __future__ import annotations

import pytest
from django.test import Client

from providers.models import Organisation
from tests.reading import table

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def test_line_holds_what_is_known_of_a_provider(client: Client, lappia: Organisation) -> None:
    Organisation.objects.filter(pk=lappia.pk).update(shares_its_name=True)
    head, line = table(client.get("/en/providers/providers.csv"))
    found = dict(zip(head, line, strict=True))

    assert found["Number"] == str(lappia.pk)
    assert found["Name"] == f"{lappia.name('en')} (FI)"
    assert [found["Country"], found["Business ID"], found["Institutions"]] == ["FI", "2109309-0", "1"]
    assert "<" not in "".join(line)
