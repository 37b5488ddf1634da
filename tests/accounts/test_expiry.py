"""Nothing about people is kept longer than it is needed."""

from __future__ import annotations

import datetime as dt

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.utils import timezone

from kopa.accounts.models import PersonSession
from kopa.accounts.tasks import forget_what_has_expired
from kopa.celery import app

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def attempt(*, minutes_ago: int) -> AccessAttempt:
    made = AccessAttempt.objects.create(
        username="aino@kopa.example",
        ip_address="192.0.2.1",
        user_agent=str(minutes_ago),
        failures_since_start=1,
    )
    AccessAttempt.objects.filter(pk=made.pk).update(
        attempt_time=timezone.now() - dt.timedelta(minutes=minutes_ago)
    )
    return made


def test_ended_sessions_and_old_attempts_are_forgotten_and_living_ones_stay():
    now = timezone.now()
    second = dt.timedelta(seconds=1)
    PersonSession.objects.create(session_key="ended", session_data="", expire_date=now - second)
    PersonSession.objects.create(session_key="lives", session_data="", expire_date=now + second)
    attempt(minutes_ago=16)
    young = attempt(minutes_ago=14)

    for _ in range(2):  # the second time there is nothing left to do
        forget_what_has_expired()

        assert list(PersonSession.objects.values_list("session_key", flat=True)) == ["lives"]
        assert list(AccessAttempt.objects.values_list("pk", flat=True)) == [young.pk]


def test_every_job_of_the_timetable_is_known_to_the_worker():
    app.loader.import_default_modules()
    assert {job["task"] for job in settings.CELERY_BEAT_SCHEDULE.values()} <= set(app.tasks)
