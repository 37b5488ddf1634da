"""A place is freed while another act goes on: in every order of their statements nobody loses it.

Each act is stopped before every statement, and the other one goes as far as it gets. What the locks keep away
is shown by taking them away: then some order does harm.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from applications import services
from applications.models import Application, Cause, Seat
from applications.services import answering, writing
from applications.services.deciding import Refusal
from applications.services.filling import what_to_follow
from applications.services.recounting import places_miscounted
from applications.states import LIVE_SEATS, SEATS_OF, ApplicationStatus
from applications.steps import may_be_offered
from kopa.base.errors import RuleBroken
from offerings import services as offering_services
from offerings.models import Offering, PlaceCounter
from offerings.services.inputs import OfferingInput
from tests.applications.given import admit, apply, course, official, submission
from tests.factories import in_days, municipality, today
from tests.interleaving import Act, Run, orders
from tests.together import share_nothing, without_locks

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
REFUSAL = Refusal(ground="prerequisites", text="Pohjakoulutus puuttuu.", appeal="Hae oikaisua.")


class Scene:
    """A course that is full: a reserved place is offered, of the open ones one is in use, one held and one
    given elsewhere. Who waits is no resident of the municipality: the reserved place is not hers before its
    release.
    """

    def __init__(self) -> None:
        self.offering = course(
            capacity=4, quotas={"FI-854": 1}, taken=1, applications_close_at=in_days(1),
            quota_release_at=in_days(2),
        )  # fmt: skip
        self.by = official(self.offering)
        self.offered = admit(apply(self.offering))
        self.studying = admit(apply(self.offering, "FI-851"))
        services.accept(application_id=self.studying.pk, by=self.studying.learner.person)
        services.enrol(application_id=self.studying.pk, by=self.by, on=today())
        self.held = apply(self.offering, "FI-851")
        self.waiting = apply(self.offering, "FI-851")
        self.released_at = in_days(2) + dt.timedelta(seconds=1)
        self.now = timezone.now()

    def follow(self) -> None:
        """What a worker does after an act on the course itself."""
        services.follow(self.offering.pk, now=self.now)

    def save(self, given: OfferingInput) -> None:
        version = Offering.objects.values_list("version", flat=True).get(pk=self.offering.pk)
        offering_services.save_offering(
            offering_id=self.offering.pk, version=version, given=given, by=self.by.person
        )


Making = Callable[[Scene], Act]


def decline(scene: Scene) -> Act:
    one = scene.offered
    return lambda: services.decline(application_id=one.pk, by=one.learner.person)


def accept(scene: Scene) -> Act:
    one = scene.offered
    return lambda: services.accept(application_id=one.pk, by=one.learner.person)


def withdraw(scene: Scene) -> Act:
    one = scene.held
    return lambda: services.withdraw(application_id=one.pk, by=one.learner.person)


def lapse(scene: Scene) -> Act:
    assert scene.offered.held_until is not None
    late = scene.offered.held_until + dt.timedelta(days=1)
    return lambda: answering.lapse(application_id=scene.offered.pk, now=late)


def interrupt(scene: Scene) -> Act:
    return lambda: services.interrupt(application_id=scene.studying.pk, by=scene.by)


def refuse(scene: Scene) -> Act:
    return lambda: services.refuse(application_id=scene.held.pk, by=scene.by, refusal=REFUSAL)


def transfer(scene: Scene) -> Act:
    one, to = scene.held, course(provider=scene.offering.provider)
    asked = services.offer_transfer(application_id=one.pk, to=to, cause=Cause.ASKED, by=scene.by)
    return lambda: services.accept_transfer(transfer_id=asked.pk, by=one.learner.person)


def more_places(scene: Scene) -> Act:
    def act() -> None:
        scene.save({"capacity": 5})
        scene.follow()

    return act


def fewer_elsewhere(scene: Scene) -> Act:
    opened = PlaceCounter.objects.get(offering=scene.offering, quota=None)

    def act() -> None:
        offering_services.set_taken_elsewhere(
            offering_id=scene.offering.pk, taken={opened.pk: 0}, by=scene.by.person
        )
        scene.follow()

    return act


def release(scene: Scene) -> Act:
    scene.now = scene.released_at
    return scene.follow


def fill_by_beat(scene: Scene) -> Act:
    """A place is free of which no worker was told."""
    PlaceCounter.objects.filter(offering=scene.offering, quota=None).update(taken_elsewhere=0)
    assert scene.offering.pk in what_to_follow(now=scene.now)
    return scene.follow


def submit(scene: Scene, home: str = "FI-851") -> Act:
    given = submission(scene.offering, home)
    return lambda: services.submit(given)


def fewer_places(scene: Scene) -> Act:
    def act() -> None:
        scene.save({"capacity": 3})
        scene.follow()

    return act


def cancel(scene: Scene) -> Act:
    def act() -> None:
        offering_services.cancel(
            offering_id=scene.offering.pk, reasons={"fi": "Liian vähän hakijoita."}, by=scene.by.person
        )
        scene.follow()

    return act


def admit_who_waits(scene: Scene) -> Act:
    services.receive(application_id=scene.waiting.pk, by=scene.by)
    return lambda: services.admit(application_id=scene.waiting.pk, by=scene.by)


FREEING: list[Making] = [
    decline, accept, withdraw, lapse, interrupt, refuse, transfer, more_places, fewer_elsewhere,
]  # fmt: skip
OTHERS: list[Making] = [
    release, fill_by_beat, submit, partial(submit, home="FI-854"), fewer_places, cancel, admit_who_waits,
]  # fmt: skip


def name(making: Any) -> str:
    return str(making.func.__name__ + "_of_resident" if isinstance(making, partial) else making.__name__)


def harm(scene: Scene, outcomes: Run) -> list[str]:
    """What must never be once both acts are done; nobody has looked afterwards yet."""
    said = [repr(one) for one in outcomes.outcomes if isinstance(one, Exception) and not _is_refusal(one)]
    said += [f"miscounted: {one}" for one in places_miscounted()]
    said += [f"disagrees: {one}" for one in offering_services.places_that_disagree()]
    live = dict(Seat.objects.filter(state__in=LIVE_SEATS).values_list("application", "state"))
    for one in Application.objects.filter(offering=scene.offering):
        seat, allowed = live.get(one.pk), SEATS_OF.get(ApplicationStatus(one.status), ())
        if (seat is not None or allowed) and seat not in allowed:
            said.append(f"{one.status} with a place {seat}")
        if one.status == "submitted" and may_be_offered(one):
            said.append("admitted, holds a place and is offered none")
    return said + waiting_beside_a_place(scene)


def waiting_beside_a_place(scene: Scene) -> list[str]:
    """By rows alone: whom a place would fit that stands free."""
    offering = Offering.objects.get(pk=scene.offering.pk)
    if offering.status != "published":
        return [one.status for one in Application.objects.filter(offering=offering).live()]
    said = []
    for counter in PlaceCounter.objects.filter(offering=offering).select_related("quota"):
        waiting = Application.objects.filter(offering=offering, status="waiting")
        if counter.quota is not None and counter.quota.released_at is None:
            waiting = waiting.filter(home_municipality=counter.quota.municipality_id)
        if counter.seats > counter.held + counter.taken + counter.used + counter.taken_elsewhere:
            said += [f"waits beside a free place: {one.pk}" for one in waiting]
    return said


def _is_refusal(outcome: Exception) -> bool:
    """Of somebody who came too late by a rule. Not Busy: everybody waits here as long as it takes."""
    return isinstance(outcome, RuleBroken) and outcome.code != "busy"


def harmful(one: Making, other: Making, **how: bool) -> Iterator[str]:
    """The orders that do harm, or leave something for the job that looks every minute, each with its harm."""
    scenes: list[Scene] = []

    def make() -> list[Act]:
        scenes.append(Scene())
        return [one(scenes[-1]), other(scenes[-1])]

    for done in orders(make, **how):
        scene = scenes[-1]
        said = harm(scene, done)
        if scene.offering.pk in what_to_follow(now=scene.now):
            said.append("left for the job")
        services.follow(scene.offering.pk, now=scene.released_at)
        said += [f"after the job it {left}" for left in waiting_beside_a_place(scene)]
        if said:
            yield f"{name(one)} × {name(other)} {done.plan} {done.outcomes}: {', '.join(said)}"
    assert len(scenes) > 4


@pytest.fixture(autouse=True)
def municipalities(transactional_db: None) -> None:
    for key in ("FI-854", "FI-851"):
        municipality(key)


@pytest.mark.parametrize("one", [decline, withdraw, fewer_elsewhere], ids=name)
def test_a_place_that_is_freed_is_never_lost(one: Making) -> None:
    """C2, C3, R-CAP-1, R-CAP-4, R-CAP-8: at the moments that matter."""
    for other in (release, submit, admit_who_waits):
        assert list(harmful(one, other, is_brief=True)) == []


@pytest.mark.nightly
@pytest.mark.parametrize("one", FREEING, ids=name)
@pytest.mark.parametrize("other", OTHERS, ids=name)
def test_a_place_is_never_lost_in_any_order(one: Making, other: Making) -> None:
    """C2, C3, R-CAP-1, R-CAP-4, R-CAP-8: before every statement."""
    assert list(harmful(one, other)) == []


def test_without_locks_some_order_loses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counter-proof: who joins the queue comes too late for whoever frees a place. The job that looks every
    minute finds it.
    """
    without_locks(monkeypatch)
    monkeypatch.setattr(writing, "share_places", share_nothing)

    found = next(harmful(decline, partial(submit, home="FI-854")), "")

    assert "waits beside a free place" in found
    assert "left for the job" in found
    assert "after the job" not in found


def test_without_locks_some_order_gives_it_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counter-proof: both choose the same one, and the database refuses one of them."""
    without_locks(monkeypatch)

    assert "IntegrityError" in next(harmful(fill_by_beat, withdraw), "")
