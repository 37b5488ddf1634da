"""Σ seats of an offering's counters = its capacity (DOMAIN.md §3.7): PostgreSQL asks it at the end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone

from applications.services import filling
from kopa.base.db import constraint_name, refusing
from offerings import services
from offerings.models import Offering, PlaceCounter, Quota
from offerings.services import acts
from offerings.services.places import Miscount, places_that_disagree
from tests.factories import OfferingFactory, QuotaFactory, in_days, municipality

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]
RULE = "seats_add_up_to_the_capacity"
BREAKS = {
    "more open seats": "update offerings_placecounter set seats = seats + 1 where id = %(opened)s",
    "fewer reserved seats": "update offerings_placecounter set seats = seats - 1 where id = %(reserved)s",
    "no open source": "delete from offerings_placecounter where id = %(opened)s",
    "a reserved source is lost": "delete from offerings_placecounter where id = %(reserved)s",
    "a source too many": (
        "insert into offerings_placecounter"
        " (offering_id, quota_id, seats, held, taken, used, taken_elsewhere)"
        " values (%(course)s, %(quota)s, 2, 0, 0, 0, 0)"
    ),
    "a source of another course": (
        "update offerings_placecounter set offering_id = %(other)s where id = %(reserved)s"
    ),
    "more places": "update offerings_offering set capacity = capacity + 1 where id = %(course)s",
    "places of nobody's number": "update offerings_offering set capacity = null where id = %(course)s",
}


@pytest.fixture
def course() -> Offering:
    """A draft with 16 places, two of them reserved."""
    return OfferingFactory(status="draft", capacity=16, quotas={"FI-854": 2})


def seats_of(offering: Offering) -> list[int]:
    counters = PlaceCounter.objects.filter(offering=offering)
    return list(counters.order_by(F("quota").asc(nulls_first=True)).values_list("seats", flat=True))


def refused_at_the_end(act: Callable[[], object]) -> None:
    """The act is done, and its transaction cannot end: a fault, which no service has words for."""
    done = []
    with pytest.raises(IntegrityError) as refused, refusing(Offering, Quota, PlaceCounter):
        done.append(act())
    assert done
    assert constraint_name(refused.value) == RULE


@contextmanager
def nobody_asks() -> Iterator[None]:
    """As before the rule was PostgreSQL's."""
    tables = ("offerings_offering", "offerings_placecounter")
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"alter table {table} disable trigger {RULE}")
        try:
            yield
        finally:
            for table in tables:
                cursor.execute(f"alter table {table} enable trigger {RULE}")


@pytest.mark.parametrize("sql", BREAKS.values(), ids=BREAKS)
def test_what_breaks_the_sum_is_refused_when_the_transaction_ends(sql, course):
    """R-CAP-1's seats are as many as there are places, whoever writes them."""
    other = OfferingFactory(status="draft", capacity=5)
    quota = QuotaFactory(offering=course, municipality=municipality("FI-851"))
    opened, reserved = course.counters.order_by(F("quota").asc(nulls_first=True))
    given = {
        "course": course.pk, "other": other.pk, "quota": quota.pk, "opened": opened.pk,
        "reserved": reserved.pk,
    }  # fmt: skip

    with connection.cursor() as cursor:
        refused_at_the_end(lambda: cursor.execute(sql, given))

    assert (seats_of(course), seats_of(other)) == ([14, 2], [5])
    assert Offering.objects.get(pk=course.pk).capacity == 16


def test_a_course_with_places_is_not_made_without_its_counters():
    refused_at_the_end(lambda: OfferingFactory(status="draft", capacity=3, places=False))
    assert not Offering.objects.exists()

    OfferingFactory(status="draft", capacity=None)  # of this one nothing is to be counted
    assert seats_of(Offering.objects.get()) == []


def test_without_postgresql_s_word_only_the_recount_of_the_night_would_tell(course):
    """Counter-proof; and a course of before goes on giving places, and is mended like any other."""
    with nobody_asks():
        PlaceCounter.objects.filter(offering=course, quota=None).update(seats=15)
    wrong = [Miscount(course.pk, "", "seats", counted=17, right=16)]
    assert places_that_disagree() == wrong

    PlaceCounter.objects.filter(offering=course).update(held=1, taken=1, taken_elsewhere=F("used"))
    Offering.objects.get(pk=course.pk).save()  # the whole row, its places as they were
    assert places_that_disagree() == wrong

    opened = PlaceCounter.objects.filter(offering=course, quota=None)
    refused_at_the_end(lambda: opened.update(seats=16))
    opened.update(seats=14)
    assert places_that_disagree() == []


def test_places_move_between_sources_in_one_transaction(course):
    with transaction.atomic():
        PlaceCounter.objects.filter(offering=course, quota__isnull=False).update(seats=5)
        PlaceCounter.objects.filter(offering=course, quota=None).update(seats=F("seats") - 3)
    with transaction.atomic():
        Offering.objects.filter(pk=course.pk).update(capacity=20)
        PlaceCounter.objects.filter(offering=course, quota=None).update(seats=F("seats") + 4)

    assert seats_of(course) == [15, 5]


def test_a_release_moves_places_and_keeps_the_sum(clock):
    """R-CAP-4: reserved places that nobody has become open ones."""
    offering = OfferingFactory(
        capacity=16, quotas={"FI-854": 3}, taken={"FI-854": 1}, applications_close_at=in_days(5),
        quota_release_at=in_days(10),
    )  # fmt: skip
    clock.shift(dt.timedelta(days=11))

    with transaction.atomic():
        filling.release(acts.lock(offering.pk), now=timezone.now())

    assert seats_of(offering) == [15, 1]


def test_a_course_goes_with_its_counters(course, lappia, bengt):
    services.create_draft(
        provider_id=lappia.pk, by=bengt,
        given={"title_fi": "Kokki", "capacity": 9, "quotas": {municipality("FI-854").pk: 4}},
    )  # fmt: skip
    course.delete()
    with transaction.atomic():  # as a generated catalogue is taken out: table by table
        PlaceCounter.objects.all()._raw_delete("default")
        Quota.objects.all()._raw_delete("default")
        Offering.objects.update(capacity=12)
        Offering.objects.all().delete()

    assert not Offering.objects.exists()


@pytest.mark.django_db
def test_the_migration_can_be_taken_back_and_done_again(course):
    migration = import_module("offerings.migrations.0026_seats_add_up_to_the_capacity")
    connection.check_constraints()  # else its rows still wait to be asked
    before = what_asks()
    with connection.cursor() as cursor:
        cursor.execute(migration.ASKED_NO_MORE)
        assert what_asks() == []
        cursor.execute(migration.ASKED)

    assert what_asks() == before
    assert len(before) == 6


def what_asks() -> list[tuple[str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select tgname || ' on ' || tgrelid::regclass from pg_trigger where tgname like 'seats_add_up%%'"
            " union all select proname from pg_proc where proname like 'kopa_%%_seats_%%' order by 1"
        )
        return list(cursor.fetchall())
