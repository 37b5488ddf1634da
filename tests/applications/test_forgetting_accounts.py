"""The account that a draft has made goes as the draft does, where nothing was ever sent."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

import pytest
from django.utils import timezone

from applications import services
from applications.models.consent import Purpose
from applications.services import consenting
from kopa.accounts.models import User
from kopa.accounts.services import person_of
from tests.applications.everywhere import found_everywhere
from tests.applications.given import begun, course
from tests.factories import RoleAssignmentFactory, municipality, today

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def pello() -> None:
    municipality("FI-854")


def account_of_a_draft(clock: Any) -> User:
    """Made by the link to a draft that was never sent; both have been there as long as a draft is kept."""
    person = person_of("lapsed@example.org", name="Maarit Merkki", language="fi")
    begun(course(), by=person, email=person.email)
    clock.shift(91 * DAY)
    return person


def test_an_account_goes_with_the_draft_that_made_it(clock):
    """R-PRIV-7: drafts 90 days: what is left of one that was never sent is nobody's."""
    account_of_a_draft(clock)
    assert services.count_what_is_over() == {"draft": 1, "people": 1}
    assert services.forget_what_is_over()["people"] == 1
    assert "accounts_user" not in found_everywhere("merkki")
    assert services.forget_what_is_over() == Counter()


@pytest.mark.parametrize("why", ["new", "password", "role", "consent", "session", "another draft"])
def test_whoever_has_more_than_a_lapsed_draft_keeps_the_account(why, clock, client):
    """R-PRIV-7: on time, not early."""
    person = account_of_a_draft(clock)
    match why:
        case "new":
            User.objects.filter(pk=person.pk).update(joined_at=timezone.now() - 89 * DAY)
        case "password":
            person.set_password("tervetuloa-kopaan")
            person.save()
        case "role":
            RoleAssignmentFactory(person=person, valid_to=today() - DAY)
        case "consent":
            consenting.give(person=person, purpose=Purpose.PROFILE, language="fi")
        case "session":
            client.force_login(person)
        case "another draft":
            begun(course(), by=person, email=person.email)
    assert services.forget_what_is_over()["people"] == 0
    person.refresh_from_db()
    assert person.is_active
