"""Applying in three steps, from the course's page to the receipt."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from applications.applying import Applying
from applications.models import Application, Draft
from kopa.accounts import links
from kopa.letters.models import Letter
from offerings.models import Offering
from tests.applications import given
from tests.factories import PASSWORD, UserFactory, municipality

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]

LIST = 10
ME = {
    "name": "Sami Opiskelija",
    "email": "sami@example.org",
    "birth_on": "17.5.1995",
    "home_municipality": "FI-854",
    "phone": "",
    "language": "en",
}


@pytest.fixture(autouse=True)
def pello() -> None:
    municipality("FI-854")


@pytest.fixture
def offering() -> Offering:
    return given.course(capacity=2)


def begin(client: Client, offering: Offering, **other: str) -> Draft:
    """Step 1 is filled in and saved, step 2 left with nothing in it."""
    draft = begin_step_1(client, offering, **other)
    client.post(address("apply_background", draft), {"motivation": ""})
    return draft


def begin_step_1(client: Client, offering: Offering, **other: str) -> Draft:
    answer = client.post(
        reverse("applications:apply", args=[offering.pk]), {**ME, "key": str(uuid.uuid4()), **other}
    )
    assert answer.status_code == 302, answer.context["form"].errors
    return Draft.objects.latest("pk")


def address(name: str, draft: Draft) -> str:
    return reverse(f"applications:{name}", args=[draft.offering_id, draft.key])


def seen(answer: Any) -> str:
    found = re.search(r'name="seen" value="([^"]*)"', answer.content.decode())
    assert found
    return found[1]


def send(client: Client, draft: Draft, **other: str) -> Any:
    shown = seen(client.get(address("apply_check", draft)))
    return client.post(address("apply_check", draft), {"seen": shown, **other})


def use_link(client: Client) -> Any:
    """The newest letter's link is opened, and its button pressed."""
    letter = Letter.objects.latest("pk")
    found = re.search(r"https?://[^/]+(\S+)", letter.text)
    assert found
    assert client.get(found[1]).status_code == 200
    return client.post(found[1])


def test_the_link_leads_back_to_the_step_that_is_not_done(client: Client, offering: Offering) -> None:
    """Files can be added only once the address is confirmed: step 2 is not passed over."""
    draft = begin_step_1(client, offering)
    answer = client.get(use_link(client).url)
    assert answer.url == address("apply_background", draft)
    assert 'type="file"' in client.get(answer.url).content.decode()
    client.post(answer.url, {"motivation": ""})
    assert client.get(address("apply_check", draft)).status_code == 200


def test_a_stranger_applies_in_three_steps_and_confirms_her_address(
    client: Client, offering: Offering
) -> None:
    draft = begin(client, offering)
    answer = client.post(address("apply_background", draft), {"motivation": "Haluan hitsata."})
    assert answer.url == address("apply_check", draft)
    page = client.get(address("apply_check", draft)).content.decode()
    assert "sami@example.org" in page
    assert 'name="seen"' not in page
    assert use_link(client).url == address("apply_check", draft)
    sent = send(client, draft)
    application = Application.objects.get()
    assert sent.url == reverse("applications:receipt", args=[application.key])
    assert (application.key, application.motivation) == (draft.key, "Haluan hitsata.")
    assert application.learner.birth_on == dt.date(1995, 5, 17)
    assert application.learner.person.name == "Sami Opiskelija"
    assert not Draft.objects.exists()
    receipt = client.get(sent.url).content.decode()
    assert application.reference in receipt
    assert "(Finnish time)" in receipt


def test_who_is_signed_in_needs_no_letter(client: Client, offering: Offering) -> None:
    person = UserFactory(email="sami@example.org")
    client.force_login(person)
    draft = begin(client, offering)
    assert draft.email == "sami@example.org"
    assert not Letter.objects.exists()
    assert send(client, draft).status_code == 302
    assert Application.objects.get().learner.person == person


