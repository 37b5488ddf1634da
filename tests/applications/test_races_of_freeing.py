"""A place becomes free, or is answered, while somebody else changes places: whoever is second waits.

The harm that the lock keeps away is shown in test_races.py: there who joins the queue writes nothing that who
frees a place writes too. Here both change the same counter, and its row alone would make them wait as well.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest

from applications import services
from applications.models import Application
from applications.services import filling
from applications.services.answering import lapse
from applications.services.filling import places_miscounted
from kopa.audit.models import AuditEvent
from offerings import services as offering_services
from offerings.errors import MoreGivenThanSeats
from offerings.models import PlaceCounter
from tests.applications.given import admit, apply, course, official, state
from tests.factories import in_days, municipality
from tests.together import Meeting, run_together

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


def test_a_reserved_place_declined_while_places_are_released_is_not_lost(meanwhile) -> None:
    """R-CAP-4: whoever waits for an open place gets it."""
    offering = course(
        capacity=1, quotas={"FI-854": 1}, applications_close_at=in_days(1), quota_release_at=in_days(2)
    )
    holder, outsider = admit(apply(offering)), apply(offering, "FI-851")
    released = offering.quota_release_at + SECOND

    meanwhile(
        lambda: services.decline(application_id=holder.pk, by=holder.learner.person, now=released),
        lambda: services.follow(offering.pk, now=released),
    )

    assert (state(holder), state(outsider)) == ("declined", "submitted")
    assert places_miscounted() == []


def test_a_reserved_place_accepted_while_places_are_released_stays_hers() -> None:
    """R-CAP-4: only what nobody has is released."""
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

        assert not any(isinstance(one, Exception) for one in outcomes), outcomes
        assert (state(holder), state(outsider)) == ("accepted", "submitted")
        given = PlaceCounter.objects.filter(offering=offering).order_by("quota")
        assert sorted((one.seats, one.held, one.taken) for one in given) == [(1, 0, 1), (1, 1, 0)]
        assert places_miscounted() == []


def test_two_who_leave_move_two_up(meanwhile) -> None:
    """C2, R-APP-7: withdrawing against moving up."""
    offering = course(capacity=2)
    sent = [apply(offering) for _ in range(4)]

    meanwhile(
        *(
            lambda one=one: services.withdraw(application_id=one.pk, by=one.learner.person)
            for one in sent[:2]
        )
    )

    assert [state(one) for one in sent] == ["withdrawn", "withdrawn", "submitted", "submitted"]
    assert places_miscounted() == []


def test_a_place_given_elsewhere_while_it_is_given_here(meanwhile) -> None:
    """C3, R-CAP-2: fewer places against who moves up: the host is told."""
    offering = course(capacity=2, taken=1)
    holder, waiting = apply(offering), apply(offering)
    bengt, counter = official(offering).person, PlaceCounter.objects.get(offering=offering)
    PlaceCounter.objects.update(taken_elsewhere=0)

    outcomes = meanwhile(
        lambda: services.follow(offering.pk),
        lambda: offering_services.set_taken_elsewhere(
            offering_id=offering.pk, taken={counter.pk: 1}, by=bengt
        ),
    )

    assert isinstance(outcomes[1], MoreGivenThanSeats)
    assert [state(holder), state(waiting)] == ["submitted", "submitted"]
    counter.refresh_from_db()
    assert counter.given == counter.seats == 2
    assert places_miscounted() == []


def test_an_offer_accepted_while_it_lapses_has_one_outcome() -> None:
    """R-CAP-1"""
    offering = course(capacity=1)
    application = admit(apply(offering))
    person, meeting = application.learner.person, Meeting(2)
    later = application.held_until + dt.timedelta(days=1)

    def act(which: int) -> Application | bool:
        with meeting.before_writing():
            if which:
                return lapse(application_id=application.pk, now=later)
            return services.accept(application_id=application.pk, by=person)

    run_together(2, act)

    assert AuditEvent.objects.filter(verb__in=["application.accept", "application.lapse"]).count() == 1
    assert state(application) in {"accepted", "lapsed"}
    assert places_miscounted() == []
