"""A code of an app as the second step of signing in."""

from __future__ import annotations

import datetime as dt
import re
import threading

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from kopa.accounts import factors, passwords
from kopa.accounts.errors import CodeRefused, HasAnApp, TooManyCodes
from kopa.accounts.models import AuthenticatorApp, PersonSession, RecoveryCode, User, WrongCode
from kopa.audit.models import AuditEvent
from kopa.letters.models import Letter
from tests.accounts.factors import code_now, type_code, url
from tests.accounts.signing_in import is_signed_in, profile_url, sign_in, sign_in_url
from tests.accounts.test_addresses import ELSEWHERE
from tests.factories import APP_KEY, PASSWORD, AuthenticatorAppFactory, UserFactory, WrongCodeFactory
from tests.together import Meeting, run_together, without_locks

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def app(sami) -> AuthenticatorApp:
    return AuthenticatorAppFactory(person=sami)


def key_on(page: str) -> str:
    return re.search(r'class="k-key">([A-Z2-7 ]+)<', page)[1].replace(" ", "")


def add(client: Client) -> tuple[str, list[str]]:
    """Adds an app as a person does it: the key, and the recovery codes that were shown."""
    key = key_on(client.get(url("add_app")).content.decode())
    answer = client.post(url("add_app"), {"code": code_now(key)})
    return key, answer.context["codes"]


def errors(answer) -> list[str]:
    return [str(error) for found in answer.context["form"].errors.values() for error in found]


REFUSED = "This code is wrong, or was used already. Wait for the next one and type that."


# Adding ----------------------------------------------------------------------------------------------------


def test_an_app_is_added_with_its_first_code_and_asked_for_from_then_on(client, sami, clock):
    sign_in(client, sami.email)
    elsewhere = Client()
    sign_in(elsewhere, sami.email)

    key, codes = add(client)

    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"([2-9a-hjkmnp-z]{4}-){3}[2-9a-hjkmnp-z]{4}", code) for code in codes)
    assert (is_signed_in(client), is_signed_in(elsewhere)) == (True, False)
    assert AuditEvent.objects.get(verb="person.add_app").actor == sami
    letter = Letter.objects.get(kind="factor.added")
    assert (letter.recipient, "Siihen lisättiin todennussovellus." in letter.text) == (sami, True)
    clock.shift(dt.timedelta(seconds=30))
    other = Client()
    assert sign_in(other, sami.email)["Location"] == url("second_step")
    assert not is_signed_in(other)
    assert type_code(other, code_now(key)).status_code == 302
    assert is_signed_in(other)


def test_the_key_is_a_picture_without_styles_and_a_text_and_is_stored_sealed(client, sami):
    client.force_login(sami)
    page = client.get(url("add_app")).content.decode()
    again = client.get(url("add_app")).content.decode()
    picture = re.search(r"<svg viewBox.*?</svg>", page, re.DOTALL)[0]

    assert "style" not in picture
    assert "script" not in picture
    assert key_on(page) == key_on(again)
    assert "otpauth://totp/KOPA:sami%40example.org?secret=" in page
    key, _codes = add(client)
    stored = AuthenticatorApp.objects.get().sealed_key
    session = PersonSession.objects.get().session_data
    assert key not in stored + session
    assert not client.session.get("app_key")


def test_a_wrong_first_code_adds_nothing_and_keeps_the_key(client, sami):
    client.force_login(sami)
    key = key_on(client.get(url("add_app")).content.decode())
    wrong = f"{(int(code_now(key)) + 1) % 1_000_000:06}"

    answer = client.post(url("add_app"), {"code": wrong})

    assert (answer.status_code, errors(answer)) == (200, [REFUSED])
    assert key_on(answer.content.decode()) == key
    assert not AuthenticatorApp.objects.exists()
    assert errors(client.post(url("add_app"), {"code": ""})) == ["This field is required."]


def test_the_code_that_added_the_app_lets_nobody_in(client, sami):
    client.force_login(sami)
    key, _codes = add(client)
    sign_in(client, sami.email)

    answer = type_code(client, code_now(key))

    assert (answer.status_code, errors(answer)) == (200, [REFUSED])


