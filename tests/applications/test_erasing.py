"""R-PRIV-8: somebody asks that what is held of her goes."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from applications import retention, services
from applications.models import Application, Draft, Forgotten, Learner
from applications.models.consent import Purpose
from applications.services import consenting
from kopa.accounts.models import User
from kopa.audit.models import AuditEvent
from kopa.base.writing import day
from tests.applications.everywhere import found_everywhere
from tests.applications.given import admit, apply, begun, course, state
from tests.factories import InvitationFactory, RoleAssignmentFactory, UserFactory, municipality

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def person(db) -> User:
    municipality("FI-854")
    return UserFactory(name="Maarit Merkki", email="maarit.merkki@example.org")


def withdrawn(person: User, *, is_decided: bool = False) -> Application:
    application = apply(course(), person=person)
    if is_decided:
        admit(application)
    services.withdraw(application_id=application.pk, by=person)
    return application


def test_all_of_a_person_goes_where_nobody_has_decided(client, person):
    """R-PRIV-8, TESTPLAN P4: in every column of every table; the journal keeps a number."""
    withdrawn(person)
    begun(course(), by=person)
    consenting.give(person=person, purpose=Purpose.PROFILE, language="fi")
    InvitationFactory(email=person.email, ended_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    client.force_login(person)
    page = reverse("applications:erase")
    assert "Maarit" in client.get(reverse("applications:my_data")).content.decode()
    answer = client.post(page)
    assert answer.status_code == 200
    assert found_everywhere("merkki") == {}
    assert (Application.objects.count(), Draft.objects.count(), Learner.objects.count()) == (0, 0, 0)
    assert Forgotten.objects.get().number == 1
    assert client.get(page).status_code == 302
    erased = AuditEvent.objects.get(verb="person.erase")
    assert (erased.target_id, str(erased.actor)) == (person.pk, "–")
    UserFactory(email="maarit.merkki@example.org")


def test_what_is_decided_stays_until_its_period_ends_and_the_page_says_so(client, person):
    """R-PRIV-8: otherwise a decision with its reason: by which rule, and until when."""
    kept, gone = withdrawn(person, is_decided=True), withdrawn(person)
    live = apply(course(), person=person)
    client.force_login(person)
    page = client.get(reverse("applications:erase")).content.decode()
    until = retention.kept_until(Application.objects.with_what_counts().get(pk=kept.pk))
    assert day(until) in page
    assert all(one.reference in page for one in (kept, gone, live))
    done = client.post(reverse("applications:erase")).content.decode()
    assert all(one.reference in done for one in (kept, gone, live))
    assert set(Application.objects.all()) == {kept, live}
    assert state(live) == "submitted"
    person.refresh_from_db()
    assert person.is_active
    assert client.get(reverse("applications:my_data")).status_code == 200
    noon = dt.datetime.combine(until + dt.timedelta(days=1), dt.time(12), tzinfo=dt.UTC)
    services.forget_what_is_over(now=noon)
    assert not Application.objects.filter(pk=kept.pk).exists()


def test_the_plan_says_what_each_is_kept_by(person):
    """R-PRIV-8"""
    kept, live = withdrawn(person, is_decided=True), apply(course(), person=person)
    plan = services.what_may_go(person)
    assert [(one.application, one.is_live) for one in plan.staying] == [(kept, False), (live, True)]
    assert {one.period for one in plan.staying} == {retention.period(retention.Rule.NOT_ADMITTED)}
    assert (plan.number, plan.is_everything) == (2, False)


@pytest.mark.usefixtures("english")
def test_nobody_is_told_to_withdraw_for_what_stays_all_the_same(client, person):
    """R-PRIV-8: a place given up for a removal that never comes would be lost for nothing."""
    live = apply(course(), person=person)
    client.force_login(person)
    page = reverse("applications:erase")
    assert "Withdraw it first" in client.get(page).content.decode()
    admit(live)
    decided = client.get(page).content.decode()
    assert "Withdraw it first" not in decided
    assert "the decision is kept also if you withdraw" in decided


def test_whoever_only_has_a_draft_is_gone_too(person):
    """R-PRIV-8: an account made by the link in a letter."""
    begun(course(), by=person)
    services.erase(by=person)
    assert found_everywhere("merkki") == {}


def test_whoever_works_with_kopa_keeps_the_account(client):
    """R-PRIV-8: what she did for her organisation is the organisation's."""
    municipality("FI-854")
    officer = RoleAssignmentFactory().person
    withdrawn(officer)
    client.force_login(officer)
    client.post(reverse("applications:erase"))
    officer.refresh_from_db()
    assert officer.is_active
    assert (Application.objects.count(), Learner.objects.count()) == (0, 0)
    assert client.get(reverse("applications:my_data")).status_code == 200


def test_twice_is_once(person):
    """R-PRIV-8"""
    withdrawn(person, is_decided=True)
    services.erase(by=person)
    plan = services.erase(by=person)
    assert (list(plan.going), len(plan.staying)) == ([], 1)
