"""An offer is answered by the link in its letter, without signing in."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications import services
from applications.models import AnswerLink, Application
from applications.services import answer_links
from applications.services.answering import accept_by_link
from kopa.accounts.errors import LinkOver
from kopa.audit.models import AuditEvent
from kopa.base.errors import TransitionNotAllowed
from kopa.letters.models import Letter
from kopa.logs import blot
from offerings.models import StudyForm
from tests.applications.given import admit, apply, course, state
from tests.factories import municipality
from tests.together import Meeting, run_together, without_locks

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture(autouse=True)
def pello(db: Any) -> None:
    municipality("FI-854")


def offered(**facts: Any) -> tuple[Application, str]:
    """An offer, and the address in its letter."""
    application = admit(apply(course(**facts), language="en"))
    letter = Letter.objects.get(kind="application_answer", target_id=application.pk)
    found = re.search(r"https?://[^/\s]+(/\S+)", letter.text)
    assert found is not None
    return application, found[1]


def key_of(address: str) -> str:
    found = re.search(r"o\.[\w-]{43}", address)
    assert found is not None
    return found[0]


def test_the_letter_s_link_has_both_buttons_and_opening_changes_nothing(client: Client) -> None:
    """FIELD 13, UX flow 10: nothing but the link is needed; mail scanners do no harm."""
    application, address = offered()
    for _ in range(2):
        page = client.get(address)
        assert page.status_code == 200
        assert "no-store" in page["Cache-Control"]
        assert page["Referrer-Policy"] == "same-origin"
        said = page.content.decode()
        assert "Accept the place" in said
        assert reverse("applications:offer_decline", args=[key_of(address)]) in said
    assert client.head(address).status_code == 200
    assert client.head(reverse("applications:offer_decline", args=[key_of(address)])).status_code == 200
    assert state(application) == "offered"
    assert not AuditEvent.objects.filter(verb="answer_link.use").exists()


def test_it_says_which_course_and_nothing_of_the_applicant(client: Client) -> None:
    """R-PRIV-4, R-PRIV-11: whoever has the letter is not known."""
    application, address = offered()
    person = application.learner.person
    for page in (address, reverse("applications:offer_decline", args=[key_of(address)])):
        said = client.get(page).content.decode()
        assert str(application.offering.title()) in said
        for word in (person.name, person.email, application.reference, "Pello", "1995"):
            assert word not in said


def test_a_press_accepts_once_and_lets_nobody_in(client: Client) -> None:
    application, address = offered()
    answer = client.post(address, follow=True)
    assert ">The place is yours</h1>" in answer.content.decode()
    assert state(application) == "accepted"
    assert "Accept the place" not in client.get(address).content.decode()
    client.post(address)
    decline = reverse("applications:offer_decline", args=[key_of(address)])
    assert "Accept the place" not in client.get(decline).content.decode()
    client.post(decline)
    assert state(application) == "accepted"
    said = list(AuditEvent.objects.filter(verb__in=["application.accept", "answer_link.use"]))
    assert {one.actor_id for one in said} == {application.learner.person_id}
    assert len(said) == 2
    own = client.get(reverse("applications:detail", args=[application.key]))
    assert own.status_code == 302


def test_declining_asks_once_more(client: Client) -> None:
    application, address = offered()
    decline = reverse("applications:offer_decline", args=[key_of(address)])
    assert "This cannot be undone." in client.get(decline).content.decode()
    assert state(application) == "offered"
    assert ">You have declined the place</h1>" in client.post(decline, follow=True).content.decode()
    assert state(application) == "declined"
    client.post(address)
    assert state(application) == "declined"


def test_a_press_needs_the_page_s_own_token() -> None:
    application, address = offered()
    assert Client(enforce_csrf_checks=True).post(address).status_code == 403
    assert state(application) == "offered"


def test_only_a_digest_is_kept_and_the_letter_leaves_no_later_than_the_offer() -> None:
    application, address = offered()
    link = AnswerLink.objects.get()
    assert key_of(address) not in str(vars(link))
    assert (link.application, link.expires_at) == (application, application.held_until)
    letter = Letter.objects.get(kind="application_answer")
    assert (letter.holds_secret, letter.useless_after) == (True, application.held_until)
    assert key_of(address) not in str(blot(f"GET {address}"))


def test_it_works_to_the_last_second(client: Client) -> None:
    """R-TIME-1"""
    application, address = offered()
    until, key = application.held_until, key_of(address)
    assert until is not None
    last = until + dt.timedelta(microseconds=999_999)
    assert answer_links.find_link(key, now=last).application == application
    with pytest.raises(LinkOver):
        answer_links.find_link(key, now=until + dt.timedelta(seconds=1))
    assert accept_by_link(key, now=last).status == "accepted"


def test_who_has_answered_reads_so_a_day_longer_and_who_has_not_reads_that_it_is_over(
    client: Client, clock: Any
) -> None:
    (answered, there), (_silent, nothing) = offered(), offered()
    assert answered.held_until is not None
    client.post(there)
    clock.move_to(answered.held_until + dt.timedelta(hours=23))
    page = client.get(there)
    assert (page.status_code, "The place is yours" in page.content.decode()) == (200, True)
    over = client.get(nothing)
    assert over.status_code == 404
    assert "If you have answered, your answer counts." in over.content.decode()
    assert client.post(there).status_code == 404
    clock.shift(dt.timedelta(hours=2))
    assert client.get(there).status_code == 404


def test_it_ends_with_the_address_the_account_and_the_next_letter(client: Client) -> None:
    application, address = offered()
    person = application.learner.person
    was = person.email
    for name, value, back in (("email", "other@example.org", was), ("is_active", False, True)):
        type(person).objects.filter(pk=person.pk).update(**{name: value})
        assert client.get(address).status_code == client.post(address).status_code == 404
        type(person).objects.filter(pk=person.pk).update(**{name: back})
    assert client.get(address).status_code == 200
    assert application.held_until is not None
    newer = answer_links.make(application, until=application.held_until, now=timezone.now())
    assert client.get(address).status_code == 404
    assert client.get(reverse("applications:offer", args=[newer])).status_code == 200
    assert client.get(reverse("applications:offer", args=["o.none"])).status_code == 404
    assert state(application) == "offered"


def test_a_protected_identity_s_letter_leads_to_her_own_page(client: Client) -> None:
    """R-PRIV-6: who reads her mail may be the one from whom she is protected."""
    application = admit(apply(course(), language="en", is_protected=True))
    letter = Letter.objects.get(kind="application_answer", target_id=application.pk)
    own = reverse("applications:detail", args=[application.key])
    assert own in letter.text
    assert re.search(r"o\.[\w-]{43}", letter.text) is None
    assert "You need not sign in" not in letter.text
    assert not AnswerLink.objects.exists()
    assert client.get(own).status_code == 302


def test_who_is_protected_since_the_letter_left_has_a_link_no_more(client: Client) -> None:
    """R-PRIV-6"""
    application, address = offered()
    assert client.get(address).status_code == 200
    services.protect(learner_id=application.learner_id, by=application.learner.person)
    for answer in (client.get(address), client.post(address)):
        assert answer.status_code == 404
        assert str(application.offering.title()) not in answer.content.decode()
    assert state(application) == "offered"


def test_an_offer_that_is_gone_is_not_answered(client: Client) -> None:
    application, address = offered()
    services.withdraw(application_id=application.pk, by=application.learner.person)
    assert "Nothing awaits your answer" in client.get(address).content.decode()
    client.post(address)
    assert state(application) == "withdrawn"


def test_which_of_two_places_is_given_up_takes_signing_in(client: Client) -> None:
    """R-CAP-10: the other course is not named to whoever has the letter."""
    application, _address = offered(study_form=StudyForm.FULL_TIME, title_fi="Entinen kurssi")
    person = application.learner.person
    services.accept(application_id=application.pk, by=person)
    second = admit(apply(course(study_form=StudyForm.FULL_TIME), person=person))
    letter = Letter.objects.get(kind="application_answer", target_id=second.pk)
    address = reverse("applications:offer", args=[key_of(letter.text)])
    page = client.post(address)
    assert page.status_code == 409
    said = page.content.decode()
    assert "To choose between the two, sign in." in said
    assert "Entinen kurssi" not in said
    assert (state(application), state(second)) == ("accepted", "offered")


def test_links_that_are_over_go_at_night_and_with_their_application() -> None:
    """R-PRIV-7"""
    application, _address = offered()
    assert application.held_until is not None
    day = dt.timedelta(days=1)
    services.forget_what_is_over(now=application.held_until + day)
    assert AnswerLink.objects.exists()
    services.forget_what_is_over(now=application.held_until + day + dt.timedelta(seconds=1))
    assert not AnswerLink.objects.exists()


FEW = 4  # fewer than a process has connections


def pressed_together(address: str) -> list[Any]:
    meeting = Meeting(FEW)

    def press(_which: int) -> Application:
        with meeting.before_writing():
            return accept_by_link(key_of(address))

    return run_together(FEW, press)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_pressed_many_times_at_once_it_is_one_answer() -> None:
    """R-CAP-9: and everybody is told the same."""
    application, address = offered()

    outcomes = pressed_together(address)

    assert {one.pk for one in outcomes} == {application.pk}
    assert state(application) == "accepted"
    assert AuditEvent.objects.filter(verb="application.accept").count() == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_locks_the_later_presses_would_be_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counter-proof of R-CAP-9: all have read an offer that waits, and whoever is not the first to write
    hears that she cannot accept it.
    """
    application, address = offered()
    without_locks(monkeypatch)

    outcomes = pressed_together(address)

    assert state(application) == "accepted"
    assert [type(one) for one in outcomes if one != application] == [TransitionNotAllowed] * (FEW - 1)
