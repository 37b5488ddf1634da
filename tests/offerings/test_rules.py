from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth.models import AnonymousUser

from offerings import rules
from offerings.models import Offering
from offerings.states import OfferingStatus
from providers.models import Role
from tests.factories import OfferingFactory, RoleAssignmentFactory, UserFactory, organisation_of, today
from tests.people import NAMES

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def offerings(lappia, pello):
    """Of each host one in every state; a draft that was cancelled was never public."""
    hosts = (lappia, pello, organisation_of("FI-434"), organisation_of("FI-851"))
    made = [
        OfferingFactory(provider=host, status=status) for host in hosts for status in OfferingStatus.values
    ]
    made += [OfferingFactory(provider=host, status="cancelled", published_at=None) for host in hosts]
    return made


def own_hosts(person: str) -> set[str]:
    return {
        "aino": {"Pello"},
        "bengt": {"Kemi-Tornionlaakson koulutuskuntayhtymä Lappia"},
        "olli": {"Loviisa"},
    }.get(person, set())


@pytest.mark.parametrize("name", [*NAMES, "nobody"])
def test_each_person_sees_what_is_public_and_edits_what_is_their_organisations(request, offerings, name):
    person = AnonymousUser() if name == "nobody" else request.getfixturevalue(name)
    own = own_hosts(name)

    visible = set(Offering.objects.visible_to(person, on=today()))
    editable = set(Offering.objects.editable_by(person, on=today()))

    for offering in offerings:
        is_own = str(offering.provider) in own
        assert rules.may_edit(person, offering, on=today()) == is_own
        assert rules.may_see(person, offering, on=today()) == (is_own or offering.published_at is not None)
        assert (offering in visible) == rules.may_see(person, offering, on=today())
        assert (offering in editable) == rules.may_edit(person, offering, on=today())


@pytest.mark.parametrize("role", Role.values)
def test_only_staff_and_a_municipalitys_officer_publish(role, lappia, pello):
    for organisation, publishers in ((lappia, {"provider_staff"}), (pello, {"provider_staff", "officer"})):
        person = UserFactory()
        RoleAssignmentFactory(person=person, role=role, organisation=organisation)
        offering = OfferingFactory(provider=organisation, status="draft")

        assert rules.may_edit(person, offering, on=today()) == (role in publishers)
        assert rules.may_publish_something(person, on=today()) == (role in publishers)


@pytest.mark.parametrize(("days", "is_in_force"), [(-1, False), (0, True), (10, True), (11, False)])
def test_a_role_counts_from_its_first_to_its_last_day(lappia, days, is_in_force):
    person = UserFactory()
    RoleAssignmentFactory(
        person=person, organisation=lappia, valid_from=today(), valid_to=today() + dt.timedelta(days=10)
    )
    offering = OfferingFactory(provider=lappia, status="draft")
    on = today() + dt.timedelta(days=days)

    assert rules.may_edit(person, offering, on=on) == is_in_force
    assert Offering.objects.visible_to(person, on=on).exists() == is_in_force


def test_nobody_publishes_without_signing_in():
    assert rules.may_publish_something(AnonymousUser(), on=today()) is False
