from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from django.utils.translation import override

from kopa.audit.models import AuditEvent
from kopa.base.errors import ChangedMeanwhile, TransitionNotAllowed
from offerings import services
from offerings.errors import MoreGivenThanSeats, PlacesBelowGiven, QuotaBelowGiven, UnknownSource
from offerings.models import Offering, PlaceCounter, Quota
from offerings.services import Miscount, places_that_disagree
from offerings.states import OfferingStatus
from tests.factories import OfferingFactory, QuotaFactory, municipality

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def offering(lappia):
    """16 places: 2 of them for Pello, 3 for Övertorneå in Sweden; 9 and 1 given elsewhere."""
    return OfferingFactory(
        provider=lappia,
        capacity=16,
        quotas={"FI-854": 2, "SE-2518": 3},
        taken={"": 9, "FI-854": 1},
    )


def counter(offering: Offering, key: str = "") -> PlaceCounter:
    if not key:
        return offering.counters.get(quota=None)
    return offering.counters.get(quota__municipality__key=key)


def numbers(offering: Offering) -> dict[int, int]:
    return dict(offering.counters.order_by("pk").values_list("pk", "taken_elsewhere"))


def test_places_given_elsewhere_are_written_per_source_and_confirmed(offering, bengt, clock):
    clock.shift(60)
    open_source, pello = counter(offering), counter(offering, "FI-854")

    services.set_taken_elsewhere(offering_id=offering.pk, taken={open_source.pk: 11, pello.pk: 2}, by=bengt)

    assert [c.taken_elsewhere for c in offering.counters.order_by("pk")] == [11, 2, 0]
    saved = Offering.objects.get()
    assert saved.places_confirmed_at == saved.updated_at == timezone.now()
    assert saved.places_confirmed_by == bengt
    assert saved.version == offering.version  # an open form of the offering is still good
    act = AuditEvent.objects.first()
    assert act is not None
    assert (act.verb, act.role) == ("offering.set_taken_elsewhere", "provider_staff")
    assert act.changes == {"taken_elsewhere open": [9, 11], "taken_elsewhere FI-854": [1, 2]}


def test_the_same_numbers_are_a_confirmation_without_changes(offering, bengt):
    services.set_taken_elsewhere(offering_id=offering.pk, taken={counter(offering).pk: 9}, by=bengt)

    act = AuditEvent.objects.first()
    assert act is not None
    assert act.changes == {}
    assert Offering.objects.get().places_confirmed_by == bengt


@pytest.mark.parametrize(("key", "number", "most"), [("", 12, 11), ("FI-854", 3, 2), ("SE-2518", -1, 3)])
def test_no_more_are_given_than_the_source_has(offering, bengt, key, number, most):
    """R-CAP-1."""
    source = counter(offering, key)

    with pytest.raises(MoreGivenThanSeats) as refused:
        services.set_taken_elsewhere(offering_id=offering.pk, taken={source.pk: number}, by=bengt)

    assert str(refused.value) == f"At most {most} can be given here."
    assert refused.value.counter_id == source.pk
    assert Offering.objects.get().places_confirmed_at is None


def test_places_held_and_taken_through_kopa_leave_less_to_give_elsewhere(offering, bengt):
    PlaceCounter.objects.filter(pk=counter(offering).pk).update(taken_elsewhere=0, held=1, taken=2, used=3)

    with pytest.raises(MoreGivenThanSeats) as refused:
        services.set_taken_elsewhere(offering_id=offering.pk, taken={counter(offering).pk: 6}, by=bengt)
    services.set_taken_elsewhere(offering_id=offering.pk, taken={counter(offering).pk: 5}, by=bengt)

    assert str(refused.value) == "At most 5 can be given here."
    assert counter(offering).free == 0


def test_who_saw_another_number_is_told_instead_of_overwriting(offering, bengt, aino):
    source = counter(offering)
    services.set_taken_elsewhere(
        offering_id=offering.pk, taken={source.pk: 10}, seen={source.pk: 9}, by=bengt
    )

    with pytest.raises(ChangedMeanwhile):
        services.set_taken_elsewhere(
            offering_id=offering.pk, taken={source.pk: 11}, seen={source.pk: 9}, by=aino
        )

    assert counter(offering).taken_elsewhere == 10


def test_a_source_that_is_gone_or_of_another_offering_is_refused(offering, bengt):
    foreign = counter(OfferingFactory())

    with pytest.raises(UnknownSource):
        services.set_taken_elsewhere(offering_id=offering.pk, taken={foreign.pk: 1}, by=bengt)

    assert counter(foreign.offering).taken_elsewhere == 0


@pytest.mark.parametrize("status", OfferingStatus.values)
def test_places_are_counted_until_the_course_is_cancelled(status, lappia, bengt):
    offering = OfferingFactory(provider=lappia, status=status)
    acts = (
        lambda: services.set_taken_elsewhere(
            offering_id=offering.pk, taken={counter(offering).pk: 1}, by=bengt
        ),
        lambda: services.confirm_places(
            offering_id=offering.pk, by=bengt, seen={counter(offering).pk: counter(offering).taken_elsewhere}
        ),
    )

    for act, verb in zip(acts, ("set_taken_elsewhere", "confirm_places"), strict=True):
        if status == OfferingStatus.CANCELLED:
            with pytest.raises(TransitionNotAllowed) as refused:
                act()
            assert (refused.value.verb, refused.value.state) == (verb, "cancelled")
        else:
            act()
            assert Offering.objects.get().places_confirmed_by == bengt


