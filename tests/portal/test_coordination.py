"""The coordinator's desk: counts per group, whom to invite, organisations to verify."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from kopa.portal import coordination
from pilots.models import PilotGroup
from providers.models import Organisation
from providers.querysets import PLACEHOLDER
from tests.factories import (
    InstitutionFactory,
    OfferingFactory,
    OrganisationFactory,
    PilotGroupFactory,
    PilotMembershipFactory,
    RoleAssignmentFactory,
    organisation_of,
)

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def url(name: str, *args: object) -> str:
    with override("en"):
        return reverse(f"portal:{name}", args=args)


def as_(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def survey() -> list[coordination.GroupRow]:
    return coordination.survey(PilotGroup.objects.with_members(), now=timezone.now())


def counts(row: coordination.GroupRow) -> tuple[int, int, int, int]:
    return row.number, row.without_user, row.unconfirmed, row.lacking_texts


def main(page) -> str:
    return page.content.decode().partition("<main")[2].partition("</main")[0]


def test_a_group_counts_its_members_users_and_public_courses(lappia, pello, bengt):
    PilotGroupFactory(members=["FI-854", "FI-976", lappia])
    OfferingFactory(provider=lappia)  # never confirmed
    OfferingFactory(
        provider=lappia, title_fi="", places_confirmed_at=timezone.now(), places_confirmed_by=bengt
    )
    OfferingFactory(provider=lappia, status="draft", title_fi="")
    OfferingFactory(provider=pello, closes_in_days=-1)
    organisation_of("FI-976")

    (row,) = survey()

    assert counts(row) == (3, 2, 1, 1)
    assert not row.is_in_order


def test_a_group_with_nothing_to_do_is_in_order(lappia, bengt):
    PilotGroupFactory(members=[lappia])

    (row,) = survey()

    assert row.is_in_order


def test_an_institution_counts_as_its_owner_once(lappia, bengt):
    group = PilotGroupFactory(members=[lappia])
    for position, owner in ((2, lappia), (3, None)):
        institution = InstitutionFactory(organisation=owner)
        PilotMembershipFactory(
            group=group, position=position, member_kind="institution", municipality=None,
            institution=institution, name_fi="Oppilaitos",
        )  # fmt: skip

    (row,) = survey()

    assert counts(row) == (2, 1, 0, 0)
    assert [one.organisation for one in row.members] == [lappia, lappia, None]


def test_a_municipality_unknown_as_an_organisation_has_no_user():
    PilotGroupFactory(members=["FI-854"])

    (row,) = survey()

    assert [(one.organisation, one.has_user) for one in row.members] == [(None, False)]


@pytest.mark.parametrize("number", [1, 3])
def test_the_survey_costs_the_same_however_many_groups(number, lappia, pello, django_assert_num_queries):
    for _number in range(number):
        PilotGroupFactory(members=["FI-854", lappia])
    survey()

    with django_assert_num_queries(9):
        assert len(survey()) == number


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_costs_the_same_however_many_groups(number, kaisa, lappia, django_assert_num_queries):
    for _number in range(number):
        PilotGroupFactory(members=["FI-854", lappia])
        OrganisationFactory(status="draft")
    client = as_(kaisa)
    client.get(url("coordination"))

    with django_assert_num_queries(14):
        client.get(url("coordination"))


def test_the_desk_leads_to_groups_and_to_who_waits(kaisa, lappia):
    group = PilotGroupFactory(members=[lappia])
    newcomer = OrganisationFactory(status="draft", name_fi="Uusi koulutus Oy")

    page = main(as_(kaisa).get(url("coordination")))

    assert f'href="{url("coordination_group", group.code)}"' in page
    assert f'href="{url("verification", newcomer.pk)}"' in page


def test_an_empty_portal_says_so(kaisa):
    page = main(as_(kaisa).get(url("coordination")))

    assert page.count('class="k-empty"') == 2


def test_a_group_s_page_leads_to_what_can_be_done(kaisa, lappia, pello, bengt):
    outside = organisation_of("FI-434")
    group = PilotGroupFactory(members=["FI-854", "FI-434", lappia])
    OfferingFactory(provider=lappia, title_fi="")
    Organisation.objects.filter(pk=outside.pk).update(status="suspended")

    page = main(as_(kaisa).get(url("coordination_group", group.code)))

    invited = re.findall(r"/en/invitations/\?role=officer&amp;organisation=(\d+)", page)
    assert invited == [str(pello.pk)]  # Loviisa is in another region, and Lappia has Bengt
    with override("en"):
        for kind in ("places", "texts"):
            assert f'href="{reverse("corrections:quality_kind_of", args=[lappia.pk, kind])}"' in page
    assert f'href="{url("verification", outside.pk)}"' in page
    assert as_(kaisa).get(url("coordination_group", "kopa-99")).status_code == 404


def test_a_group_without_members_and_one_without_an_owner_say_so(kaisa):
    empty = PilotGroupFactory()
    unowned = PilotGroupFactory()
    PilotMembershipFactory(
        group=unowned, member_kind="institution", municipality=None,
        institution=InstitutionFactory(organisation=None), name_fi="Oppilaitos",
    )  # fmt: skip

    assert 'class="k-empty"' in main(as_(kaisa).get(url("coordination_group", empty.code)))
    page = main(as_(kaisa).get(url("coordination_group", unowned.code)))
    assert "/en/desk/data-quality/owner/" in page


def test_the_invitation_form_knows_whom_the_link_meant(kaisa, pello):
    with override("en"):
        page = as_(kaisa).get(f"{reverse('invitations:list')}?role=officer&organisation={pello.pk}")

    assert re.search(rf'<option value="{pello.pk}"\s+selected', main(page))
    assert re.search(r'<option value="officer"\s+selected', main(page))


# Verifying


def test_verifying_and_suspending_on_the_page(kaisa):
    newcomer = OrganisationFactory(status="draft", name_fi="Uusi koulutus Oy")
    client, path = as_(kaisa), url("verification", newcomer.pk)

    OrganisationFactory(business_id="0177625-7")
    for number, said in (("0177619-4", "check digit"), ("0177625-7", "Another organisation has this")):
        refused = client.post(path, {"act": "verify", "business_id": number})
        assert refused.status_code == 200
        assert said in refused.context["verify"].errors["business_id"][0]
        assert said in main(refused)
    assert client.post(path, {"act": "verify", "business_id": "0177619-3"})["Location"] == path
    newcomer.refresh_from_db()
    assert newcomer.status == "verified"

    assert "written into the journal" in main(client.post(path, {"act": "suspend", "reason": ""}))
    assert client.post(path, {"act": "suspend", "reason": "Lupa päättyi."})["Location"] == path
    newcomer.refresh_from_db()
    assert newcomer.status == "suspended"
    assert "Lupa päättyi." in main(client.get(path))


def test_an_act_that_the_state_does_not_allow_is_refused_with_words(kaisa, lappia):
    path = url("verification", lappia.pk)

    page = as_(kaisa).post(path, {"act": "verify", "business_id": "2109309-0"})

    assert page.status_code == 200
    assert "present state" in main(page)


def test_there_is_nothing_to_decide_about_a_closed_one(kaisa):
    closed = OrganisationFactory(status="closed")

    page = main(as_(kaisa).get(url("verification", closed.pk)))

    assert "<form" not in page
    assert as_(kaisa).get(url("verification", closed.pk + 1)).status_code == 404


def test_a_coordinator_who_publishes_too_has_both_desks(kaisa, pello):
    RoleAssignmentFactory(person=kaisa, role="officer", organisation=pello)

    with override("en"):
        page = as_(kaisa).get(reverse("offerings:own")).content.decode()

    assert f'href="{url("coordination")}"' in page


def test_what_is_known_of_who_waits_stands_in_the_list(kaisa):
    OrganisationFactory(
        status="draft", name_fi="Uusi koulutus Oy", business_id="1234567-1", oid="1.2.246.562.10.1"
    )
    OrganisationFactory(status="draft", name_fi="Nimetön Oy", business_id="", oid="")

    page = main(as_(kaisa).get(url("coordination")))

    assert "Business ID: 1234567-1" in page
    assert "1.2.246.562.10.1" in page
    assert page.count("neither its business ID nor its number in the register is known") == 1


def test_the_register_s_placeholder_waits_for_nobody(kaisa):
    placeholder = OrganisationFactory(status="draft", name_fi="Tuntematon", register_key=PLACEHOLDER)

    page = main(as_(kaisa).get(url("coordination")))

    assert "None is waiting." in page
    assert url("verification", placeholder.pk) not in page
