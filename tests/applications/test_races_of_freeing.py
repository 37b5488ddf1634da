"""A place becomes free, or is answered, while somebody else changes places; each with its counter-proof.

Every order of two acts' statements is gone through in test_every_order_of_two.py.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError
from psycopg import errors as postgres

from applications import services, tasks
from applications.models import Application
from applications.services import filling
from applications.services.deciding import Refusal
from applications.services.filling import what_to_follow
from applications.services.recounting import places_miscounted
from kopa.audit.models import AuditEvent
from kopa.base.errors import TransitionNotAllowed
from offerings import services as offering_services
from offerings.errors import MoreGivenThanSeats
from offerings.models import Offering, PlaceCounter
from tests.applications.given import admit, apply, course, missed, official, state
from tests.factories import in_days, municipality
from tests.together import Meeting, impatient, run_together, without_locks

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
SECOND = dt.timedelta(seconds=1)


@pytest.fixture(autouse=True)
def municipalities(transactional_db: None) -> None:
    for key in ("FI-854", "FI-851"):
        municipality(key)


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Any]]:
    """``first`` has chosen who gets the place and not yet given it; ``second`` runs meanwhile if nothing
    keeps it back. What both brought.
    """

    def run(first: Callable[[], Any], second: Callable[[], Any]) -> list[Any]:
        chosen, done = threading.Event(), threading.Event()
        here, choose = threading.local(), filling.allot

        def choose_and_wait(*given: Any) -> Any:
            places = list(choose(*given))
            if getattr(here, "is_first", False):
                chosen.set()
                done.wait(Meeting.patience)
            return places

        def act(which: int) -> Any:
            if which == 0:
                here.is_first = True
                return first()
            assert chosen.wait(10)
            try:
                return second()
            finally:
                done.set()

        monkeypatch.setattr(filling, "allot", choose_and_wait)
        return run_together(2, act)

    return run


@pytest.fixture(params=["with locks", "without"])
def is_locked(request: pytest.FixtureRequest) -> bool:
    """The second time is the counter-proof: what the locks keep from happening."""
    return str(request.param) == "with locks"


@pytest.fixture
def locks(is_locked: bool, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Called when everything is made ready."""
    return lambda: None if is_locked else without_locks(monkeypatch)


@pytest.mark.parametrize("looks_again", [True, False])
def test_a_reserved_place_declined_while_places_are_released_is_not_lost(
    meanwhile, looks_again, monkeypatch
) -> None:
    """R-CAP-4: whoever waits for an open place gets it, whichever is first. Counter-proof: who fills does not
    look whether a place has been released meanwhile. No lock is taken away here: both write the course's row
    of the search, which alone would make them wait for each other.
    """
    offering, holder, outsider, released = _reserved_and_somebody_else_waits()
    if not looks_again:
        monkeypatch.setattr(filling, "_give_back_released", lambda _counters: None)

    outcomes = meanwhile(
        lambda: services.decline(application_id=holder.pk, by=holder.learner.person, now=released),
        lambda: services.follow(offering.pk, now=released),
    )

    assert not any(isinstance(one, Exception) for one in outcomes), outcomes
    assert (state(holder), state(outsider)) == ("declined", "submitted" if looks_again else "waiting")
    assert what_to_follow(now=released) == ([] if looks_again else [offering.pk])
    assert places_miscounted() == []


def test_places_that_could_not_be_released_are_released_by_the_job(meanwhile, clock, monkeypatch) -> None:
    """R-CAP-4: somebody holds the course for longer than the worker waits. Whoever declines meanwhile leaves
    the place reserved; within a minute it is found.
    """
    offering, holder, outsider, released = _reserved_and_somebody_else_waits()
    monkeypatch.setattr(Meeting, "patience", 10)

    def give_up() -> list[int]:
        with impatient(50):
            return services.follow(offering.pk, now=released)

    outcomes = meanwhile(
        lambda: services.decline(application_id=holder.pk, by=holder.learner.person, now=released), give_up
    )

    assert isinstance(outcomes[1], OperationalError), outcomes
    assert isinstance(outcomes[1].__cause__, postgres.LockNotAvailable)
    assert (state(holder), state(outsider)) == ("declined", "waiting")
    assert what_to_follow(now=released) == [offering.pk]
    clock.move_to(released)
    tasks.follow_all()
    assert (state(holder), state(outsider)) == ("declined", "submitted")
    assert what_to_follow(now=released) == []
    assert places_miscounted() == []


