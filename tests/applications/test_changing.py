"""A course changes after people have applied (R-APP-6)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from applications import services, tasks
from applications.models import CourseChange
from applications.services.changing import open_change
from applications.services.filling import what_to_follow
from kopa.audit.models import AuditEvent
from kopa.letters.models import Letter
from offerings import services as offering_services
from offerings.models import Offering
from tests.applications.given import admit, apply, course, in_days, official, state
from tests.factories import SiteFactory, municipality

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def pello(db):
    municipality("FI-854")


def change(offering, **given) -> Offering:
    fresh = Offering.objects.get(pk=offering.pk)
    return offering_services.save_offering(
        offering_id=offering.pk, version=fresh.version, given=given, by=official(offering).person
    )


def told() -> list[int]:
    return [letter.recipient_id for letter in Letter.objects.filter(kind="application_news").order_by("pk")]


def test_who_has_applied_is_told_once_and_may_leave_freely_for_seven_days(clock) -> None:
    """R-APP-6: a letter that says nothing of it (R-PRIV-11); the closing hour of the seventh day counts. What
    leaving would cost otherwise waits for the issue of compensation.
    """
    offering = course(starts_on=in_days(60))
    first, gone = apply(offering), apply(offering)
    services.withdraw(application_id=gone.pk, by=gone.learner.person)
    Letter.objects.all().delete()
    clock.shift(dt.timedelta(minutes=1))
    change(offering, starts_on=in_days(67))
    clock.shift(dt.timedelta(minutes=1))
    later = apply(offering)
    assert what_to_follow() == [offering.pk]

    for _ in range(2):
        tasks.follow(offering.pk)

    assert told() == [first.learner.person_id]
    assert what_to_follow() == []
    found = CourseChange.objects.get()
    assert list(found.changes) == ["starts_on"]
    assert open_change(first, now=timezone.now()) == found
    assert open_change(later, now=timezone.now()) is None
    assert open_change(first, now=found.free_until) == found
    assert open_change(first, now=found.free_until + dt.timedelta(seconds=1)) is None
    assert found.free_until.date() == (found.changed_at + dt.timedelta(days=7)).date()


@pytest.mark.parametrize("within", [True, False])
def test_leaving_within_the_days_is_marked(within, clock) -> None:
    """R-APP-6, R-APP-7: one may always leave; the journal says whether it was because of the change."""
    offering = course()
    application = apply(offering)
    clock.shift(dt.timedelta(minutes=1))
    change(offering, price_basis="per_credit")
    tasks.follow(offering.pk)
    clock.shift(dt.timedelta(days=6 if within else 8))

    services.withdraw(application_id=application.pk, by=application.learner.person)

    entry = AuditEvent.objects.get(verb="application.withdraw")
    assert (state(application), entry.reason) == ("withdrawn", "course_changed" if within else "")


def test_site_and_mode_count_and_texts_do_not(clock) -> None:
    """R-APP-6: dates, site, mode, price basis; nothing else."""
    offering = course()
    apply(offering)
    clock.shift(dt.timedelta(minutes=1))
    change(offering, description_fi="Uusi kuvaus", capacity=30)
    assert what_to_follow() == []

    change(offering, sites=[SiteFactory(organisation=offering.provider).pk])
    tasks.follow(offering.pk)

    assert [list(one.changes) for one in CourseChange.objects.all()] == [["sites"]]


def test_who_studies_is_told_while_the_course_runs(clock) -> None:
    """R-APP-6: the calendar starts a course, and what is changed afterwards is told all the same."""
    offering = course(starts_on=in_days(60), ends_on=in_days(200))
    application = admit(apply(offering))
    services.accept(application_id=application.pk, by=application.learner.person)
    clock.shift(dt.timedelta(days=60))
    offering_services.follow_the_days(now=timezone.now())
    Letter.objects.all().delete()
    change(offering, ends_on=in_days(150))
    assert Offering.objects.get().status == "running"
    assert what_to_follow() == [offering.pk]

    tasks.follow(offering.pk)

    assert told() == [application.learner.person_id]


def test_before_anybody_has_applied_a_change_is_nobodys_matter() -> None:
    """R-APP-6"""
    offering = course()
    change(offering, starts_on=in_days(70))

    tasks.follow(offering.pk)
    apply(offering)
    tasks.follow(offering.pk)

    assert not CourseChange.objects.exists()
