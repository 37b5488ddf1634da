"""From an accepted place to the end of the studies."""

from __future__ import annotations

import pytest

from applications import services
from applications.models import Application, Seat
from applications.services.filling import places_miscounted
from kopa.base.errors import TransitionNotAllowed
from offerings.models import PlaceCounter
from tests.applications.given import admit, apply, course, in_days, official, state
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
