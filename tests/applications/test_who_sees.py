"""R-PRIV-4: who sees which application, for one and for many."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth.models import AnonymousUser

from applications import rules, services
from applications.models import Application
from providers.models import Role
from tests.applications.given import apply, course, host, statement_given, student
from tests.factories import RoleAssignmentFactory, municipality, organisation_of, today

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def application(db) -> Application:
    """A resident of Pello applies to a course that asks Pello for a statement."""
    for key in ("FI-854", "FI-851"):
        municipality(key)
    return apply(course(form="basic"))


def sees(person, application: Application) -> bool:
    """By both words, which must agree."""
    on = today()
    one = rules.may_see(person, application, on=on)
    many = Application.objects.visible_to(person, on=on).filter(pk=application.pk).exists()
    assert one is many
    return one


def holding(role: Role, organisation=None, **days) -> object:
    return RoleAssignmentFactory(role=role, organisation=organisation, **days).person


def test_the_applicant_the_host_and_the_home_municipality_see_it(application) -> None:
    """R-PRIV-4"""
    staff = application.offering.provider.role_assignments.get().person

    assert sees(application.learner.person, application)
    assert sees(staff, application)
    assert sees(holding(Role.OFFICER, organisation_of("FI-854")), application)


def test_whoever_is_not_signed_in_has_none_of_her_own(application) -> None:
    """R-PRIV-4"""
    nobody, on = AnonymousUser(), today()

    assert not Application.objects.of(nobody).exists()
    assert not Application.objects.read_by(nobody, on=on).exists()
    assert Application.objects.read_by(application.learner.person, on=on).get() == application


def test_nobody_else_does(application) -> None:
    """R-PRIV-4: strangers, neighbours, other roles, and whose role ended yesterday."""
    pello, kemi = organisation_of("FI-854"), organisation_of("FI-851")
    others = [
        AnonymousUser(),
        student(),
        holding(Role.OFFICER, kemi),
        holding(Role.PROVIDER_STAFF, host()),
        holding(Role.COORDINATOR, pello),
        holding(Role.COUNSELLOR, pello),
        holding(Role.ANALYST),
        holding(Role.ADMIN),
        holding(Role.OFFICER, pello, valid_to=today() - dt.timedelta(days=1)),
    ]
    for person in others:
        assert not sees(person, application)


def test_a_home_municipality_that_is_not_asked_sees_nothing(application) -> None:
    """R-PRIV-4: grounds needed for a statement are for whoever gives one."""
    officer = holding(Role.OFFICER, organisation_of("FI-854"))
    unasked = apply(course())

    assert not sees(officer, unasked)

    services.withdraw(application_id=application.pk, by=application.learner.person)
    application.refresh_from_db()
    assert not sees(officer, application)


def test_who_acts_in_another_role_sees_by_that_role_alone(application) -> None:
    """R-PRIV-4: the role that is chosen counts."""
    officer = holding(Role.OFFICER, organisation_of("FI-854"))
    kemi = organisation_of("FI-851")
    other = RoleAssignmentFactory(role=Role.COORDINATOR, organisation=kemi, person=officer)
    assert sees(officer, application)

    officer.acting_as = other.pk

    assert not sees(officer, application)


def test_the_worklists_are_what_somebody_waits_for(application) -> None:
    """DOMAIN.md §3.8: steps in one queryset word each."""
    rows = Application.objects
    assert list(rows.waiting_for_home()) == [application]
    assert list(rows.waiting_for_host()) == list(rows.with_statement_in()) == []

    statement_given(application)

    assert list(rows.waiting_for_home()) == []
    assert list(rows.waiting_for_host()) == list(rows.with_statement_in()) == [application]
    assert list(rows.live()) == [application]


def test_officers_of_the_heir_see_what_a_merged_municipality_was_asked(application) -> None:
    """R-HOME-8, R-PRIV-4: a municipality merged before the course starts is replaced by its successor."""
    officer = holding(Role.OFFICER, organisation_of("FI-851"))
    assert not sees(officer, application)

    place = application.home_municipality
    place.successor, place.valid_to = municipality("FI-851"), today()
    place.save()

    assert sees(officer, application)
    statement = application.statements.get()
    assert rules.stating_role(officer, statement, on=today()) == officer.role_assignments.get()
