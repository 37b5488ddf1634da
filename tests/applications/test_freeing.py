"""One function fills free places, and every event that frees one calls it."""

from __future__ import annotations

import ast
import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone

import applications.services
from applications import services, tasks
from applications.models import Application, Cause, Seat
from applications.services.answering import ON_THE_WAY
from applications.services.deciding import Refusal
from applications.services.recounting import places_miscounted
from offerings import services as offering_services
from offerings.models import Offering, PlaceCounter
from tests.applications.given import admit, apply, course, grown_to, in_days, missed, official, state
from tests.factories import in_days as at_day
from tests.factories import municipality

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
REFUSAL = Refusal(ground="prerequisites", text="Pohjakoulutus puuttuu.", appeal="Hae oikaisua.")


@pytest.fixture(autouse=True)
def places(db):
    for key in ("FI-854", "FI-851"):
        municipality(key)


def decline(application: Application) -> None:
    admit(application)
    services.decline(application_id=application.pk, by=application.learner.person)


def lapse(application: Application) -> None:
    admit(application)
    gone = timezone.now() - ON_THE_WAY - dt.timedelta(seconds=1)
    Application.objects.filter(pk=application.pk).update(held_until=gone)
    services.lapse_unanswered()


def withdraw(application: Application) -> None:
    services.withdraw(application_id=application.pk, by=application.learner.person)


def give_up_for_another(application: Application) -> None:
    """R-CAP-10"""
    Offering.objects.update(study_form="full_time")
    admit(application)
    person = application.learner.person
    services.accept(application_id=application.pk, by=person)
    other = admit(apply(course(study_form="full_time"), person=person))
    services.accept(application_id=other.pk, by=person, instead_of=application.pk)


def refuse(application: Application) -> None:
    services.refuse(application_id=application.pk, by=official(application.offering), refusal=REFUSAL)


def enrolled(application: Application) -> None:
    admit(application)
    services.accept(application_id=application.pk, by=application.learner.person)
    services.enrol(application_id=application.pk, by=official(application.offering), on=in_days(0))


def take_back(application: Application) -> None:
    """Who has accepted and does not come."""
    admit(application)
    services.accept(application_id=application.pk, by=application.learner.person)
    missed(application)
    services.take_place_back(
        application_id=application.pk, by=official(application.offering), refusal=REFUSAL
    )


def interrupt(application: Application) -> None:
    enrolled(application)
    services.interrupt(application_id=application.pk, by=official(application.offering))


def complete(application: Application) -> None:
    enrolled(application)
    services.complete(application_id=application.pk, by=official(application.offering))


def transfer(application: Application) -> None:
    offering = application.offering
    made = services.offer_transfer(
        application_id=application.pk, to=course(provider=offering.provider), cause=Cause.ASKED,
        by=official(offering),
    )  # fmt: skip
    services.accept_transfer(transfer_id=made.pk, by=application.learner.person)


def more_places(application: Application) -> None:
    offering = Offering.objects.get(pk=application.offering_id)
    offering_services.save_offering(
        offering_id=offering.pk, version=offering.version, given={"capacity": 2},
        by=official(offering).person,
    )  # fmt: skip
    tasks.follow(offering.pk)


def fewer_elsewhere(application: Application) -> None:
    offering = application.offering
    grown_to(offering, 2, taken_elsewhere=1)
    counter = PlaceCounter.objects.get(offering=offering)
    offering_services.set_taken_elsewhere(
        offering_id=offering.pk, taken={counter.pk: 0}, by=official(offering).person
    )
    tasks.follow(offering.pk)


# Where a place is freed in the services, and what people do to come there.
EVENTS: dict[str, list[Callable[[Application], None]]] = {
    "answering.decline": [decline],
    "answering.lapse": [lapse],
    "deciding.refuse": [refuse],
    "deciding.take_place_back": [take_back],
    "studying._end": [interrupt, complete],
    "transferring.accept_transfer": [transfer],
    "withdrawing.give_up": [withdraw, give_up_for_another],
}
# A cancelled course has nobody to give a place to; neither has one that was over long ago (R-PRIV-7).
WITHOUT_QUEUE = {"filling._end_all", "forgetting.remove"}
# In the layer below, which tells a worker.
BELOW = [more_places, fewer_elsewhere]


def calls_by_function() -> dict[str, set[str]]:
    """What each function of the services calls, by its name."""
    folder = Path(applications.services.__file__).parent
    found = {}
    for path in folder.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for function in (node for node in tree.body if isinstance(node, ast.FunctionDef)):
            called = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
            found[f"{path.stem}.{function.name}"] = {ast.unparse(one) for one in called}
    return found


def test_no_place_is_freed_without_filling_it_in_the_same_act() -> None:
    """R-CAP-8: the one function that fills is called wherever a place is freed."""
    calls = calls_by_function()
    freeing = {name for name, called in calls.items() if "seats.free" in called}
    assert freeing - WITHOUT_QUEUE == set(EVENTS)
    assert [name for name in EVENTS if "fill" not in calls[name]] == []


@pytest.mark.parametrize("event", [*(one for many in EVENTS.values() for one in many), *BELOW])
def test_whatever_frees_a_place_gives_it_to_the_next(event) -> None:
    """R-CAP-8"""
    offering = course(capacity=1)
    first, second, third = (apply(offering) for _ in range(3))

    event(first)

    assert (state(second), state(third)) == ("submitted", "waiting")
    assert Seat.objects.get(application=second).state == "held"
    assert places_miscounted() == []


def test_a_release_gives_reserved_places_to_the_next() -> None:
    """R-CAP-4"""
    offering = course(
        capacity=2, quotas={"FI-851": 1}, applications_close_at=at_day(10), quota_release_at=at_day(20)
    )
    _first, second = apply(offering), apply(offering)
    assert state(second) == "waiting"

    services.follow(offering.pk, now=at_day(20))

    assert state(second) == "submitted"
