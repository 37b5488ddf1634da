"""A forgotten password (TESTPLAN A6, A9, A10, A11)."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from kopa.accounts import passwords, tasks
from kopa.accounts.errors import LinkOver
from kopa.accounts.models import PasswordRequest, PersonSession
from kopa.audit.models import AuditEvent
from kopa.letters.models import Letter
from kopa.letters.services import deliver_what_waits
from kopa.logs import blot
from tests.accounts.signing_in import is_signed_in, sign_in
from tests.factories import UserFactory
from tests.smtp import mail_server
from tests.together import run_together

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
NEW = "toinen-pitkä-salasana-9"


def ask(email: str, client: Client | None = None, **headers):
    with override("en"):
        return (client or Client()).post(reverse("accounts:forgotten_password"), {"email": email}, **headers)


def link_for(email: str) -> str:
    """The path in the letter that asking brings."""
    ask(email)
    tasks.answer_password_requests()
    letter = Letter.objects.filter(kind="password.reset").first()
    return re.search(r"http://localhost:8000(/\S+)", letter.text)[1]


def use(path: str, password: str = NEW, repeated: str = ""):
    return Client().post(path, {"password": password, "repeated": repeated or password})


def test_the_link_sets_a_new_password_and_ends_every_session(client, sami):
    sign_in(client, sami.email)
    path = link_for(f" {sami.email.upper()}")

    assert Client().get(path).status_code == 200
    assert is_signed_in(client), "opening the link changes nothing"
    answer = use(path)

    assert (answer.status_code, answer["Location"]) == (302, "/fi/kirjaudu/")
    assert not is_signed_in(client)
    assert sign_in(Client(), sami.email, NEW).status_code == 302
    assert AuditEvent.objects.filter(verb="person.set_password", actor=sami).count() == 1
    assert Letter.objects.filter(kind="password.changed", recipient=sami).count() == 1


def test_with_the_new_password_no_sign_in_is_left_and_no_wrong_one_counts(client, sami, aino):
    sign_in(client, sami.email)
    others = Client()
    sign_in(others, aino.email)
    for number in range(8):
        sign_in(Client(), sami.email, f"arvaus {number}")
        sign_in(Client(), "joku@example.org", f"arvaus {number}")
    assert sign_in(Client(), sami.email).status_code == 429

    use(link_for(sami.email))

    assert list(PersonSession.objects.exclude(person=None).values_list("person", flat=True)) == [aino.pk]
    assert sign_in(Client(), sami.email, NEW).status_code == 302
    assert sign_in(Client(), "joku@example.org").status_code == 429


def test_a_letter_that_leaves_after_its_link_is_over_is_none(sami, clock):
    link_for(sami.email)
    clock.shift(dt.timedelta(hours=1))

    deliver_what_waits()

    assert [letter.state for letter in Letter.objects.filter(kind="password.reset")] == ["failed"]


def test_a_letter_that_waits_while_another_link_is_used_is_none_either(sami, settings):
    path = link_for(sami.email)
    link_for(sami.email)

    use(path)
    with mail_server(settings) as server:
        deliver_what_waits()

    assert [letter["Subject"] for letter in server.letters] == ["KOPA-salasanasi vaihdettiin"]
    assert set(Letter.objects.filter(kind="password.reset").values_list("state", flat=True)) == {"failed"}


def test_nothing_is_locked_while_a_password_is_hashed(sami, monkeypatch):
    """Hashing is slow on purpose: whoever has a link could else hold up the account."""
    done = []
    real = passwords.make_password
    monkeypatch.setattr(passwords, "make_password", lambda word: done.append("hashed") or real(word))
    key = passwords.key_for(sami)

    def watch(execute, sql, *more):
        if "FOR NO KEY UPDATE" in sql:
            done.append("locked")
        return execute(sql, *more)

    with connection.execute_wrapper(watch):
        passwords.set_new(key=key, password=NEW)

    assert done[:2] == ["hashed", "locked"]


def test_the_letter_is_in_the_person_s_language_whoever_asks(bengt):
    path = link_for(bengt.email)

    assert path.startswith("/sv/")
    assert Letter.objects.get(kind="password.reset").subject == "Nytt lösenord till KOPA"


@pytest.mark.parametrize("name", ["HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED", "HTTP_X_HOST"])
def test_no_header_gets_into_the_link(sami, name):
    """TESTPLAN A10: a link in a letter is built from PUBLIC_URL alone."""
    ask(sami.email, **{name: "host=evil.example" if name == "HTTP_FORWARDED" else "evil.example"})
    tasks.answer_password_requests()

    text = Letter.objects.get().text
    assert "evil" not in text
    assert "http://localhost:8000/fi/" in text


def test_an_unknown_host_is_refused(sami):
    assert ask(sami.email, HTTP_HOST="evil.example").status_code == 400
    assert PasswordRequest.objects.count() == 0


def test_what_is_no_address_is_said_at_the_field_and_not_counted():
    answer = ask("joku@")

    assert (answer.status_code, list(answer.context["form"].errors)) == (200, ["email"])
    assert not PasswordRequest.objects.exists()


def test_unknown_known_and_disabled_accounts_get_the_same_answer_for_the_same_work(sami):
    """TESTPLAN A6: when a password is asked for."""
    UserFactory(email="kielletty@example.org", is_active=False)
    ask("joku@example.org")
    bodies, work = set(), set()
    for email in ("tuntematon@example.org", sami.email, "kielletty@example.org"):
        with CaptureQueriesContext(connection) as queries:
            answer = ask(email)
        work.add((answer.status_code, len(queries)))
        bodies.add(answer.content.decode().replace(email, "address"))
    tasks.answer_password_requests()

    assert (len(bodies), len(work)) == (1, 1)
    assert list(Letter.objects.values_list("address", flat=True)) == [sami.email]


def test_asking_is_limited_for_an_address_known_or_not_and_for_a_caller(sami, clock):
    for email in (sami.email, "tuntematon@example.org"):
        assert [ask(email).status_code for _time in range(4)] == [200, 200, 200, 429]
    for number in range(passwords.MOST_FROM_A_CALLER - 6):
        assert ask(f"x{number}@example.org").status_code == 200
    assert ask("y@example.org").status_code == 429
    assert ask("y@example.org", REMOTE_ADDR="192.0.2.7").status_code == 200
    assert ask(sami.email, REMOTE_ADDR="192.0.2.7").status_code == 429
    clock.shift(dt.timedelta(hours=1, seconds=1))
    assert ask(sami.email).status_code == 200


def test_the_page_says_how_long_the_link_works(sami, settings):
    settings.PASSWORD_RESET_TIMEOUT = 30 * 60

    assert "The link works once, for 30 minutes." in ask(sami.email).content.decode()


def test_a_wish_is_answered_once(sami):
    ask(sami.email)
    wish = PasswordRequest.objects.get()
    tasks.answer_password_request(wish.pk)
    tasks.answer_password_request(wish.pk)
    tasks.answer_password_requests()

    assert Letter.objects.count() == 1


@pytest.mark.parametrize("change", ["used", "old", "address", "signed in", "disabled", "spoilt"])
def test_a_link_is_over(sami, clock, change):
    """TESTPLAN A11: replayed, late, after a change, after signing in."""
    path = link_for(sami.email)
    match change:
        case "used":
            use(path)
        case "old":
            clock.shift(dt.timedelta(hours=1, seconds=1))
        case "address":
            sami.email = "uusi@example.org"
        case "signed in":
            clock.shift(dt.timedelta(seconds=2))
            sign_in(Client(), sami.email)
        case "disabled":
            sami.is_active = False
        case "spoilt":
            path = path[:-2] + "/"
    if change in {"address", "disabled"}:
        sami.save()

    answers = [Client().get(path), use(path, "kolmas-pitkä-salasana-8")]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert not sami.check_password("kolmas-pitkä-salasana-8")


HUGE = "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5.a-b"


@pytest.mark.parametrize("key", ["x", "MQ", "MQ.", ".a", "LTE.a-b", HUGE, "é.a-b"])
def test_a_made_up_link_is_over(sami, key):
    with pytest.raises(LinkOver):
        passwords.person_of(key)


@pytest.mark.parametrize(
    ("password", "repeated"), [("lyhyt", ""), ("sami@example.org", ""), (NEW, "muu"), ("", "")]
)
def test_a_weak_or_mistyped_password_leaves_the_link_working(sami, password, repeated):
    path = link_for(sami.email)

    assert use(path, password, repeated).status_code == 200
    assert use(path).status_code == 302


def test_the_key_is_in_no_log(sami):
    assert blot(link_for(sami.email)) == "/fi/uusi-salasana/(key)/"


def test_old_wishes_are_forgotten(sami, clock):
    ask(sami.email)
    clock.shift(dt.timedelta(days=1, seconds=1))
    tasks.forget_what_has_expired()

    assert PasswordRequest.objects.count() == 0


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_at_once_with_one_link_set_one_password():
    """TESTPLAN A11: two uses at the same moment."""
    person = UserFactory()
    key = passwords.key_for(person)
    words = ["ensimmäinen-salasana-1", "toinen-salasana-22"]

    outcomes = run_together(2, lambda i: passwords.set_new(key=key, password=words[i]))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["LinkOver", "User"]
    assert AuditEvent.objects.filter(verb="person.set_password").count() == 1
