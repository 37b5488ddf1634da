"""From an accepted place to the end of the studies."""

from __future__ import annotations

import pytest

from applications import services
from applications.models import Application, Seat
from applications.services.recounting import places_miscounted
from kopa.base.errors import TransitionNotAllowed
from offerings.models import PlaceCounter
from tests.applications.given import admit, apply, course, home_of, in_days, official, state, statement_given
from tests.factories import municipality

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def pello(db):
    municipality("FI-854")


def accepted(offering) -> Application:
    application = admit(apply(offering))
    return services.accept(application_id=application.pk, by=application.learner.person)


def test_who_has_begun_uses_the_place() -> None:
    """DOMAIN.md §3.8: at the first attendance. Pledges and the decision on the start wait for their issue."""
    offering = course()
    application = accepted(offering)

    services.enrol(application_id=application.pk, by=official(offering), on=in_days(0))

    application.refresh_from_db()
    counter = PlaceCounter.objects.get()
    assert (application.status, application.enrolled_on) == ("enrolled", in_days(0))
    assert (counter.taken, counter.used) == (0, 1)
    assert Seat.objects.get().state == "used"


@pytest.mark.parametrize(
    ("end", "status"), [(services.complete, "completed"), (services.interrupt, "interrupted")]
)
def test_the_end_of_the_studies_frees_the_place(end, status) -> None:
    offering = course(capacity=1)
    application = accepted(offering)
    waiting = apply(offering)
    services.enrol(application_id=application.pk, by=official(offering), on=in_days(0))

    end(application_id=application.pk, by=official(offering))

    assert (state(application), state(waiting)) == (status, "submitted")
    assert places_miscounted() == []


@pytest.mark.parametrize("act", [services.complete, services.interrupt])
def test_nobody_ends_studies_that_have_not_begun(act) -> None:
    offering = course()
    application = accepted(offering)

    with pytest.raises(TransitionNotAllowed):
        act(application_id=application.pk, by=official(offering))


def test_nobody_is_enrolled_without_an_accepted_place() -> None:
    offering = course()
    application = apply(offering)

    with pytest.raises(TransitionNotAllowed):
        services.enrol(application_id=application.pk, by=official(offering), on=in_days(0))
    assert places_miscounted() == []


def test_who_pays_for_what_has_been_studied_is_still_to_be_said() -> None:
    """R-HOME-1: moved before the start, the new municipality is asked; leaving does not end its matter."""
    municipality("FI-851")
    offering = course(form="basic")
    application = apply(offering)
    statement_given(application)
    admit(application)
    services.accept(application_id=application.pk, by=application.learner.person)
    person = application.learner.person
    services.record_move(
        application_id=application.pk, home=home_of("FI-851"), moved_on=in_days(0), by=person, role="learner"
    )
    statement = application.statements.get(state="requested")
    services.enrol(application_id=application.pk, by=official(offering), on=in_days(0))

    services.withdraw(application_id=application.pk, by=application.learner.person)

    statement.refresh_from_db()
    assert (state(application), statement.state) == ("withdrawn", "requested")
