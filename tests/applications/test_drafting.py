"""What is typed and not sent is kept, found again, and forgotten."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import transaction
from django.utils import timezone

from applications import services
from applications.models import Application, Draft
from applications.services import knowing
from applications.services.drafting import is_link_sent
from kopa.accounts.errors import LinkAskedTooOften
from kopa.accounts.links import find_link
from kopa.letters.models import Letter
from tests.applications import given
from tests.factories import UserFactory, municipality

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def homes() -> None:
    municipality("FI-854")
    municipality("FI-851")


def test_answers_stand_beside_those_given_before():
    offering = given.course()
    first = given.begun(offering, answers={"phone": "040 123"})
    services.save_draft(
        key=first.key, offering_id=offering.pk, answers={"motivation": "Siksi."}, language="sv"
    )
    draft = Draft.objects.get()
    assert (draft.answers["phone"], draft.answers["motivation"]) == ("040 123", "Siksi.")
    assert (draft.email, draft.language) == ("draft@example.org", "sv")


def test_a_key_is_one_course_s_alone():
    draft = given.begun(given.course())
    with pytest.raises(Draft.DoesNotExist):
        services.save_draft(key=draft.key, offering_id=given.course().pk, answers={}, language="fi")


def test_who_is_signed_in_needs_no_confirming():
    person = UserFactory(email="sami@example.org")
    draft = given.begun(given.course(), by=person)
    assert (draft.email, draft.confirmed_at) == ("sami@example.org", timezone.now())


def test_another_address_is_to_be_confirmed_again():
    """R-APP-13: confirmed is one address, not a draft."""
    offering = given.course()
    draft = given.begun(offering)
    assert services.confirm_draft(draft_id=draft.pk, by=UserFactory(email="draft@example.org"))
    draft = given.begun(offering, key=draft.key, email="Other@example.org ")
    assert (draft.email, draft.confirmed_at) == ("other@example.org", None)


def test_only_the_owner_of_the_address_confirms_it():
    draft = given.begun(given.course())
    assert not services.confirm_draft(draft_id=draft.pk, by=UserFactory())
    draft.refresh_from_db()
    assert draft.confirmed_at is None


def test_the_first_coming_counts(clock):
    draft = given.begun(given.course())
    owner, first = UserFactory(email="draft@example.org"), timezone.now()
    services.confirm_draft(draft_id=draft.pk, by=owner)
    clock.shift(dt.timedelta(hours=1))
    assert services.confirm_draft(draft_id=draft.pk, by=owner)
    draft.refresh_from_db()
    assert draft.confirmed_at == first


def test_the_letter_leads_back_to_the_last_step():
    draft = given.begun(given.course())
    services.send_draft_link(draft_id=draft.pk, name="Sami", asked_from="test")
    letter = Letter.objects.get()
    link = find_link(letter.text.split("/linkki/")[1].split("/")[0])
    assert (letter.address, letter.holds_secret) == ("draft@example.org", True)
    assert link.wanted == f"/fi/paikat/{draft.offering_id}/hae/{draft.key}/tarkista/"
    assert is_link_sent(draft, name="Sami")
    assert not is_link_sent(draft, name="Samuli")


def test_no_more_than_five_letters_in_an_hour():
    draft = given.begun(given.course())
    for _ in range(5):
        services.send_draft_link(draft_id=draft.pk, name="Sami", asked_from="test")
    with pytest.raises(LinkAskedTooOften):
        services.send_draft_link(draft_id=draft.pk, name="Sami", asked_from="test")


def test_a_draft_is_kept_for_90_days(clock):
    """R-PRIV-7, for drafts; applications are another issue's."""
    draft = given.begun(given.course())
    clock.shift(dt.timedelta(days=90))
    assert services.forget_old_drafts() == 0
    clock.shift(dt.timedelta(seconds=1))
    assert services.forget_old_drafts() == 1
    assert not Draft.objects.filter(pk=draft.pk).exists()


def test_discarding_touches_no_application():
    offering = given.course()
    person = UserFactory()
    services.discard_draft(draft_id=given.begun(offering, by=person).pk)
    given.apply(offering, person=person)
    assert (Draft.objects.count(), Application.objects.count()) == (0, 1)


def test_sent_it_is_a_draft_no_more():
    offering, key = given.course(), uuid.uuid4()
    given.begun(offering, key=key)
    given.apply(offering, key=key)
    assert not Draft.objects.exists()


def test_what_was_sent_in_another_tab_is_no_draft_again():
    """R-APP-1: the first tab saves what the second has just sent."""
    offering, key = given.course(), uuid.uuid4()
    given.begun(offering, key=key)
    given.apply(offering, key=key)
    for begins in (True, False):
        with pytest.raises(Draft.DoesNotExist), transaction.atomic():
            given.begun(offering, key=key, begins=begins)
    assert not Draft.objects.exists()


def test_only_the_first_step_begins():
    """What was deleted in another tab stays deleted."""
    draft = given.begun(given.course())
    services.discard_draft(draft_id=draft.pk)
    with pytest.raises(Draft.DoesNotExist):
        given.begun(draft.offering, key=draft.key, begins=False)


def test_a_draft_is_found_by_its_key_and_its_course_alone() -> None:
    """What is asked is written once by each process."""
    knowing._draft_question.cache_clear()
    offering, other = given.course(), given.course()
    draft = given.begun(offering)

    assert knowing.draft_of_page(draft.key, offering.pk) == draft
    assert knowing.draft_of_page(draft.key, other.pk) is None
    assert knowing.draft_of_page(uuid.uuid4(), offering.pk) is None
