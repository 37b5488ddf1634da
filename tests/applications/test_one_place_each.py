"""Two full-time places for one person, accepted in two windows at once (R-CAP-10)."""

from __future__ import annotations

import threading

import pytest
from django.db import connections, transaction

from applications import services
from applications.models import Application
from applications.services.recounting import places_miscounted
from tests.applications.given import admit, apply, course, student
from tests.factories import municipality
from tests.together import Meeting, patient, run_together, wait_until_somebody_waits, without_locks

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def accept_both_at_once() -> list[object]:
    municipality("FI-854")
    sami, meeting = student(), Meeting(2)
    offers = [admit(apply(course(study_form="full_time"), person=sami)) for _ in range(2)]

    def accept(which: int) -> Application:
        with meeting.before_writing():
            return services.accept(application_id=offers[which].pk, by=sami)

    return run_together(2, accept)


def test_of_two_full_time_places_accepted_at_once_one_is_taken() -> None:
    """R-CAP-10, at once."""
    outcomes = accept_both_at_once()

    assert sorted(type(one).__name__ for one in outcomes) == ["AnotherPlaceTaken", "Application"], outcomes
    assert sorted(Application.objects.values_list("status", flat=True)) == ["accepted", "offered"]
    assert places_miscounted() == []


def test_without_the_learners_lock_both_would_be_taken(monkeypatch) -> None:
    """Counter-proof: both look for another place before either is there."""
    without_locks(monkeypatch)

    assert [type(one) for one in accept_both_at_once()] == [Application, Application]
    assert list(Application.objects.values_list("status", flat=True)) == ["accepted", "accepted"]


def test_who_gives_up_a_place_and_marks_her_identity_at_once_finds_no_deadlock() -> None:
    """C9, R-CAP-10: whatever locks several applications of a person takes the one with the lower number
    first, so that the other one is free for whoever holds that.
    """
    municipality("FI-854")
    sami, outcome = student(), []
    taken, offered = (admit(apply(course(study_form="full_time"), person=sami)) for _ in range(2))
    services.accept(application_id=taken.pk, by=sami)

    def accept() -> None:
        try:
            with patient():
                outcome.append(
                    services.accept(application_id=offered.pk, by=sami, instead_of=taken.pk).status
                )
        finally:
            connections.close_all()

    thread = threading.Thread(target=accept)
    with transaction.atomic():
        rows = Application.objects.select_for_update(no_key=True, nowait=True)
        rows.get(pk=taken.pk)
        thread.start()
        wait_until_somebody_waits()
        rows.get(pk=offered.pk)  # as ``protect`` does next
    thread.join()

    assert outcome == ["accepted"]
    taken.refresh_from_db()
    assert taken.status == "withdrawn"
