"""The register follows the divisions when a day brings others, without anybody starting anything."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.conf import settings

from kopa.codes.models import ReferenceLoad
from kopa.portal.tasks import follow_divisions
from municipalities import divisions
from municipalities.models import Municipality, Region
from tests.reference_data import finnish, loaded

__all__ = ["finnish", "loaded"]

pytestmark = [
    pytest.mark.integration,
    pytest.mark.django_db,
    pytest.mark.usefixtures("loaded"),
    pytest.mark.xdist_group("following"),
]


def test_every_hour_the_regions_of_the_day_are_seen_to() -> None:
    """At two minutes past, so also after midnight in Finland and in Sweden."""
    (planned,) = [
        one for one in settings.CELERY_BEAT_SCHEDULE.values() if one["task"] == "portal.follow_divisions"
    ]

    assert (planned["schedule"].hour, planned["schedule"].minute) == (set(range(24)), {2})


def test_a_region_that_begins_with_the_day_is_written(clock: time_machine.Traveller) -> None:
    """As if yesterday's load had been before Joroinen moved."""
    savo = Region.objects.get(key="FI-R10")
    Municipality.objects.filter(key="FI-171").update(region=savo)
    before = ReferenceLoad.objects.count()

    follow_divisions()
    follow_divisions()

    assert Municipality.objects.get(key="FI-171").region.key == "FI-R11"
    assert divisions.is_written(dt.date(2026, 11, 24))
    assert ReferenceLoad.objects.count() == before + 1
