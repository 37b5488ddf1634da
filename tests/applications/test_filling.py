"""Free places go to those who wait: one function, whatever has freed them."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from applications import services, tasks
from applications.models import Application, Seat
from applications.services.filling import what_to_follow
from applications.services.recounting import places_miscounted
from kopa.audit.models import AuditEvent
from kopa.letters.models import Letter
from offerings import services as offering_services
from offerings.models import PlaceCounter, Quota
from offerings.search import projection
from tests.applications.given import admit, apply, course, grown_to, in_days, official, state, statement_given
from tests.factories import in_days as at_day
from tests.factories import municipality

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def places(db):
    for key in ("FI-854", "FI-851", "FI-240"):
        municipality(key)


def seats_of(offering) -> dict[str, int]:
    """Seats by source: the municipality's key, or "open"."""
    counters = PlaceCounter.objects.filter(offering=offering).select_related("quota__municipality")
    return {one.quota.municipality.key if one.quota else "open": one.seats for one in counters}


def with_reserved_places(**facts):
    return course(
        capacity=3, quotas={"FI-854": 1, "FI-851": 1}, applications_close_at=at_day(10),
        quota_release_at=at_day(20), **facts,
    )  # fmt: skip


def test_reserved_places_are_released_on_their_day_and_go_to_the_queue() -> None:
    """R-CAP-4, R-CAP-12: those that nobody has; offered by rank; twice does nothing more."""
    offering = with_reserved_places()
    pello = apply(offering, "FI-854")
    kemi = [apply(offering, "FI-240") for _ in range(3)]
    assert [state(one) for one in kemi] == ["submitted", "waiting", "waiting"]
    before, after = at_day(20) - dt.timedelta(seconds=1), at_day(20)

    assert services.follow(offering.pk, now=before) == []
    assert what_to_follow(now=before) == []  # a place is free, though not for those who wait
    assert services.follow(offering.pk, now=after) == [kemi[1].pk]
    assert services.follow(offering.pk, now=after) == []

    assert [state(one) for one in (pello, *kemi)] == ["submitted", "submitted", "submitted", "waiting"]
    assert seats_of(offering) == {"open": 2, "FI-854": 1, "FI-851": 0}
    assert [one.seats.get().source for one in (pello, *kemi[:2])] == ["reserved", "open", "released"]
    assert set(Quota.objects.values_list("released_at", flat=True)) == {after}
    assert AuditEvent.objects.filter(verb="offering.release_quotas").count() == 1
    assert offering_services.places_that_disagree() == []
    assert places_miscounted() == []
    assert projection.compare(now=timezone.now()) == []


def test_after_the_release_a_freed_reserved_place_is_open_to_all() -> None:
    """R-CAP-4, R-CAP-8: the queue of everybody, not of that municipality."""
    offering = with_reserved_places()
    pello = apply(offering, "FI-854")
    others = [apply(offering, "FI-240") for _ in range(4)]
    services.follow(offering.pk, now=at_day(20))
    assert [state(one) for one in others] == ["submitted", "submitted", "waiting", "waiting"]

    services.withdraw(application_id=pello.pk, by=pello.learner.person, now=at_day(21))

    assert [state(one) for one in others] == ["submitted", "submitted", "submitted", "waiting"]
    assert seats_of(offering) == {"open": 3, "FI-854": 0, "FI-851": 0}
    assert offering_services.places_that_disagree() == []


def test_before_the_release_a_freed_reserved_place_goes_to_that_municipality_first() -> None:
    """R-CAP-8, R-CAP-3"""
    offering = with_reserved_places()
    first = apply(offering, "FI-854")
    apply(offering, "FI-240")
    earlier, later = apply(offering, "FI-240"), apply(offering, "FI-854")

    services.withdraw(application_id=first.pk, by=first.learner.person)

    assert (state(earlier), state(later)) == ("waiting", "submitted")


def test_an_applicant_after_the_release_takes_the_open_place() -> None:
    """R-CAP-4"""
    offering = with_reserved_places()
    services.follow(offering.pk, now=at_day(20))

    sent = [apply(offering, "FI-854") for _ in range(3)]

    assert {seat.source for seat in Seat.objects.all()} == {"open"}
    assert [state(one) for one in sent] == ["submitted"] * 3


def test_more_places_move_the_queue() -> None:
    """FIELD 4: raising the number of places fills them."""
    offering = course(capacity=1)
    apply(offering)
    second, third = apply(offering), apply(offering)
    grown_to(offering, 2)

    assert what_to_follow() == [offering.pk]
    tasks.follow(offering.pk)

    assert (state(second), state(third)) == ("submitted", "waiting")
    assert what_to_follow() == []


def test_the_minute_job_follows_what_nobody_was_told_of() -> None:
    offering = course(capacity=1)
    first = admit(apply(offering))
    second = apply(offering)
    Application.objects.filter(pk=first.pk).update(held_until=timezone.now() - dt.timedelta(minutes=1))

    tasks.follow_all()
    tasks.follow_all()

    assert (state(first), state(second)) == ("lapsed", "submitted")


def test_a_cancelled_course_ends_its_applications() -> None:
    """DOMAIN.md §3.8: cancelled_by_host; the places are counted no more, the applicants are told once."""
    offering = course(capacity=1, form="basic")
    first, second = apply(offering), apply(offering)
    statement_given(first)
    admit(first)
    offering_services.cancel(
        offering_id=offering.pk, reasons={"fi": "Liian vähän hakijoita."}, by=official(offering).person
    )
    assert what_to_follow() == [offering.pk]

    for _ in range(2):
        services.follow(offering.pk)

    assert (state(first), state(second)) == ("cancelled_by_host", "cancelled_by_host")
    assert PlaceCounter.objects.get().held == 0
    assert [one.statements.get().state for one in (first, second)] == ["issued", "dropped"]
    told = Letter.objects.filter(kind="application_news", recipient=second.learner.person)
    assert told.count() == 1
    assert what_to_follow() == []


@pytest.mark.parametrize(("days", "moved"), [(14, True), (15, False)])
def test_two_weeks_after_the_start_nobody_is_offered_a_place_any_more(days, moved, clock) -> None:
    """R-CAP-8"""
    offering = course(capacity=1, starts_on=in_days(60))
    first, second = apply(offering), apply(offering)
    clock.shift(dt.timedelta(days=60 + days))

    services.withdraw(application_id=first.pk, by=first.learner.person)

    assert state(second) == ("submitted" if moved else "waiting")


def test_a_draft_fills_nothing() -> None:
    offering = course(status="draft", starts_on=None)

    assert services.follow(offering.pk) == []
