"""Many at once, on real connections; each race has its counter-proof."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from applications import services
from applications.models import Application, Learner, Seat
from applications.services import filling, seats, submitting, writing
from applications.services.recounting import places_miscounted
from offerings import services as offering_services
from offerings.models import PlaceCounter
from tests.applications.given import admit, apply, course, official, state, student, submission
from tests.factories import municipality
from tests.together import run_together, share_nothing

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
MANY = 64
FEW = 6  # as many as a process has connections


@pytest.fixture(autouse=True)
def pello(db):
    municipality("FI-854")
    municipality("FI-851")


def kinds(outcomes: list) -> list[str]:
    return sorted(type(one).__name__ for one in outcomes)


def sent_together(offering, number: int) -> list[Application]:
    given = [submission(offering) for _ in range(number)]
    return run_together(number, lambda which: services.submit(given[which]))


def test_64_applicants_for_three_places_get_three_and_the_rest_a_number(a_connection_each) -> None:
    """C1, R-CAP-1, R-APP-12: never more than there are, nobody is lost, the queue is that of arrival."""
    offering = course(capacity=3)

    outcomes = sent_together(offering, MANY)

    assert {type(one) for one in outcomes} == {Application}
    placed = [one for one in outcomes if one.status == "submitted"]
    assert len(placed) == Seat.objects.filter(state="held").count() == 3
    assert PlaceCounter.objects.get().held == 3
    queue = list(Application.objects.queue(offering.pk))
    assert len(queue) == MANY - 3
    assert max(one.pk for one in placed) < min(one.pk for one in queue)
    assert [one.pk for one in queue] == sorted(one.pk for one in queue)
    assert places_miscounted() == []


def test_without_the_condition_more_would_be_given_than_there_are(monkeypatch) -> None:
    """Counter-proof of R-CAP-1: who looks first and counts later finds the same place free."""
    offering = course(capacity=1)
    monkeypatch.setattr(submitting, "write", looks_then_counts(FEW))

    outcomes = sent_together(offering, FEW)

    # The database's own word is what is left: all but the first are refused by the counter's constraint.
    assert sum(isinstance(one, Application) and one.status == "submitted" for one in outcomes) == 1
    assert kinds(outcomes).count("IntegrityError") == FEW - 1


def test_without_the_databases_word_the_place_would_be_given_to_all_of_them(monkeypatch) -> None:
    """Counter-proof of the counter-proof: the constraint is what held."""
    offering = course(capacity=1)
    monkeypatch.setattr(submitting, "write", looks_then_counts(FEW))
    name = "places_given_are_no_more_than_the_seats"
    with connection.cursor() as cursor:
        cursor.execute(f"alter table offerings_placecounter drop constraint {name}")
    try:
        outcomes = sent_together(offering, FEW)

        assert [one.status for one in outcomes] == ["submitted"] * (FEW)
        assert PlaceCounter.objects.get().held == FEW > offering.capacity
    finally:
        PlaceCounter.objects.update(held=0)
        with connection.cursor() as cursor:
            cursor.execute(
                f"alter table offerings_placecounter add constraint {name}"
                " check (seats >= held + taken + used + taken_elsewhere)"
            )


def looks_then_counts(number: int):
    """What ``write`` must not be: everybody reads before anybody writes."""
    everybody = threading.Barrier(number)

    @transaction.atomic
    def write(sending, *, not_to_queue):
        application = sending.application
        application.learner = Learner.objects.create(**sending.learner)
        counter = PlaceCounter.objects.get(offering=application.offering)
        everybody.wait(timeout=10)
        application.status = "submitted" if counter.free else "waiting"
        application.save(force_insert=True)
        if counter.free:
            seats.hold(application, counter, now=application.submitted_at)
        sending.letter.target_id = application.pk
        sending.letter.save()
        return sending.letter.pk

    return write


def test_one_person_in_many_tabs_has_one_application() -> None:
    """C6, R-APP-1: the database's word."""
    offering, sami = course(capacity=5), student()
    given = [submission(offering, person=sami) for _ in range(8)]

    outcomes = run_together(8, lambda which: services.submit(given[which]))

    assert kinds(outcomes) == ["Application", *["AppliedAlready"] * 7]
    assert PlaceCounter.objects.get().held == Seat.objects.count() == 1


