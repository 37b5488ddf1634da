"""My details: one's own roles and nobody else's."""

from __future__ import annotations

import datetime as dt

import pytest

from kopa.accounts import views
from kopa.base.writing import day
from providers import rules
from tests.accounts.signing_in import profile_url, sign_in_url
from tests.factories import RoleAssignmentFactory, UserFactory, today

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def test_my_details_show_my_own_roles_with_organisation_and_dates(client, bengt, aino, lappia):
    bengt.role_assignments.create(
        role="provider_staff",
        organisation=aino.role_assignments.get().organisation,
        valid_from=today() - dt.timedelta(days=400),
        valid_to=today() - dt.timedelta(days=30),
    )
    client.force_login(bengt)

    response = client.get(profile_url())

    roles = [
        (role["assignment"].organisation.name_fi, role["is_over"], role["is_ahead"])
        for role in response.context["roles"]
    ]
    assert roles == [(lappia.name_fi, False, False), ("Pello", True, False)]
    page = response.content.decode()
    assert "Bengt" in page
    assert bengt.email in page
    assert "Swedish" in page
    assert day(dt.date(2026, 10, 25), language="en") in page
    assert aino.email not in page


def test_a_substitute_s_role_is_over_with_the_role_that_it_stands_for(client, bengt, aino):
    base = bengt.role_assignments.get()
    substitute = RoleAssignmentFactory(
        person=aino,
        role=base.role,
        organisation=base.organisation,
        on_behalf_of=base,
        valid_from=today() - dt.timedelta(days=2),
        valid_to=today() + dt.timedelta(days=9),
    )
    base.valid_to = today() - dt.timedelta(days=1)
    base.save()
    client.force_login(aino)

    page = client.get(profile_url())

    said = {role["assignment"].pk: (role["is_over"], role["is_ahead"]) for role in page.context["roles"]}
    assert said[substitute.pk] == (True, False)
    assert substitute not in page.context["in_force"]


def test_the_roles_that_the_page_knows_are_those_of_the_rules():
    """Accounts know nothing of roles; providers.rules decides."""
    assert set(rules.DELEGATED) == views.REPLACED
    assert set(rules.INVITES) == views.INVITING


def test_my_details_of_a_person_without_a_role(client):
    client.force_login(UserFactory())

    assert "You have no role yet." in client.get(profile_url()).content.decode()


def test_a_stranger_is_asked_to_sign_in_first(client, db):
    response = client.get(profile_url())

    assert response.status_code == 302
    assert response["Location"] == f"{sign_in_url()}?next={profile_url()}"
