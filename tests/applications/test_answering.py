"""Answering an offer, or not; leaving."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from applications import services
from applications.errors import AnotherPlaceTaken, AnsweredTooLate
from applications.models import Application, Seat
from applications.services.answering import ON_THE_WAY, lapse
from applications.services.recounting import places_miscounted
from kopa.audit.models import AuditEvent
from kopa.base.errors import TransitionNotAllowed
from kopa.letters.models import Letter
from offerings.models import PlaceCounter
from tests.applications.given import admit, apply, course, in_days, state, student
from tests.factories import municipality

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def pello(db):
    municipality("FI-854")


def counts(offering) -> tuple[int, int, int]:
    counter = PlaceCounter.objects.get(offering=offering)
    return counter.held, counter.taken, counter.used


def offered(offering, **facts) -> Application:
    application = admit(apply(offering, **facts))
    assert application.status == "offered"
    return application


def test_an_accepted_place_is_taken() -> None:
    """R-CAP-1: held becomes taken, the sum stays."""
    offering = course()
    application = offered(offering)

    services.accept(application_id=application.pk, by=application.learner.person)

    application.refresh_from_db()
    assert (application.status, application.answered_at) == ("accepted", timezone.now())
    assert Seat.objects.get().state == "taken"
    assert counts(offering) == (0, 1, 0)


def test_answers_given_twice_are_given_once() -> None:
    """C5"""
    first, second = offered(course()), offered(course())
    for _ in range(2):
        services.accept(application_id=first.pk, by=first.learner.person)
        services.decline(application_id=second.pk, by=second.learner.person)

    assert (state(first), state(second)) == ("accepted", "declined")
    assert AuditEvent.objects.filter(verb="application.accept").count() == 1
    assert AuditEvent.objects.filter(verb="application.decline").count() == 1


@pytest.mark.parametrize("leave", [services.decline, services.withdraw])
def test_a_place_that_is_given_up_goes_to_the_next_at_once(leave) -> None:
    """R-CAP-8, R-APP-7: the same function fills it, in the same act."""
    offering = course(capacity=1)
    first, second, third = (apply(offering) for _ in range(3))
    admit(first)

    leave(application_id=first.pk, by=first.learner.person)

    assert [state(one) for one in (second, third)] == ["submitted", "waiting"]
    assert counts(offering) == (1, 0, 0)
    assert places_miscounted() == []


def test_who_is_admitted_and_waits_is_offered_the_place_that_becomes_free() -> None:
    """R-CAP-8, R-CAP-9: with a deadline of her own."""
    offering = course(capacity=1)
    first, second = apply(offering), apply(offering)
    admit(first)
    assert admit(second).status == "waiting"

    services.decline(application_id=first.pk, by=first.learner.person)

    second.refresh_from_db()
    assert (second.status, second.offered_at) == ("offered", timezone.now())
    assert second.held_until is not None


def test_an_offer_that_nobody_answers_lapses_after_its_last_second() -> None:
    """R-CAP-9, R-TIME-1"""
    offering = course(capacity=1)
    first, second = offered(offering), apply(offering)
    until = first.held_until
    over = until + ON_THE_WAY + dt.timedelta(seconds=1)

    assert services.lapse_unanswered(now=over - dt.timedelta(seconds=0.001)) == 0
    assert services.lapse_unanswered(now=over) == 1
    assert services.lapse_unanswered(now=over) == 0

    assert (state(first), state(second)) == ("lapsed", "submitted")
    assert Letter.objects.filter(recipient=first.learner.person, kind="application_news").exists()


def test_an_answer_of_the_last_second_counts_however_long_it_waits_for_the_course() -> None:
    """R-TIME-1: by when it arrived; nobody else gets the place meanwhile."""
    first = offered(course(capacity=1))
    second = apply(first.offering)
    until = first.held_until

    assert services.lapse_unanswered(now=until + dt.timedelta(seconds=15)) == 0
    assert lapse(application_id=first.pk, now=until + dt.timedelta(seconds=15)) is False
    services.accept(application_id=first.pk, by=first.learner.person, now=until)

    assert (state(first), state(second)) == ("accepted", "waiting")


def test_an_answer_counts_in_the_last_second_and_not_after_it() -> None:
    """R-TIME-1"""
    first, second = offered(course()), offered(course())
    until = first.held_until

    services.accept(
        application_id=first.pk, by=first.learner.person, now=until + dt.timedelta(seconds=0.999)
    )
    with pytest.raises(AnsweredTooLate):
        services.accept(
            application_id=second.pk, by=second.learner.person, now=until + dt.timedelta(seconds=1)
        )
    assert (state(first), state(second)) == ("accepted", "offered")


def test_an_answered_offer_does_not_lapse() -> None:
    application = offered(course())
    services.accept(application_id=application.pk, by=application.learner.person)

    assert services.lapse_unanswered(now=timezone.now() + dt.timedelta(days=300)) == 0
    assert lapse(application_id=application.pk, now=timezone.now()) is False


def test_a_second_full_time_place_asks_which_one_is_given_up() -> None:
    """R-CAP-10"""
    sami = student()
    full = {"study_form": "full_time"}
    first = offered(course(**full), person=sami)
    second = offered(course(**full), person=sami)
    services.accept(application_id=first.pk, by=sami)

    with pytest.raises(AnotherPlaceTaken):
        services.accept(application_id=second.pk, by=sami)
    assert state(second) == "offered"

    services.accept(application_id=second.pk, by=sami, instead_of=first.pk)
    assert (state(first), state(second)) == ("withdrawn", "accepted")
    assert places_miscounted() == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"study_form": "part_time"}, {"study_form": "full_time"}),
        ({"study_form": "full_time"}, {"study_form": "part_time"}),
        (
            {"study_form": "full_time", "starts_on": in_days(60), "ends_on": in_days(90)},
            {"study_form": "full_time", "starts_on": in_days(91), "ends_on": None},
        ),
    ],
)
def test_places_that_do_not_overlap_or_are_not_full_time_stand_side_by_side(first, second) -> None:
    """R-CAP-10"""
    sami = student()
    for facts in (first, second):
        application = offered(course(**facts), person=sami)
        services.accept(application_id=application.pk, by=sami)

    assert Application.objects.filter(status="accepted").count() == 2


def test_only_another_place_of_ones_own_is_given_up_for_one() -> None:
    """R-CAP-10, A3"""
    sami, other = student(), student()
    theirs = offered(course(), person=other)
    mine = offered(course(), person=sami)

    for given_up in (theirs, mine):
        with pytest.raises(Application.DoesNotExist):
            services.accept(application_id=mine.pk, by=sami, instead_of=given_up.pk)
    assert (state(mine), state(theirs)) == ("offered", "offered")


def test_withdrawing_is_always_possible_and_needs_no_reason() -> None:
    """R-APP-7: from every state that is alive; twice is once."""
    offering = course(capacity=4)
    sent = [apply(offering) for _ in range(5)]
    for one in sent[1:4]:
        admit(one)
    for one in sent[2:4]:
        services.accept(application_id=one.pk, by=one.learner.person)
    Seat.objects.filter(application=sent[3]).update(state="used")
    PlaceCounter.objects.update(taken=1, used=1)
    Application.objects.filter(pk=sent[3].pk).update(status="enrolled", enrolled_on=in_days(0))
    assert [state(one) for one in sent] == ["submitted", "offered", "accepted", "enrolled", "waiting"]

    for one in (*reversed(sent), sent[0]):
        services.withdraw(application_id=one.pk, by=one.learner.person)

    assert {state(one) for one in sent} == {"withdrawn"}
    assert counts(offering) == (0, 0, 0)
    assert places_miscounted() == []


def test_what_is_over_is_not_withdrawn() -> None:
    application = offered(course())
    services.decline(application_id=application.pk, by=application.learner.person)

    with pytest.raises(TransitionNotAllowed):
        services.withdraw(application_id=application.pk, by=application.learner.person)


def test_a_withdrawn_application_asks_its_home_municipality_no_more() -> None:
    application = apply(course(form="basic"))

    services.withdraw(application_id=application.pk, by=application.learner.person)

    assert application.statements.get().state == "dropped"


def test_only_an_offer_is_accepted() -> None:
    """DOMAIN.md §3.8: whether the application holds a place or not."""
    for facts in ({}, {"selection_rule": "lottery"}):
        application = apply(course(**facts))

        with pytest.raises(TransitionNotAllowed):
            services.accept(application_id=application.pk, by=application.learner.person)