def test_an_offer_is_accepted_on_the_page(client: Client, offering: Offering) -> None:
    application = given.admit(given.apply(offering))
    client.force_login(application.learner.person)
    page = client.get(reverse("applications:detail", args=[application.key]))
    assert "Accept the place" in page.content.decode()
    client.post(reverse("applications:accept", args=[application.key]))
    assert given.state(application) == "accepted"


def test_it_is_withdrawn_without_a_reason(client: Client, offering: Offering) -> None:
    """R-APP-7."""
    application = given.apply(offering)
    client.force_login(application.learner.person)
    where = reverse("applications:withdraw", args=[application.key])
    assert client.get(where).status_code == 200
    assert given.state(application) == "submitted"
    answer = client.post(where, follow=True)
    assert given.state(application) == "withdrawn"
    assert "You withdrew the application." in answer.content.decode()


def test_others_see_nothing(client: Client, offering: Offering) -> None:
    application = given.apply(offering)
    client.force_login(given.student())
    for name in ("detail", "receipt", "decline", "withdraw"):
        assert client.get(reverse(f"applications:{name}", args=[application.key])).status_code == 404
    for name in ("accept", "decline", "withdraw"):
        assert client.post(reverse(f"applications:{name}", args=[application.key])).status_code == 404
    assert given.state(application) == "submitted"


def test_a_minor_is_told_so_and_shown_the_contact(client: Client) -> None:
    """R-MIN-1: guardians have no part in KOPA yet; a later issue gives them one."""
    offering = given.course(contact_email="haku@example.org")
    answer = client.post(reverse("applications:apply", args=[offering.pk]), {**ME, "birth_on": "1.1.2015"})
    page = answer.content.decode()
    assert "You must be 18 to apply here by yourself." in page
    assert "mailto:haku@example.org" in page
    assert not Draft.objects.exists()


def test_sent_twice_it_is_one_application(client: Client, offering: Offering) -> None:
    """A double click, and the back button after an answer that never arrived."""
    client.force_login(UserFactory())
    draft = begin(client, offering)
    shown = seen(client.get(address("apply_check", draft)))
    answers = [client.post(address("apply_check", draft), {"seen": shown}) for _ in range(2)]
    application = Application.objects.get()
    detail = reverse("applications:detail", args=[application.key])
    assert [answer.url for answer in answers] == [
        reverse("applications:receipt", args=[application.key]), detail
    ]  # fmt: skip
    for step in ("apply_me", "apply_background", "apply_check"):
        assert client.get(address(step, draft)).url == detail
    assert client.post(
        reverse("applications:apply", args=[offering.pk]), {**ME, "key": str(draft.key)}
    ).url == detail  # fmt: skip


def test_the_first_step_sent_twice_makes_one_draft(client: Client, offering: Offering) -> None:
    key = str(uuid.uuid4())
    for _ in range(2):
        client.post(reverse("applications:apply", args=[offering.pk]), {**ME, "key": key})
    assert Draft.objects.count() == 1
    assert Letter.objects.count() == 1


def test_a_second_tab_leads_to_the_one_application(client: Client, offering: Offering) -> None:
    """R-APP-1."""
    person = UserFactory()
    client.force_login(person)
    first, second = begin(client, offering), begin(client, offering)
    send(client, first)
    answer = send(client, second)
    assert answer.url == reverse("applications:detail", args=[first.key])
    assert Application.objects.count() == 1


def test_who_has_begun_before_goes_on_and_who_has_sent_is_led_there(
    client: Client, offering: Offering
) -> None:
    client.force_login(UserFactory())
    start = reverse("applications:apply", args=[offering.pk])
    draft = begin(client, offering)
    assert client.get(start).url == address("apply_me", draft)
    send(client, draft)
    assert client.get(start).url == reverse("applications:detail", args=[draft.key])


