"""A person with several roles acts in the one that was chosen (TESTPLAN A13)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from tests.accounts.signing_in import profile_url
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
    own = {role.organisation: role.pk for role in bengt.role_assignments.all()}
    assert statuses(client, drafts) == [200, 200]

    act_as(client, own[lappia])
    assert statuses(client, drafts) == [200, 404]
    act_as(client, own[pello])
    assert statuses(client, drafts) == [404, 200]
    assert "(one role)" in client.get(profile_url()).content.decode()
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


@pytest.mark.parametrize("chosen", ["of olli", "0", "x"])
def test_nobody_acts_in_a_role_of_somebody_else(client, drafts, olli, chosen):
    act_as(client, olli.role_assignments.get().pk if chosen == "of olli" else chosen)

    assert statuses(client, drafts) == [200, 200]
