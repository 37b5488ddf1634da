"""What belongs to one person is reached by nobody who guesses; what lets in is long and random."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from kopa.accounts import passwords, sessions
from kopa.accounts.models import Passkey, PersonSession
from kopa.letters.models import Letter
from providers import invitations
from providers.models import Invitation, RoleAssignment
from tests.accounts.signing_in import is_signed_in
from tests.factories import PasskeyFactory, RoleAssignmentFactory, today

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def url(name: str, *args: object) -> str:
    with override("en"):
        return reverse(name, args=args)


def rows() -> list[tuple]:
    models = (Passkey, RoleAssignment, Invitation)
    return [row for model in models for row in model.objects.order_by("pk").values_list()]


@pytest.fixture
def aino_s(aino, bengt, kaisa, pello):
    """What Aino has: a session, a passkey, a substitute, an invitation that she was sent."""
    client = Client()
    client.force_login(aino)
    PasskeyFactory(person=aino)
    RoleAssignmentFactory(
        role="officer", organisation=pello, on_behalf_of=aino.role_assignments.get(), valid_to=today()
    )
    invitations.invite(
        by=kaisa, email=aino.email, role="officer", organisation=pello, language="fi"
    )
    return client


def test_counting_through_ids_leads_to_nothing_of_somebody_else(aino_s, sami):
    """TESTPLAN A3: there are no applications yet; these are the things that belong to one person."""
    client = Client()
    client.force_login(sami)
    before = rows()
    numbers = {0, 1} | {row[0] + step for row in before for step in (-1, 0, 1)}
    routes = (
        "accounts:passkey", "invitations:substitute", "invitations:end_substitute", "invitations:take_back",
    )  # fmt: skip

    got = set()
    for number in sorted(numbers):
        for name in routes:
            for method in (client.get, client.post):
                got.add(method(url(name, number), {"act": "remove", "name": "x"}).status_code)
        for key in (f"{number}.{number}", f"k.{number}", str(number)):
            got.add(client.get(url("invitations:answer", key)).status_code)
            got.add(client.get(url("accounts:new_password", key)).status_code)
            client.post(url("accounts:end_sessions"), {"which": key})

    assert got <= {404, 405}
    assert rows() == before
    assert is_signed_in(aino_s)


def test_what_lets_in_is_no_number(aino, aino_s):
    """TESTPLAN A3: at least 128 random bits, written with letters and digits."""
    letter = Letter.objects.get(kind="invitation")
    keys = [
        re.search(r"/k\.([\w-]+)/", letter.text)[1],
        passwords.key_for(aino).rpartition("-")[2],
        sessions.handle(PersonSession.objects.get()),
        PersonSession.objects.get().session_key,
    ]

    assert [len(key) >= 32 for key in keys] == [True] * len(keys)
    assert not [key for key in keys if key.isdecimal()]