def test_confirming_changes_nothing_but_who_and_when(offering, bengt, clock):
    clock.shift(60)

    services.confirm_places(offering_id=offering.pk, by=bengt, seen=numbers(offering))

    saved = Offering.objects.get()
    assert (saved.places_confirmed_by, saved.places_confirmed_at) == (bengt, timezone.now())
    assert saved.updated_at == timezone.now()
    assert [c.taken_elsewhere for c in offering.counters.order_by("pk")] == [9, 1, 0]
    act = AuditEvent.objects.first()
    assert act is not None
    assert (act.verb, act.changes) == ("offering.confirm_places", {})


def test_only_the_numbers_that_were_seen_are_confirmed(offering, bengt, aino):
    seen = numbers(offering)
    services.set_taken_elsewhere(offering_id=offering.pk, taken={counter(offering).pk: 10}, by=aino)
    now = numbers(offering)
    fewer = dict(list(now.items())[:2])

    for other in (seen, fewer, {}, now | {0: 0}):
        with pytest.raises(ChangedMeanwhile):
            services.confirm_places(offering_id=offering.pk, by=bengt, seen=other)
    assert Offering.objects.get().places_confirmed_by == aino
    services.confirm_places(offering_id=offering.pk, by=bengt, seen=now)
    assert Offering.objects.get().places_confirmed_by == bengt


def test_open_places_are_not_lowered_below_what_is_given(offering, bengt):
    """R-CAP-2."""
    with pytest.raises(PlacesBelowGiven) as refused:
        services.save_offering(offering_id=offering.pk, version=1, given={"capacity": 13}, by=bengt)

    assert str(refused.value) == (
        "9 open places have already been given: there must be at least 14 places in all. 5 are reserved."
    )
    assert refused.value.field == "capacity"
    services.save_offering(offering_id=offering.pk, version=1, given={"capacity": 14}, by=bengt)
    assert counter(offering).free == 0


def test_reserving_more_does_not_take_open_places_that_are_given(offering, bengt):
    quotas = {municipality("FI-854").pk: 2, municipality("SE-2518").pk: 6}

    with pytest.raises(PlacesBelowGiven):
        services.save_offering(offering_id=offering.pk, version=1, given={"quotas": quotas}, by=bengt)


@pytest.mark.parametrize("seats", [0, 1])
def test_reserved_places_are_not_lowered_below_what_is_given(offering, bengt, seats):
    """R-CAP-2."""
    PlaceCounter.objects.filter(pk=counter(offering, "FI-854").pk).update(taken_elsewhere=2)
    quotas = {municipality("FI-854").pk: seats, municipality("SE-2518").pk: 3}

    with pytest.raises(QuotaBelowGiven) as refused:
        services.save_offering(offering_id=offering.pk, version=1, given={"quotas": quotas}, by=bengt)

    assert str(refused.value) == "2 places reserved for Pello have already been given: reserve that many."
    assert refused.value.field == "quotas"
    assert [q.seats for q in offering.quotas.all()] == [2, 3]
    with override("fi"), pytest.raises(QuotaBelowGiven, match="Pellon asukkaille varatuista paikoista"):
        services.save_offering(offering_id=offering.pk, version=1, given={"quotas": quotas}, by=bengt)


def test_a_quota_that_is_left_out_is_dropped_when_nothing_of_it_is_given(offering, bengt):
    services.save_offering(
        offering_id=offering.pk, version=1, given={"quotas": {municipality("FI-854").pk: 2}}, by=bengt
    )

    assert {c.quota and c.quota.municipality.key: c.seats for c in offering.counters.all()} == {
        None: 14,
        "FI-854": 2,
    }


def test_a_merged_municipality_keeps_its_quota_but_gets_no_new_one(offering, bengt, lappia):
    pello = municipality("FI-854")
    pello.valid_to, pello.successor = dt.date(2026, 12, 31), municipality("FI-976")
    pello.save()
    kept = {pello.pk: 2, municipality("SE-2518").pk: 3}

    services.save_offering(offering_id=offering.pk, version=1, given={"quotas": kept}, by=bengt)
    with pytest.raises(Exception, match="Choose a municipality of today"):
        services.create_draft(
            provider_id=lappia.pk, given={"title_fi": "x", "capacity": 9, "quotas": kept}, by=bengt
        )

    assert offering.quotas.count() == 2


def test_counters_that_add_up_are_not_reported(offering):
    OfferingFactory(status="draft", capacity=None)

    assert places_that_disagree() == []


@pytest.mark.usefixtures("miscounted_before")
def test_counters_that_do_not_add_up_are_reported(offering, django_assert_num_queries):
    PlaceCounter.objects.filter(pk=counter(offering).pk).update(seats=12)
    other = OfferingFactory(capacity=5)
    QuotaFactory(offering=other, municipality=municipality("FI-854"), seats=2)
    third = OfferingFactory(capacity=6, quotas={"FI-854": 2})
    Quota.objects.filter(offering=third).update(seats=3)

    with django_assert_num_queries(2):
        found = places_that_disagree()

    assert found == [
        Miscount(offering.pk, "", "seats", counted=17, right=16),
        Miscount(other.pk, "FI-854", "seats", counted=0, right=2),
        Miscount(third.pk, "FI-854", "seats", counted=2, right=3),
    ]
    assert places_that_disagree([other.pk]) == [found[1]]
