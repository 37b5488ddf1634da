"""Passkeys: added, used as the second step and without a password, refused. A real browser uses them in
tests/browser/test_passkeys.py.
"""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.test import Client

from kopa.accounts import passkeys
from kopa.accounts.errors import PasskeyRefused
from kopa.accounts.models import Passkey, PersonSession
from kopa.audit.models import AuditEvent
from kopa.letters.models import Letter
from tests.accounts.factors import SoftKey, answer, type_code, url
from tests.accounts.signing_in import is_signed_in, profile_url, sign_in
from tests.factories import PasskeyFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
REFUSED = "The passkey was not accepted. Try again, or choose another way."


def question_on(page) -> dict:
    return json.loads(page.context["options"])


def add(client: Client, key: SoftKey, name: str = "Puhelin"):
    options = question_on(client.get(url("add_passkey")))
    return client.post(url("add_passkey"), {"name": name, "answer": key.made(options)})


@pytest.fixture
def key(sami) -> SoftKey:
    """Sami's, added a while ago."""
    client, made = Client(), SoftKey()
    client.force_login(sami)
    assert add(client, made).status_code == 200
    return made


@pytest.fixture
def waiting(client, sami, key) -> Client:
    """Sami has typed the password; the second step is awaited."""
    sign_in(client, sami.email)
    return client


def ask(client: Client) -> dict:
    return client.post(url("passkey_question")).json()


def without_password(client: Client, said: str, **more: str):
    return client.post(url("passkey_sign_in"), {"answer": said, **more})


def test_a_passkey_is_added_named_and_told(client, sami):
    client.force_login(sami)
    elsewhere = Client()
    elsewhere.force_login(sami)

    page = add(client, SoftKey(), "Työkone")

    assert len(page.context["codes"]) == 10
    passkey = Passkey.objects.get()
    assert (passkey.person, passkey.name, passkey.uses, len(passkey.handle)) == (sami, "Työkone", 1, 32)
    assert (is_signed_in(client), is_signed_in(elsewhere)) == (True, False)
    assert "Työkone" in Letter.objects.get(kind="factor.added").text
    assert AuditEvent.objects.filter(verb="person.add_passkey").count() == 1
    assert "Työkone" in client.get(profile_url()).content.decode()


@pytest.mark.parametrize(("size", "kept"), [(1023, 1), (1024, 0), (1100, 0)])
def test_an_id_is_at_most_as_long_as_the_standard_says(client, sami, size, kept):
    client.force_login(sami)

    add(client, SoftKey(credential_id=b"x" * size))

    assert Passkey.objects.count() == kept


def test_a_second_one_brings_no_new_codes_and_has_the_same_handle(client, sami, key):
    client.force_login(sami)
    options = question_on(client.get(url("add_passkey")))

    page = add(client, SoftKey(credential_id=b"another"), "Avain")

    assert page["Location"] == profile_url()
    assert len({bytes(one.handle) for one in Passkey.objects.all()}) == 1
    assert len(options["publicKey"]["excludeCredentials"]) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"origin": "https://kopa.example"},
        {"origin": "http://localhost.evil.example"},
        {"host": "evil.example"},
        {"present": False},
    ],
    ids=str,
)
def test_what_was_not_made_here_is_not_added(client, sami, fault):
    client.force_login(sami)

    page = add(client, SoftKey(**fault))

    assert page.context["form"].non_field_errors() == [REFUSED]
    assert not Passkey.objects.exists()


@pytest.mark.parametrize(
    "said",
    [
        "", "{}", "[]", "null", "1", '{"rawId": 1}', "x" * 20_001, "[" * 9_000,
        '{"rawId":"YQ","id":"YQ","response":{"clientDataJSON":"e30","attestationObject":"gYGB"},'
        '"type":"public-key"}',
    ],
    ids=lambda said: said[:12] or "nothing",
)  # fmt: skip
def test_what_is_no_answer_is_refused(client, sami, said):
    client.force_login(sami)
    client.get(url("add_passkey"))

    page = client.post(url("add_passkey"), {"name": "Puhelin", "answer": said})

    assert page.context["form"].non_field_errors() == [REFUSED]


def test_a_question_is_answered_once_and_within_five_minutes(client, sami, clock):
    client.force_login(sami)
    first, second = SoftKey(), SoftKey(credential_id=b"another")
    options = question_on(client.get(url("add_passkey")))
    said = first.made(options)
    assert client.post(url("add_passkey"), {"name": "A", "answer": said}).context["codes"]
    assert client.post(url("add_passkey"), {"name": "B", "answer": second.made(options)}).status_code == 200
    options = question_on(client.get(url("add_passkey")))
    clock.shift(dt.timedelta(minutes=5, seconds=1))
    client.post(url("add_passkey"), {"name": "C", "answer": second.made(options)})

    assert Passkey.objects.count() == 1


