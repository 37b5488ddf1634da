"""Where a municipality's and an organisation's page say in which groups it takes part."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from providers.models import Organisation
from tests.factories import (
    InstitutionFactory,
    MunicipalityFactory,
    PilotGroupFactory,
    PilotMembershipFactory,
    municipality,
    organisation_of,
)
from tests.reading import main, words

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def test_a_municipality_in_two_groups_and_through_a_merged_one(client: Client) -> None:
    merged = MunicipalityFactory(
        code="099", name_fi="Honkajoki", name_sv="Honkajoki", valid_to=dt.date(2020, 12, 31),
        successor=municipality("FI-638"),
    )  # fmt: skip
    third = PilotGroupFactory(number=3, members=["FI-638"])
    PilotMembershipFactory(group=third, position=2, municipality=merged)
    PilotGroupFactory(number=8, name_en="Eastern shore", members=["FI-638"])
    PilotGroupFactory(number=9, members=["FI-854"])

    page = words(main(client.get("/en/municipalities/fi-638/", follow=True)))

    said = (
        "Pilot groups and areas Pilot group 3 Porvoo : named as a member Honkajoki : named as a member"
    )
    assert said in page
    assert "Eastern shore Porvoo : named as a member" in page
    assert "Pilot group 9" not in page


def test_an_organisation_by_its_institution_and_as_a_municipality(
    client: Client, lappia: Organisation
) -> None:
    group = PilotGroupFactory(number=4, members=["FI-854"])
    PilotMembershipFactory(
        group=group, position=2, member_kind="institution", name_fi="Ammattiopisto Lappia",
        institution=InstitutionFactory(organisation=lappia),
    )  # fmt: skip

    by_institution = words(main(client.get(f"/en/providers/{lappia.slug}/", follow=True)))
    as_municipality = words(main(client.get(f"/en/providers/{organisation_of('FI-854').slug}/", follow=True)))

    assert "Pilot group 4 Ammattiopisto Lappia : named as a member" in by_institution
    assert "Pilot group 4 Pello : named as a member" in as_municipality


def test_who_is_in_no_group_has_no_empty_box(client: Client) -> None:
    page = main(client.get(municipality("FI-434").get_absolute_url()))

    assert 'id="takes-part"' not in page