def test_there_is_one_app_at_a_time(client, sami, app):
    client.force_login(sami)

    assert client.get(url("add_app"))["Location"] == profile_url()
    with pytest.raises(HasAnApp):
        factors.add_app(person=sami, key=APP_KEY, code=code_now(), here=None)


# Signing in ------------------------------------------------------------------------------------------------


def test_between_password_and_code_there_are_no_rights(client, sami, app):
    answer = sign_in(client, sami.email)

    assert answer["Location"] == url("second_step")
    assert not is_signed_in(client)
    assert [session.person for session in PersonSession.objects.all()] == [None]
    assert client.get(url("add_app"))["Location"].startswith(sign_in_url())
    assert client.get(url("second_step")).status_code == 200


def test_the_right_code_signs_in_under_a_new_key_and_leads_on(client, sami, app):
    sign_in(client, sami.email, next=profile_url())
    before = client.session.session_key

    answer = type_code(client, code_now())

    assert (answer.status_code, answer["Location"]) == (302, profile_url())
    assert is_signed_in(client)
    assert client.session.session_key != before
    assert not PersonSession.objects.filter(session_key=before).exists()
    assert "signing_in" not in client.session


def test_a_session_that_waited_before_the_password_is_not_the_one_after_it(client, sami, app):
    client.get(sign_in_url())
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies["kopa_session"] = old = session.session_key
    sign_in(client, sami.email)
    attacker = Client()
    attacker.cookies["kopa_session"] = old

    assert attacker.get(url("second_step")).status_code == 302


@pytest.mark.parametrize(("minutes", "status"), [(4, 200), (5, 302)])
def test_the_step_ends_after_five_minutes(client, sami, app, clock, minutes, status):
    sign_in(client, sami.email)
    clock.shift(dt.timedelta(minutes=minutes))

    answer = type_code(client, "000000")

    assert answer.status_code == status
    assert is_signed_in(client) is False
    if status == 302:
        assert answer["Location"] == sign_in_url()
        assert "signing_in" not in client.session


@pytest.mark.parametrize("change", ["password", "disabled", "no factor"])
def test_what_changes_meanwhile_ends_the_step(client, sami, app, change):
    sign_in(client, sami.email)
    match change:
        case "password":
            sami.set_password("toinen-pitkä-salasana-9")
        case "disabled":
            sami.is_active = False
        case "no factor":
            app.delete()
    sami.save()

    answer = type_code(client, code_now())

    assert (answer.status_code, answer["Location"]) == (302, sign_in_url())
    assert not is_signed_in(client)


def test_without_a_password_the_step_leads_back_to_the_beginning(client, sami, app):
    answer = type_code(client, code_now())

    assert (answer.status_code, answer["Location"]) == (302, sign_in_url())


def test_whoever_was_signed_in_here_is_no_more(client, sami, aino, app):
    client.force_login(aino)

    assert sign_in(client, sami.email)["Location"] == url("second_step")
    assert client.get(profile_url()).status_code == 302


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_clock_may_be_half_a_minute_wrong(client, sami, app, steps):
    sign_in(client, sami.email)

    assert type_code(client, code_now(steps=steps)).status_code == 302


@pytest.mark.parametrize("steps", [-2, 2])
def test_and_no_more(client, sami, app, steps):
    sign_in(client, sami.email)

    assert errors(type_code(client, code_now(steps=steps))) == [REFUSED]


@pytest.mark.parametrize("later", [0, 1])
def test_no_code_is_accepted_twice_nor_an_older_one(sami, app, clock, later):
    first, second = Client(), Client()
    sign_in(first, sami.email)
    sign_in(second, sami.email)
    code, older = code_now(), code_now(steps=-1)
    assert type_code(first, code).status_code == 302
    clock.shift(dt.timedelta(seconds=30 * later))

    assert errors(type_code(second, code)) == [REFUSED]
    assert errors(type_code(second, older)) == [REFUSED]
    assert not is_signed_in(second)