def test_a_key_that_is_here_already_is_not_added_again(client, sami, aino, key):
    client.force_login(aino)

    assert add(client, key).context["form"].non_field_errors() == [REFUSED]


def test_nobody_has_more_than_twenty(client, sami):
    PasskeyFactory.create_batch(20, person=sami, credential=b"", handle=b"h")
    session = PersonSession.get_session_store_class()()
    client.force_login(sami)
    passkeys._keep(session, {}, "new", handle="aGFuZGxl")

    with pytest.raises(passkeys.TooManyPasskeys):
        passkeys.add(session=session, person=sami, answer="{}", name="Yksi liikaa")


# As the second step ----------------------------------------------------------------------------------------


def test_the_passkey_is_the_second_step(waiting, sami, key):
    page = waiting.get(url("second_step"))
    options = question_on(page)["publicKey"]

    assert options["userVerification"] == "discouraged"
    assert len(options["allowCredentials"]) == 1
    assert answer(waiting, key.used({"publicKey": options})).status_code == 302
    assert is_signed_in(waiting)
    assert (Passkey.objects.get().uses, Passkey.objects.get().used_at is None) == (2, False)


def test_as_the_second_step_it_need_not_ask_for_a_pin(waiting, key):
    key.verifies = False

    assert answer(waiting, key.used(question_on(waiting.get(url("second_step"))))).status_code == 302


def test_somebody_else_s_passkey_is_refused(waiting, aino):
    other, theirs = Client(), SoftKey(credential_id=b"of-aino")
    other.force_login(aino)
    add(other, theirs)

    page = answer(waiting, theirs.used(question_on(waiting.get(url("second_step")))))

    assert (page.status_code, page.context["said"]) == (400, REFUSED)
    assert not is_signed_in(waiting)


@pytest.mark.parametrize(
    "fault", ["signature", "origin", "host", "question", "again", "late", "unknown", "removed"]
)
def test_what_does_not_answer_this_question_is_refused(waiting, key, fault, clock):
    options = question_on(waiting.get(url("second_step")))
    said = key.used(options)
    match fault:
        case "signature":
            said = key.used(options, signature=b"0" * 70)
        case "origin":
            key.origin = "https://localhost.evil.example"
            said = key.used(options)
        case "host":
            key.host = "evil.example"
            said = key.used(options)
        case "question":
            waiting.get(url("second_step"))
        case "again":
            assert answer(waiting, key.used(options)).status_code == 302
            waiting.post(url("sign_out"))
            sign_in(waiting, Passkey.objects.get().person.email)
        case "late":
            waiting.get(url("second_step"))
            session = waiting.session
            question = session[passkeys.IN_SESSION]
            clock.shift(dt.timedelta(minutes=4, seconds=59))
            session[passkeys.IN_SESSION] = question | {"at": question["at"] - 2}
            session.save()
            said = key.used({"publicKey": {"challenge": question["state"]["challenge"]}})
        case "unknown":
            key.credential_id = b"never-seen"
            said = key.used(options)
        case "removed":
            PasskeyFactory(person=Passkey.objects.get().person)
            Passkey.objects.first().delete()

    assert answer(waiting, said).status_code == 400
    assert not is_signed_in(waiting)


def test_a_copy_of_a_device_that_counts_is_refused(waiting, key):
    key.uses = 0
    options = question_on(waiting.get(url("second_step")))

    assert answer(waiting, key.used(options)).status_code == 400
    key.uses = 7
    assert answer(waiting, key.used(question_on(waiting.get(url("second_step"))))).status_code == 302


def test_a_passkey_that_never_counts_works_again_and_again(client, sami):
    client.force_login(sami)
    key = SoftKey(counts=False)
    add(client, key)

    for _time in range(2):
        other = Client()
        sign_in(other, sami.email)
        assert answer(other, key.used(question_on(other.get(url("second_step"))))).status_code == 302
    assert Passkey.objects.get().uses == 0


def test_who_has_only_a_passkey_may_type_a_recovery_code(client, sami):
    client.force_login(sami)
    codes = add(client, SoftKey()).context["codes"]
    other = Client()
    sign_in(other, sami.email)

    assert type_code(other, "123456").status_code == 200
    assert type_code(other, codes[0]).status_code == 302


# Without a password ----------------------------------------------------------------------------------------


def test_without_a_password_the_device_says_who_it_is(client, sami, key):
    options = ask(client)

    assert options["publicKey"]["userVerification"] == "required"
    assert "allowCredentials" not in options["publicKey"]
    page = without_password(client, key.used(options), next=profile_url())
    assert (page.status_code, page["Location"]) == (302, profile_url())
    assert is_signed_in(client)


