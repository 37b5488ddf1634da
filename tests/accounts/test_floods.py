"""Many of the same by one person or from one address are refused with a sentence; others go on."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from kopa.accounts.models import PasswordRequest
from providers.models import Invitation
from tests.accounts.factors import code_now, type_code
from tests.accounts.signing_in import sign_in
from tests.factories import AuthenticatorAppFactory, UserFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def test_two_hundred_wishes_for_passwords_from_one_address(sami):
    """TESTPLAN A16: twenty are taken up, whatever accounts they are for; somebody else's is too."""
    with override("en"):
        page = reverse("accounts:forgotten_password")
    client = Client()

    answers = [client.post(page, {"email": f"nimi{number}@example.org"}) for number in range(200)]
    elsewhere = Client().post(page, {"email": sami.email}, REMOTE_ADDR="203.0.113.7")

    assert [answer.status_code for answer in answers] == [200] * 20 + [429] * 180
    sentence = "A new password has been asked for too often. Try again in an hour."
    assert all(answer.context["form"].non_field_errors() == [sentence] for answer in answers[20:])
    assert elsewhere.status_code == 200
    assert PasswordRequest.objects.count() == 21


def test_two_hundred_invitations_by_one_person(kaisa, anna, lappia):
    """TESTPLAN A16: a hundred a day; another person's go on."""
    with override("en"):
        page = reverse("invitations:list")

    def invite(person, number: int):
        client = clients[person]
        facts = {"role": "provider_staff", "organisation": lappia.pk, "language": "fi"}
        return client.post(page, {"email": f"nimi{number}@example.org", **facts})

    clients = {person: Client() for person in (kaisa, anna)}
    for person, client in clients.items():
        client.force_login(person)
    answers = [invite(kaisa, number) for number in range(200)]

    assert [answer.status_code for answer in answers] == [302] * 100 + [200] * 100
    sentence = "You have invited a hundred people within a day. Go on tomorrow."
    assert answers[-1].context["form"].non_field_errors() == [sentence]
    assert invite(anna, 1).status_code == 302
    assert Invitation.objects.count() == 101


def test_two_hundred_wrong_codes_by_whoever_knows_the_password():
    """TESTPLAN A16: five are looked at; the owner of another account is not kept waiting."""
    victim, other = (AuthenticatorAppFactory(person=UserFactory()).person for _person in range(2))
    client = Client()
    sign_in(client, victim.email)

    statuses = [type_code(client, f"wrong {number}").status_code for number in range(200)]
    neighbour = Client()
    sign_in(neighbour, other.email)

    assert statuses == [200] * 5 + [429] * 195
    assert type_code(neighbour, code_now()).status_code == 302