def _reserved_and_somebody_else_waits() -> tuple[Offering, Application, Application, dt.datetime]:
    """One place, reserved and offered; who waits for it, and the moment from which it may be hers."""
    offering = course(
        capacity=1, quotas={"FI-854": 1}, applications_close_at=in_days(1), quota_release_at=in_days(2)
    )
    assert offering.quota_release_at is not None
    holder, outsider = admit(apply(offering)), apply(offering, "FI-851")
    return offering, holder, outsider, offering.quota_release_at + SECOND


@pytest.mark.parametrize("takes_what_is_held", [False, True])
def test_a_reserved_place_accepted_while_places_are_released_stays_hers(
    takes_what_is_held, monkeypatch
) -> None:
    """R-CAP-4: only what nobody has is released. Counter-proof: a release of every place would have to take
    hers, and is refused by the database. No lock is taken away here: whichever is first, the same is free.
    """
    if takes_what_is_held:
        monkeypatch.setattr(PlaceCounter, "free", property(lambda counter: counter.seats))
    for _ in range(4):
        offering = course(
            capacity=2, quotas={"FI-854": 2}, applications_close_at=in_days(1), quota_release_at=in_days(2)
        )
        holder, outsider = admit(apply(offering)), apply(offering, "FI-851")
        now = offering.quota_release_at + SECOND

        def act(which, offering=offering, holder=holder, now=now):
            if which:
                return services.follow(offering.pk, now=now)
            return services.accept(application_id=holder.pk, by=holder.learner.person, now=now)

        outcomes = run_together(2, act)

        assert state(holder) == "accepted"
        if takes_what_is_held:
            assert isinstance(outcomes[1], IntegrityError), outcomes
            continue
        assert not any(isinstance(one, Exception) for one in outcomes), outcomes
        assert state(outsider) == "submitted"
        given = PlaceCounter.objects.filter(offering=offering).order_by("quota")
        assert sorted((one.seats, one.held, one.taken) for one in given) == [(1, 0, 1), (1, 1, 0)]
        assert places_miscounted() == []


def test_two_who_leave_move_two_up(meanwhile) -> None:
    """C2, R-APP-7: withdrawing against moving up. Both change the same counter: its row alone would make them
    wait as well.
    """
    offering = course(capacity=2)
    sent = [apply(offering) for _ in range(4)]

    outcomes = meanwhile(
        *(
            lambda one=one: services.withdraw(application_id=one.pk, by=one.learner.person)
            for one in sent[:2]
        )
    )

    assert not any(isinstance(one, Exception) for one in outcomes), outcomes
    assert [state(one) for one in sent] == ["withdrawn", "withdrawn", "submitted", "submitted"]
    assert places_miscounted() == []


def test_who_leaves_while_a_worker_fills_moves_somebody_up(meanwhile, locks, is_locked) -> None:
    """C2, R-APP-7. Without locks both would give the first in the queue a place; the database refuses the
    second one.
    """
    offering = course(capacity=2, taken=1)
    sent = [apply(offering) for _ in range(3)]
    PlaceCounter.objects.update(taken_elsewhere=0)
    locks()

    outcomes = meanwhile(
        lambda: services.follow(offering.pk),
        lambda: services.withdraw(application_id=sent[0].pk, by=sent[0].learner.person),
    )

    assert isinstance(outcomes[0], list if is_locked else IntegrityError), outcomes
    assert isinstance(outcomes[1], Application)
    assert [state(one) for one in sent] == ["withdrawn", "submitted", "submitted"]
    assert places_miscounted() == []


