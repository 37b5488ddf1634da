"""Free places go to those who wait: one function, whatever has freed them."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

import pytest
from django.utils import timezone

from applications import services, tasks
from applications.models import Application, Seat
from applications.services.filling import what_to_follow
from applications.services.recounting import places_miscounted
from kopa.audit.models import AuditEvent
from kopa.letters.models import Letter
from offerings import services as offering_services
from offerings.errors import PlacesBelowGiven, QuotaReleased, QuotasExceedPlaces
from offerings.models import Offering, PlaceCounter, Quota
from offerings.search import projection
from offerings.services.inputs import OfferingInput
from tests.applications.given import admit, apply, course, grown_to, in_days, official, state, statement_given
from tests.factories import in_days as at_day
from tests.factories import municipality

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def places(db):
    for key in ("FI-854", "FI-851", "FI-240", "FI-241"):
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


def released_with_one_given() -> Offering:
    """The place of Pello is given, that of Pelkosenniemi is open now: as the form shows it, each has one."""
    offering = with_reserved_places()
    apply(offering, "FI-854")
    services.follow(offering.pk, now=at_day(20))
    assert seats_of(offering) == {"open": 2, "FI-854": 1, "FI-851": 0}
    return Offering.objects.get(pk=offering.pk)


def save(offering: Offering, **given: Any) -> Offering:
    return offering_services.save_offering(
        offering_id=offering.pk, version=offering.version, given=cast("OfferingInput", given),
        by=official(offering).person,
    )  # fmt: skip


@pytest.mark.parametrize("given_too", [0, 1, 2])
def test_saving_what_the_form_shows_after_the_release_moves_no_place(given_too: int) -> None:
    """R-CAP-4: the numbers that were reserved once stand in the form still."""
    offering = released_with_one_given()
    for _time in range(given_too):
        apply(offering, "FI-240")
    confirmed_at = offering.places_confirmed_at

    shown = dict(offering.quotas.values_list("municipality", "seats"))
    saved = save(offering, title_fi="Hitsaaja", quotas=shown)

    assert seats_of(offering) == {"open": 2, "FI-854": 1, "FI-851": 0}
    assert list(offering.quotas.order_by("pk").values_list("seats", flat=True)) == [1, 1]
    assert saved.places_confirmed_at == confirmed_at
    assert "quotas" not in AuditEvent.objects.filter(verb="offering.save").latest("pk").changes


@pytest.mark.parametrize("quotas", [{}, {"FI-854": 2, "FI-851": 1}, {"FI-854": 1}])
def test_what_is_released_is_reserved_no_more(quotas: dict[str, int]) -> None:
    """R-CAP-4: another number is refused at its field, by its name."""
    offering = released_with_one_given()

    with pytest.raises(QuotaReleased) as refused:
        save(offering, quotas={municipality(key).pk: seats for key, seats in quotas.items()})

    assert refused.value.field == "quotas"
    assert seats_of(offering) == {"open": 2, "FI-854": 1, "FI-851": 0}


def test_places_are_reserved_for_others_and_changed_after_a_release() -> None:
    """R-CAP-2, R-CAP-4: fewer than are given, of what was released too, are refused with the lowest."""
    offering = released_with_one_given()
    shown = dict(offering.quotas.values_list("municipality", "seats"))

    offering = save(offering, capacity=5, quotas=shown | {municipality("FI-240").pk: 2})
    assert seats_of(offering) == {"open": 2, "FI-854": 1, "FI-851": 0, "FI-240": 2}
    apply(offering, "FI-241")

    with pytest.raises(QuotasExceedPlaces):
        save(offering, capacity=2)
    with pytest.raises(PlacesBelowGiven, match="4"):
        save(offering, capacity=3)
    assert save(offering, capacity=4).capacity == 4


def test_a_released_place_that_is_free_again_is_followed_though_nobody_waits() -> None:
    """R-CAP-4: whoever comes next finds it, also where no worker was told."""
    offering = released_with_one_given()
    pello = PlaceCounter.objects.get(offering=offering, quota__municipality__key="FI-854")
    Seat.objects.all().delete()
    Application.objects.all().delete()
    PlaceCounter.objects.filter(pk=pello.pk).update(held=0)
    assert what_to_follow() == [offering.pk]

    tasks.follow_all()

    assert seats_of(offering) == {"open": 3, "FI-854": 0, "FI-851": 0}
    assert what_to_follow() == []


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
