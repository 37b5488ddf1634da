"""While somebody else's act holds the course, whoever decides is told so, and what was typed is there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import Application, HomeStatement
from applications.states import StatementState
from kopa.accounts.models import User
from tests.applications.given import apply, course, official, state
from tests.applications.test_withdrawing_despite_locks import held
from tests.factories import RoleAssignmentFactory, municipality, organisation_of
from tests.reading import words
from tests.together import impatient

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("english")]
BUSY = "Somebody else is just changing this."


@pytest.fixture
def places() -> None:
    for key in ("FI-854", "FI-851"):
        municipality(key)


@pytest.fixture
def application(places: None) -> Iterator[Application]:
    sent = apply(course())
    with impatient(200):
        yield sent


def posted(application: Application, by: User, address: str, **data: Any) -> Any:
    client = Client()
    client.force_login(by)
    with held(application, 30):
        return client.post(address, data, follow=True)


def host_of(application: Application) -> User:
    person: User = official(application.offering).person
    return person


def test_a_decision_on_the_case(application: Application) -> None:
    address = reverse("applications:host_case", args=[application.key])
    answer = posted(application, host_of(application), address, act="receive", title="rehtori")
    assert (answer.status_code, BUSY in words(answer.content.decode())) == (200, True)


def test_a_refusal_keeps_what_was_typed(application: Application) -> None:
    address = reverse("applications:host_refuse", args=[application.key])
    given = {"ground": "prerequisites", "text": "Todistus puuttuu.", "appeal": "Näin.", "title": "rehtori"}
    answer = posted(
        application, host_of(application), address, act="confirm", seen=str(application.version), **given
    )
    page = answer.content.decode()
    assert (answer.status_code, BUSY in words(page), "Todistus puuttuu." in page) == (200, True, True)
    assert state(application) == "submitted"


@pytest.mark.parametrize("button", ["do", "preview"])
def test_many_are_waited_for_once(application: Application, button: str) -> None:
    """The course is held: the second is not waited for again."""
    second = apply(application.offering)
    address = reverse("applications:host_together", args=[application.offering_id, "decide"])
    answer = posted(
        application, host_of(application), address, row=[application.pk, second.pk], title="", **{button: "1"}
    )
    assert (answer.status_code, words(answer.content.decode()).count(BUSY)) == (200, 2)
    assert (state(application), state(second)) == ("submitted", "submitted")


def test_a_message_is_sent_whoever_holds_the_course(application: Application) -> None:
    """It changes nobody's place: no lock is needed."""
    address = reverse("applications:host_message", args=[application.offering_id])
    key = "11111111-1111-4111-8111-111111111111"
    posted(application, host_of(application), address, key=key, to="all", text_fi="Tuo läppäri.", act="send")
    assert list(application.messages.values_list("text_fi", flat=True)) == ["Tuo läppäri."]


@pytest.fixture
def statement(places: None) -> Iterator[HomeStatement]:
    asked = apply(course(form="basic")).statements.get()
    with impatient(200):
        yield asked


@pytest.fixture
def officer(statement: HomeStatement) -> User:
    person: User = RoleAssignmentFactory(role="officer", organisation=organisation_of("FI-854")).person
    return person


def test_a_statement_keeps_what_was_typed(statement: HomeStatement, officer: User) -> None:
    address = reverse("applications:statement", args=[statement.pk])
    given = {
        "outcome": "declines", "ground": "own_course", "text": "Emme maksa tätä.", "appeal": "Näin.",
        "official_name": "Aino", "official_title": "johtaja", "decided_on": "2026-11-24",
        "version": str(statement.version),
    }  # fmt: skip
    answer = posted(statement.application, officer, address, act="confirm", **given)
    page = answer.content.decode()
    assert "Emme maksa tätä." in page
    assert (answer.status_code, BUSY in words(page)) == (409, True)
    statement.refresh_from_db()
    assert statement.state == StatementState.REQUESTED


def test_a_move_keeps_what_was_typed(application: Application) -> None:
    address = reverse("applications:moved", args=[application.key])
    given = {"home_municipality": "FI-851", "moved_on": "2026-11-01"}
    answer = posted(application, application.learner.person, address, **given)
    page = answer.content.decode()
    assert (answer.status_code, BUSY in words(page), "2026-11-01" in page) == (200, True, True)


def test_another_course_for_many(application: Application) -> None:
    other = course(provider=application.offering.provider)
    address = reverse("applications:host_transfer", args=[application.offering_id])
    data = {"row": [application.pk], "to": str(other.pk), "cause": "asked", "title": "", "preview": "1"}
    answer = posted(application, host_of(application), address, **data)
    assert (answer.status_code, BUSY in words(answer.content.decode())) == (200, True)
    assert not application.transfers.exists()
