"""Where a course stands: one and many agree."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from offerings.models import Offering
from offerings.standing import COLOURS, Standing, standing, standing_of
from tests.factories import OfferingFactory, in_days, today

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def everywhere(lappia, overtornea) -> dict[str, Offering]:
    later = today() + dt.timedelta(days=1)
    over = {"applications_open_at": in_days(-20), "applications_close_at": in_days(-1)}
    return {
        "draft": OfferingFactory(provider=lappia, status="draft"),
        "bare draft": OfferingFactory(
            provider=lappia, status="draft", starts_on=None, ends_on=None, applications_open_at=None,
            applications_close_at=None,
        ),
        "opening": OfferingFactory(provider=lappia, applications_open_at=in_days(3)),
        "open": OfferingFactory(provider=lappia),
        "continuous": OfferingFactory(provider=lappia, applications_close_at=None),
        "closing this second": OfferingFactory(
            provider=lappia, applications_close_at=timezone.now() + dt.timedelta(milliseconds=400)
        ),
        "closed": OfferingFactory(provider=lappia, starts_on=later, **over),
        "started": OfferingFactory(provider=lappia, starts_on=today(), **over),
        "started in Sweden": OfferingFactory(
            provider=overtornea, starts_on=today(), applications_open_at=in_days(-20, country="SE"),
            applications_close_at=in_days(-1, country="SE"),
        ),
        "running": OfferingFactory(provider=lappia, status="running", starts_on=today(), **over),
        "completed": OfferingFactory(provider=lappia, status="completed", starts_on=today(), **over),
        "cancelled": OfferingFactory(provider=lappia, status="cancelled"),
    }  # fmt: skip


def test_many_stand_as_each_does(everywhere):
    now = timezone.now()
    by_one = {name: standing_of(offering, now) for name, offering in everywhere.items()}
    by_many = {
        name: [one for one in Standing if Offering.objects.filter(standing(one, now), pk=offering.pk)]
        for name, offering in everywhere.items()
    }

    assert by_many == {name: [one] for name, one in by_one.items()}
    assert by_one["open"] == by_one["continuous"] == by_one["closing this second"] == Standing.OPEN
    assert by_one["started in Sweden"] == by_one["running"] == Standing.STARTED
    assert set(by_one.values()) == set(Standing) == set(COLOURS)
