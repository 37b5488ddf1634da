"""Guessing passwords (TESTPLAN A7, A15)."""

from __future__ import annotations

import datetime as dt

import pytest
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.core.cache import cache
from django.test import Client

from kopa.accounts.throttle import Throttle
from tests.accounts.signing_in import WRONG, is_signed_in, said, sign_in, sign_in_url

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.mark.parametrize("email", ["sami@example.org", "tuntematon@example.org"])
def test_after_eight_wrong_passwords_the_account_is_closed_to_that_address(sami, email):
    """TESTPLAN A7: one account, many passwords."""
    client = Client()
    before = [sign_in(client, email, f"arvaus {n}") for n in range(7)]
    eighth = sign_in(client, email, "arvaus 8")
    right = sign_in(client, email)

    assert [(answer.status_code, said(answer)) for answer in before] == [(200, [WRONG])] * 7
    too_many = ["Too many wrong passwords. You can try again in 15 minutes."]
    assert (eighth.status_code, said(eighth), eighth["Retry-After"]) == (429, too_many, "900")
    assert (right.status_code, said(right)) == (429, too_many)
    assert not is_signed_in(client)


def test_the_wait_is_counted_down_and_ends(client, sami, clock):
    for n in range(8):
        sign_in(client, sami.email, f"arvaus {n}")

    clock.shift(dt.timedelta(minutes=14, seconds=30))
    assert said(sign_in(client, sami.email)) == ["Too many wrong passwords. You can try again in 1 minute."]
    clock.shift(dt.timedelta(seconds=31))
    assert sign_in(client, sami.email).status_code == 302


def test_who_may_try_again_by_now_is_told_a_minute(rf, sami):
    """The window may end between the refusal and the sentence about it."""
    AxesProxyHandler.update_request(request := rf.post("/"))

    assert Throttle().minutes_left(request, {"username": sami.email, "password": "x"}) == 1


def test_trying_on_while_closed_does_not_lengthen_the_wait(client, sami, clock):
    for n in range(8):
        sign_in(client, sami.email, f"arvaus {n}")
    for _ in range(3):
        clock.shift(dt.timedelta(minutes=4))
        sign_in(client, sami.email, "vielä yksi arvaus")

    clock.shift(dt.timedelta(minutes=3, seconds=1))
    assert sign_in(client, sami.email).status_code == 302


def test_the_owner_still_signs_in_from_elsewhere(sami):
    for n in range(8):
        sign_in(Client(), sami.email, f"arvaus {n}", REMOTE_ADDR="198.51.100.9")

    assert sign_in(Client(), sami.email, REMOTE_ADDR="203.0.113.7").status_code == 302


@pytest.mark.parametrize("agent", ["same", "rotating"])
def test_a_forged_header_and_changing_browsers_do_not_help(sami, agent):
    """TESTPLAN A15: the peer's address counts, not what a client writes into a header."""
    statuses = [
        Client(headers={"user-agent": f"{agent} {n if agent == 'rotating' else ''}"})
        .post(
            sign_in_url(),
            {"email": sami.email, "password": f"arvaus {n}"},
            REMOTE_ADDR="198.51.100.9",
            HTTP_X_FORWARDED_FOR=f"10.1.1.{n}",
        )
        .status_code
        for n in range(9)
    ]

    assert statuses == [200] * 7 + [429] * 2


def test_an_address_may_fail_five_times_the_limit_for_all_accounts_together(bengt, settings):
    """TESTPLAN A7: many accounts, one password."""
    settings.AXES_FAILURE_LIMIT = 2
    statuses = [
        sign_in(Client(), f"nimi{n}@example.org", "Talvi2026!", REMOTE_ADDR="198.51.100.9").status_code
        for n in range(10)
    ]
    from_there = sign_in(Client(), bengt.email, REMOTE_ADDR="198.51.100.9")
    from_elsewhere = sign_in(Client(), bengt.email, REMOTE_ADDR="203.0.113.7")

    assert statuses == [200] * 9 + [429]
    assert (from_there.status_code, from_elsewhere.status_code) == (429, 302)


def test_ones_own_right_password_buys_no_tries_at_others(sami, settings):
    settings.AXES_FAILURE_LIMIT = 2
    for n in range(8):
        sign_in(Client(), f"nimi{n}@example.org", "Talvi2026!")
    assert sign_in(Client(), sami.email).status_code == 302

    statuses = [sign_in(Client(), f"toinen{n}@example.org", "Talvi2026!").status_code for n in range(2)]

    assert statuses == [200, 429]


def test_a_right_password_forgets_the_account_s_own_failures(client, sami, settings):
    settings.AXES_FAILURE_LIMIT = 3
    for round_ in range(3):
        for n in range(2):
            assert sign_in(client, sami.email, f"arvaus {round_} {n}").status_code == 200
        assert sign_in(Client(), sami.email).status_code == 302


def test_with_valkey_dead_people_sign_in_and_the_throttle_holds(sami, settings):
    """TESTPLAN A7: without Valkey too."""
    dead = settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": dead}
    with pytest.raises(Exception, match="refused"):
        cache.get("anything")

    assert sign_in(Client(), sami.email).status_code == 302
    statuses = [sign_in(Client(), sami.email, f"arvaus {n}").status_code for n in range(9)]
    assert statuses == [200] * 7 + [429] * 2


def test_what_is_kept_of_a_failure_holds_no_password(client, sami):
    sign_in(client, sami.email, "salainen-arvaus")

    attempt = AccessAttempt.objects.get()
    assert "salainen-arvaus" not in attempt.post_data + attempt.get_data
