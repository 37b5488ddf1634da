"""The search's table stays true: in the transaction of a change, after a rebuild, and two at once."""

from __future__ import annotations

import datetime as dt
import io
import threading
from typing import Any

import pytest
import structlog
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from kopa.codes import cache
from kopa.codes.models import DeliveryMode, ReferenceLoad
from municipalities.cache import gazetteer
from municipalities.models import Municipality
from offerings.models import (
    Audience,
    Offering,
    PlaceCounter,
    SearchDocument,
    SearchReserve,
    SearchRow,
    SearchValue,
    Whereabouts,
)
from offerings.search import keys, projection
from offerings.search.engine import matching
from offerings.search.projection import Difference
from offerings.search.query import SearchQuery
from offerings.search.words import warm_up
from offerings.tasks import sweep_search
from tests.factories import (
    AgreementFactory,
    OfferingFactory,
    OrganisationFactory,
    SiteFactory,
    code,
    in_days,
    municipality,
    today,
)
from tests.together import run_together, without_locks

pytestmark = [pytest.mark.django_db, pytest.mark.integration]


def row(offering: Offering) -> SearchRow:
    return SearchRow.objects.get(pk=offering.pk)


def said_of(offering: Offering) -> dict[str, Any]:
    """What the search's tables say of it."""
    return projection._said(row(offering), keys.values())


def compared() -> list[Difference]:
    return projection.compare(now=timezone.now())


def test_a_row_says_what_the_offering_says():
    merged = municipality("FI-999")
    merged.valid_to, merged.successor = dt.date(2020, 12, 31), municipality("FI-854")
    merged.save(update_fields=["valid_to", "successor"])
    enterprise = OrganisationFactory(kind="municipal_enterprise")
    nowhere = SiteFactory(municipality=None, latitude=None, longitude=None)
    offering = OfferingFactory(
        provider=enterprise,
        field="091",
        mode="blended",
        contact_days=4,
        languages=["sv", "fi"],
        sites=["FI-999", "FI-638", "FI-854", nowhere],
        learner_fee_cents=100,
        quota_release_at=in_days(40),
    )
    projection.refresh([offering.pk])

    found = row(offering)

    assert found.starts_on == offering.starts_on
    assert found.applications_open_at == offering.applications_open_at
    assert found.applications_close_at == offering.applications_close_at
    assert found.quota_release_at == offering.quota_release_at
    assert found.provider_id == enterprise.pk
    assert found.contact_days == 4
    said = said_of(offering)
    assert (said["form"], said["mode"], said["fee"], said["field"]) == ("vocational", "blended", "fee", "091")
    assert said["languages"] == "fi sv"
    latitudes, longitudes, municipalities = said["whereabouts"]
    assert municipalities == ("FI-638", "FI-854")
    assert len(latitudes) == len(longitudes) == 3
    assert said["regions"] == "FI-R01 FI-R19"
    assert said["host"] == f"FI {municipality('FI-851').pk}"
    assert said["audience"] is None
    assert (said["free_open"], said["free_reserved"]) == (20, 0)
    assert "'levytyö':1A" in said["words"]
    assert str(found) == str(offering.pk)


def test_a_municipality_younger_than_the_last_load_is_known_too(loaded, find):
    find(q="hitsaus")  # brings the municipalities into memory

    offering = OfferingFactory(sites=["FI-997"])

    assert said_of(offering)["whereabouts"][2] == ("FI-997",)
    assert find(q="Kunta 997").total == 1


def test_who_may_apply_stands_in_a_shared_row():
    lapland = municipality("FI-854").region
    regions = [OfferingFactory(open_to="regions", open_to_regions=[lapland]) for _ in range(2)]
    named = OfferingFactory(open_to="municipalities", open_to_municipalities=["FI-854", "SE-2518"])

    assert said_of(regions[0])["audience"] == ((lapland.pk,), (), (), ())
    assert said_of(named)["audience"][3] == tuple(
        sorted(municipality(key).pk for key in ("FI-854", "SE-2518"))
    )
    agreement = AgreementFactory()
    parties = OfferingFactory(open_to="agreement_parties", agreement=agreement)
    assert said_of(parties)["audience"] == ((), (), (agreement.pk,), ())
    assert Audience.objects.count() == 3


