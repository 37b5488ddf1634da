"""How long a session lasts (TESTPLAN A8, A9, A13)."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from tests.accounts.signing_in import front_page, is_signed_in, sign_in, sign_in_url

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def test_signing_in_gives_a_new_session_and_ends_the_old_one(client, sami):
    """TESTPLAN A8: a planted session key is worth nothing."""
    client.get(sign_in_url())
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies["kopa_session"] = old = session.session_key

    sign_in(client, sami.email)

    assert client.cookies["kopa_session"].value != old
    attacker = Client()
    attacker.cookies["kopa_session"] = old
    assert not is_signed_in(attacker)


def test_after_signing_out_the_old_cookie_is_dead(client, sami):
    """TESTPLAN A9: after signing out."""
    sign_in(client, sami.email)
    thief = Client()
    thief.cookies["kopa_session"] = client.cookies["kopa_session"].value
    assert is_signed_in(thief)

    with override("en"):
        response = client.post(reverse("accounts:sign_out"))

    assert (response.status_code, response["Location"]) == (302, front_page())
    assert not is_signed_in(client)
    assert not is_signed_in(thief)


def test_nobody_is_signed_out_by_a_link(client, sami):
    sign_in(client, sami.email)

    with override("en"):
        assert client.get(reverse("accounts:sign_out")).status_code == 405
    assert is_signed_in(client)


def test_a_disabled_account_is_out_at_the_next_request(client, sami):
    """TESTPLAN A9: after the account was disabled."""
    sign_in(client, sami.email)
    sami.is_active = False
    sami.save(update_fields=["is_active"])

    assert not is_signed_in(client)


def test_a_new_password_ends_every_other_session(client, sami):
    """TESTPLAN A9: after the password was changed."""
    sign_in(client, sami.email)
    sami.set_password("toinen-pitkä-salasana-9")
    sami.save(update_fields=["password"])

    assert not is_signed_in(client)
