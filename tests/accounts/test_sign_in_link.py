"""Signing in by a link in a letter (TESTPLAN A6, A8, A10, A11, A12)."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from kopa.accounts import links, passwords, services, tasks
from kopa.accounts.errors import AccountClosed, LinkOver
from kopa.accounts.models import LinkRequest, PersonSession, SignInLink, User
from kopa.audit.models import AuditEvent
from kopa.letters.models import Letter
from kopa.letters.services import deliver_what_waits
from kopa.logs import blot
from offerings.presenting import address
from tests.accounts.factors import code_now, type_code, url
from tests.accounts.signing_in import is_signed_in, profile_url, sign_in, sign_in_url, start_page
from tests.factories import AuthenticatorAppFactory, OfferingFactory, SignInLinkFactory, UserFactory
from tests.together import Meeting, run_together, without_locks

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
NEW = "toinen-pitkä-salasana-9"


def ask(email: str, client: Client | None = None, **more):
    headers = {name: more.pop(name) for name in list(more) if name.isupper()}
    return (client or Client()).post(url("ask_link"), {"email": email, **more}, **headers)


def path_in_letter() -> str:
    letter = Letter.objects.filter(kind="sign_in.link").first()
    return re.search(r"http://localhost:8000(/\S+)", letter.text)[1]


def link_for(email: str, **more) -> str:
    """The path in the letter that asking brings."""
    ask(email, **more)
    tasks.answer_link_requests()
    return path_in_letter()


def key_in(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


# Asking -----------------------------------------------------------------------------------------------------


def test_unknown_known_and_closed_accounts_get_the_same_answer_for_the_same_work(sami):
    """TESTPLAN A6: when a link is asked for."""
    UserFactory(email="kielletty@example.org", is_active=False)
    ask("joku@example.org")
    bodies, work = set(), set()
    for email in ("tuntematon@example.org", sami.email, "kielletty@example.org"):
        with CaptureQueriesContext(connection) as queries:
            answer = ask(email)
        work.add((answer.status_code, len(queries)))
        bodies.add(answer.content.decode().replace(email, "address"))
    tasks.answer_link_requests()

    assert (len(bodies), len(work)) == (1, 1)
    assert list(Letter.objects.values_list("address", flat=True)) == [sami.email]
    assert SignInLink.objects.count() == 1


def test_asking_is_limited_for_an_address_known_or_not_and_for_a_caller(sami, clock):
    for email in (sami.email, "tuntematon@example.org"):
        assert [ask(email).status_code for _time in range(6)] == [200] * 5 + [429]
    for number in range(links.MOST_FROM_A_CALLER - 10):
        assert ask(f"x{number}@example.org").status_code == 200
    assert ask("y@example.org").status_code == 429
    assert ask("y@example.org", REMOTE_ADDR="192.0.2.7").status_code == 200
    assert ask(sami.email, REMOTE_ADDR="192.0.2.7").status_code == 429
    clock.shift(dt.timedelta(hours=1, seconds=1))
    assert ask(sami.email).status_code == 200


def test_links_and_passwords_are_counted_apart(sami):
    for _time in range(5):
        ask(sami.email)

    assert Client().post(url("forgotten_password"), {"email": sami.email}).status_code == 200


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_wishes_at_the_same_moment_are_counted_one_after_the_other():
    outcomes = run_together(8, lambda i: links.ask(email="sami@example.org", asked_from=f"{i}"))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["LinkAskedTooOften"] * 3 + [
        "LinkRequest"
    ] * 5


def test_a_mistyped_address_is_said_at_the_field_and_nothing_is_written():
    answer = ask("sami")

    assert (answer.status_code, list(answer.context["form"].errors)) == (200, ["email"])
    assert LinkRequest.objects.count() == 0


def test_a_wish_is_answered_once(sami):
    ask(sami.email)
    wish = LinkRequest.objects.get()
    tasks.answer_link_request(wish.pk)
    tasks.answer_link_request(wish.pk)
    tasks.answer_link_requests()

    assert Letter.objects.count() == 1


def test_the_page_says_how_long_the_link_works(sami, settings):
    settings.SIGN_IN_LINK_LASTS = dt.timedelta(minutes=5)

    assert "The link works once, for 5 minutes." in ask(sami.email).content.decode()


# The letter -------------------------------------------------------------------------------------------------


def test_the_letter_is_in_the_person_s_language_and_names_nothing(bengt):
    """R-PRIV-11: neither course, provider nor outcome; not even where the link leads."""
    offering = OfferingFactory(title_fi="Hitsaaja", title_sv="Svetsare")
    wanted = address(offering)
    path = link_for(bengt.email, next=wanted)
    letter = Letter.objects.get()

    assert path.startswith("/sv/")
    assert letter.subject == "Logga in i KOPA"
    assert (letter.holds_secret, letter.useless_after) == (True, SignInLink.objects.get().expires_at)
    for word in ("Hitsaaja", "Svetsare", wanted, offering.provider.name_fi):
        assert word not in letter.subject + letter.text + letter.html
    assert SignInLink.objects.get().wanted == wanted


@pytest.mark.parametrize("name", ["HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED", "HTTP_X_HOST"])
def test_no_header_gets_into_the_link(sami, name):
    """TESTPLAN A10: a link in a letter is built from PUBLIC_URL alone."""
    ask(sami.email, **{name: "host=evil.example" if name == "HTTP_FORWARDED" else "evil.example"})
    tasks.answer_link_requests()

    text = Letter.objects.get().text
    assert "evil" not in text
    assert "http://localhost:8000/fi/" in text


def test_an_unknown_host_is_refused(sami):
    assert ask(sami.email, HTTP_HOST="evil.example").status_code == 400
    assert LinkRequest.objects.count() == 0


def test_a_letter_that_leaves_after_its_link_is_over_is_none(sami, clock):
    link_for(sami.email)
    clock.shift(dt.timedelta(minutes=30))

    deliver_what_waits()

    assert [letter.state for letter in Letter.objects.all()] == ["failed"]


def test_the_key_is_in_no_log_and_not_in_the_database(sami):
    path = link_for(sami.email)

    assert blot(path) == "/fi/kirjaudu/linkki/(key)/"
    assert key_in(path) not in str(SignInLink.objects.values_list())


# Using it ---------------------------------------------------------------------------------------------------


def test_opening_the_link_changes_nothing_and_pressing_signs_in(sami):
    path = link_for(f" {sami.email.upper()}")
    scanner, client = Client(), Client()
    for _time in range(3):
        page = scanner.get(path)
        assert (page.status_code, sami.email in page.content.decode()) == (200, True)
        assert scanner.head(path).status_code == 200
    assert "no-store" in page["Cache-Control"]
    assert not is_signed_in(scanner)

    answer = client.post(path)

    assert (answer.status_code, answer["Location"]) == (302, start_page("fi"))
    assert is_signed_in(client)
    assert PersonSession.objects.get().person == sami


def test_a_link_works_once_and_whoever_is_signed_in_is_led_on(sami):
    path = link_for(sami.email, next=profile_url())
    client = Client()
    client.post(path)

    again, other = client.get(path), Client().post(path)

    assert (again.status_code, other.status_code) == (404, 404)
    assert f'href="{profile_url()}"' in again.content.decode()
    assert f'name="next" value="{profile_url()}"' in other.content.decode()


def test_pressing_gives_the_session_a_new_key(sami):
    """TESTPLAN A8: a session planted before is not the one after."""
    path = link_for(sami.email)
    client = Client()
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies["kopa_session"] = old = session.session_key

    client.post(path)

    assert is_signed_in(client)
    assert client.cookies["kopa_session"].value != old
    attacker = Client()
    attacker.cookies["kopa_session"] = old
    assert not is_signed_in(attacker)


def test_who_was_signed_in_in_this_browser_is_no_more(client, sami, aino):
    sign_in(client, aino.email)
    session = client.session
    session["of aino"] = True
    session.save()

    client.post(link_for(sami.email))

    assert "of aino" not in client.session
    assert PersonSession.objects.get(session_key=client.session.session_key).person == sami


def test_a_second_factor_is_asked_for_all_the_same(client, sami):
    AuthenticatorAppFactory(person=sami)
    path = link_for(sami.email, next=profile_url())

    answer = client.post(path)

    assert (answer.status_code, answer["Location"]) == (302, "/fi/kirjaudu/toinen-vaihe/")
    assert not is_signed_in(client)
    assert client.post(path).status_code == 404
    assert type_code(client, code_now())["Location"] == profile_url()
    assert is_signed_in(client)


HOSTILE = ["//evil.example", "https://evil.example/fi/", "/\\evil.example", "javascript:alert(1)", "/api/v1/"]


@pytest.mark.parametrize("wanted", [*HOSTILE, sign_in_url(), f"/en/?x={'y' * 500}"])
def test_the_link_leads_to_pages_of_kopa_alone(sami, wanted):
    """TESTPLAN A12: by the form, and by whoever makes a link."""
    by_form = Client().post(link_for(sami.email, next=wanted))["Location"]
    made = links.make_link(sami, "other", wanted=wanted)

    assert by_form == start_page("fi")
    assert links.use_link(made).wanted == ""


def test_a_row_that_leads_elsewhere_leads_to_the_start_page(client, sami):
    SignInLinkFactory(person=sami, key=f"l.{'a' * 43}", wanted="//evil.example")

    assert client.post(url("use_link", f"l.{'a' * 43}"))["Location"] == start_page()


@pytest.mark.parametrize(
    "change", ["used", "old", "newer", "address", "password", "closed", "spoilt", "closed and opened"]
)
def test_a_link_is_over(sami, clock, change):
    """TESTPLAN A11: replayed, late, replaced, after a change of address or password, without the account."""
    path = link_for(sami.email)
    match change:
        case "used":
            Client().post(path)
        case "old":
            clock.shift(dt.timedelta(minutes=30))
        case "newer":
            link_for(sami.email)
        case "address":
            User.objects.update(email="uusi@example.org")
        case "password":
            passwords.set_new(key=passwords.key_for(sami), password=NEW)
        case "closed":
            User.objects.update(is_active=False)
        case "spoilt":
            path = path[:-2] + "/"
        case "closed and opened":
            services.close_account(person=sami, reason="")
            User.objects.update(is_active=True)
    client = Client()

    answers = [client.get(path), client.post(path)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert not is_signed_in(client)


def test_a_link_works_until_its_last_second(sami, clock):
    path = link_for(sami.email)
    clock.shift(dt.timedelta(minutes=30) - dt.timedelta(seconds=1))

    assert Client().post(path).status_code == 302


@pytest.mark.parametrize("key", ["x", "l.", "l.none", "é", "a" * 5000])
def test_a_made_up_key_is_over(key):
    with pytest.raises(LinkOver):
        links.find_link(key)
    assert links.wanted_by(key) == ""


def test_a_link_is_for_its_purpose_and_its_thing(sami):
    one, two = OfferingFactory.create_batch(2)
    first = links.make_link(sami, "read", about=one, lasts=dt.timedelta(days=14))
    second = links.make_link(sami, "read", about=two)
    other = links.make_link(sami, "write", about=one)

    with pytest.raises(LinkOver):
        links.use_link(first, "write")
    used = links.use_link(first, "read")
    assert (used.person, used.target, used.target_id) == (sami, "offerings.offering", one.pk)
    assert (used.expires_at - used.made_at).days == 14
    assert links.find_link(second, "read").target_id == two.pk
    newer = links.make_link(sami, "write", about=one)
    with pytest.raises(LinkOver):
        links.find_link(other)
    assert links.find_link(newer).purpose == "write"


def test_the_database_keeps_one_open_link_for_an_address_and_a_thing(sami):
    SignInLinkFactory(person=sami)
    with (
        pytest.raises(IntegrityError, match="one_link_is_open_for_an_address_and_a_thing"),
        transaction.atomic(),
    ):
        SignInLinkFactory(person=sami)
    with pytest.raises(IntegrityError, match="sign_in_link_email_is_lower_case"):
        SignInLink.objects.update(email="Sami@example.org")


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_that_press_at_once_let_one_in():
    """TESTPLAN A11: two uses at the same moment."""
    key, meeting = links.make_link(UserFactory(), links.SIGN_IN), Meeting(2)

    outcomes = run_together(2, lambda _i: use_at(meeting, key))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["LinkOver", "SignInLink"]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_both_would_get_in(monkeypatch):
    key, meeting = links.make_link(UserFactory(), links.SIGN_IN), Meeting(2)
    without_locks(monkeypatch)

    outcomes = run_together(2, lambda _i: use_at(meeting, key))

    assert [type(outcome).__name__ for outcome in outcomes] == ["SignInLink"] * 2


def use_at(meeting: Meeting, key: str) -> SignInLink:
    with meeting.before_writing():
        return links.use_link(key)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_links_made_at_once_the_last_works():
    person = UserFactory()

    keys = run_together(4, lambda _i: links.make_link(person, links.SIGN_IN))

    assert SignInLink.objects.filter(ended_at=None).count() == 1
    assert sum(works(key) for key in keys) == 1


def works(key: str) -> bool:
    try:
        return bool(links.find_link(key))
    except LinkOver:
        return False


# What was typed, and accounts without a password ------------------------------------------------------------


def test_what_was_typed_comes_back_after_the_link_in_the_same_browser(client, bengt):
    with_text = {"title_fi": "Hitsaaja"}
    with override("en"):
        form = reverse("offerings:create")
    page = client.post(form, with_text)
    carried = page.context["typed"]
    ask(bengt.email, client, typed=carried, next=form)
    tasks.answer_link_requests()

    answer = client.post(path_in_letter())

    assert page.status_code == 403
    assert (answer.status_code, answer["Location"]) == (302, form)
    assert [address for address, _text in client.session["typed_forms"]] == [form]


def test_what_nobody_sealed_is_not_carried(client, sami):
    ask(sami.email, client, typed="made up")

    assert "kopa_session" not in client.cookies
    assert 'name="typed"' not in ask("sami", client, typed="made up").content.decode()


def test_the_sign_in_page_offers_the_link_beside_the_password(client):
    page = client.get(f"{sign_in_url()}?next={profile_url()}").content.decode()

    assert f'formaction="{url("ask_link")}"' in page
    own, others = (
        client.get(f"{url('ask_link')}?next={wanted}").content.decode()
        for wanted in (profile_url(), "//evil.example")
    )
    assert f'value="{profile_url()}"' in own
    assert 'name="next"' not in others


def test_who_has_no_password_is_told_how_to_go_on(client, sami, clock):
    person = services.person_of("uusi@example.org", name="Uusi", language="en")
    client.post(link_for(person.email))
    clock.shift(dt.timedelta(minutes=11))

    page = client.get(url("add_app"), follow=True).content.decode()

    assert "Your account has no password." in page
    assert url("ask_link") in page
    sign_in(client, sami.email)
    clock.shift(dt.timedelta(minutes=11))
    assert "Your account has no password." not in client.get(url("add_app"), follow=True).content.decode()


# An address that nobody has confirmed -----------------------------------------------------------------------


def test_a_link_to_a_new_address_makes_its_person_when_it_is_used(client):
    """R-APP-13: identity verified means that the e-mail link was used."""
    key = links.make_link_for_address(" Uusi@Example.org", "draft", name=" Uusi ", language="sv")
    assert client.get(url("use_link", key)).status_code == 200
    assert not User.objects.exists()

    client.post(url("use_link", key))

    person = User.objects.get()
    assert (person.email, person.name, person.language) == ("uusi@example.org", "Uusi", "sv")
    assert not person.has_usable_password()
    assert is_signed_in(client)
    assert SignInLink.objects.get().person == person


def test_a_link_to_an_address_with_an_account_is_its_person_s(sami):
    key = links.make_link_for_address(sami.email, "draft", name="Joku muu", language="sv")

    assert links.use_link(key).person == sami
    sami.refresh_from_db()
    assert (sami.name, sami.language) == ("Sami", "fi")


def test_one_that_set_a_password_meanwhile_or_was_closed_gets_in_by_no_older_link():
    old, older = (
        links.make_link_for_address("uusi@example.org", purpose, name="Uusi", language="fi")
        for purpose in ("one", "two")
    )
    person = links.use_link(older).person
    assert links.find_link(old).person is None
    User.objects.update(is_active=False)
    assert not works(old)
    User.objects.update(is_active=True)
    passwords.set_new(key=passwords.key_for(person), password=NEW)
    assert not works(old)


@pytest.mark.parametrize("facts", [{"email": "uusi"}, {"name": " "}, {"language": "de"}])
def test_a_link_for_what_cannot_be_a_person_is_not_made(facts):
    right = {"email": "uusi@example.org", "name": "Uusi", "language": "fi"} | facts
    with pytest.raises(ValidationError):
        links.make_link_for_address(right.pop("email"), "draft", **right)


# The person of an address -----------------------------------------------------------------------------------


def test_the_person_of_an_address_is_made_once_without_a_password():
    """R-APP-13: one confirmed address, however it is typed, is one learner."""
    made = services.person_of(" Uusi@Example.ORG ", name=" Uusi ", language="sv")
    again = services.person_of("uusi@example.org", name="Joku muu", language="fi")

    assert (made.pk, again.name, again.language) == (again.pk, "Uusi", "sv")
    assert not made.has_usable_password()
    assert AuditEvent.objects.filter(verb="person.create", target_id=made.pk).count() == 1


def test_a_closed_account_is_not_opened_by_its_address(sami):
    services.close_account(person=sami, reason="")

    with pytest.raises(AccountClosed):
        services.person_of(sami.email, name="Sami", language="fi")


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one_person():
    """R-APP-13: the database has the last word."""
    meeting = Meeting(2)

    people = run_together(2, lambda _i: person_at(meeting))

    assert len({person.pk for person in people}) == 1
    assert AuditEvent.objects.filter(verb="person.create").count() == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_database_s_word_there_would_be_two(monkeypatch):
    """Counter-proof: both have found nobody, and both write. Who looks after the other is done finds two."""
    monkeypatch.setattr(Meeting, "patience", 10)
    with connection.cursor() as cursor:
        cursor.execute("alter table accounts_user drop constraint accounts_user_email_key")
    try:
        meeting = Meeting(2)
        outcomes = run_together(2, lambda _i: person_at(meeting))
        made = {one.pk for one in outcomes if isinstance(one, User)}
        assert len(made) == 2 or any(isinstance(one, User.MultipleObjectsReturned) for one in outcomes)
    finally:
        User.objects.filter(pk__gt=User.objects.order_by("pk")[0].pk).delete()
        with connection.cursor() as cursor:
            cursor.execute(
                "alter table accounts_user add constraint accounts_user_email_key unique (email)"
            )


def person_at(meeting: Meeting) -> User:
    with meeting.before_writing():
        return services.person_of("uusi@example.org", name="Uusi", language="fi")


def test_what_is_over_is_forgotten_a_day_later(sami, clock):
    link_for(sami.email)
    clock.shift(dt.timedelta(days=1, minutes=30))
    tasks.forget_what_has_expired()
    assert (LinkRequest.objects.count(), SignInLink.objects.count()) == (0, 1)
    clock.shift(dt.timedelta(seconds=1))
    tasks.forget_what_has_expired()

    assert SignInLink.objects.count() == 0
