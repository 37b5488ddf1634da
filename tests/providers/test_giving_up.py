"""Who has a role may give it up on My details; somebody is always left to keep accounts."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from kopa.accounts.models import User
from kopa.audit.models import AuditEvent
from providers import rules, services
from providers.errors import LastAdministrator
from providers.models import RoleAssignment
from tests.accounts.signing_in import profile_url
from tests.factories import RoleAssignmentFactory, UserFactory, today
from tests.together import Meeting, run_together, without_locks

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def url(assignment: RoleAssignment) -> str:
    with override("en"):
        return reverse("invitations:give_up", args=[assignment.pk])


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_a_role_is_given_up_from_my_details_and_ends_at_the_next_request(bengt, lappia, olli):
    own = bengt.role_assignments.get()
    RoleAssignmentFactory(person=olli, organisation=lappia, on_behalf_of=own, valid_to=today())
    client = signed_in(bengt)
    assert f'href="{url(own)}"' in client.get(profile_url()).content.decode()

    page = client.get(url(own)).content.decode()
    assert str(lappia.name("en")) in page
    assert RoleAssignment.objects.held_by(bengt, on=today()).exists(), "opening the page changes nothing"
    answer = client.post(url(own), follow=True)

    assert "You have given up the role." in answer.content.decode()
    assert url(own) not in answer.content.decode()
    assert not rules.organisations_published_for(bengt, on=today()).exists()
    assert not rules.organisations_published_for(olli, on=today()).filter(pk=lappia.pk).exists()
    with override("en"):
        assert client.get(reverse("offerings:desk")).status_code == 403
    act = AuditEvent.objects.get(verb="role.end")
    assert (act.actor, act.role, act.organisation_id) == (bengt, "provider_staff", lappia.pk)
    assert client.post(url(own)).status_code == 404


def test_a_substitute_gives_up_too(bengt, lappia, olli):
    own = bengt.role_assignments.get()
    theirs = RoleAssignmentFactory(person=olli, organisation=lappia, on_behalf_of=own, valid_to=today())

    assert signed_in(olli).post(url(theirs)).status_code == 302

    assert not rules.organisations_published_for(olli, on=today()).filter(pk=lappia.pk).exists()
    assert rules.organisations_published_for(bengt, on=today()).exists()


def test_only_the_role_that_is_acted_in_is_given_up(bengt, pello):
    """TESTPLAN A13: what belongs to another role is not there."""
    own = bengt.role_assignments.get()
    chosen = RoleAssignmentFactory(person=bengt, role="officer", organisation=pello)
    client = signed_in(bengt)
    with override("en"):
        client.post(reverse("accounts:act_as"), {"role": chosen.pk})

    page = client.get(profile_url()).content.decode()

    assert url(chosen) in page
    assert url(own) not in page
    assert [client.get(url(own)).status_code, client.post(url(own)).status_code] == [404, 404]
    assert client.post(url(chosen)).status_code == 302


def test_the_only_administrator_stays(anna):
    RoleAssignmentFactory(person=UserFactory(is_active=False), role="admin", organisation=None)
    own = anna.role_assignments.get()

    page = signed_in(anna).post(url(own), follow=True).content.decode()

    assert "You are the only administrator. Invite another one first." in page
    assert RoleAssignment.objects.held_by(anna, on=today()).exists()
    RoleAssignmentFactory(person=UserFactory(), role="admin", organisation=None)
    assert services.give_up(assignment=own, by=anna)
    assert not services.give_up(assignment=own, by=anna), "twice does nothing more"


def both_give_up() -> list[str]:
    """Two administrators, the only ones, at the same moment: what became of each."""
    two = [
        RoleAssignmentFactory(person=UserFactory(), role="admin", organisation=None) for _one in range(2)
    ]
    meeting = Meeting(2)

    def act(which: int) -> bool:
        with meeting.before_writing():
            return services.give_up(assignment=two[which], by=two[which].person)

    return sorted("stays" if isinstance(one, LastAdministrator) else str(one) for one in run_together(2, act))


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_the_last_two_one_stays():
    assert both_give_up() == ["True", "stays"]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_nobody_would_be_left(monkeypatch):
    without_locks(monkeypatch)

    assert both_give_up() == ["True", "True"]
