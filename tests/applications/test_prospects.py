"""What sending would bring, said before: it is what sending then does."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from applications import services
from applications.errors import ClosedAndFull, PlaceGone
from applications.models import Application
from applications.prospects import Outlook, Prospect, prospect
from offerings.models import Offering, Quota
from tests.applications import given
from tests.factories import municipality

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def homes() -> None:
    municipality("FI-854")
    municipality("FI-851")


def of(offering: Offering, home: str = "FI-854") -> Prospect:
    return prospect(offering, given.home_of(home), now=timezone.now())


def test_a_free_place_then_a_number_in_the_queue():
    """FIELD.md 17: the number is that which the queue then gives."""
    offering = given.course(capacity=1)
    assert of(offering) == Prospect(Outlook.PLACE)
    given.apply(offering)
    assert of(offering) == Prospect(Outlook.QUEUE, 1)
    given.apply(offering)
    assert of(offering) == Prospect(Outlook.QUEUE, 2)
    last = given.apply(offering)
    assert [one.pk for one in Application.objects.queue(offering.pk)][1] == last.pk


def test_reserved_places_are_for_residents_and_nobody_passes_who_waits():
    """R-CAP-3."""
    offering = given.course(capacity=2, quotas={"FI-854": 1})
    given.apply(offering, "FI-851")
    assert of(offering, "FI-851") == Prospect(Outlook.QUEUE, 1)
    assert of(offering, "FI-854") == Prospect(Outlook.PLACE)
    given.apply(offering, "FI-854")
    given.apply(offering, "FI-854")
    assert of(offering, "FI-854") == Prospect(Outlook.QUEUE, 2)


def test_a_place_that_became_free_a_moment_ago_is_the_waiting_one_s():
    offering = given.course(capacity=1)
    given.apply(offering)
    given.apply(offering)
    given.grown_to(offering, 2)
    assert of(offering) == Prospect(Outlook.QUEUE, 2)
    given.grown_to(offering, 3, held=1)
    assert of(offering).outlook == Outlook.QUEUE


def test_a_released_quota_is_reserved_no_more():
    offering = given.course(capacity=1, quotas={"FI-854": 1})
    assert of(offering) == Prospect(Outlook.PLACE)
    Quota.objects.update(released_at=timezone.now())
    assert of(offering) == Prospect(Outlook.QUEUE, 1)


def test_late_ones_get_a_place_or_nothing(clock):
    """R-APP-4."""
    offering = given.course(capacity=1, closes_in_days=1)
    clock.shift(dt.timedelta(days=3))
    assert of(offering) == Prospect(Outlook.PLACE)
    given.apply(offering)
    assert of(offering) == Prospect(Outlook.NOTHING)
    with pytest.raises(ClosedAndFull):
        given.apply(offering)


@pytest.mark.parametrize("is_full", [True, False])
def test_a_selection_holds_nothing(is_full, clock):
    """R-APP-12; late ones while a place is vacant."""
    offering = given.course(capacity=1, selection_rule="score", taken=int(is_full), closes_in_days=1)
    assert of(offering) == Prospect(Outlook.SELECTION)
    clock.shift(dt.timedelta(days=3))
    assert of(offering) == Prospect(Outlook.NOTHING if is_full else Outlook.SELECTION)


def test_who_lives_outside_the_agreement_stands_behind_all_others(monkeypatch):
    """R-CAP-6: of the queue only those before her count."""
    offering = given.course(capacity=1)
    given.apply(offering)
    given.apply(offering)
    outside = given.apply(offering)
    Application.objects.filter(pk=outside.pk).update(is_outside=True)
    assert of(offering) == Prospect(Outlook.QUEUE, 2)
    monkeypatch.setattr("applications.eligibility.is_outside", lambda *_, **__: True)
    assert of(offering) == Prospect(Outlook.QUEUE, 3)


def test_worse_is_what_one_would_want_to_know():
    place, first, third = Prospect(Outlook.PLACE), Prospect(Outlook.QUEUE, 1), Prospect(Outlook.QUEUE, 3)
    selection, nothing = Prospect(Outlook.SELECTION), Prospect(Outlook.NOTHING)
    assert first.is_worse_than(place)
    assert third.is_worse_than(first)
    assert nothing.is_worse_than(third)
    assert not place.is_worse_than(first)
    assert not first.is_worse_than(first)
    assert not selection.is_worse_than(place)


def test_who_agreed_to_a_place_is_not_put_in_the_queue():
    offering = given.course(capacity=1)
    first = given.submission(offering, not_to_queue=True)
    assert services.submit(first).status == "submitted"
    with pytest.raises(PlaceGone):
        services.submit(given.submission(offering, not_to_queue=True))
    assert services.submit(first).reference == Application.objects.get().reference