def test_signing_in_with_it_gives_a_new_session_and_ends_the_old_one(client, sami, key):
    """TESTPLAN A8: a planted session key is worth nothing here either."""
    options = ask(client)
    old = client.cookies["kopa_session"].value

    assert without_password(client, key.used(options)).status_code == 302

    attacker = Client()
    attacker.cookies["kopa_session"] = old
    assert client.cookies["kopa_session"].value != old
    assert (is_signed_in(client), is_signed_in(attacker)) == (True, False)


@pytest.mark.parametrize("fault", ["not verified", "other handle", "no handle", "disabled", "second step"])
def test_without_a_password_it_must_have_asked_for_a_pin_and_be_whom_it_says(client, sami, key, fault):
    options, handle = ask(client), None
    match fault:
        case "not verified":
            key.verifies = False
        case "other handle":
            handle = b"somebody else"
        case "no handle":
            handle = b""
        case "disabled":
            sami.is_active = False
            sami.save()
        case "second step":
            sign_in(client, sami.email)
            options = question_on(client.get(url("second_step")))

    page = without_password(client, key.used(options, handle=handle))

    assert (page.status_code, page.context["said"]) == (400, REFUSED)
    assert not is_signed_in(client)


def test_a_question_for_everybody_is_no_second_step(waiting, key):
    options = ask(waiting)

    assert answer(waiting, key.used(options)).status_code == 400


def test_one_s_own_page_alone_is_led_to(client, key):
    page = without_password(client, key.used(ask(client)), next="//evil.example/")

    assert page["Location"].startswith("/")
    assert "evil" not in page["Location"]


# Names, and away -------------------------------------------------------------------------------------------


def test_a_passkey_is_named_anew_and_removed(client, sami, key):
    client.force_login(sami)
    passkey = Passkey.objects.get()

    assert client.post(url("passkey", passkey.pk), {"name": ""}).status_code == 200
    assert client.post(url("passkey", passkey.pk), {"name": "Vanha puhelin"}).status_code == 302
    assert Passkey.objects.get().name == "Vanha puhelin"
    elsewhere = Client()
    elsewhere.force_login(sami)
    assert client.post(url("passkey", passkey.pk), {"act": "remove"})["Location"] == profile_url()

    assert (is_signed_in(client), is_signed_in(elsewhere)) == (True, False)
    assert not Passkey.objects.exists()
    assert not sami.recovery_codes.exists()
    verbs = {"person.rename_passkey", "person.remove_passkey"}
    assert set(AuditEvent.objects.filter(verb__in=verbs).values_list("verb", flat=True)) == verbs
    assert "Vanha puhelin" in Letter.objects.get(kind="factor.removed").text
    other = Client()
    page = without_password(other, key.used(ask(other)))
    assert page.status_code == 400


def test_with_another_passkey_left_the_codes_stay(client, sami, key):
    client.force_login(sami)
    add(client, SoftKey(credential_id=b"another"), "Avain")

    client.post(url("passkey", Passkey.objects.first().pk), {"act": "remove"})

    assert sami.recovery_codes.count() == 10


@pytest.mark.parametrize("method", ["get", "post"])
def test_somebody_else_s_passkey_is_not_there(client, aino, key, method):
    client.force_login(aino)

    answered = getattr(client, method)(url("passkey", Passkey.objects.get().pk), {"act": "remove"})

    assert answered.status_code == 404
    assert Passkey.objects.exists()


def test_in_production_the_origin_is_exactly_the_configured_one(settings):
    settings.EMBEDDED, settings.PUBLIC_URL = False, "https://kopa.example"

    origins = ["https://kopa.example", "http://kopa.example", "https://a.kopa.example", "https://kopa.example:8443"]
    assert [passkeys._is_ours(origin) for origin in origins] == [True, False, False, False]
    assert passkeys.host() == "kopa.example"


def test_there_is_nothing_to_answer_without_a_question(client):
    with pytest.raises(PasskeyRefused):
        passkeys.check(session=client.session, person=None, answer="{}")


def test_questions_without_end_are_refused():
    """TESTPLAN A16: each would be a row; other addresses go on."""
    client = Client(REMOTE_ADDR="198.51.100.77")

    statuses = [client.post(url("passkey_question")).status_code for _time in range(320)]

    assert (statuses[0], statuses[-1], set(statuses)) == (200, 429, {200, 429})
    assert PersonSession.objects.count() == 1
    assert Client(REMOTE_ADDR="203.0.113.78").post(url("passkey_question")).status_code == 200


def test_signing_in_by_passkey_ends_a_step_that_waited(waiting, key):
    assert without_password(waiting, key.used(ask(waiting))).status_code == 302
    assert "signing_in" not in waiting.session