def test_a_term_has_the_weight_of_its_best_place(course):
    offering = course("Robottihitsaus", provider=OrganisationFactory(name_fi="Hitsaus Oy"))
    projection.refresh([offering.pk])

    assert "'robottihitsaus':1A" in said_of(offering)["words"]
    assert "'hitsaus':1B" in said_of(offering)["words"]


def test_only_published_offerings_have_a_row():
    published, draft = OfferingFactory(), OfferingFactory(status="draft")
    projection.refresh([published.pk, draft.pk, 10**9])
    assert list(SearchRow.objects.values_list("pk", flat=True)) == [published.pk]

    Offering.objects.filter(pk=published.pk).update(
        status="cancelled", cancelled_at=timezone.now(), cancel_reason_fi="Liian vähän hakijoita."
    )
    projection.refresh([published.pk])
    assert not SearchRow.objects.exists()


def test_a_change_comes_and_goes_with_its_transaction():
    offering = OfferingFactory()
    projection.refresh([offering.pk])

    with transaction.atomic():
        Offering.objects.filter(pk=offering.pk).update(form_id="vocational", contact_days=9)
        projection.refresh([offering.pk])
        assert row(offering).contact_days == 9
        transaction.set_rollback(True)

    assert row(offering).contact_days is None


@pytest.mark.parametrize("rows", [1, 3])
def test_a_refresh_takes_a_literal_number_of_statements(rows, loaded, django_assert_num_queries):
    ids = [OfferingFactory(sites=["FI-851", "FI-854"]).pk for _ in range(rows)]
    projection.refresh(ids)

    # newest load, savepoint, locks of offerings and counters, offerings, languages, counters, regions,
    # municipalities, pilot groups, sites, delete, numbers, whereabouts, savepoints and two writes, reserves,
    # lock of the vocabulary, its new words
    with django_assert_num_queries(20):
        projection.refresh(ids)
    with django_assert_num_queries(0):
        projection.refresh([])


def test_a_rebuild_leaves_exactly_what_can_be_found_from_now_on():
    alive, later = OfferingFactory(), OfferingFactory(applications_open_at=in_days(5))
    started = OfferingFactory(applications_close_at=None, starts_on=today())
    closed = OfferingFactory(applications_close_at=timezone.now() - dt.timedelta(seconds=1))
    projection.refresh([started.pk, closed.pk])
    told = []

    assert projection.rebuild(now=timezone.now(), progress=lambda *numbers: told.append(numbers)) == 2

    assert set(SearchRow.objects.values_list("pk", flat=True)) == {alive.pk, later.pk}
    assert told == [(2, 2)]
    assert projection.rebuild(now=timezone.now()) == 2


def test_the_sweep_takes_away_what_no_search_finds(clock):
    short, long = OfferingFactory(closes_in_days=5), OfferingFactory(closes_in_days=30)
    clock.move_to(in_days(6), tick=False)
    before = set(matching(SearchQuery(), now=timezone.now()))

    with structlog.testing.capture_logs() as told:
        sweep_search()
        sweep_search()

    assert [one["rows"] for one in told] == [1, 0]
    assert set(SearchRow.objects.values_list("pk", flat=True)) == before == {long.pk}
    assert compared() == []
    short.refresh_from_db()  # the course itself stays


def test_places_are_counted_with_every_change_of_a_counter():
    offering = OfferingFactory(capacity=20, quotas={"FI-854": 3}, taken={"": 5})
    assert (row(offering).free_open, row(offering).free_reserved) == (12, 3)

    offering.counters.filter(quota=None).update(held=2, taken=1)
    offering.counters.exclude(quota=None).update(used=1)
    assert (row(offering).free_open, row(offering).free_reserved) == (9, 2)

    offering.counters.filter(quota=None).update(seats=30)
    offering.counters.exclude(quota=None).delete()
    Offering.objects.filter(pk=offering.pk).update(capacity=30)
    assert (row(offering).free_open, row(offering).free_reserved) == (22, 0)
    assert compared() == []


def test_large_rebuilds_go_in_batches(monkeypatch):
    monkeypatch.setattr(projection, "BATCH", 2)
    for _ in range(5):
        OfferingFactory()
    told = []

    projection.rebuild(now=timezone.now(), progress=lambda done, of: told.append((done, of)))

    assert told == [(2, 5), (4, 5), (5, 5)]
    assert SearchRow.objects.count() == 5
    assert compared() == []