def test_a_code_may_be_typed_with_spaces(client, sami, app):
    sign_in(client, sami.email)
    code = code_now()

    assert type_code(client, f" {code[:3]} {code[3:]} ").status_code == 302


@pytest.mark.parametrize("code", ["", "abcdef", "١٢٣٤٥٦", "1" * 41, "12345\x00"])
def test_odd_codes_are_wrong_and_nothing_breaks(client, sami, app, code):
    sign_in(client, sami.email)

    assert type_code(client, code).status_code == 200
    assert not is_signed_in(client)


def test_a_key_sealed_for_somebody_else_is_no_key(client, sami, aino, app):
    """Whoever writes to the database copies nobody's app."""
    AuthenticatorAppFactory(person=aino, sealed_key=app.sealed_key)
    sign_in(client, aino.email)

    assert errors(type_code(client, code_now())) == [REFUSED]


# Guessing --------------------------------------------------------------------------------------------------


def guess(client: Client, times: int) -> list[int]:
    wrong = f"{(int(code_now()) + 500_000) % 1_000_000:06}"
    return [type_code(client, wrong).status_code for _time in range(times)]


def test_five_wrong_codes_make_the_account_wait_wherever_they_come_from(sami, app, clock):
    first, second = Client(), Client(REMOTE_ADDR="203.0.113.7")
    sign_in(first, sami.email)
    sign_in(second, sami.email)

    assert guess(first, 3) + guess(second, 3) == [200] * 5 + [429]
    answer = type_code(first, code_now())
    assert (answer.status_code, answer["Retry-After"]) == (429, "900")
    assert errors(answer) == ["Too many wrong codes. You can try again in 15 minutes."]
    assert not is_signed_in(first)
    letter = Letter.objects.get(kind="factor.guessing")
    assert letter.recipient == sami
    clock.shift(dt.timedelta(minutes=15))
    third = Client()
    sign_in(third, sami.email)
    assert type_code(third, code_now()).status_code == 302


def test_twenty_in_a_day_make_it_wait_for_the_rest_of_the_day(client, sami, app, clock):
    for _round in range(4):
        sign_in(client, sami.email)
        assert guess(client, 5) == [200] * 5
        clock.shift(dt.timedelta(minutes=16))
    sign_in(client, sami.email)

    answer = type_code(client, code_now())

    assert (answer.status_code, int(answer["Retry-After"])) == (429, (24 * 60 - 64) * 60)
    assert Letter.objects.filter(kind="factor.guessing").count() == 4


def test_others_are_not_kept_waiting(client, sami, aino, app):
    AuthenticatorAppFactory(person=aino)
    sign_in(client, sami.email)
    guess(client, 6)
    other = Client()
    sign_in(other, aino.email)

    assert type_code(other, code_now()).status_code == 302


def test_wrong_codes_are_forgotten_after_a_day(sami, clock):
    WrongCodeFactory(person=sami)
    clock.shift(dt.timedelta(days=1))
    WrongCodeFactory(person=sami)
    clock.shift(dt.timedelta(seconds=1))

    assert factors.forget_wrong_codes(now=WrongCode.objects.last().at + dt.timedelta(seconds=1)) == 1


# Recovery codes --------------------------------------------------------------------------------------------


def test_a_recovery_code_lets_in_once_and_a_letter_says_so(sami, clock):
    here = Client()
    sign_in(here, sami.email)
    _key, codes = add(here)
    first, second = Client(), Client()
    for one in (first, second):
        sign_in(one, sami.email)

    assert type_code(first, codes[3].upper().replace("-", " ")).status_code == 302
    assert is_signed_in(first)
    assert errors(type_code(second, codes[3])) == [REFUSED]
    assert Letter.objects.filter(kind="factor.codes").count() == 1
    assert AuditEvent.objects.filter(verb="person.use_recovery_code").count() == 1
    assert first.get(profile_url()).context["own"].codes_left == 9


def test_codes_are_kept_as_digests_and_shown_once(client, sami):
    sign_in(client, sami.email)
    _key, codes = add(client)

    digests = set(RecoveryCode.objects.values_list("digest", flat=True))
    assert len(digests) == 10
    assert all(code.replace("-", "") not in "".join(digests) for code in codes)
    pages = client.get(profile_url()).content + client.get(url("recovery_codes")).content
    assert not [code for code in codes if code.encode() in pages]


