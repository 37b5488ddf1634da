"""``manage.py remove_second_factors``: everything is lost."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from kopa.accounts import factors
from kopa.audit.models import AuditEvent
from kopa.letters.models import Letter
from tests.accounts.factors import url
from tests.accounts.signing_in import is_signed_in, sign_in
from tests.factories import AuthenticatorAppFactory, PasskeyFactory, RecoveryCodeFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def run(email: str, reason: str = "Tuli paikalle henkilökortin kanssa") -> str:
    out = io.StringIO()
    call_command("remove_second_factors", "--email", email, "--reason", reason, stdout=out)
    return out.getvalue().strip()


def test_everything_goes_is_written_down_and_told(sami):
    AuthenticatorAppFactory(person=sami)
    PasskeyFactory(person=sami)
    RecoveryCodeFactory(person=sami)
    here = Client()
    here.force_login(sami)

    assert run(" Sami@Example.ORG ") == "Sami <sami@example.org>: 2 removed."

    assert (bool(factors.of(sami)), factors.of(sami).codes_left) == (False, 0)
    assert not is_signed_in(here)
    event = AuditEvent.objects.get(verb="person.remove_factors")
    assert (event.actor, event.reason, event.target_id) == (
        None, "Tuli paikalle henkilökortin kanssa", sami.pk,
    )  # fmt: skip
    assert Letter.objects.get(kind="factor.removed").recipient == sami
    assert sign_in(Client(), sami.email)["Location"] != url("second_step")


@pytest.mark.parametrize(
    ("email", "reason", "sentence"),
    [
        ("kuka@example.org", "x", "Nobody has an account with kuka@example.org."),
        ("sami@example.org", " ", "Say why: --reason must not be empty."),
        ("sami@example.org", "x", "Sami <sami@example.org> has no second factor."),
    ],
)
def test_what_cannot_be_done_is_said(sami, email, reason, sentence):
    with pytest.raises(CommandError, match=sentence.replace(".", r"\.")):
        run(email, reason)
    assert not AuditEvent.objects.exists()
