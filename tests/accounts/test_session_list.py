"""Sessions end by themselves and by hand, one's own alone (TESTPLAN A9)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from kopa.accounts import sessions
from kopa.accounts.models import PersonSession
from tests.accounts.signing_in import is_signed_in, profile_url, sign_in, sign_in_url

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Safari/604.1"


def client_of(person, browser: str = FIREFOX) -> Client:
    client = Client(headers={"User-Agent": browser})
    assert sign_in(client, person.email).status_code == 302
    return client


def end(client: Client, **data):
    with override("en"):
        return client.post(reverse("accounts:end_sessions"), data)


def shown(client: Client) -> list[tuple[str, bool]]:
    return [(row["session"].browser, row["is_this"]) for row in client.get(profile_url()).context["sessions"]]


def test_a_session_ends_after_two_hours_without_use(sami, clock):
    client = client_of(sami)
    for _time in range(3):
        clock.shift(dt.timedelta(hours=1, minutes=59))
        assert is_signed_in(client)
    clock.shift(dt.timedelta(hours=2))

    assert not is_signed_in(client)
    assert PersonSession.objects.filter(person=sami).count() == 0


def test_a_session_ends_after_twelve_hours_however_much_it_is_used(sami, clock):
    client = client_of(sami)
    for _time in range(11):
        clock.shift(dt.timedelta(hours=1))
        assert is_signed_in(client)
    clock.shift(dt.timedelta(hours=1))

    assert not is_signed_in(client)


def test_my_sign_ins_are_listed_and_ended_one_by_one(sami, clock):
    here, phone = client_of(sami), client_of(sami, PHONE)
    clock.shift(dt.timedelta(minutes=6))
    assert shown(here) == [("Firefox, Linux", True), ("Safari, iPhone", False)]
    other = next(row for row in here.get(profile_url()).context["sessions"] if not row["is_this"])

    assert end(here, which=other["handle"]).status_code == 302

    assert (is_signed_in(here), is_signed_in(phone)) == (True, False)
    assert shown(here) == [("Firefox, Linux", True)]


def test_all_others_end_together(sami, aino):
    here, stranger = client_of(sami), client_of(aino)
    others = [client_of(sami) for _number in range(3)]

    end(here, all_others="1")

    assert [is_signed_in(client) for client in (here, stranger, *others)] == [True, True, False, False, False]


def test_nobody_ends_the_sign_in_of_somebody_else(sami, aino):
    mine, theirs = client_of(sami), client_of(aino)
    key = sessions.handle(PersonSession.objects.get(person=aino))

    end(mine, which=key)

    assert is_signed_in(theirs)


def test_the_page_tells_no_session_key(sami):
    client = client_of(sami)
    client_of(sami)

    page = client.get(profile_url()).content.decode()

    assert not [key for key in PersonSession.objects.values_list("session_key", flat=True) if key in page]


def test_who_is_not_signed_in_has_no_limits_and_no_row_with_a_name(client, db):
    client.get(sign_in_url())
    session = client.session
    session["something"] = 1
    session.save()

    assert PersonSession.objects.get().person is None
    assert client.session["something"] == 1


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (FIREFOX, "Firefox, Linux"),
        (PHONE, "Safari, iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
        ("curl/8", ""),
    ],
)
def test_a_browser_has_a_short_name(header, name):
    assert sessions.browser_name(header) == name