WRONG = {
    "listed_until": dt.datetime(2030, 1, 1, tzinfo=dt.UTC), "starts_on": dt.date(2030, 1, 1),
    "applications_open_at": dt.datetime(2020, 1, 1, tzinfo=dt.UTC), "applications_close_at": None,
    "quota_release_at": dt.datetime(2027, 1, 1, tzinfo=dt.UTC), "provider_id": 0, "contact_days": 7,
    "free_open": 1, "free_reserved": 3,
}  # fmt: skip
WRONG_PARTS = {
    "fee": "fee", "form": "basic", "field": "091", "mode": "distance", "languages": "en", "regions": "FI-R01",
    "host": "SE",
}  # fmt: skip


def test_the_comparison_knows_every_column():
    elsewhere = {"key", "whereabouts", "audience"}
    assert {*WRONG, *elsewhere} == set(projection.ROW_COLUMNS)
    assert set(WRONG_PARTS) == set(keys.PARTS)


@pytest.mark.parametrize("column", sorted(WRONG))
def test_a_comparison_finds_a_wrong_column(column):
    offering = OfferingFactory()
    right = getattr(row(offering), column)
    SearchRow.objects.filter(pk=offering.pk).update(**{column: WRONG[column]})

    assert compared() == [Difference(offering.pk, column, WRONG[column], right)]


@pytest.mark.parametrize("part", sorted(WRONG_PARTS))
def test_a_comparison_finds_a_wrong_part_of_the_key(part):
    offering = OfferingFactory()
    parts = said_of(offering)
    right = {name: parts[name] for name in keys.PARTS}
    wrong = right | {part: WRONG_PARTS[part]}
    SearchRow.objects.filter(pk=offering.pk).update(key=keys.pack(wrong, keys.numbers(wrong.items())))

    assert compared() == [Difference(offering.pk, part, WRONG_PARTS[part], right[part])]


def test_a_comparison_finds_wrong_words_places_and_audiences():
    offering = OfferingFactory()
    right = said_of(offering)
    SearchDocument.objects.update(words="'else':1A")
    elsewhere = Whereabouts.objects.create(latitudes=[60.0], longitudes=[20.0], municipalities=["FI-638"])
    SearchRow.objects.update(
        whereabouts=elsewhere, audience=Audience.objects.create(regions=[], municipalities=[1])
    )

    assert {one.column: (one.stored, one.right) for one in compared()} == {
        "words": ("'else':1A", right["words"]),
        "whereabouts": (((60.0,), (20.0,), ("FI-638",)), right["whereabouts"]),
        "audience": (((), (), (), (1,)), None),
    }


def test_a_comparison_finds_wrong_reserves():
    offering = OfferingFactory(quotas={"FI-854": 3})
    SearchReserve.objects.update(free=2)
    pello = municipality("FI-854").pk

    assert compared() == [Difference(offering.pk, "reserves", {pello: 2}, {pello: 3})]


def test_a_comparison_finds_rows_that_every_search_would_find_by_mistake(clock):
    closed = OfferingFactory(closes_in_days=5)
    clock.move_to(in_days(6), tick=False)
    SearchRow.objects.update(listed_until=dt.datetime(2030, 1, 1, tzinfo=dt.UTC))

    assert compared() == [Difference(closed.pk, "", "row", None)]


def test_a_row_is_written_by_the_register_of_now_not_of_the_beginning_of_the_request():
    offering = OfferingFactory(sites=["FI-854"])
    ReferenceLoad.objects.create(fingerprint="first", loaded_at=timezone.now())
    cache._begin()
    try:
        gazetteer()
        Municipality.objects.filter(pk=municipality("FI-854").pk).update(name_fi="Turtola")
        ReferenceLoad.objects.create(fingerprint="second", loaded_at=timezone.now())
        projection.refresh([offering.pk])
    finally:
        cache._end()

    assert "'turtola':" in said_of(offering)["words"]


def test_a_word_whose_letters_become_several_without_accents_can_be_saved(course):
    offering = course("각" * 50)

    assert compared() == []
    assert SearchRow.objects.filter(pk=offering.pk).exists()