def test_new_codes_end_the_old_ones(client, sami):
    sign_in(client, sami.email)
    _key, old = add(client)

    new = client.post(url("recovery_codes")).context["codes"]

    assert len(set(new) | set(old)) == 20
    with pytest.raises(CodeRefused):
        factors.accept_code(person=sami, code=old[0])
    factors.accept_code(person=sami, code=new[0])
    assert AuditEvent.objects.filter(verb="person.make_recovery_codes").count() == 1


def test_somebody_s_guessing_keeps_no_owner_with_a_recovery_code_out(client, sami, app):
    code = factors.new_recovery_codes(person=sami)[0]
    sign_in(client, sami.email)
    assert guess(client, 6)[-1] == 429

    assert type_code(client, code).status_code == 302
    assert is_signed_in(client)


def test_a_recovery_code_of_somebody_else_is_wrong(client, sami, aino):
    sign_in(client, sami.email)
    _key, codes = add(client)

    with pytest.raises(CodeRefused):
        factors.accept_code(person=aino, code=codes[0])


def test_who_has_no_factor_gets_no_codes(client, sami):
    client.force_login(sami)

    assert client.post(url("recovery_codes"))["Location"] == profile_url()
    assert not RecoveryCode.objects.exists()


# Removing --------------------------------------------------------------------------------------------------


def test_removing_the_app_ends_other_sessions_and_the_codes_and_is_told(client, sami):
    sign_in(client, sami.email)
    add(client)
    elsewhere = Client()
    elsewhere.force_login(sami)
    assert "nor do your recovery codes" in client.get(url("remove_app")).content.decode()

    assert client.post(url("remove_app"))["Location"] == profile_url()

    assert (is_signed_in(client), is_signed_in(elsewhere)) == (True, False)
    assert not RecoveryCode.objects.exists()
    assert Letter.objects.filter(kind="factor.removed").count() == 1
    assert AuditEvent.objects.filter(verb="person.remove_app").count() == 1
    assert sign_in(Client(), sami.email)["Location"] != url("second_step")
    client.post(url("remove_app"))
    assert Letter.objects.filter(kind="factor.removed").count() == 1


@pytest.mark.parametrize("page", ["add_app", "remove_app", "recovery_codes", "add_passkey"])
def test_ten_minutes_after_signing_in_the_password_is_asked_again(client, sami, app, clock, page):
    client.force_login(sami)
    clock.shift(dt.timedelta(minutes=10))

    for method in (client.get, client.post):
        answer = method(url(page))
        assert answer["Location"] == f"{url('confirm')}?next={url(page).replace('/', '%2F')}"
    assert AuthenticatorApp.objects.exists()
    assert client.get(answer["Location"]).status_code == 200
    right = client.post(url("confirm"), {"password": PASSWORD, "next": url(page)})
    assert (right.status_code, right["Location"]) == (302, url(page))
    assert "confirm" not in client.get(url(page)).headers.get("Location", "")
    clock.shift(dt.timedelta(minutes=10))
    assert client.get(url(page))["Location"].startswith(url("confirm"))


def test_the_page_that_asks_for_it_leads_back_with_the_whole_address(client, kaisa, clock):
    client.force_login(kaisa)
    clock.shift(dt.timedelta(minutes=10))
    with override("sv"):
        page = reverse("invitations:list") + "?role=officer&organisation=12&email=a%2Bb%40example.org"

    form = client.get(client.get(page)["Location"])
    right = client.post(form.request["PATH_INFO"], {"password": PASSWORD, "next": form.context["next"]})

    assert (form.context["next"], right["Location"]) == (page, page)


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_it_leads_nowhere_else(client, sami, elsewhere):
    """TESTPLAN A12: also where the password is asked again."""
    client.force_login(sami)

    assert client.get(url("confirm"), {"next": elsewhere}).context["next"] == ""
    answer = client.post(url("confirm"), {"password": PASSWORD, "next": elsewhere})
    assert answer["Location"] == profile_url()


