"""Two full-time places for one person, accepted in two windows at once (R-CAP-10)."""

from __future__ import annotations

import pytest

from applications import services
from applications.models import Application
from applications.services.recounting import places_miscounted
from tests.applications.given import admit, apply, course, student
from tests.factories import municipality
from tests.together import Meeting, run_together, without_locks

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