def test_who_was_shown_a_place_is_asked_before_she_is_put_in_the_queue(
    client: Client, offering: Offering
) -> None:
    client.force_login(UserFactory())
    draft = begin(client, offering)
    shown = seen(client.get(address("apply_check", draft)))
    for _ in range(4):
        given.apply(offering)
    answer = client.post(address("apply_check", draft), {"seen": shown})
    assert answer.status_code == 409
    assert "You would be number 3 in the queue." in answer.content.decode()
    assert Application.objects.count() == 4
    again = client.post(address("apply_check", draft), {"seen": seen(answer)})
    assert again.status_code == 302
    assert given.state(Application.objects.get(key=draft.key)) == "waiting"


def test_a_place_that_goes_in_the_very_moment_of_sending(
    client: Client, offering: Offering, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between looking and sending others take both places: she is asked, nothing is sent."""
    client.force_login(UserFactory())
    draft = begin(client, offering)
    shown = seen(client.get(address("apply_check", draft)))
    submission = Applying.submission

    def overtaken(self: Applying, **how: bool) -> Any:
        monkeypatch.setattr(Applying, "submission", submission)
        given.apply(offering), given.apply(offering)
        return submission(self, **how)

    monkeypatch.setattr(Applying, "submission", overtaken)
    answer = client.post(address("apply_check", draft), {"seen": shown})
    assert answer.status_code == 409
    assert "You would be number 1 in the queue." in answer.content.decode()
    assert not Application.objects.filter(key=draft.key).exists()


def test_a_form_without_what_was_shown_is_asked_again(client: Client, offering: Offering) -> None:
    client.force_login(UserFactory())
    draft = begin(client, offering)
    for said in ("", "place", "place.0.required..0", "place.x.not_required.state_funded.0"):
        assert client.post(address("apply_check", draft), {"seen": said}).status_code == 409
    assert not Application.objects.exists()


def test_the_check_page_says_what_it_means(client: Client) -> None:
    """R-HOME-3, said before sending."""
    client.force_login(UserFactory())
    offering = given.course(form="basic", learner_fee_cents=2500)
    page = client.get(address("apply_check", begin(client, offering))).content.decode()
    assert "decides whether it pays for your place, and says so in a statement." in page
    assert "Pello is asked at the same time whether it pays." in page
    assert "You pay a fee of €25." in page
    assert "A place is free: it is held for you as soon as you send." in page


def test_the_check_page_says_that_no_file_goes_along(client: Client, offering: Offering) -> None:
    """Who went through step 2 before her address was confirmed could add none there, and comes back here."""
    draft = begin(client, offering)
    add = f'href="{address("apply_background", draft)}#files"'
    assert add not in client.get(address("apply_check", draft)).content.decode()
    page = client.get(use_link(client).url).content.decode()
    assert add in page
    assert 'id="files"' in client.get(address("apply_background", draft)).content.decode()


def test_a_course_with_a_selection_says_so(client: Client) -> None:
    client.force_login(UserFactory())
    offering = given.course(selection_rule="score")
    page = client.get(address("apply_check", begin(client, offering))).content.decode()
    assert "Sending holds no place yet." in page
    assert "The provider selects the students when applications have closed" in page


def test_a_draft_whose_owner_has_come_is_hers_alone(client: Client, offering: Offering) -> None:
    draft = begin(client, offering)
    assert client.get(address("apply_me", draft)).status_code == 200
    other = Client()
    other.force_login(UserFactory(email="sami@example.org"))
    assert other.get(address("apply_check", draft)).status_code == 200
    assert client.get(address("apply_me", draft)).url.startswith(reverse("accounts:sign_in"))
    stranger = Client()
    stranger.force_login(UserFactory())
    assert stranger.get(address("apply_me", draft)).status_code == 404
    assert stranger.post(
        reverse("applications:apply", args=[offering.pk]), {**ME, "key": str(draft.key)}
    ).status_code == 404  # fmt: skip


def test_what_is_typed_outlives_the_session(client: Client, offering: Offering) -> None:
    person = UserFactory()
    client.force_login(person)
    draft = begin_step_1(client, offering)
    client.logout()
    answer = client.post(address("apply_background", draft), {"motivation": "Pitkä teksti."})
    assert answer.status_code == 403
    client.post(
        reverse("accounts:sign_in"),
        {"email": person.email, "password": PASSWORD, "typed": answer.context["typed"]},
    )
    assert "Pitkä teksti." in client.get(address("apply_background", draft)).content.decode()
    draft.refresh_from_db()
    assert "motivation" not in draft.answers


def test_another_address_gets_a_letter_of_its_own(client: Client, offering: Offering) -> None:
    draft = begin(client, offering)
    client.post(address("apply_me", draft), {**ME, "email": "toinen@example.org"})
    assert [letter.address for letter in Letter.objects.order_by("pk")] == [
        "sami@example.org", "toinen@example.org"
    ]  # fmt: skip
    client.post(address("apply_link", draft))
    assert Letter.objects.count() == 3


def test_letters_are_not_sent_without_end(client: Client, offering: Offering) -> None:
    draft = begin(client, offering)
    for _ in range(6):
        client.post(address("apply_link", draft))
    assert Letter.objects.count() == 5
    assert "too often" in client.get(address("apply_check", draft)).content.decode()


def test_the_letter_names_neither_course_nor_provider(client: Client, offering: Offering) -> None:
    """R-PRIV-11."""
    begin(client, offering)
    letter = Letter.objects.get()
    for secret in (str(offering.title()), str(offering.provider.label())):
        assert secret not in letter.subject + letter.text + letter.html


def test_what_was_filled_in_can_be_deleted(client: Client, offering: Offering) -> None:
    draft = begin(client, offering)
    assert client.post(address("apply_discard", draft)).status_code == 302
    assert not Draft.objects.exists()
    assert client.get(address("apply_me", draft)).status_code == 404


def test_who_has_applied_before_comes_back_by_a_link_and_goes_on(client: Client, offering: Offering) -> None:
    """R-APP-13: the link in the letter says who she is; no password is needed, and no second account made."""
    person = given.apply(given.course()).learner.person
    first_step = reverse("applications:apply", args=[offering.pk])
    page = client.get(first_step).content.decode()
    assert "Sign in if you have applied here before" in page
    client.post(reverse("accounts:ask_link"), {"email": person.email.upper(), "next": first_step})
    links.answer_what_waits()
    assert use_link(client).url == first_step
    assert person.email in client.get(first_step).content.decode()
    draft = begin(client, offering)
    assert send(client, draft).status_code == 302
    assert Application.objects.filter(learner__person=person).count() == 2


def test_whoever_has_applied_finds_it_in_the_menu(client: Client, offering: Offering) -> None:
    application = given.apply(offering)
    search = reverse("offerings:search")
    client.force_login(UserFactory())
    assert "My applications" not in client.get(search).content.decode()
    client.force_login(application.learner.person)
    assert "My applications" in client.get(search).content.decode()


def test_everything_can_be_taken_along(client: Client, offering: Offering) -> None:
    """R-PRIV-8."""
    application = given.admit(given.apply(offering))
    client.force_login(application.learner.person)
    said = client.get(reverse("applications:download", args=[application.key])).json()
    assert said["application"]["reference"] == application.reference
    assert said["admission"]["is_positive"] is True
    assert said["places"][0]["state"] == "held"
    assert said["applicant"]["birth_on"] == "1995-05-17"


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_costs_the_same_for_one_and_for_three(
    number: int, client: Client, django_assert_num_queries: Any
) -> None:
    person = UserFactory()
    for _ in range(number):
        given.admit(given.apply(given.course(), person=person))
        given.begun(given.course(), by=person)
    client.force_login(person)
    where = reverse("applications:own")
    client.get(where)
    with django_assert_num_queries(LIST):
        page = client.get(where).content.decode()
    assert page.count("is-offer") == number