def test_a_wrong_password_there_counts_as_at_sign_in(client, sami, app, clock):
    client.force_login(sami)
    clock.shift(dt.timedelta(minutes=10))

    statuses = [client.post(url("confirm"), {"password": f"arvaus {n}"}).status_code for n in range(8)]
    right = client.post(url("confirm"), {"password": PASSWORD})

    assert statuses == [200] * 7 + [429]
    assert (right.status_code, errors(right)) == (
        429,
        ["Too many wrong passwords. You can try again in 15 minutes."],
    )
    assert client.get(url("remove_app"))["Location"].startswith(url("confirm"))


def test_a_new_password_switches_no_factor_off(client, sami, app):
    passwords.set_new(key=passwords.key_for(sami), password="toinen-pitkä-salasana-9")

    answer = sign_in(client, sami.email, "toinen-pitkä-salasana-9")
    assert answer["Location"] == url("second_step")
    assert not is_signed_in(client)


# Races -----------------------------------------------------------------------------------------------------


def spend_together(person: User, number: int) -> list[str]:
    code, meeting = code_now(), Meeting(number)

    def one(_which: int) -> None:
        with meeting.before_writing():
            factors.accept_code(person=person, code=code)

    return sorted(type(outcome).__name__ for outcome in run_together(number, one))


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_one_code_typed_by_two_at_once_lets_one_in():
    person = AuthenticatorAppFactory().person

    assert spend_together(person, 2) == ["CodeRefused", "NoneType"]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_the_database_has_the_last_word_when_nobody_waits(monkeypatch):
    person = AuthenticatorAppFactory().person
    without_locks(monkeypatch)

    assert spend_together(person, 2) == ["CodeRefused", "NoneType"]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_looking_before_writing_would_let_two_in(monkeypatch):
    """The counter-proof: without the lock, and with a look in the place of the one statement."""
    person = AuthenticatorAppFactory().person
    without_locks(monkeypatch)
    both_have_looked = threading.Barrier(2)

    def look_then_write(app: AuthenticatorApp, step: int) -> bool:
        is_used = AuthenticatorApp.objects.get(pk=app.pk).last_step >= step
        both_have_looked.wait(timeout=60)
        if is_used:
            return False
        AuthenticatorApp.objects.filter(pk=app.pk).update(last_step=step)
        return True

    monkeypatch.setattr(factors, "_take_step", look_then_write)

    assert spend_together(person, 2) == ["NoneType", "NoneType"]


def guess_together(person: User, number: int) -> list[str]:
    meeting = Meeting(number)

    def one(which: int) -> None:
        with meeting.before_writing():
            factors.accept_code(person=person, code=f"x{which}")

    return sorted(type(outcome).__name__ for outcome in run_together(number, one))


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_those_who_guess_at_once_are_counted_one_after_the_other():
    person = AuthenticatorAppFactory().person
    for _time in range(4):
        WrongCodeFactory(person=person)

    assert guess_together(person, 3) == ["CodeRefused", TooManyCodes.__name__, TooManyCodes.__name__]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_they_would_all_be_looked_at(monkeypatch):
    person = AuthenticatorAppFactory().person
    for _time in range(4):
        WrongCodeFactory(person=person)
    without_locks(monkeypatch)
    look, all_have_looked = factors._refuse_guessing, threading.Barrier(3)

    def look_and_wait(person: User, now: dt.datetime) -> None:
        look(person, now)
        all_have_looked.wait(timeout=60)

    monkeypatch.setattr(factors, "_refuse_guessing", look_and_wait)

    assert guess_together(person, 3) == ["CodeRefused"] * 3


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_recovery_code_typed_by_two_at_once_lets_one_in():
    person = UserFactory()
    code = factors.new_recovery_codes(person=person)[0]
    meeting = Meeting(2)

    def one(_which: int) -> None:
        with meeting.before_writing():
            factors.accept_code(person=person, code=code)

    outcomes = run_together(2, one)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["CodeRefused", "NoneType"]
