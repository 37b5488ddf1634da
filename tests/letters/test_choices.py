"""Letters that one may do without: ended by a link, by a mail program, on the profile page (RFC 8058)."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from kopa.accounts.models import User
from kopa.letters import choices, services, tasks
from kopa.letters.models import Letter, UnwantedLetters
from tests.factories import UserFactory
from tests.smtp import mail_server

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
KIND = choices.CONFIRM_PLACES
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def content() -> services.Content:
    return services.Content(subject="News", paragraphs=["A"], points=["first", "B & C"])


def a_letter(person: User, kind: str = KIND) -> Letter:
    return services.queue(kind, about=person, to=person, write=content)


def path(person: User, kind: str = KIND) -> str:
    with override(person.language):
        return reverse("letters:end", args=[choices.key_for(person.pk, kind)])


@pytest.mark.parametrize(
    ("public_url", "one_click"), [("https://kopa.example", True), ("http://a.test", False)]
)
def test_an_optional_letter_says_how_to_end_such_letters(settings, public_url, one_click):
    settings.PUBLIC_URL = public_url
    person = UserFactory(language="sv")
    with mail_server(settings) as server:
        tasks.deliver(a_letter(person).pk)

    (sent,) = server.letters
    ending = f"{public_url}{path(person)}"
    assert sent["List-Unsubscribe"].strip() == f"<{ending}>"  # a long header is folded
    assert sent["List-Unsubscribe-Post"] == ("List-Unsubscribe=One-Click" if one_click else None)
    assert ending in sent.get_body(("plain",)).get_content()
    assert f'href="{ending}"' in sent.get_body(("html",)).get_content()


def test_other_letters_cannot_be_ended(settings):
    with mail_server(settings) as server:
        tasks.deliver(a_letter(UserFactory(), "test").pk)

    (sent,) = server.letters
    assert (sent["List-Unsubscribe"], sent["List-Unsubscribe-Post"]) == (None, None)
    assert "http" not in sent.get_body(("plain",)).get_content()


def test_points_stand_as_a_list():
    letter = a_letter(UserFactory(), "test")

    assert "A\n\n- first\n- B & C\n\n-- " in letter.text
    assert "<li>B &amp; C</li>" in letter.html


def test_opening_the_link_changes_nothing_and_the_button_ends_them(client):
    person = UserFactory()

    page = client.get(path(person))
    assert page.status_code == 200
    assert choices.unwanted_by(person.pk) == set()
    for _time in range(2):
        page = client.post(path(person))
        assert page.status_code == 200
    assert choices.unwanted_by(person.pk) == {KIND}
    assert b"</button>" not in client.get(path(person)).content.partition(b"<main")[2].partition(b"</main")[0]


def test_a_mail_program_ends_them_without_a_token_and_nothing_else_goes_without():
    person, stranger = UserFactory(), Client(enforce_csrf_checks=True)

    assert stranger.post(path(person)).status_code == 403
    assert choices.unwanted_by(person.pk) == set()
    assert stranger.post(path(person), ONE_CLICK).status_code == 200
    assert choices.unwanted_by(person.pk) == {KIND}


@pytest.mark.parametrize("data", [{}, ONE_CLICK])
@pytest.mark.parametrize(
    "wrong", ["other signature", "no signature", "other kind", "nobody", "no words", "odd"]
)
def test_a_link_that_we_have_not_made_ends_nothing(wrong, data, client):
    person = UserFactory()
    key = choices.key_for(person.pk, KIND)
    match wrong:
        case "other signature":
            key = f"{key[:-2]}xx"
        case "no signature":
            key = key.partition(".")[0]
        case "other kind":
            key = choices.key_for(person.pk, "password.reset")
        case "nobody":
            key = choices.key_for(person.pk + 1, KIND)
        case "no words":
            key = "."
        case "odd":
            key = f"ä.{key.partition('.')[2]}"

    assert client.post(f"/fi/ei-enaa-kirjeita/{key}/", data).status_code == 404
    assert UnwantedLetters.objects.count() == 0


def test_the_profile_page_ends_them_and_begins_them_again(client, bengt):
    person = bengt
    client.force_login(person)
    with override("en"):
        choose, profile = reverse("letters:choose"), reverse("accounts:profile")

    assert client.post(choose, {"kind": KIND, "act": "end"})["Location"] == profile
    assert choices.unwanted_by(person.pk) == {KIND}
    assert 'value="begin"' in client.get(profile).content.decode()
    client.post(choose, {"kind": KIND, "act": "begin"})
    assert choices.unwanted_by(person.pk) == set()
    assert 'value="end"' in client.get(profile).content.decode()
    assert client.post(choose, {"kind": "password.reset"}).status_code == 404


def test_who_publishes_nothing_is_offered_no_choice(client, sami):
    client.force_login(sami)
    with override("en"):
        page = client.get(reverse("accounts:profile")).content.decode()

    assert reverse_choose() not in page


def reverse_choose() -> str:
    with override("en"):
        return reverse("letters:choose")


def test_the_database_keeps_one_choice_of_a_kind():
    person = UserFactory()
    choices.end(person.pk, KIND)

    with pytest.raises(IntegrityError, match="kind_is_ended_once"), transaction.atomic():
        UnwantedLetters.objects.create(person=person, kind=KIND, ended_at=timezone.now())
