"""Who publishes for whom (DOMAIN.md §1, §3.6): no role implies another."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from kopa.audit.models import AuditEvent
from providers.models import ROLES_WITH_AN_ORGANISATION, Role, RoleAssignment
from providers.rules import organisations_published_for, publishing_roles
from providers.services import assign_role
from tests.factories import OrganisationFactory, RoleAssignmentFactory, UserFactory, organisation_of, today

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def organisations():
    return {
        "municipality": organisation_of("FI-854"),
        "municipality of Sweden": organisation_of("SE-2518"),
        "joint authority": OrganisationFactory(),
        "company": OrganisationFactory(kind="company"),
        "enterprise": OrganisationFactory(kind="municipal_enterprise"),
    }


@pytest.mark.parametrize("role", Role.values)
def test_staff_publish_for_their_organisation_and_officers_where_it_is_a_municipality(role, organisations):
    may = set()
    for name, organisation in organisations.items():
        person = UserFactory()
        RoleAssignmentFactory(person=person, role=role, organisation=organisation)
        if set(organisations_published_for(person, on=today())) == {organisation}:
            may.add(name)

    assert may == {
        Role.PROVIDER_STAFF: set(organisations),
        Role.OFFICER: {"municipality", "municipality of Sweden"},
    }.get(role, set())


def test_nobody_publishes_without_signing_in():
    assert not publishing_roles(AnonymousUser(), on=today()).exists()


def test_several_organisations_are_all_theirs():
    person, one, other = UserFactory(), OrganisationFactory(), OrganisationFactory()
    RoleAssignmentFactory(person=person, organisation=one)
    RoleAssignmentFactory(person=person, organisation=other)
    RoleAssignmentFactory(organisation=OrganisationFactory())

    assert set(organisations_published_for(person, on=today())) == {one, other}


@pytest.mark.parametrize(
    ("first", "last", "holds"),
    [
        (0, 0, True),
        (-1, None, True),
        (0, None, True),
        (1, None, False),
        (-9, -1, False),
        (-9, 0, True),
        (-9, 9, True),
    ],
)
def test_a_role_holds_from_its_first_to_its_last_day_both_included(first, last, holds):
    person = UserFactory()
    RoleAssignmentFactory(
        person=person,
        valid_from=today() + dt.timedelta(days=first),
        valid_to=None if last is None else today() + dt.timedelta(days=last),
    )

    assert publishing_roles(person, on=today()).exists() == holds


def test_assigning_writes_the_role_and_its_entry():
    person, organisation, by = UserFactory(), OrganisationFactory(), UserFactory()

    assignment = assign_role(
        person=person, role=Role.PROVIDER_STAFF, organisation=organisation, valid_from=today(), by=by
    )

    entry = AuditEvent.objects.get()
    assert (entry.verb, entry.target, entry.target_id) == (
        "role.assign",
        "providers.roleassignment",
        assignment.pk,
    )
    assert (entry.actor, entry.role, entry.organisation_id) == (by, "provider_staff", organisation.pk)
    assert str(assignment).startswith(f"{person.name}: ")


@pytest.mark.parametrize("role", ROLES_WITH_AN_ORGANISATION)
def test_a_role_for_an_organisation_names_it(role):
    with pytest.raises(ValidationError) as refused:
        assign_role(person=UserFactory(), role=role, organisation=None, valid_from=today())

    assert refused.value.error_dict["__all__"][0].code == "role_without_organisation"
    assert not AuditEvent.objects.exists()


def test_the_same_role_is_not_assigned_twice():
    facts = {
        "person": UserFactory(), "role": Role.ANALYST, "organisation": None, "valid_from": today(),
    }  # fmt: skip
    assign_role(**facts)

    with pytest.raises(ValidationError) as refused:
        assign_role(**facts)
    assert refused.value.error_dict["__all__"][0].code == "role_twice"


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"role": "king"}, "role_is_known"),
        ({"organisation": None}, "role_that_needs_an_organisation_has_one"),
        ({"valid_to": dt.date(2000, 1, 1)}, "role_ends_after_it_begins"),
    ],
)
def test_the_database_has_the_last_word_on_roles(change, constraint):
    assignment = RoleAssignmentFactory()

    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        RoleAssignment.objects.filter(pk=assignment.pk).update(**change)
    assert refused.value.__cause__.diag.constraint_name == constraint


def test_the_database_refuses_the_same_role_twice():
    RoleAssignmentFactory(role=Role.ANALYST, organisation=None, person=UserFactory(email="a@example.org"))
    other = RoleAssignmentFactory(role=Role.ANALYST, organisation=None)

    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        RoleAssignment.objects.filter(pk=other.pk).update(person=UserFactory(email="a@example.org"))
    assert refused.value.__cause__.diag.constraint_name == "role_is_assigned_once"