def test_the_same_form_sent_many_times_at_once_is_one_application() -> None:
    """C5"""
    given = submission(course(capacity=5))

    outcomes = run_together(8, lambda _which: services.submit(given))

    assert len({one.pk for one in outcomes}) == 1
    assert PlaceCounter.objects.get().held == Seat.objects.count() == 1


@pytest.fixture
def without_the_databases_word() -> Iterator[None]:
    """PostgreSQL lets a learner apply to a course twice, and one form be sent twice."""
    table, key = "applications_application", "applications_application_key_key"
    (once,) = [
        one for one in Application._meta.constraints
        if one.name == "learner_has_one_live_application_to_a_course"
    ]  # fmt: skip
    with connection.schema_editor() as editor:
        editor.remove_constraint(Application, once)
        editor.execute(f"alter table {table} drop constraint {key}")
    yield
    with connection.schema_editor() as editor:
        editor.execute(f"truncate {table} cascade")
        editor.add_constraint(Application, once)
        editor.execute(f"alter table {table} add constraint {key} unique (key)")


@pytest.mark.parametrize("is_one_form", [True, False])
def test_without_the_databases_word_each_tab_would_send_an_application(
    without_the_databases_word, is_one_form
) -> None:
    """Counter-proof of C5 and C6: nothing else keeps them apart, and each has a place."""
    offering, sami = course(capacity=5), student()
    first = submission(offering, person=sami)
    given = [first if is_one_form else submission(offering, person=sami) for _ in range(4)]

    outcomes = run_together(4, lambda which: services.submit(given[which]))

    assert kinds(outcomes) == ["Application"] * 4
    assert len({one.pk for one in outcomes}) == 4
    assert PlaceCounter.objects.get().held == Seat.objects.count() == 4


def test_no_place_is_lost_between_who_frees_it_and_who_joins_the_queue() -> None:
    """C2: a place freed while somebody finds the course full goes to her, or to whoever stood before her."""
    for _ in range(6):
        offering = course(capacity=1)
        holder = apply(offering)
        person = holder.learner.person
        given = [submission(offering) for _ in range(4)]

        def act(which, holder=holder, person=person, given=given):
            if which == 4:
                return services.withdraw(application_id=holder.pk, by=person)
            return services.submit(given[which])

        outcomes = run_together(5, act)

        assert kinds(outcomes) == ["Application"] * 5
        live = Application.objects.filter(offering=offering)
        assert live.filter(status="submitted").count() == 1
        assert live.filter(status="waiting").count() == 3
        assert places_miscounted() == []


def test_without_the_shared_lock_a_place_would_be_lost(monkeypatch) -> None:
    """Counter-proof of C2: who finds it full is late, whoever frees it sees nobody waiting."""
    offering = course(capacity=1)
    holder = apply(offering)
    freed, found_full = threading.Event(), threading.Event()
    monkeypatch.setattr(writing, "share_places", share_nothing)

    def act(which):
        if which:
            with transaction.atomic():
                services.submit(late)
                found_full.set()
                return freed.wait(timeout=10)
        assert found_full.wait(timeout=10)
        done = services.withdraw(application_id=holder.pk, by=holder.learner.person)
        freed.set()
        return done

    late = submission(offering)
    run_together(2, act)

    assert PlaceCounter.objects.get(offering=offering).free == 1
    assert Application.objects.get(key=late.key).status == "waiting"
    # The job that looks every minute finds it.
    assert filling.what_to_follow() == [offering.pk]


