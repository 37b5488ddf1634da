"""``manage.py end_role`` and ``manage.py close_account``: somebody leaves."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from kopa.audit.models import AuditEvent
from providers.models import Invitation, RoleAssignment
from tests.accounts.signing_in import is_signed_in, sign_in
from tests.factories import InvitationFactory, RoleAssignmentFactory, today

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def run(command: str, *options: str) -> str:
    out = io.StringIO()
    call_command(command, *options, stdout=out)
    return out.getvalue().strip()


def test_a_closed_account_lets_nobody_in(kaisa):
    here = Client()
    here.force_login(kaisa)
    InvitationFactory(invited_by=kaisa)

    said = run("close_account", "--email", " Kaisa@Example.ORG ", "--reason", "Left")

    assert said == "Kaisa <kaisa@example.org>: closed, invitations taken back: 1."
    assert not is_signed_in(here)
    assert not kaisa.sessions.exists()
    assert sign_in(Client(), kaisa.email).status_code == 200
    assert not Invitation.objects.open(at=timezone.now()).exists()
    event = AuditEvent.objects.get(verb="person.close")
    assert (event.actor, event.reason, event.target_id) == (None, "Left", kaisa.pk)
    with pytest.raises(CommandError, match="is closed already"):
        run("close_account", "--email", kaisa.email, "--reason", "Left")
    assert AuditEvent.objects.filter(verb="person.close").count() == 1


def test_a_role_ends_at_once_for_the_organisation_alone(bengt, lappia, pello):
    other = RoleAssignmentFactory(person=bengt, organisation=pello)
    options = ("--email", bengt.email, "--role", "provider_staff", "--reason", "Other work")

    said = run("end_role", *options, "--organisation", "2109309-0")

    assert said == "Bengt <bengt@example.org>: provider_staff ended."
    assert list(RoleAssignment.objects.of(bengt, on=today())) == [other]
    assert AuditEvent.objects.get(verb="role.end").reason == "Other work"
    run("end_role", *options)
    assert not RoleAssignment.objects.of(bengt, on=today()).exists()
    with pytest.raises(CommandError, match="has no such role today"):
        run("end_role", *options)


@pytest.mark.parametrize("command", [("close_account",), ("end_role", "--role", "officer")])
@pytest.mark.parametrize(
    ("email", "reason", "sentence"),
    [
        ("kuka@example.org", "x", "Nobody has an account with kuka@example.org."),
        ("aino@example.org", " ", "Say why: --reason must not be empty."),
    ],
)
def test_what_is_refused(aino, command, email, reason, sentence):
    with pytest.raises(CommandError, match=sentence):
        run(*command, "--email", email, "--reason", reason)
