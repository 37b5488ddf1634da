"""Signing in: what a person types, sees and gets (TESTPLAN A12, A17, W5)."""

from __future__ import annotations

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from kopa.accounts.models import User
from tests.accounts.signing_in import front_page, is_signed_in, profile_url, sign_in, sign_in_url, start_page
from tests.factories import PASSWORD, UserFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_a_person_signs_in_and_is_sent_on_in_the_language_of_the_page(client, sami, language):
    response = client.post(sign_in_url(language), {"email": sami.email, "password": PASSWORD})

    assert (response.status_code, response["Location"]) == (302, start_page(language))
    assert is_signed_in(client)


@pytest.mark.parametrize("typed", ["SAMI@EXAMPLE.ORG", " sami@example.org ", "Sami@Example.Org"])
def test_the_address_may_be_typed_in_any_case(client, sami, typed):
    assert sign_in(client, typed).status_code == 302


def test_the_password_is_taken_letter_by_letter(client):
    UserFactory(email="eeva@example.org", plain_password="  välilyönnit kuuluvat  ")

    assert sign_in(client, "eeva@example.org", "välilyönnit kuuluvat").status_code == 200
    assert sign_in(client, "eeva@example.org", "  välilyönnit kuuluvat  ").status_code == 302


def test_passwords_are_kept_with_argon2(sami):
    assert sami.password.startswith(Argon2PasswordHasher.algorithm + "$argon2id$")


@pytest.mark.parametrize(
    ("email", "password", "fields"),
    [
        ("", "", ["email", "password"]),
        ("sami", PASSWORD, ["email"]),
        ("sami@example.org", "", ["password"]),
        ("sami\x00@example.org", PASSWORD, ["email"]),
        ("sami@example.org", "a\x00b", ["password"]),
        ("s" * 255 + "@example.org", PASSWORD, ["email"]),
        ("sami@example.org", "x" * 1001, ["password"]),
    ],
)
def test_what_cannot_be_an_address_or_a_password_is_said_at_the_field_and_not_counted(
    client, sami, email, password, fields
):
    response = sign_in(client, email, password)

    assert (response.status_code, sorted(response.context["form"].errors)) == (200, fields)
    assert not AccessAttempt.objects.exists()


def test_the_password_never_comes_back_in_the_page(client, sami):
    assert b"salainen-arvaus" not in sign_in(client, sami.email, "salainen-arvaus").content


def test_a_person_who_is_asked_to_sign_in_comes_back_to_the_page_with_its_query(client, sami):
    asked = client.get(profile_url("sv") + "?resume=abc&sida=2")
    assert asked.status_code == 302

    form = client.get(asked["Location"])
    wanted = form.context["next"]
    answer = client.post(sign_in_url("sv"), {"email": sami.email, "password": PASSWORD, "next": wanted})

    assert answer["Location"] == profile_url("sv") + "?resume=abc&sida=2"


def press_without_a_session(client, referer: str | None) -> str:
    """A button that takes only what is posted: where the sign-in page is told to lead."""
    with override("sv"):
        button = reverse("accounts:end_sessions")
    headers = {} if referer is None else {"referer": referer}
    answer = client.post(button, {"all_others": "1"}, headers=headers)
    assert answer["Location"].startswith(sign_in_url("sv") + "?next=")
    return client.get(answer["Location"]).context["next"]


@pytest.mark.parametrize("query", ["", "?sida=2&q=a%2Fb"])
def test_who_presses_a_button_without_a_session_comes_back_to_its_page(client, db, query):
    page = profile_url("sv") + query

    assert press_without_a_session(client, f"http://testserver{page}#sign-ins") == page


@pytest.mark.parametrize(
    "referer",
    [
        None, "", "http://testserver", "http://evil.example/sv/mina-uppgifter/", "http://testserver.evil.example/sv/",
        "http://testserver//evil.example/", "http://testserver/api/v1/", "https://testserver/sv/",
    ],
)  # fmt: skip
def test_what_the_browser_says_of_another_page_changes_nothing(client, db, referer):
    """TESTPLAN A12: nobody is led anywhere else by what a header says."""
    with override("sv"):
        assert press_without_a_session(client, referer) == reverse("accounts:end_sessions")


