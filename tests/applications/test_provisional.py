"""Places held until everything is decided: each is offered, or free again, whatever comes between."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from applications import services, tasks
from applications.cases import Case
from applications.errors import CourseCancelled, DecidedAlready, TakesNobody
from applications.models import AdmissionDecision, Application, Cause, HomeStatement, ReplacedAdmission
from applications.own_page import OwnPage
from applications.services.deciding import Refusal
from applications.services.filling import what_to_follow
from applications.services.recounting import places_miscounted
from applications.services.statements import StatementInput
from applications.states import StatementOutcome, Turn
from applications.steps import turn
from kopa.audit.models import AuditEvent
from offerings import services as offering_services
from offerings.models import Offering, PlaceCounter
from tests.applications.given import (
    admit,
    apply,
    course,
    grown_to,
    home_of,
    host,
    in_days,
    official,
    state,
    statement_given,
)
from tests.factories import in_days as at_day
from tests.factories import municipality

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
REFUSAL = Refusal(ground="requirements", text="Kotikunta ei maksa.", appeal="Hae oikaisua 14 päivässä.")
DECLINES = StatementInput(
    StatementOutcome.DECLINES, "Aino", ground="own_course", text="Sama kurssi kotona.", appeal="Valita."
)


@pytest.fixture(autouse=True)
def places(db):
    for key in ("FI-854", "FI-851", "FI-240", "SE-2583"):
        municipality(key)


def withdraw(application: Application) -> None:
    services.withdraw(application_id=application.pk, by=application.learner.person)


def move(application: Application, key: str) -> None:
    person, day = application.learner.person, timezone.localdate()
    services.record_move(application_id=application.pk, home=home_of(key), moved_on=day, by=person)


def remit(application: Application) -> None:
    by = official(application.offering)
    statement = HomeStatement.objects.in_force().get(application=application)
    services.remit_statement(
        statement_id=statement.pk, by=by.person, role=by.role, organisation_id=by.organisation_id
    )


def case_of(application: Application) -> Case:
    return Case(Application.objects.with_case().get(pk=application.pk), timezone.now())


@pytest.fixture
def held_after_moving() -> Application:
    """Admitted in the queue, moved, then a place became free: it is held until the new home has answered."""
    offering = course(capacity=1, form="basic", starts_on=in_days(60))
    first, second = apply(offering), apply(offering)
    statement_given(second)
    admit(second)
    move(second, "FI-851")
    withdraw(first)
    second.refresh_from_db()
    assert (second.status, second.seats.get().state) == ("submitted", "held")
    return second


def test_who_was_admitted_is_refused_where_the_new_home_declines(held_after_moving) -> None:
    """R-APP-12: the hold is provisional until the statement is in; refusal frees it."""
    application, by = held_after_moving, official(held_after_moving.offering)
    third = apply(application.offering)
    with pytest.raises(DecidedAlready):
        services.refuse(application_id=application.pk, by=by, refusal=REFUSAL)
    assert not case_of(application).may_be_refused

    statement_given(application, DECLINES)

    case = case_of(application)
    assert (turn(application), case.turn) == (Turn.HOST, Turn.HOST)
    assert (case.may_be_refused, case.step) == (True, "Kotikunta ei maksa. Päätä asia.")
    for who in Turn:
        found = Application.objects.filter(pk=application.pk).whose_turn_is(who)
        assert found.exists() == (who == Turn.HOST)
    numbers = Application.objects.all().numbers_by_course(now=timezone.now())
    assert numbers[application.offering_id]["ready"] == 1
    services.refuse(application_id=application.pk, by=by, refusal=REFUSAL)

    assert (state(application), state(third)) == ("not_eligible", "submitted")
    decision = AdmissionDecision.objects.get(application=application)
    assert (decision.is_positive, decision.ground) == (False, "requirements")
    assert ReplacedAdmission.objects.get(application=application).is_positive  # the earlier one is kept
    assert AuditEvent.objects.filter(verb="application.take_back_admission").count() == 1
    assert places_miscounted() == []


def test_who_moves_to_where_nothing_is_asked_is_offered_the_place_that_she_holds(held_after_moving) -> None:
    """R-HOME-1, R-HOME-2, R-APP-12: when the host has confirmed it, where only she has told of it."""
    move(held_after_moving, "SE-2583")
    held_after_moving.refresh_from_db()
    assert held_after_moving.status == "submitted"

    by = official(held_after_moving.offering)
    services.confirm_move(application_id=held_after_moving.pk, by=by, seen=held_after_moving.version)

    assert state(held_after_moving) == "offered"


def test_a_move_without_a_place_offers_nothing() -> None:
    """R-HOME-1: in the queue one waits on; who has accepted keeps the place."""
    offering = course(capacity=1)
    first, second = admit(apply(offering)), admit(apply(offering))
    services.accept(application_id=first.pk, by=first.learner.person)

    for one in (first, second):
        move(one, "FI-851")

    assert (state(first), state(second)) == ("accepted", "waiting")


def test_ending_the_queue_ends_it_for_those_who_were_admitted_in_it(clock) -> None:
    """R-CAP-8, R-APP-11: most of a queue is admitted while it waits."""
    offering = course(capacity=1, starts_on=in_days(60))
    held, waiting = apply(offering), admit(apply(offering))
    by = official(offering)
    with pytest.raises(DecidedAlready):
        services.refuse(application_id=waiting.pk, by=by, refusal=REFUSAL)
    clock.shift(dt.timedelta(days=75))

    lines = services.end_queue(offering=offering, application_ids=[held.pk, waiting.pk], by=by)

    assert [line.refused for line in lines] == ["", ""]
    assert (state(held), state(waiting)) == ("not_eligible", "not_eligible")
    assert AdmissionDecision.objects.get(application=waiting).ground == "no_places"
    assert what_to_follow() == []


def test_two_weeks_after_the_start_a_held_place_is_not_offered_either(held_after_moving, clock) -> None:
    """R-CAP-8: whoever holds one until the statement is in is told with the queue that it ends."""
    application = held_after_moving
    offering, by = application.offering, official(application.offering)
    other = apply(offering)
    services.receive(application_id=other.pk, by=by)
    clock.shift(dt.timedelta(days=75))

    statement_given(application)
    statement_given(other)
    with pytest.raises(TakesNobody):
        services.admit(application_id=other.pk, by=by)

    assert (state(application), state(other)) == ("submitted", "waiting")
    lines = services.end_queue(offering=offering, application_ids=[application.pk, other.pk], by=by)
    assert [line.refused for line in lines] == ["", ""]
    assert PlaceCounter.objects.get().held == 0


def test_the_next_in_a_selection_is_not_admitted_before_her_home_has_answered(clock) -> None:
    """R-APP-3, R-APP-11, R-CAP-5: the place is held; with the statement the official of the selection admits
    her, and another selection leaves the place where it is.
    """
    offering = course(
        capacity=1, form="basic", selection_rule="score", applications_close_at=at_day(5),
        quota_release_at=None,
    )  # fmt: skip
    first, second = apply(offering), apply(offering)
    by = official(offering)
    for one in (first, second):
        statement_given(one)
        services.receive(application_id=one.pk, by=by)
    clock.shift(dt.timedelta(days=6))
    services.run_selection(offering_id=offering.pk, by=by)
    remit(second)

    withdraw(first)

    assert state(second) == "submitted"
    assert not AdmissionDecision.objects.filter(application=second).exists()
    HomeStatement.objects.filter(application=second, state="drafted").update(
        state="issued", outcome="commits", official_name="Aino", decided_on=timezone.localdate(),
        issued_at=timezone.now(), issued_by=by.person, language="fi",
    )  # fmt: skip
    assert services.run_selection(offering_id=offering.pk, by=by).not_ready == [second.pk]
    remit(second)
    statement_given(second)
    assert state(second) == "offered"
    assert AdmissionDecision.objects.get(application=second).official_name == "Bengt"
    assert places_miscounted() == []


def test_where_no_selection_has_been_run_nobody_is_admitted_by_it() -> None:
    """R-APP-11: however the queue came about, filling it goes on."""
    offering = course(capacity=1, applications_close_at=at_day(5), quota_release_at=None)
    first, second = apply(offering), apply(offering)
    Offering.objects.filter(pk=offering.pk).update(selection_rule="lottery")

    withdraw(first)

    assert (state(first), state(second)) == ("withdrawn", "submitted")
    assert not AdmissionDecision.objects.exists()


def test_in_a_cancelled_course_nobody_gets_a_place_any_more() -> None:
    """DOMAIN.md §3.6: who is asked to move elsewhere stays until she answers, and gets nothing here."""
    offering = course(capacity=3)
    offered, accepted, undecided = admit(apply(offering)), admit(apply(offering)), apply(offering)
    services.accept(application_id=accepted.pk, by=accepted.learner.person)
    by, to = official(offering), course(provider=offering.provider)
    for one in (offered, accepted, undecided):
        services.offer_transfer(application_id=one.pk, to=to, cause=Cause.CANCELLED, by=by)
    services.receive(application_id=undecided.pk, by=by)
    page = OwnPage(Application.objects.get(pk=offered.pk), timezone.now())
    assert page.can_answer
    offering_services.cancel(offering_id=offering.pk, reasons={"fi": "Peruttu."}, by=by.person)
    services.follow(offering.pk)

    with pytest.raises(CourseCancelled):
        services.accept(application_id=offered.pk, by=offered.learner.person)
    with pytest.raises(CourseCancelled):
        services.enrol(application_id=accepted.pk, by=by, on=in_days(60))
    with pytest.raises(TakesNobody):
        services.admit(application_id=undecided.pk, by=by)

    assert not OwnPage(Application.objects.get(pk=offered.pk), timezone.now()).can_answer
    assert [state(one) for one in (offered, accepted, undecided)] == ["offered", "accepted", "submitted"]


def test_a_course_in_which_something_is_wrong_stops_no_other(caplog, clock) -> None:
    """R-CAP-8: offers lapse, transfers lapse and queues move elsewhere; what failed is an alarm."""
    provider = host()
    lapsing, moving, ending = (course(provider=provider, capacity=1) for _ in range(3))
    admit(apply(lapsing))
    moved = apply(moving)
    services.offer_transfer(
        application_id=moved.pk, to=course(provider=provider), cause=Cause.CANCELLED, by=official(moving)
    )
    apply(ending)
    for one in (moving, ending):
        offering_services.cancel(offering_id=one.pk, reasons={"fi": "x"}, by=official(one).person)
    PlaceCounter.objects.filter(offering__in=[lapsing, moving, ending]).update(held=0)
    good = course(provider=provider, capacity=1)
    first, second = admit(apply(good)), apply(good)
    last = course(provider=provider, capacity=1)
    third, fourth = apply(last), apply(last)
    grown_to(last, 2)
    clock.shift(dt.timedelta(days=9))

    tasks.follow_all()

    assert [state(one) for one in (first, second)] == ["lapsed", "submitted"]
    assert [state(one) for one in (third, fourth)] == ["submitted", "submitted"]
    failed = [one.msg["job"] for one in caplog.records if one.levelname == "ERROR"]
    assert sorted(failed) == ["follow", "lapse", "lapse_transfer"]


def test_courses_whose_teaching_began_long_ago_are_not_followed(clock) -> None:
    """R-CAP-8: nothing can be given there any more."""
    offering = course(capacity=1, starts_on=in_days(60))
    apply(offering)
    apply(offering)
    grown_to(offering, 2)
    assert what_to_follow() == [offering.pk]
    clock.shift(dt.timedelta(days=74))
    assert what_to_follow() == [offering.pk]
    clock.shift(dt.timedelta(days=1))
    assert what_to_follow() == []


def test_a_free_reserved_place_is_followed_where_a_resident_waits() -> None:
    """R-CAP-3, R-CAP-8"""
    offering = course(
        capacity=2, quotas={"FI-851": 1}, applications_close_at=at_day(10), quota_release_at=at_day(20)
    )
    for key in ("FI-851", "FI-854", "FI-851"):
        apply(offering, key)
    assert what_to_follow() == []
    PlaceCounter.objects.filter(offering=offering, quota__isnull=False).update(seats=2)
    Offering.objects.filter(pk=offering.pk).update(capacity=3)
    assert what_to_follow() == [offering.pk]
