"""The selection among those who have applied in time."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from applications import services
from applications.errors import SelectionNotNeeded, SelectionNotYet
from applications.models import AdmissionDecision, Application, ReceptionDecision, Seat, Selection
from applications.services.recounting import places_miscounted
from applications.services.selecting import lot_of
from kopa.letters.models import Letter
from offerings.models import PlaceCounter, Quota
from tests.applications.given import apply, course, grown_to, official, state
from tests.factories import in_days, municipality, today

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def places(db):
    for key in ("FI-854", "FI-851", "FI-240"):
        municipality(key)


@pytest.fixture
def closed(clock):
    """A day later the course has closed."""

    def close() -> None:
        clock.shift(dt.timedelta(days=6))

    return close


def of_selection(rule: str, **facts):
    return course(selection_rule=rule, applications_close_at=in_days(5), quota_release_at=None, **facts)


def received(offering, number: int, home: str = "FI-854") -> list[Application]:
    sent = [apply(offering, home) for _ in range(number)]
    for one in sent:
        services.receive(application_id=one.pk, by=official(offering))
    return sent


def test_places_are_offered_by_score_and_the_rest_stand_in_the_queue(closed) -> None:
    """R-CAP-5"""
    offering = of_selection("score", capacity=2)
    sent = received(offering, 4)
    for one, score in zip(sent, (3, 9, None, 7), strict=True):
        Application.objects.filter(pk=one.pk).update(score=score)
    closed()

    outcome = services.run_selection(offering_id=offering.pk, by=official(offering))

    assert (outcome.offered, outcome.waiting, outcome.not_ready) == (
        [sent[1].pk, sent[3].pk], [sent[0].pk, sent[2].pk], [],
    )  # fmt: skip
    assert [state(one) for one in sent] == ["waiting", "offered", "waiting", "offered"]
    assert {one.official_name for one in AdmissionDecision.objects.all()} == {"Bengt"}
    assert places_miscounted() == []


def test_the_priority_group_stands_before_the_score(closed) -> None:
    """R-CAP-5, R-APP-8: 1 before 2, and who has none last; then score, then time of sending, then id."""
    offering = of_selection("need", capacity=4)
    sent = received(offering, 4)
    for one, group, score in zip(sent, (2, 1, None, 1), (9, 1, 10, 5), strict=True):
        Application.objects.filter(pk=one.pk).update(priority_group=group, score=score)
    closed()

    outcome = services.run_selection(offering_id=offering.pk, by=official(offering))

    assert outcome.offered == [sent[3].pk, sent[1].pk, sent[0].pk, sent[2].pk]


def test_lots_are_drawn_once_and_give_the_same_order_again(closed) -> None:
    """R-CAP-5: stored seed; who becomes ready later gets the lot she would have had."""
    offering = of_selection("lottery", capacity=1)
    sent = received(offering, 6)
    late_in_deciding = sent.pop()
    late_in_deciding.receptiondecision.delete()
    closed()
    by = official(offering)

    first = services.run_selection(offering_id=offering.pk, by=by)
    seed = Selection.objects.get().seed
    services.receive(application_id=late_in_deciding.pk, by=by)
    second = services.run_selection(offering_id=offering.pk, by=by)

    assert Selection.objects.get().seed == seed
    assert first.not_ready == [late_in_deciding.pk]
    order = sorted([*sent, late_in_deciding], key=lambda one: lot_of(seed, one))
    offered = first.offered[0]
    assert second.waiting == [one.pk for one in order if one.pk != offered]
    assert offered == min(sent, key=lambda one: lot_of(seed, one)).pk
    assert second.offered == []


def test_a_preview_changes_nothing_and_tells_what_would_be_done(closed) -> None:
    """As if, before anything is sent."""
    offering = of_selection("score", capacity=1)
    sent = received(offering, 2)
    closed()

    preview = services.selection_preview(offering_id=offering.pk, by=official(offering))

    assert (preview.offered, preview.waiting) == ([sent[0].pk], [sent[1].pk])
    assert [state(one) for one in sent] == ["submitted", "submitted"]
    assert Selection.objects.count() == Seat.objects.count() == AdmissionDecision.objects.count() == 0
    assert not Letter.objects.filter(kind="application_answer").exists()


@pytest.mark.parametrize("rule", ["score", "need", "lottery"])
@pytest.mark.parametrize("is_released", [True, False])
def test_what_the_preview_tells_is_then_done(rule, is_released, closed) -> None:
    """R-CAP-5, R-CAP-7: for who waits since before too, with reserved places and without."""
    offering = course(
        selection_rule=rule, capacity=5, quotas={"FI-854": 1, "FI-851": 2}, precedence="open_first",
        applications_close_at=in_days(5), quota_release_at=in_days(20),
    )  # fmt: skip
    by, homes = official(offering), ["FI-854", "FI-240", "FI-851", "FI-240"] * 3
    sent = [received(offering, 1, home)[0] for home in homes]
    for one, score, group in zip(sent, [5, None, 7, 7, 1, 9] * 2, [1, 2, None, 1] * 3, strict=True):
        Application.objects.filter(pk=one.pk).update(score=score, priority_group=group)
    ReceptionDecision.objects.filter(application__in=sent[6:]).delete()
    closed()
    services.run_selection(offering_id=offering.pk, by=by)
    for one in sent[6:-1]:
        services.receive(application_id=one.pk, by=by)
    grown_to(offering, (offering.capacity or 0) + 3)
    if is_released:
        Quota.objects.filter(offering=offering).update(released_at=timezone.now())

    preview = services.selection_preview(offering_id=offering.pk, by=by)

    assert len(preview.offered) >= 3
    assert preview == services.run_selection(offering_id=offering.pk, by=by)
    assert preview.not_ready == [sent[-1].pk]


def test_a_preview_offers_nothing_where_no_place_is_offered_any_more(closed, clock) -> None:
    """R-CAP-8"""
    offering = of_selection("score", starts_on=today() + dt.timedelta(days=10))
    sent = received(offering, 1)
    clock.shift(dt.timedelta(days=25))
    preview = services.selection_preview(offering_id=offering.pk, by=official(offering))
    assert (preview.offered, preview.waiting) == ([], [sent[0].pk])


def test_timely_applicants_stand_before_late_ones(closed) -> None:
    """R-APP-4"""
    offering = of_selection("score", capacity=2)
    timely = received(offering, 1)
    closed()
    late = received(offering, 2)
    Application.objects.filter(pk__in=[one.pk for one in late]).update(score=100)

    outcome = services.run_selection(offering_id=offering.pk, by=official(offering))

    assert outcome.offered[0] == timely[0].pk
    assert {one.is_late for one in Application.objects.filter(pk__in=outcome.offered[1:])} == {True}


def test_residents_outside_the_agreement_stand_after_those_of_its_parties(closed) -> None:
    """R-CAP-6"""
    offering = of_selection("score", capacity=1)
    outside, party = received(offering, 2)
    Application.objects.filter(pk=outside.pk).update(is_outside=True, score=100)
    closed()

    assert services.run_selection(offering_id=offering.pk, by=official(offering)).offered == [party.pk]


@pytest.mark.parametrize(
    ("precedence", "admitted"), [("reserved_first", "a1 c1 c2 a2"), ("open_first", "a1 c1 a2 a3")]
)
def test_the_order_of_filling_decides_who_gets_in(precedence, admitted, closed) -> None:
    """R-CAP-7: the worked example through the whole service; capacity 4, reserved A2 C1, open 1."""
    homes = {"a": "FI-854", "c": "FI-240"}
    offering = of_selection(
        "score", capacity=4, quotas={"FI-854": 2, "FI-240": 1}, precedence=precedence
    )
    rank = ["a1", "c1", "c2", "a2", "a3"]
    sent = {name: received(offering, 1, homes[name[0]])[0] for name in rank}
    for points, name in enumerate(reversed(rank)):
        Application.objects.filter(pk=sent[name].pk).update(score=points)
    closed()

    outcome = services.run_selection(offering_id=offering.pk, by=official(offering))

    assert {name for name in rank if sent[name].pk in outcome.offered} == set(admitted.split())


def test_a_reserved_place_that_stays_empty_is_offered_at_its_release(clock) -> None:
    """R-CAP-12: A2 B2 C1, open 1, capacity 6; at the release c2 gets it and a4 waits."""
    homes = {"a": "FI-854", "b": "FI-851", "c": "FI-240"}
    offering = course(
        selection_rule="score", capacity=6, quotas={"FI-854": 2, "FI-851": 2, "FI-240": 1},
        applications_close_at=in_days(5), quota_release_at=in_days(15),
    )  # fmt: skip
    rank = ["a1", "a2", "a3", "b1", "c1", "c2", "a4"]
    sent = {name: received(offering, 1, homes[name[0]])[0] for name in rank}
    for points, name in enumerate(reversed(rank)):
        Application.objects.filter(pk=sent[name].pk).update(score=points)
    clock.shift(dt.timedelta(days=6))

    first = services.run_selection(offering_id=offering.pk, by=official(offering))
    named = {one.pk: name for name, one in sent.items()}
    assert {named[pk] for pk in first.offered} == {"a1", "a2", "a3", "b1", "c1"}

    clock.move_to(in_days(9))  # the fifteenth day: six have passed
    assert [named[pk] for pk in services.follow(offering.pk)] == ["c2"]
    assert (state(sent["c2"]), state(sent["a4"])) == ("offered", "waiting")
    assert sum(one.given for one in PlaceCounter.objects.all()) == 6


def test_who_moves_up_is_admitted_by_the_official_who_ran_the_selection(closed) -> None:
    """R-APP-11"""
    offering = of_selection("score", capacity=1)
    first, second = received(offering, 2)
    closed()
    services.run_selection(offering_id=offering.pk, by=official(offering))

    services.decline(application_id=first.pk, by=first.learner.person)

    assert state(second) == "offered"
    assert second.admissiondecision.official == official(offering).person


def test_nobody_is_selected_without_reception_and_statement(closed) -> None:
    """R-APP-3, R-APP-12"""
    offering = of_selection("score", capacity=2, form="basic")
    undecided = apply(offering)
    (unstated,) = received(offering, 1)
    closed()

    outcome = services.run_selection(offering_id=offering.pk, by=official(offering))

    assert (outcome.offered, outcome.not_ready) == ([], [undecided.pk, unstated.pk])


def test_there_is_no_selection_before_applications_have_closed_or_by_registration() -> None:
    """R-APP-12"""
    offering = of_selection("score")
    with pytest.raises(SelectionNotYet):
        services.run_selection(offering_id=offering.pk, by=official(offering))

    by_registration = course()
    with pytest.raises(SelectionNotNeeded):
        services.run_selection(offering_id=by_registration.pk, by=official(by_registration))


def test_running_it_again_tells_who_did_it_last(closed) -> None:
    offering = of_selection("score")
    closed()
    by = official(offering)
    services.run_selection(offering_id=offering.pk, by=by)
    before = Selection.objects.get()
    later = timezone.now() + dt.timedelta(hours=1)

    services.run_selection(offering_id=offering.pk, by=by, now=later)

    run = Selection.objects.get()
    assert (run.first_run_at, run.run_at, run.seed) == (before.first_run_at, later, before.seed)
