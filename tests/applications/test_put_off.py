"""When teaching may start later (DOMAIN.md §3.6): always before the first day; from that day on only where
nobody has studied, though nobody sits there any more and though the job has not come.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from applications import services, tasks
from kopa.letters.models import Letter
from offerings import services as offering_services
from offerings.errors import EnrolledAlready
from offerings.models import Offering
from tests.applications import given
from tests.applications.given import admit, apply, course, host, in_days, official
from tests.factories import municipality

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]
LATER = {"starts_on": dt.date(2027, 6, 1), "ends_on": dt.date(2027, 9, 1)}


def put_off(offering: Offering) -> Offering:
    saved = Offering.objects.get(pk=offering.pk)
    by = official(saved).person
    return offering_services.save_offering(
        offering_id=saved.pk, version=saved.version, given={**LATER}, by=by  # type: ignore[typeddict-item]
    )


def put_off_among_many(offering: Offering) -> Any:
    saved = Offering.objects.get(pk=offering.pk)
    wanted = offering_services.Wanted(
        saved.provider_id, {**LATER}, official(saved).person,  # type: ignore[typeddict-item]
        offering_id=saved.pk, version=saved.version,
    )  # fmt: skip
    [outcome] = offering_services.save_many([wanted])
    return outcome


def enrolled_on_the_eve(country: str, *, ended: bool = False) -> tuple[Offering, dt.datetime]:
    """A published course with one student, who came to the place before the first day; and the first moment
    of that day by the host's clock.
    """
    home = municipality({"FI": "FI-851", "SE": "SE-2518"}[country])
    municipality("FI-854")
    offering = course(provider=host(country=country, home_municipality=home))
    application = admit(apply(offering))
    services.accept(application_id=application.pk, by=application.learner.person)
    given.begins(offering, 1)
    by = official(offering)
    services.enrol(application_id=application.pk, by=by, on=in_days(0))
    if ended:
        services.interrupt(application_id=application.pk, by=by)
    return offering, dt.datetime.combine(in_days(1), dt.time(), offering.zone)


@pytest.mark.parametrize("country", ["FI", "SE"])
def test_until_the_host_s_midnight_a_course_is_put_off_whoever_is_enrolled(country, clock) -> None:
    """R-TIME-1: in the last second before the first day it is a postponement like any other."""
    offering, midnight = enrolled_on_the_eve(country)
    clock.move_to(midnight - dt.timedelta(seconds=1))

    put_off(offering)

    saved = Offering.objects.get(pk=offering.pk)
    assert (saved.starts_on, saved.status) == (LATER["starts_on"], "published")
    clock.move_to(midnight)
    assert offering_services.follow_the_days(now=timezone.now())["started"] == 0


@pytest.mark.parametrize("ended", [False, True])
@pytest.mark.parametrize("country", ["FI", "SE"])
def test_from_the_host_s_midnight_on_it_is_asked_who_is_enrolled(country, ended, clock) -> None:
    """R-TIME-1: the course is still published, since the job comes some minutes later. It answers as the
    running one does, for one course and for one of many.
    """
    offering, midnight = enrolled_on_the_eve(country, ended=ended)
    clock.move_to(midnight)
    assert Offering.objects.get(pk=offering.pk).status == "published"

    with pytest.raises(EnrolledAlready):
        put_off(offering)
    assert isinstance(put_off_among_many(offering), EnrolledAlready)

    assert Offering.objects.get(pk=offering.pk).starts_on == midnight.date()
    offering_services.follow_the_days(now=timezone.now())
    with pytest.raises(EnrolledAlready):
        put_off(offering)


def test_on_its_first_day_a_course_that_nobody_has_begun_is_put_off(clock) -> None:
    """Somebody has accepted a place there, and nobody has come."""
    municipality("FI-854")
    offering = course()
    application = admit(apply(offering))
    services.accept(application_id=application.pk, by=application.learner.person)
    given.begins(offering, 0)

    put_off(offering)

    saved = Offering.objects.get(pk=offering.pk)
    assert (saved.starts_on, saved.status) == (LATER["starts_on"], "published")


@pytest.mark.parametrize(("end", "status"), [("complete", "completed"), ("interrupt", "running")])
def test_what_has_been_studied_is_not_made_public_again(end: str, status: str) -> None:
    """DOMAIN.md §3.6: the end of the studies frees the place, and is no beginning that never was."""
    for key in ("FI-854", "FI-851"):
        municipality(key)
    offering = course(capacity=2)
    application = admit(apply(offering))
    services.accept(application_id=application.pk, by=application.learner.person)
    given.begins(offering, -2)
    by = official(offering)
    services.enrol(application_id=application.pk, by=by, on=in_days(-1))
    getattr(services, end)(application_id=application.pk, by=by)
    Offering.objects.filter(pk=offering.pk).update(status=status)
    assert set(offering.counters.values_list("used", flat=True)) == {0}
    with pytest.raises(EnrolledAlready):
        put_off(offering)
    assert Offering.objects.get(pk=offering.pk).status == status


def test_who_lost_her_place_is_not_told_that_teaching_starts_later(clock: Any) -> None:
    """R-APP-6: her case is over; whoever has the place now is told."""
    for key in ("FI-854", "FI-851"):
        municipality(key)
    offering = course(capacity=2)
    missed, placed = admit(apply(offering)), admit(apply(offering))
    for one in (missed, placed):
        services.accept(application_id=one.pk, by=one.learner.person)
    given.missed(missed)
    refusal = services.deciding.Refusal("not_come", "Ei ole saapunut.", "Hae oikaisua.")
    services.take_place_back(application_id=missed.pk, by=official(offering), refusal=refusal)
    Letter.objects.all().delete()
    clock.shift(dt.timedelta(minutes=1))

    put_off(offering)
    tasks.follow(offering.pk)

    told = Letter.objects.filter(kind="application_news").values_list("target_id", flat=True)
    assert list(told) == [placed.pk]
