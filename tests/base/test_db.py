from __future__ import annotations

import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, connection, connections, transaction

from kopa.base.db import Busy, constraint_name, refusing
from kopa.base.errors import RuleBroken
from offerings.models import Offering, PlaceCounter
from tests.factories import OfferingFactory, PlaceCounterFactory
from tests.together import run_together

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]


class AlreadyCounted(RuleBroken):
    code = "already_counted"


def count_twice() -> None:
    counter = PlaceCounterFactory()
    PlaceCounter.objects.create(offering=counter.offering, seats=1)


def test_a_named_constraint_becomes_the_named_refusal():
    with pytest.raises(AlreadyCounted) as refused, refusing(places_have_one_open_source=AlreadyCounted()):
        count_twice()

    assert constraint_name(refused.value.__cause__) == "places_have_one_open_source"


def test_another_constraint_of_the_table_says_its_own_message():
    counter = PlaceCounterFactory(seats=3)

    with pytest.raises(ValidationError) as refused, refusing(PlaceCounter):
        PlaceCounter.objects.filter(pk=counter.pk).update(taken_elsewhere=4)

    assert refused.value.messages == ["More places are already given than this."]
    assert refused.value.code == "more_given_than_seats"


def test_a_constraint_without_a_code_is_called_by_its_name():
    OfferingFactory(status="draft")

    with pytest.raises(ValidationError) as refused, refusing(Offering):
        Offering.objects.update(currency="NOK")

    assert refused.value.code == "offering_currency_is_known"


def test_a_constraint_that_nobody_spoke_of_is_a_fault():
    with pytest.raises(IntegrityError), refusing(Offering):
        count_twice()


def test_after_a_refusal_the_transaction_goes_on():
    counter = PlaceCounterFactory(seats=3)

    with pytest.raises(ValidationError), refusing(PlaceCounter):
        PlaceCounter.objects.filter(pk=counter.pk).update(taken_elsewhere=4)

    assert PlaceCounter.objects.get(pk=counter.pk).taken_elsewhere == 0


def test_what_the_database_refuses_for_another_reason_passes_through():
    with connection.cursor() as cursor:
        cursor.execute("set local statement_timeout = '1ms'")
        with pytest.raises(OperationalError), refusing(Offering):
            cursor.execute("select pg_sleep(1)")


def test_what_is_not_from_postgresql_has_no_constraint():
    assert constraint_name(ValueError()) == ""


@pytest.mark.django_db(transaction=True)
def test_rows_that_somebody_else_keeps_locked_are_refused_as_busy():
    offering = OfferingFactory()
    locked, done = threading.Event(), threading.Event()

    def keep() -> None:
        with transaction.atomic():
            Offering.objects.select_for_update().get(pk=offering.pk)
            locked.set()
            done.wait(timeout=10)
        connections.close_all()

    keeper = threading.Thread(target=keep)
    keeper.start()
    try:
        assert locked.wait(timeout=10)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("set local lock_timeout = '50ms'")
            with pytest.raises(Busy), refusing(Offering):
                Offering.objects.select_for_update().get(pk=offering.pk)
    finally:
        done.set()
        keeper.join()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_wait_for_each_other_one_is_refused_as_busy():
    rows = [OfferingFactory().pk, OfferingFactory().pk]
    both_hold_one = threading.Barrier(2)

    def crosswise(which: int) -> str:
        with transaction.atomic(), refusing(Offering):
            Offering.objects.select_for_update().get(pk=rows[which])
            both_hold_one.wait(timeout=10)
            Offering.objects.select_for_update().get(pk=rows[1 - which])
        return "done"

    outcomes = run_together(2, crosswise)

    assert sorted(type(outcome) for outcome in outcomes if outcome != "done") == [Busy]
    assert outcomes.count("done") == 1