def test_withdrawing_and_moving_up_at_once_lose_nothing_and_give_nothing_twice() -> None:
    """C2: two leave and two move up, whoever comes first."""
    for _ in range(4):
        offering = course(capacity=2)
        sent = [apply(offering) for _ in range(6)]
        by = [one.learner.person for one in sent]

        def act(which, sent=sent, by=by, offering=offering):
            if which < 2:
                return services.withdraw(application_id=sent[which].pk, by=by[which])
            return services.follow(offering.pk)

        outcomes = run_together(4, act)

        assert not any(isinstance(one, Exception) for one in outcomes), outcomes
        assert [state(one) for one in sent] == [
            "withdrawn", "withdrawn", "submitted", "submitted", "waiting", "waiting",
        ]  # fmt: skip
        assert PlaceCounter.objects.get(offering=offering).held == 2
        assert places_miscounted() == []


def test_an_offer_is_answered_once_however_often_and_late() -> None:
    """R-CAP-1: 50 accepts and retries and a lapse at the same moment have one outcome."""
    offering = course(capacity=1)
    application = admit(apply(offering))
    person, until = application.learner.person, application.held_until

    def act(which):
        if which == 0:
            return services.lapse_unanswered(now=until.replace(year=until.year + 1))
        return services.accept(application_id=application.pk, by=person)

    run_together(51, act)

    assert state(application) in {"accepted", "lapsed"}
    counter = PlaceCounter.objects.get(offering=offering)
    expected = {"accepted": (0, 1), "lapsed": (0, 0)}[state(application)]
    assert (counter.held, counter.taken) == expected
    assert places_miscounted() == []


def test_capacity_lowered_against_an_application_never_goes_below_what_is_given() -> None:
    """C3, R-CAP-2"""
    for _ in range(4):
        offering = course(capacity=1)
        apply(offering)
        bengt = official(offering).person
        counter = PlaceCounter.objects.get(offering=offering)
        given = submission(offering)

        def act(which, offering=offering, counter=counter, bengt=bengt, given=given):
            if which:
                return services.submit(given)
            return offering_services.set_taken_elsewhere(
                offering_id=offering.pk, taken={counter.pk: 1}, by=bengt
            )

        outcomes = run_together(2, act)

        assert kinds(outcomes) == ["Application", "MoreGivenThanSeats"]
        assert places_miscounted() == []


def test_a_course_that_is_cancelled_meanwhile_keeps_no_application_alive() -> None:
    """The lock that applicants share keeps a cancelling act waiting for them."""
    for _ in range(4):
        offering = course(capacity=10)
        bengt = official(offering).person
        given = [submission(offering) for _ in range(5)]

        def act(which, offering=offering, bengt=bengt, given=given):
            if which == 5:
                offering_services.cancel(
                    offering_id=offering.pk, reasons={"fi": "Liian vähän hakijoita."}, by=bengt
                )
                return services.follow(offering.pk)
            return services.submit(given[which])

        outcomes = run_together(6, act)

        assert set(kinds(outcomes)) <= {"Application", "NotOpenForApplications", "list"}, outcomes
        assert not Application.objects.filter(offering=offering).live().exists()
        assert PlaceCounter.objects.get(offering=offering).held == 0
        assert places_miscounted() == []


def test_a_stream_of_applicants_holds_up_nobody() -> None:
    """The lock is given in the order of asking: withdrawing waits for those before it, no longer."""
    offering = course(capacity=1)
    holder = apply(offering)
    stop = threading.Event()

    def act(which):
        if which == 0:
            try:
                return services.withdraw(application_id=holder.pk, by=holder.learner.person)
            finally:
                stop.set()
        while not stop.is_set():
            services.submit(submission(offering))
        return None

    outcomes = run_together(5, act)

    assert outcomes[0].status == "withdrawn"
    assert outcomes[1:] == [None] * 4
