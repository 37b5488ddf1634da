"""Nothing tells whether an account exists (TESTPLAN A6)."""

from __future__ import annotations

import statistics
import time

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.accounts.signing_in import WRONG, said, sign_in
from tests.factories import UserFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def test_unknown_known_and_disabled_accounts_get_the_same_answer(client, sami):
    """TESTPLAN A6: at sign-in."""
    UserFactory(email="kielletty@example.org", is_active=False)
    answers = [
        sign_in(Client(), "tuntematon@example.org"),
        sign_in(Client(), sami.email, "väärä salasana"),
        sign_in(Client(), "kielletty@example.org"),
        sign_in(Client(), "kielletty@example.org", "väärä salasana"),
    ]

    assert {answer.status_code for answer in answers} == {200}
    assert [said(answer) for answer in answers] == [[WRONG]] * 4
    emails = ("tuntematon@example.org", sami.email, "kielletty@example.org")
    bodies = set()
    for answer in answers:
        body = answer.content.decode().replace(answer.context["csrf_token"].__str__(), "token")
        for email in emails:
            body = body.replace(email, "address")
        bodies.add(body)
    assert len(bodies) == 1


def test_unknown_known_and_disabled_accounts_cost_the_same_work(client, sami, monkeypatch):
    UserFactory(email="kielletty@example.org", is_active=False)
    hashed: list[str] = []
    original = Argon2PasswordHasher.encode

    def counting_encode(self, password, salt):
        hashed.append("encode")
        return original(self, password, salt)

    original_verify = Argon2PasswordHasher.verify

    def counting_verify(self, password, encoded):
        hashed.append("verify")
        return original_verify(self, password, encoded)

    monkeypatch.setattr(Argon2PasswordHasher, "encode", counting_encode)
    monkeypatch.setattr(Argon2PasswordHasher, "verify", counting_verify)
    sign_in(Client(), "joku@example.org", "väärä salasana")  # what is looked up once and remembered
    work = {}
    for email in ("tuntematon@example.org", sami.email, "kielletty@example.org"):
        hashed.clear()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            sign_in(Client(), email, "väärä salasana")
        work[email] = (len(hashed), len(queries))

    assert len(set(work.values())) == 1
    assert work[sami.email][0] == 1


@pytest.mark.nightly
def test_unknown_and_known_accounts_take_the_same_time(sami, settings):
    """Median difference below 5 ms over 200 tries each, taken in turns."""
    settings.AXES_FAILURE_LIMIT = 10_000
    took: dict[str, list[float]] = {"tuntematon@example.org": [], sami.email: []}
    for _ in range(200):
        for email, times in took.items():
            begun = time.perf_counter()
            sign_in(Client(), email, "väärä salasana")
            times.append(time.perf_counter() - begun)
    medians = [statistics.median(times) for times in took.values()]

    assert abs(medians[0] - medians[1]) < 0.005
