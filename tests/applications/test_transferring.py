"""From one course to another."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from applications import services, tasks
from applications.days import statement_due
from applications.errors import (
    AnotherPlaceTaken,
    AnsweredTooLate,
    AppliedAlready,
    ClosedAndFull,
    NotOpenForApplications,
    NoTransferOffered,
    NoTransferToSelection,
    PlaceGone,
    TransferOffered,
)
from applications.models import (
    AdmissionDecision,
    Application,
    Attachment,
    Cause,
    CourseChange,
    Seat,
    Transfer,
)
from applications.sealed import confided
from applications.services.answering import ON_THE_WAY
from applications.services.changing import open_change
from applications.services.filling import what_to_follow
from applications.services.recounting import places_miscounted
from applications.services.reminding import write_digests
from kopa.audit.models import AuditEvent
from kopa.base.errors import TransitionNotAllowed
from kopa.letters.choices import STATEMENTS_DIGEST
from kopa.letters.models import Letter
from offerings import services as offering_services
from offerings.models import Offering, PlaceCounter
from providers.models import Role
from tests.applications.given import admit, apply, course, grown_to, in_days, official, state, statement_given
from tests.factories import AttachmentFactory, RoleAssignmentFactory, municipality, organisation_of
from tests.factories import in_days as at_day

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def places(db):
    for key in ("FI-854", "FI-851"):
        municipality(key)


@pytest.fixture
def old():
    return course(capacity=1, study_form="full_time")


def beside(old, **facts) -> Offering:
    """Another course of the same host at the same time."""
    return course(**{"provider": old.provider, "study_form": "full_time"} | facts)


def offered(application, to, cause=Cause.ASKED, **facts) -> Transfer:
    by = official(Offering.objects.get(pk=application.offering_id))
    return services.offer_transfer(application_id=application.pk, to=to, cause=cause, by=by, **facts)


def accept(transfer, **facts) -> Application:
    return services.accept_transfer(
        transfer_id=transfer.pk, by=transfer.application.learner.person, **facts
    )


def accepted(offering) -> Application:
    application = admit(apply(offering))
    return services.accept(application_id=application.pk, by=application.learner.person)


def test_a_place_is_taken_there_before_the_old_one_is_free(old) -> None:
    """DOMAIN.md §3.8: by the host's offer and the applicant's consent; the next in the queue moves up."""
    first = accepted(old)
    second = apply(old)
    target = beside(old)
    transfer = offered(first, target)
    assert (state(first), state(second)) == ("accepted", "waiting")
    letter = Letter.objects.filter(kind="application_answer").last()
    assert str(target.title()) not in letter.text  # R-PRIV-11

    new = accept(transfer)

    assert accept(transfer) == new  # twice is once
    assert (state(first), state(second), new.status) == ("transferred", "submitted", "accepted")
    assert (new.transferred_from, new.offering) == (first, target)
    assert Seat.objects.get(application=new).state == "taken"
    decision = AdmissionDecision.objects.get(application=new)
    assert (decision.official_name, decision.decided_at) == ("Bengt", transfer.offered_at)
    verbs = AuditEvent.objects.filter(target_id=new.pk, target="applications.application").order_by("pk")
    assert [one.verb for one in verbs] == [
        "application.arrive", "application.offer_place", "application.accept",
    ]  # fmt: skip
    assert places_miscounted() == []


@pytest.mark.parametrize(("cause", "is_cancelled", "kept"), [
    (Cause.ASKED, False, False), (Cause.ASKED, True, False),
    (Cause.CANCELLED, False, False), (Cause.CANCELLED, True, True),
])  # fmt: skip
def test_the_time_of_sending_is_kept_only_where_the_host_has_cancelled(
    old, cause, is_cancelled, kept, clock
) -> None:
    """R-APP-10: saying that one is going to is not enough."""
    application = apply(old)
    sent_at = application.submitted_at
    target = beside(old)
    clock.shift(dt.timedelta(hours=1))
    transfer = offered(application, target, cause)
    if is_cancelled:
        cancel(old)

    new = accept(transfer)

    assert (new.submitted_at == sent_at) is kept
    assert new.submitted_at == (sent_at if kept else timezone.now())


@pytest.mark.parametrize("cause", Cause)
def test_who_moves_before_the_course_is_cancelled_gets_the_time_back_then(old, cause, clock) -> None:
    """R-APP-10: in the queue she stands where she would have stood; once, and where the host said so."""
    closes = at_day(5)
    mover, target = apply(old), beside(old, capacity=1, applications_close_at=closes)
    clock.shift(dt.timedelta(hours=1))
    first, waiting = apply(target), apply(target)
    new = accept(offered(mover, target, cause), to_queue=True)
    assert list(Application.objects.queue(target.pk)) == [waiting, new]
    Application.objects.filter(pk=new.pk).update(is_late=True)
    clock.shift(dt.timedelta(days=6))

    cancel(old)

    is_meant = cause == Cause.CANCELLED
    order = [new, waiting] if is_meant else [waiting, new]
    assert list(Application.objects.queue(target.pk)) == order
    new.refresh_from_db()
    assert (new.submitted_at == mover.submitted_at, new.is_late) == (is_meant, not is_meant)
    tasks.follow(old.pk)
    told = AuditEvent.objects.filter(verb="application.give_back_time")
    assert [one.target_id for one in told] == ([new.pk] if is_meant else [])
    assert state(first) == "submitted"


def test_the_time_is_given_back_without_being_told_of_the_cancelling(old, clock) -> None:
    """R-APP-10: also where the worker was away."""
    mover, target = apply(old), beside(old)
    clock.shift(dt.timedelta(hours=1))
    new = accept(offered(mover, target, Cause.CANCELLED))
    Offering.objects.filter(pk=old.pk).update(
        status="cancelled", cancelled_at=timezone.now(), cancel_reason_fi="Peruttu."
    )
    assert what_to_follow() == [old.pk]
    tasks.follow_all()
    new.refresh_from_db()
    assert (new.submitted_at, what_to_follow()) == (mover.submitted_at, [])


def test_what_she_has_sent_and_confided_moves_with_her(old) -> None:
    """R-PRIV-9, R-PRIV-7: files and grounds are the new application's; the old one's end takes none of them.
    What others wrote about the old one stays there.
    """
    application = apply(old)
    person = application.learner.person
    hers = AttachmentFactory(matter=application.key, added_by=person)
    paper = AttachmentFactory(matter=application.key)
    services.confide(application_id=application.pk, text="Olen kuuro.", by=person)

    new = accept(offered(application, beside(old)))

    new.refresh_from_db()
    application.refresh_from_db()
    hers.refresh_from_db()
    paper.refresh_from_db()
    assert (hers.matter, paper.matter) == (new.key, application.key)
    assert (confided(new), application.sealed_grounds) == ("Olen kuuro.", "")
    services.erase(by=person)
    assert Attachment.objects.filter(pk=hers.pk).exists()


def test_without_a_free_place_one_moves_only_into_the_queue_one_has_agreed_to(old) -> None:
    """R-APP-12, FIELD.md 17"""
    application = accepted(old)
    target = beside(old, capacity=1)
    apply(target)
    transfer = offered(application, target)
    with pytest.raises(PlaceGone):
        accept(transfer)
    assert state(application) == "accepted"

    new = accept(transfer, to_queue=True)

    assert (new.status, state(application)) == ("waiting", "transferred")
    assert not Seat.objects.filter(application=new).exists()


def test_who_waits_moves_without_a_place_of_her_own(old) -> None:
    """R-APP-10: what she leaves is a number in the queue, and nobody moves up by it."""
    apply(old)
    waiting, behind = apply(old), apply(old)
    assert [state(one) for one in (waiting, behind)] == ["waiting", "waiting"]

    new = accept(offered(waiting, beside(old)))

    assert [state(one) for one in (waiting, new, behind)] == ["transferred", "accepted", "waiting"]
    assert places_miscounted() == []


def test_nobody_passes_those_who_wait_there(old) -> None:
    """R-CAP-8: a place that was just freed goes to the queue first."""
    application = apply(old)
    target = beside(old, capacity=1)
    apply(target)
    waiting = apply(target)
    transfer = offered(application, target)
    grown_to(target, 2)

    with pytest.raises(PlaceGone):
        accept(transfer)
    accept(transfer, to_queue=True)

    assert state(waiting) == "submitted"


def test_closed_and_full_is_no_way_out(old) -> None:
    """R-APP-4: late ones only while places are vacant."""
    application = apply(old)
    target = beside(old, capacity=1, applications_close_at=at_day(5))
    apply(target)
    transfer = offered(application, target, now=at_day(4))

    with pytest.raises(ClosedAndFull):
        accept(transfer, to_queue=True, now=at_day(6))


@pytest.mark.parametrize("is_cancelled", [False, True])
def test_who_was_in_time_moves_into_a_closed_queue_out_of_a_course_that_is_cancelled(
    old, is_cancelled, clock
) -> None:
    """R-APP-10, R-APP-4: the same before the host has cancelled as after; she stands last until then."""
    application = apply(old)
    target = beside(old, capacity=1, applications_close_at=at_day(5))
    apply(target)
    transfer = offered(application, target, Cause.CANCELLED, now=at_day(4))
    clock.move_to(at_day(6))
    if is_cancelled:
        cancel(old)

    new = accept(transfer, to_queue=True)

    assert (new.status, new.is_late) == ("waiting", not is_cancelled)
    if not is_cancelled:
        cancel(old)
    new.refresh_from_db()
    assert (new.submitted_at, new.is_late) == (application.submitted_at, False)


def test_who_came_too_late_for_both_is_refused(old, clock) -> None:
    """R-APP-4"""
    target = beside(old, capacity=1, applications_close_at=at_day(5))
    apply(target)
    clock.move_to(at_day(6))
    application = apply(old)
    transfer = offered(application, target, Cause.CANCELLED)

    with pytest.raises(ClosedAndFull):
        accept(transfer, to_queue=True)


@pytest.mark.parametrize("is_cancelled_first", [False, True])
def test_the_time_given_back_makes_no_change_of_before_news(old, is_cancelled_first, clock) -> None:
    """R-APP-6, R-APP-10: what had changed in the other course before she moved there she knew."""
    application, target = apply(old), beside(old)
    clock.shift(dt.timedelta(minutes=1))
    offering_services.save_offering(
        offering_id=target.pk, version=target.version, by=official(target).person,
        given={"price_basis": "per_credit"},
    )
    clock.shift(dt.timedelta(minutes=1))
    transfer = offered(application, target, Cause.CANCELLED)
    if is_cancelled_first:
        cancel(old)
    new = accept(transfer)
    if not is_cancelled_first:
        cancel(old)
    new.refresh_from_db()
    assert new.submitted_at == application.submitted_at

    assert target.pk not in what_to_follow()
    tasks.follow(target.pk)

    assert not CourseChange.objects.exists()
    clock.shift(dt.timedelta(minutes=1))
    target.refresh_from_db()
    offering_services.save_offering(
        offering_id=target.pk, version=target.version, by=official(target).person,
        given={"price_basis": "none"},
    )
    tasks.follow(target.pk)
    assert open_change(new, now=timezone.now()) == CourseChange.objects.get()


def test_the_home_municipality_is_asked_again_where_it_must_be() -> None:
    """R-APP-3: received there, admitted when the statement is in; a place is held meanwhile."""
    old = course(form="basic")
    application = apply(old)
    target = beside(old, form="basic", study_form="")

    new = accept(offered(application, target))

    assert (new.status, new.statement_need) == ("submitted", "required")
    assert new.statements.get().state == "requested"
    assert application.statements.get().state == "dropped"
    statement_given(new)
    services.admit(application_id=new.pk, by=official(target))
    assert state(new) == "offered"


def test_the_home_municipality_is_asked_when_she_moves_and_its_officer_told_then(clock) -> None:
    """R-APP-10, R-HOME-4: what is asked through a transfer is asked when it is accepted. Offered on Monday,
    told of the old one on Tuesday, accepted on Wednesday, told of the new one on Thursday.
    """
    office = organisation_of("FI-854")
    aino = RoleAssignmentFactory(role=Role.OFFICER, organisation=office).person
    told = Letter.objects.filter(recipient=aino, kind=STATEMENTS_DIGEST)

    def at(day: int) -> dt.datetime:
        return dt.datetime(2026, 12, day, 5, 5, tzinfo=dt.UTC)

    clock.move_to(at(14))
    application = apply(course(form="basic"))
    transfer = offered(application, beside(application.offering, form="basic", study_form=""))
    clock.move_to(at(15))
    write_digests()
    assert told.count() == 1

    clock.move_to(at(16))
    statement = accept(transfer).statements.get()
    assert (statement.requested_at, statement.due_on) == (at(16), statement_due(at(16), "FI"))

    clock.move_to(at(17))
    write_digests()
    assert told.count() == 2


def test_whoever_studies_elsewhere_at_the_same_time_gives_that_up_first(old) -> None:
    """R-CAP-10: the place that one moves out of does not count, another one does."""
    application = apply(old)
    person = application.learner.person
    other = admit(apply(course(study_form="full_time"), person=person))
    services.accept(application_id=other.pk, by=person)
    transfer = offered(application, beside(old))

    with pytest.raises(AnotherPlaceTaken):
        accept(transfer)
    assert state(application) == "submitted"


def test_what_cannot_be_offered(old) -> None:
    application = apply(old)
    target = beside(old)
    with pytest.raises(NoTransferToSelection):
        offered(application, beside(old, selection_rule="score"))
    with pytest.raises(NotOpenForApplications):
        offered(application, beside(old, status="draft"))
    there = beside(old)
    apply(there, person=application.learner.person)
    with pytest.raises(AppliedAlready):
        offered(application, there)
    offered(application, target)
    with pytest.raises(TransferOffered):
        offered(application, target)
    services.withdraw(application_id=application.pk, by=application.learner.person)
    assert Transfer.objects.get().state == "dropped"
    with pytest.raises(TransitionNotAllowed):
        offered(application, target)


def test_declining_and_silence_change_nothing_else(old, clock) -> None:
    """R-CAP-9: by its deadline, to the second."""
    application = accepted(old)
    transfer = offered(application, beside(old))
    person = application.learner.person
    for _ in range(2):
        services.decline_transfer(transfer_id=transfer.pk, by=person)
    with pytest.raises(NoTransferOffered):
        accept(transfer)

    another = offered(application, beside(old))
    assert services.lapse_transfers(now=another.until + dt.timedelta(seconds=15)) == 0  # R-TIME-1: on its way
    with pytest.raises(AnsweredTooLate):
        accept(another, now=another.until + dt.timedelta(seconds=1))
    clock.move_to(another.until + ON_THE_WAY + dt.timedelta(seconds=1))
    tasks.follow_all()
    tasks.follow_all()

    another.refresh_from_db()
    assert (another.state, state(application)) == ("lapsed", "accepted")
    with pytest.raises(NoTransferOffered):
        services.decline_transfer(transfer_id=another.pk, by=person)


def test_a_transfer_that_is_answered_meanwhile_does_not_lapse(old) -> None:
    from applications.services.transferring import _lapse  # noqa: PLC0415 - between the look and the lock

    transfer = offered(apply(old), beside(old))
    services.decline_transfer(transfer_id=transfer.pk, by=transfer.application.learner.person)

    assert _lapse(transfer.pk, transfer.until + dt.timedelta(days=1)) == 0


def cancel(offering) -> None:
    offering_services.cancel(
        offering_id=offering.pk, reasons={"fi": "Liian vähän hakijoita."}, by=official(offering).person
    )
    tasks.follow(offering.pk)


def test_a_cancelled_course_waits_for_those_who_are_offered_another(old) -> None:
    """R-APP-10: transfer offers first; who says no, or nothing, ends with the course."""
    mover, stayer, other = apply(beside(old)), None, None
    cancelled = Offering.objects.get(pk=mover.offering_id)
    stayer, other = apply(cancelled), apply(cancelled)
    target = beside(old)
    yes, no = offered(mover, target, Cause.CANCELLED), offered(stayer, target, Cause.CANCELLED)

    cancel(cancelled)
    assert [state(one) for one in (mover, stayer, other)] == ["submitted", "submitted", "cancelled_by_host"]
    assert what_to_follow() == []
    new = accept(yes)
    services.decline_transfer(transfer_id=no.pk, by=stayer.learner.person)

    assert [state(one) for one in (mover, stayer)] == ["transferred", "cancelled_by_host"]
    assert new.submitted_at == mover.submitted_at
    assert PlaceCounter.objects.get(offering=cancelled).held == 0
    assert places_miscounted() == []


def test_an_offer_of_a_place_does_not_lapse_while_another_course_is_offered(old, clock) -> None:
    """R-CAP-9: one question at a time."""
    application = admit(apply(old))
    transfer = offered(application, beside(old), now=timezone.now() + dt.timedelta(days=2))
    application.refresh_from_db()
    clock.move_to(application.held_until + dt.timedelta(minutes=1))

    assert services.lapse_unanswered() == 0
    services.decline_transfer(transfer_id=transfer.pk, by=application.learner.person)
    assert services.lapse_unanswered() == 1


def test_one_open_transfer_at_a_time_says_the_database(old) -> None:
    transfer = offered(apply(old), beside(old))
    facts = {
        "application": transfer.application, "offering": transfer.offering, "cause": "asked",
        "official": transfer.official, "official_name": "Bengt", "offered_at": timezone.now(),
        "until": timezone.now(),
    }  # fmt: skip
    for wrong in ({}, {"state": "lapsed"}, {"state": "odd", "ended_at": timezone.now()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Transfer.objects.create(**facts | wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        Transfer.objects.create(**facts | {"cause": "odd", "state": "lapsed", "ended_at": timezone.now()})


@pytest.mark.parametrize("days", [60, 61])
def test_the_queue_is_ended_by_a_named_official(days, clock) -> None:
    """R-CAP-8, R-APP-11: two weeks after the start nobody is offered a place; who waits is told, and why."""
    offering = course(capacity=1, starts_on=in_days(60))
    apply(offering)
    received, unread = apply(offering, language="sv"), apply(offering)
    services.receive(application_id=received.pk, by=official(offering))
    clock.shift(dt.timedelta(days=days + 15))

    lines = services.end_queue(
        offering=offering, application_ids=[received.pk, unread.pk], by=official(offering)
    )

    assert [line.refused for line in lines] == ["", ""]
    assert (state(received), state(unread)) == ("not_eligible", "not_eligible")
    assert received.admissiondecision.ground == "no_places"
    assert "plats" in received.admissiondecision.text
    assert unread.receptiondecision.official_name == "Bengt"
