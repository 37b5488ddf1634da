"""A course runs and is completed by the calendar; what that means for those who have applied to it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from applications import eligibility, services, standstill
from applications.errors import TakesNobody
from applications.models import Application
from applications.services.filling import what_to_follow
from offerings import services as offering_services
from offerings.models import Offering
from tests.applications.given import admit, apply, course, grown_to, in_days, official, state
from tests.factories import municipality

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
OVER = "Opetus on päättynyt: paikkoja ei enää tarjota."


@pytest.fixture(autouse=True)
def pello(db):
    municipality("FI-854")


def follow_the_days() -> None:
    offering_services.follow_the_days(now=timezone.now())


def a_place_and_a_queue(*, ends: int | None) -> tuple[Offering, Application, Application]:
    """Teaching starts in 60 days; who was first has accepted the only place, the second waits."""
    ends_on = None if ends is None else in_days(ends)
    offering = course(capacity=1, starts_on=in_days(60), ends_on=ends_on)
    first, second = admit(apply(offering)), apply(offering)
    services.accept(application_id=first.pk, by=first.learner.person)
    return offering, first, second


@pytest.mark.parametrize(
    ("days", "ends", "moved"),
    [(0, 200, True), (14, None, True), (15, 200, False), (9, 69, True), (9, 68, False)],
)
def test_a_freed_place_is_given_for_two_weeks_unless_the_course_is_over(days, ends, moved, clock) -> None:
    """R-CAP-8: a course that runs takes somebody in still, one that is completed nobody."""
    offering, first, second = a_place_and_a_queue(ends=ends)
    clock.shift(dt.timedelta(days=60 + days))
    follow_the_days()

    services.withdraw(application_id=first.pk, by=first.learner.person)

    assert state(second) == ("submitted" if moved else "waiting")
    assert what_to_follow() == []
    if not moved:
        offering.refresh_from_db()
        said = standstill.reasons(offering, {"queue": 1}, now=timezone.now())
        assert (said == [OVER]) is (offering.status == "completed")
        with pytest.raises(TakesNobody):
            admit(second)


def test_a_place_that_was_free_before_it_ran_is_given(clock) -> None:
    """R-CAP-8: the worker was away at the turn of the day."""
    offering, _first, second = a_place_and_a_queue(ends=200)
    grown_to(offering, 2)
    clock.shift(dt.timedelta(days=60))
    follow_the_days()

    assert what_to_follow() == [offering.pk]
    services.follow(offering.pk)
    assert (state(second), what_to_follow()) == ("submitted", [])


def test_studies_begin_and_end_by_the_hosts_own_act(clock) -> None:
    """DOMAIN.md §3.8: accepted → enrolled → completed is the host's; the days of the course touch nobody's
    application. What R-START-1 and pledges ask waits for their issue.
    """
    offering, first, second = a_place_and_a_queue(ends=89)
    clock.shift(dt.timedelta(days=60))
    follow_the_days()
    assert Offering.objects.get(pk=offering.pk).status == "running"
    assert (state(first), state(second)) == ("accepted", "waiting")

    services.enrol(application_id=first.pk, by=official(offering), on=timezone.localdate())
    clock.shift(dt.timedelta(days=30))
    follow_the_days()
    assert Offering.objects.get(pk=offering.pk).status == "completed"
    assert (state(first), state(second)) == ("enrolled", "waiting")

    services.complete(application_id=first.pk, by=official(offering))
    assert (state(first), state(second)) == ("completed", "waiting")


def test_an_interrupted_place_goes_to_the_next_while_the_course_runs(clock) -> None:
    """R-CAP-8"""
    offering, first, second = a_place_and_a_queue(ends=200)
    clock.shift(dt.timedelta(days=63))
    follow_the_days()
    services.enrol(application_id=first.pk, by=official(offering), on=timezone.localdate())

    services.interrupt(application_id=first.pk, by=official(offering))

    assert (state(first), state(second)) == ("interrupted", "submitted")


def test_nobody_applies_to_what_runs(clock) -> None:
    """R-APP-4: also a late application comes before the start."""
    offering = course(starts_on=in_days(60), ends_on=in_days(61))
    assert eligibility.is_open(offering, timezone.now())
    for days, status in ((60, "running"), (1, "running"), (1, "completed")):
        clock.shift(dt.timedelta(days=days))
        follow_the_days()
        offering.refresh_from_db()
        assert offering.status == status
        assert not eligibility.is_open(offering, timezone.now())


def test_nobody_says_that_what_runs_is_cancelled(client, clock) -> None:
    """R-APP-10: whose course is cancelled keeps the time of sending; what has started cannot be."""
    offering, _first, _second = a_place_and_a_queue(ends=200)
    course(provider=offering.provider, starts_on=in_days(90))
    client.force_login(official(offering).person)
    address = reverse("applications:host_transfer", args=[offering.pk])
    causes = [value for value, _label in client.get(address).context["form"].fields["cause"].choices]
    assert causes == ["asked", "cancelled"]

    clock.shift(dt.timedelta(days=60))
    client.force_login(official(offering).person)
    causes = [value for value, _label in client.get(address).context["form"].fields["cause"].choices]
    assert causes == ["asked"]