def test_a_place_given_elsewhere_while_it_is_given_here(meanwhile, locks, is_locked) -> None:
    """C3, R-CAP-2: fewer places against who moves up: the host is told. Without locks both give it, and the
    database's word is what is left.
    """
    offering = course(capacity=2, taken=1)
    holder, waiting = apply(offering), apply(offering)
    bengt, counter = official(offering).person, PlaceCounter.objects.get(offering=offering)
    PlaceCounter.objects.update(taken_elsewhere=0)
    locks()

    outcomes = meanwhile(
        lambda: services.follow(offering.pk),
        lambda: offering_services.set_taken_elsewhere(
            offering_id=offering.pk, taken={counter.pk: 1}, by=bengt
        ),
    )

    if is_locked:
        assert isinstance(outcomes[1], MoreGivenThanSeats)
        assert [state(holder), state(waiting)] == ["submitted", "submitted"]
    else:
        assert isinstance(outcomes[0], IntegrityError)
        assert [state(holder), state(waiting)] == ["submitted", "waiting"]
    counter.refresh_from_db()
    assert counter.given == counter.seats == 2
    assert places_miscounted() == []


def test_an_offer_accepted_while_it_lapses_has_one_outcome(locks, is_locked) -> None:
    """R-CAP-1. Without locks both have read that it is open, and she loses a place that she has accepted."""
    offering = course(capacity=1)
    application = admit(apply(offering))
    person, meeting = application.learner.person, Meeting(2)
    later = application.held_until + dt.timedelta(days=1)
    locks()

    def act(which: int) -> Application | bool:
        with meeting.before_writing():
            if which:
                return services.answering.lapse(application_id=application.pk, now=later)
            return services.accept(application_id=application.pk, by=person)

    outcomes = run_together(2, act)

    verbs = AuditEvent.objects.filter(verb__in=["application.accept", "application.lapse"]).count()
    accepted, has_lapsed = outcomes
    if is_locked:
        assert verbs == 1
        if has_lapsed:
            assert (type(accepted), state(application)) == (TransitionNotAllowed, "lapsed")
        else:
            assert (type(accepted), state(application)) == (Application, "accepted")
    elif isinstance(accepted, Application):
        assert (verbs, has_lapsed, state(application)) == (2, True, "lapsed")
    else:
        assert isinstance(accepted, AssertionError)  # the place that she accepts is gone by then
    assert places_miscounted() == []


def test_a_place_taken_back_while_its_student_comes_has_one_outcome(locks, is_locked) -> None:
    """R-CAP-1: two officials, one enrols whom the other misses. Without locks both have read that she has
    accepted: she studies in a place that was given away, or has no place.
    """
    offering = course(capacity=1)
    application = admit(apply(offering))
    services.accept(application_id=application.pk, by=application.learner.person)
    waiting, by, meeting = apply(offering), official(offering), Meeting(2)
    missed(application)
    refusal = Refusal(ground="not_come", text="Ei ole saapunut.", appeal="Hae oikaisua.")
    locks()

    def act(which: int) -> Application:
        with meeting.before_writing():
            if which:
                return services.take_place_back(application_id=application.pk, by=by, refusal=refusal)
            return services.enrol(application_id=application.pk, by=by, on=in_days(0).date())

    outcomes = run_together(2, act)

    verbs = AuditEvent.objects.filter(verb__in=["application.enrol", "application.take_place_back"]).count()
    if is_locked:
        assert verbs == 1
        assert sorted(type(one).__name__ for one in outcomes) == ["Application", "TransitionNotAllowed"]
        taken_back = state(application) == "not_eligible"
        assert (state(application), state(waiting)) == (
            ("not_eligible", "submitted") if taken_back else ("enrolled", "waiting")
        )
        assert places_miscounted() == []
    else:
        assert verbs == 2 or any(isinstance(one, IntegrityError) for one in outcomes)
