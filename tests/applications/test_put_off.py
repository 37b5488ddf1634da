"""A course whose students have studied does not start later, though nobody sits there any more."""

from __future__ import annotations

import pytest

from applications import services
from offerings import services as offering_services
from offerings.errors import EnrolledAlready
from offerings.models import Offering
from tests.applications import given
from tests.applications.given import admit, apply, course, in_days, official
from tests.factories import municipality

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]


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
        offering_services.save_offering(
            offering_id=offering.pk, version=Offering.objects.get(pk=offering.pk).version, by=by.person,
            given={"starts_on": in_days(200), "ends_on": in_days(230)},
        )  # fmt: skip
    assert Offering.objects.get(pk=offering.pk).status == status
