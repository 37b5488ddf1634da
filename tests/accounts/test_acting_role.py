"""A person with several roles acts in the one that was chosen (TESTPLAN A13)."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from tests.accounts.signing_in import front_page, profile_url, start_page
from tests.factories import OfferingFactory, RoleAssignmentFactory, today

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def drafts(bengt, lappia, pello):
    RoleAssignmentFactory(person=bengt, role="officer", organisation=pello)
    return [OfferingFactory(provider=host, status="draft") for host in (lappia, pello)]


@pytest.fixture
def client(bengt) -> Client:
    client = Client()
    client.force_login(bengt)
    return client


def act_as(client: Client, role: object) -> None:
    with override("en"):
        assert client.post(reverse("accounts:act_as"), {"role": role}).status_code == 302


def statuses(client: Client, drafts) -> list[int]:
    with override("en"):
        return [client.get(reverse("offerings:edit", args=[draft.pk])).status_code for draft in drafts]


def test_one_role_all_roles_and_back(client, bengt, drafts, lappia, pello):
    """TESTPLAN A13: the role acted in counts from the next request on."""
    own = {role.organisation: role.pk for role in bengt.role_assignments.all()}
    assert statuses(client, drafts) == [200, 200]

    act_as(client, own[lappia])
    assert statuses(client, drafts) == [200, 404]
    act_as(client, own[pello])
    assert statuses(client, drafts) == [404, 200]
    assert switch_on(client, profile_url())[0] == "municipal education officer, Pello"
    act_as(client, "")
    assert statuses(client, drafts) == [200, 200]


def test_a_chosen_role_that_ends_leaves_nothing_until_another_is_chosen(client, bengt, drafts, pello):
    role = bengt.role_assignments.get(organisation=pello)
    act_as(client, role.pk)
    role.valid_to = today() - dt.timedelta(days=1)
    role.save()

    assert statuses(client, drafts) == [404, 404]
    act_as(client, "")
    assert statuses(client, drafts) == [200, 404]


def switch_on(client: Client, path: str) -> tuple[str, list[str]]:
    """What the top of a page says of the role acted in, and what it offers."""
    page = client.get(path).content.decode()
    found = re.search(r'<details class="k-role">(.*?)</details>', page, re.DOTALL)
    if found is None:
        return "", []
    buttons = re.findall(r"<button[^>]*>(?:<span>)?(.*?)(?:</span>)?</button>", found[1], re.DOTALL)
    return re.sub(r"<.*?>", "", re.search(r"<b>(.*?)</b>", found[1])[1]), buttons


def test_every_page_names_the_role_and_switches_it(client, bengt, drafts, pello):
    pages = [front_page(), profile_url(), front_page() + "nothing-here/"]
    assert {switch_on(client, page)[0] for page in pages} == {"all my roles"}
    own = bengt.role_assignments.get(organisation=pello)

    with override("en"):
        answer = client.post(reverse("accounts:act_as"), {"role": own.pk, "then": "start"})

    assert answer["Location"] == start_page()
    said, offered = switch_on(client, front_page())
    assert (said, len(offered), offered[-1]) == (f"{own.get_role_display()}, Pello", 3, "All my roles")


def test_who_has_one_role_or_none_has_nothing_to_switch(client, bengt, sami):
    assert switch_on(client, front_page()) == ("", [])
    stranger = Client()
    assert switch_on(stranger, front_page()) == ("", [])
    stranger.force_login(sami)
    assert switch_on(stranger, front_page()) == ("", [])


def test_a_chosen_role_that_has_ended_is_said_on_every_page(client, bengt, drafts, pello):
    role = bengt.role_assignments.get(organisation=pello)
    act_as(client, role.pk)
    role.valid_to = today() - dt.timedelta(days=1)
    role.save()

    said, offered = switch_on(client, front_page())
    assert (said, len(offered)) == ("nobody, the role has ended", 2)


def test_the_switch_costs_no_query_of_its_own(client, bengt, drafts, pello):
    with override("en"):
        path = reverse("portal:about")
    client.get(path)
    with CaptureQueriesContext(connection) as several:
        client.get(path)
    bengt.role_assignments.get(organisation=pello).delete()
    with CaptureQueriesContext(connection) as one:
        client.get(path)

    assert len(several) == len(one)


def test_what_belongs_to_another_role_is_not_offered(client, bengt, drafts, lappia, pello):
    """TESTPLAN A13: naming a substitute and inviting follow the role acted in."""
    RoleAssignmentFactory(person=bengt, role="coordinator", organisation=pello)
    own = {role.role: role for role in bengt.role_assignments.all()}
    staff, officer = own["provider_staff"], own["officer"]
    substitute = RoleAssignmentFactory(
        role="provider_staff", organisation=lappia, on_behalf_of=staff, valid_to=today()
    )
    act_as(client, officer.pk)

    with override("en"):
        pages = {role.pk: reverse("invitations:substitute", args=[role.pk]) for role in (staff, officer)}
        end, invite = reverse("invitations:end_substitute", args=[substitute.pk]), reverse("invitations:list")
    assert [client.get(page).status_code for page in pages.values()] == [404, 200]
    assert (client.post(end).status_code, client.get(invite).status_code) == (404, 403)
    page = client.get(profile_url()).content.decode()
    assert [path in page for path in (*pages.values(), invite)] == [False, True, False]
    act_as(client, "")
    assert (client.post(end).status_code, client.get(invite).status_code) == (302, 200)


@pytest.mark.parametrize("chosen", ["of olli", "0", "x"])
def test_nobody_acts_in_a_role_of_somebody_else(client, drafts, olli, chosen):
    act_as(client, olli.role_assignments.get().pk if chosen == "of olli" else chosen)

    assert statuses(client, drafts) == [200, 200]
