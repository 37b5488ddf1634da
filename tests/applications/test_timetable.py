"""What is done about applications without anybody asking, and when."""

from __future__ import annotations

import pytest
from celery.schedules import crontab
from django.conf import settings
from django.utils import timezone

from applications import tasks
from offerings.models import PlaceCounter
from tests.applications.given import apply, course, grown_to, state
from tests.factories import municipality

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def timetable() -> dict[str, crontab]:
    return {one["task"]: one["schedule"] for one in settings.CELERY_BEAT_SCHEDULE.values()}


def test_queues_are_followed_every_minute_and_places_recounted_every_night():
    """R-CAP-8: within 15 minutes, whoever was not told."""
    jobs = timetable()
    assert jobs["applications.follow_all"] == crontab()
    nightly = jobs["applications.recount_places"]
    assert (len(nightly.hour), len(nightly.minute)) == (1, 1)


def test_a_place_that_nobody_was_told_of_is_given_at_the_next_look():
    """R-CAP-8"""
    municipality("FI-854")
    offering = course(capacity=1)
    _first, second = apply(offering), apply(offering)
    assert state(second) == "waiting"
    grown_to(offering, 2)
    type(offering).objects.filter(pk=offering.pk).update(updated_at=timezone.now())
    tasks.follow_all()
    assert state(second) == "submitted"
    tasks.follow_all()
    tasks.follow(offering.pk)
    assert PlaceCounter.objects.get(offering=offering).held == 2
