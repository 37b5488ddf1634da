"""Applying in three steps, from the course's page to the receipt."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import Application, Draft
from kopa.letters.models import Letter
from offerings.models import Offering
from tests.applications import given
from tests.factories import UserFactory, municipality

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

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
    """Step 1 is filled in and saved."""
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
    client.post(where)
    assert given.state(application) == "withdrawn"


def test_others_see_nothing(client: Client, offering: Offering) -> None:
    application = given.apply(offering)
    client.force_login(given.student())
    for name in ("detail", "receipt", "decline", "withdraw"):
        assert client.get(reverse(f"applications:{name}", args=[application.key])).status_code == 404
    for name in ("accept", "decline", "withdraw"):
        assert client.post(reverse(f"applications:{name}", args=[application.key])).status_code == 404
    assert given.state(application) == "submitted"