def test_a_comparison_finds_missing_words():
    offering = OfferingFactory()
    right = said_of(offering)["words"]
    SearchDocument.objects.all().delete()

    assert compared() == [Difference(offering.pk, "words", None, right)]


def test_a_comparison_finds_missing_rows_and_surplus_ones():
    missing, cancelled = OfferingFactory(), OfferingFactory()
    SearchRow.objects.filter(pk=missing.pk).delete()
    Offering.objects.filter(pk=cancelled.pk).update(
        status="cancelled", cancelled_at=timezone.now(), cancel_reason_fi="Liian vähän hakijoita."
    )

    assert compared() == [
        Difference(cancelled.pk, "", "row", None),
        Difference(missing.pk, "", None, "row"),
    ]


def test_rows_whose_time_has_passed_make_no_difference(clock):
    offering = OfferingFactory()
    projection.refresh([offering.pk])
    clock.move_to(in_days(200), tick=False)

    assert compared() == []
    SearchRow.objects.all().delete()
    assert compared() == []


def said(*arguments: str) -> str:
    out = io.StringIO()
    call_command("rebuild_search", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_compares_and_mends():
    offering = OfferingFactory()
    SearchRow.objects.all().delete()

    with pytest.raises(CommandError, match="differs from the offerings in 1 places"):
        said("--check")
    assert said() == "1 of 1 offerings\nThe search holds 1 offerings.\n"
    assert said("--check") == "The search says what the offerings say.\n"
    wrong = {name: said_of(offering)[name] for name in keys.PARTS} | {"form": "basic", "mode": "distance"}
    SearchRow.objects.update(key=keys.pack(wrong, keys.numbers(wrong.items())))
    out = io.StringIO()
    with pytest.raises(CommandError, match="in 2 places"):
        call_command("rebuild_search", "--check", stdout=out)
    assert out.getvalue() == (
        f"offering {offering.pk}, form: 'basic' should be 'vocational'\n"
        f"offering {offering.pk}, mode: 'distance' should be 'contact'\n"
    )


@pytest.mark.django_db(transaction=True)
def test_outside_of_a_transaction_both_sides_are_compared_as_of_one_instant():
    offering = OfferingFactory()
    SearchRow.objects.all().delete()

    assert compared() == [Difference(offering.pk, "", None, "row")]
    projection.refresh([offering.pk])
    assert compared() == []


class ChangesMeanwhile:
    """A rebuild that has read the course as it was, and a change that is whole before the rebuild writes."""

    def __init__(self, offering: Offering) -> None:
        self.offering = offering
        self.has_read, self.has_changed = threading.Event(), threading.Event()

    def happen(self) -> None:
        assert run_together(2, lambda which: self.change() if which else self.rebuild()) == [None, None]

    def rebuild(self) -> None:
        with connection.execute_wrapper(self.wait_before_writing):
            projection.refresh([self.offering.pk])

    def wait_before_writing(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if str(sql).startswith(("DELETE", "INSERT")) and not self.has_read.is_set():
            self.has_read.set()
            # Where the lock holds the change back it cannot come: then the rebuild goes on after a moment.
            self.has_changed.wait(timeout=0.7)
        return execute(sql, params, many, context)

    def change(self) -> None:
        self.has_read.wait(timeout=10)
        with transaction.atomic():
            course = Offering.objects.select_for_update(no_key=True).get(pk=self.offering.pk)
            course.contact_days = 9
            course.save(update_fields=["contact_days"])
            projection.refresh([course.pk])
        self.has_changed.set()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_rebuild_never_writes_an_older_state_over_a_change():
    warm_up()
    offering = OfferingFactory()

    ChangesMeanwhile(offering).happen()

    assert row(offering).contact_days == 9
    assert compared() == []


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_the_older_state_would_win(monkeypatch):
    warm_up()
    offering = OfferingFactory()
    without_locks(monkeypatch)

    ChangesMeanwhile(offering).happen()

    assert compared() == [Difference(offering.pk, "contact_days", None, 9)]


class GivesAPlaceMeanwhile(ChangesMeanwhile):
    """A place is given by the counter alone, which looks at no course: the trigger counts it."""

    def change(self) -> None:
        self.has_read.wait(timeout=10)
        PlaceCounter.objects.filter(offering=self.offering).update(taken=1)
        self.has_changed.set()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_place_given_while_a_row_is_written_is_counted():
    warm_up()
    offering = OfferingFactory(capacity=20)

    GivesAPlaceMeanwhile(offering).happen()

    assert row(offering).free_open == 19
    assert compared() == []


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_of_the_counters_it_would_be_forgotten(monkeypatch):
    warm_up()
    offering = OfferingFactory(capacity=20)
    without_locks(monkeypatch)

    GivesAPlaceMeanwhile(offering).happen()

    assert compared() == [Difference(offering.pk, "free_open", 20, 19)]


class MovesAheadMeanwhile(ChangesMeanwhile):
    """A rebuild that takes the course for past, and an officer who moves its start ahead."""

    def rebuild(self) -> None:
        with connection.execute_wrapper(self.wait_before_writing):
            projection.rebuild(now=timezone.now())

    def change(self) -> None:
        self.has_read.wait(timeout=10)
        with transaction.atomic():
            course = Offering.objects.select_for_update(no_key=True).get(pk=self.offering.pk)
            course.starts_on = dt.date(2027, 3, 1)
            course.save(update_fields=["starts_on"])
            projection.refresh([course.pk])
        self.has_changed.set()


def past_course() -> Offering:
    offering = OfferingFactory(applications_close_at=None)
    opened = dt.datetime(2026, 9, 1, 8, tzinfo=dt.UTC)
    Offering.objects.filter(pk=offering.pk).update(
        applications_open_at=opened, starts_on=dt.date(2026, 11, 2)
    )
    projection.refresh([offering.pk])
    assert not Offering.objects.in_search(timezone.now()).exists()
    return offering


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_rebuild_never_drops_a_course_that_is_moved_ahead_meanwhile():
    warm_up()
    MovesAheadMeanwhile(past_course()).happen()

    assert SearchRow.objects.count() == 1
    assert compared() == []


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_it_would_be_lost_from_the_search(monkeypatch):
    warm_up()
    offering = past_course()
    without_locks(monkeypatch)

    MovesAheadMeanwhile(offering).happen()

    assert compared() == [Difference(offering.pk, "", None, "row")]


class BringsANewValueMeanwhile:
    """A load's rebuild brings a value for the first course; an officer brings one for the second."""

    def __init__(self, first: Offering, second: Offering) -> None:
        self.first, self.second = first, second
        self.has_lock, self.holds_course = threading.Event(), threading.Event()

    def happen(self) -> list[Any]:
        return run_together(2, lambda which: self.change() if which else self.rebuild())

    def rebuild(self) -> None:
        with transaction.atomic(), connection.execute_wrapper(self.go_on_after_the_number):
            projection.rebuild(now=timezone.now())

    def go_on_after_the_number(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        done = execute(sql, params, many, context)
        if "pg_advisory_xact_lock" in str(sql) and not self.has_lock.is_set():
            self.has_lock.set()
            self.holds_course.wait(timeout=0.7)
        return done

    def change(self) -> None:
        self.has_lock.wait(timeout=10)
        with transaction.atomic():
            course = Offering.objects.select_for_update(no_key=True).get(pk=self.second.pk)
            self.holds_course.set()
            course.mode_id = "distance"
            course.save(update_fields=["mode"])
            projection.refresh([course.pk])


def two_courses_and_no_number(monkeypatch: pytest.MonkeyPatch) -> BringsANewValueMeanwhile:
    warm_up()
    courses = [OfferingFactory(), OfferingFactory()]
    monkeypatch.setattr(projection, "BATCH", 1)
    code(DeliveryMode, "distance")
    SearchValue.objects.filter(part="form").delete()
    cache.ask_again()
    return BringsANewValueMeanwhile(*courses)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_rebuild_in_a_load_and_a_change_never_wait_for_each_other(monkeypatch):
    race = two_courses_and_no_number(monkeypatch)

    assert race.happen() == [None, None]
    assert compared() == []


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_locked_batch_by_batch_they_would(monkeypatch):
    race = two_courses_and_no_number(monkeypatch)
    monkeypatch.setattr(projection, "_lock_all", lambda _ids: None)

    assert [type(one) for one in race.happen() if one is not None] == [OperationalError]
