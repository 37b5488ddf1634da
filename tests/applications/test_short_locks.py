"""Whoever looks, or only writes letters, keeps nobody waiting for the course."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from applications import services
from applications.models import Application
from kopa.letters.models import Letter
from offerings import services as offering_services
from offerings.services import acts
from tests.applications.given import apply, course, in_days, official, state
from tests.applications.test_withdrawing_despite_locks import held
from tests.factories import in_days as at_day
from tests.factories import municipality
from tests.together import impatient

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def pello() -> None:
    municipality("FI-854")


def test_whoever_looks_at_a_selection_waits_for_nobody(clock: Any) -> None:
    offering = course(selection_rule="score", applications_close_at=at_day(5), quota_release_at=None)
    by, application = official(offering), apply(offering)
    services.receive(application_id=application.pk, by=by)
    clock.shift(dt.timedelta(days=6))
    with held(application, 30):
        preview = services.selection_preview(offering_id=offering.pk, by=by)
    assert preview.offered == [application.pk]


def test_each_of_many_is_taken_back_before_the_next_is_looked_at() -> None:
    offering = course()
    sent = [apply(offering).pk for _ in range(3)]
    with CaptureQueriesContext(connection) as told:
        lines = services.decide_on(
            offering=offering, application_ids=sent, by=official(offering), is_kept=False
        )
    assert [line.application.status for line in lines] == ["offered"] * 3
    assert [one["sql"] for one in told.captured_queries].count("ROLLBACK") == 3
    assert {state(one) for one in Application.objects.all()} == {"submitted"}


def test_letters_about_a_change_are_written_while_nobody_waits_for_the_course(clock: Any) -> None:
    """R-APP-6: here the letters take long, since somebody holds their table."""
    offering = course(starts_on=in_days(60))
    apply(offering)
    Letter.objects.all().delete()
    clock.shift(dt.timedelta(minutes=1))
    offering_services.save_offering(
        offering_id=offering.pk, version=offering.version, given={"starts_on": in_days(67)},
        by=official(offering).person,
    )  # fmt: skip

    def follow() -> None:
        try:
            services.follow(offering.pk)
        finally:
            connections.close_all()

    telling = threading.Thread(target=follow)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"lock table {Letter._meta.db_table} in share mode")
        telling.start()
        while telling.is_alive() and not _somebody_waits():
            telling.join(0.01)
        with impatient(200):
            acts.lock(offering.pk)
    telling.join()
    assert Letter.objects.count() == 1


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "select exists(select from pg_locks join pg_database d on d.oid = database"
            " where not granted and locktype = 'relation' and d.datname = current_database())"
        )
        return bool(cursor.fetchone()[0])