def test_a_page_that_is_asked_for_leads_to_itself_wherever_its_link_stood(client, db):
    answer = client.get(profile_url("sv"), headers={"referer": f"http://testserver{front_page('sv')}"})

    assert client.get(answer["Location"]).context["next"] == profile_url("sv")


def test_the_wanted_page_survives_a_wrong_password(client, sami):
    response = sign_in(client, sami.email, "väärä", next=profile_url() + "?resume=abc")

    assert response.context["next"] == profile_url() + "?resume=abc"
    assert f'value="{profile_url()}?resume=abc"' in response.content.decode()


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:1"]
)
def test_a_page_elsewhere_is_neither_shown_nor_gone_to(client, sami, elsewhere):
    assert client.get(sign_in_url(), {"next": elsewhere}).context["next"] == ""
    assert sign_in(client, sami.email, next=elsewhere)["Location"] == start_page()
    assert client.get(sign_in_url(), {"next": elsewhere})["Location"] == start_page()  # signed in already


@pytest.mark.parametrize("name", ["accounts:sign_in", "accounts:sign_out"])
def test_a_form_without_its_token_is_refused(sami, name):
    client = Client(enforce_csrf_checks=True)
    client.force_login(sami)

    with override("en"):
        assert client.post(reverse(name), {"email": sami.email, "password": PASSWORD}).status_code == 403


def test_pages_for_a_signed_in_person_are_not_kept(client, sami):
    sign_in(client, sami.email)

    for page in (profile_url(), front_page()):
        assert "no-store" in client.get(page)["Cache-Control"]


def test_the_sign_in_page_is_not_kept_either(client):
    assert "no-store" in client.get(sign_in_url())["Cache-Control"]


def test_an_anonymous_page_keeps_its_own_headers(client, db):
    assert "no-store" not in client.get(front_page()).get("Cache-Control", "")


def test_an_unknown_host_is_refused_and_a_forwarded_one_is_not_believed(client, sami):
    """TESTPLAN A10: nothing that is made for a person holds an address the request brought along."""
    assert client.get(sign_in_url(), headers={"host": "evil.example"}).status_code == 400

    headers = {"x-forwarded-host": "evil.example", "forwarded": "host=evil.example"}
    page = client.get(profile_url(), headers=headers, follow=True)
    answer = client.post(sign_in_url(), {"email": sami.email, "password": PASSWORD}, headers=headers)

    assert "evil.example" not in page.content.decode()
    assert answer["Location"] == start_page()


def test_more_fields_than_asked_for_are_not_looked_at(client, sami):
    """TESTPLAN A4."""
    before = User.objects.values().get()
    more = {"is_active": "", "role": "admin", "language": "en", "is_demonstration": "on", "name": "Anna"}

    sign_in(client, sami.email, **more)

    after = User.objects.values().get()
    assert after.pop("last_login") is not None
    assert {name: value for name, value in before.items() if name != "last_login"} == after


@pytest.mark.parametrize(
    ("name", "view"),
    [
        ("bengt", "offerings:desk"),
        ("aino", "offerings:desk"),
        ("ritva", "portal:home"),
        ("sami", "portal:home"),
    ],
)
def test_each_person_lands_where_their_work_is(client, request, name, view):
    person = request.getfixturevalue(name)

    with override("sv"):
        landed = client.post(
            sign_in_url("sv"), {"email": person.email, "password": PASSWORD}, follow=True
        ).redirect_chain

        assert landed == [(start_page("sv"), 302), (reverse(view), 302)]


def test_the_page_that_was_asked_for_wins_over_the_desk(client, bengt):
    assert sign_in(client, bengt.email, next=profile_url())["Location"] == profile_url()


def test_without_a_role_any_more_and_without_signing_in_the_start_is_the_home_page(client, bengt):
    assert client.get(start_page())["Location"] == front_page()
    sign_in(client, bengt.email)
    bengt.role_assignments.all().delete()

    answer = client.get(start_page())

    assert answer["Location"] == front_page()
    assert "no-store" in answer["Cache-Control"]
