"""Sending an application."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError
from django.utils import timezone

from applications import services
from applications.errors import (
    AppliedAlready,
    ClosedAndFull,
    NobodyDecides,
    NotAppliedForHere,
    NotOfAge,
    NotOpenForApplications,
    NotOpenToYou,
    PlaceGone,
    SentBySomebodyElse,
)
from applications.models import Application, Draft, HomeStatement, Learner, Seat
from applications.services import submitting, writing
from kopa.audit.models import AuditEvent
from kopa.letters.models import Letter
from offerings.models import Offering, PlaceCounter
from offerings.payers import Need
from tests.applications.given import apply, begun, course, grown_to, home_of, host, student, submission
from tests.factories import in_days, municipality, today

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def places(db):
    for key in ("FI-854", "FI-851", "FI-240"):
        municipality(key)


def test_sending_holds_a_place_in_the_same_act() -> None:
    """R-APP-12: in the order of registration; the hold is provisional and has no deadline."""
    offering = course(capacity=2)

    application = apply(offering)

    application.refresh_from_db()
    seat = Seat.objects.get()
    counter = PlaceCounter.objects.get(offering=offering)
    assert (application.status, application.held_until) == ("submitted", None)
    assert (seat.application, seat.counter, seat.state, seat.source) == (application, counter, "held", "open")
    assert (counter.held, counter.free) == (1, 1)


def test_who_comes_when_all_places_are_given_stands_in_the_queue() -> None:
    """R-APP-12"""
    offering = course(capacity=1)
    first, second, third = (apply(offering) for _ in range(3))

    assert [one.status for one in (first, second, third)] == ["submitted", "waiting", "waiting"]
    assert list(Application.objects.queue(offering.pk)) == [second, third]
    assert Seat.objects.count() == 1


def test_places_given_elsewhere_are_not_free() -> None:
    """R-CAP-1"""
    offering = course(capacity=2, taken=2)

    assert apply(offering).status == "waiting"


@pytest.mark.parametrize(
    ("precedence", "sources"),
    [("reserved_first", ["reserved", "open", "waiting"]), ("open_first", ["open", "reserved", "waiting"])],
)
def test_residents_use_their_reserved_places_in_the_order_of_the_course(precedence, sources) -> None:
    """R-CAP-7, R-CAP-3"""
    offering = course(capacity=2, quotas={"FI-854": 1}, precedence=precedence)

    sent = [apply(offering, "FI-854") for _ in range(3)]

    found = [one.seats.first().source if one.seats.exists() else one.status for one in sent]
    assert found == sources


def test_a_place_reserved_for_others_stays_empty() -> None:
    """R-CAP-3"""
    offering = course(capacity=1, quotas={"FI-854": 1})

    assert apply(offering, "FI-851").status == "waiting"
    assert apply(offering, "FI-854").status == "submitted"


def test_nobody_passes_those_who_wait_for_the_same_place() -> None:
    """R-APP-12: a place that has just become free belongs to the first in the queue."""
    offering = course(capacity=1)
    apply(offering)
    waiting = apply(offering)
    grown_to(offering, 2)

    assert apply(offering).status == "waiting"
    services.follow(offering.pk)
    waiting.refresh_from_db()
    assert waiting.status == "submitted"


def test_with_a_selection_sending_holds_nothing() -> None:
    """R-APP-12"""
    offering = course(capacity=1, selection_rule="lottery")

    assert [apply(offering).status for _ in range(2)] == ["submitted", "submitted"]
    assert Seat.objects.count() == 0


def test_the_same_sent_twice_is_one_application() -> None:
    """C5: a double tap, a lost answer."""
    given = submission(course())

    first, second = services.submit(given), services.submit(given)

    assert first.pk == second.pk
    assert Application.objects.count() == Seat.objects.count() == 1
    assert Letter.objects.count() == AuditEvent.objects.filter(verb="application.submit").count() == 1


def test_sent_again_after_an_answer_that_never_arrived_it_is_the_same_whatever_has_happened_since(
    clock: Any,
) -> None:
    """C5: the connection was lost at the last moment, and applications have closed meanwhile."""
    offering = course(capacity=1, closes_in_days=1)
    mine = submission(offering)
    first = services.submit(mine)
    clock.shift(dt.timedelta(days=3))

    assert services.submit(mine).pk == first.pk
    with pytest.raises(ClosedAndFull):
        services.submit(submission(offering))


def test_a_key_opens_nothing_of_another_person_s() -> None:
    """C5: the key returns only the same person's application, to the same course."""
    offering, sami = course(), student()
    mine = submission(offering, person=sami)
    services.submit(mine)

    with pytest.raises(SentBySomebodyElse):
        services.submit(submission(offering, key=mine.key))
    with pytest.raises(SentBySomebodyElse):
        services.submit(submission(course(), key=mine.key, person=sami))
    assert Application.objects.count() == Seat.objects.count() == 1


def test_what_the_database_refuses_for_another_reason_is_our_fault() -> None:
    with pytest.raises(IntegrityError, match="application_language_is_known"):
        services.submit(submission(course(), language="de"))


def test_one_live_application_per_learner_and_course() -> None:
    """R-APP-1"""
    offering, sami = course(), student()
    apply(offering, person=sami)

    with pytest.raises(AppliedAlready):
        apply(offering, person=sami)
    assert PlaceCounter.objects.get().held == 1


def test_after_a_withdrawal_one_may_apply_again() -> None:
    """R-APP-1: live ones alone are counted."""
    offering, sami = course(), student()
    services.withdraw(application_id=apply(offering, person=sami).pk, by=sami)

    assert apply(offering, person=sami).status == "submitted"
    assert PlaceCounter.objects.get().held == 1


def test_a_late_application_is_taken_while_a_place_is_vacant() -> None:
    """R-APP-4"""
    offering = course(capacity=1, applications_close_at=in_days(-1), quota_release_at=None)

    application = apply(offering)

    assert (application.status, application.is_late) == ("submitted", True)
    with pytest.raises(ClosedAndFull):
        apply(offering)


@pytest.mark.parametrize("rule", ["lottery", "score", "need"])
def test_a_late_application_to_a_selection_needs_a_vacant_place(rule) -> None:
    """R-APP-4"""
    late = {"applications_close_at": in_days(-1), "selection_rule": rule}

    assert apply(course(capacity=1, **late)).is_late
    with pytest.raises(ClosedAndFull):
        apply(course(capacity=1, taken=1, **late))
    with pytest.raises(ClosedAndFull):
        apply(course(capacity=1, quotas={"FI-851": 1}, **late), "FI-854")


@pytest.mark.parametrize(("late_by", "is_late"), [(0, False), (0.999, False), (1, True)])
def test_the_deadline_includes_its_whole_second(late_by, is_late) -> None:
    """R-TIME-1"""
    offering = course()
    moment = offering.applications_close_at + dt.timedelta(seconds=late_by)

    application = services.submit(submission(offering), now=moment)

    assert application.is_late is is_late


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"takes_applications": False}, NotAppliedForHere),
        ({"status": "draft"}, NotOpenForApplications),
        ({"status": "cancelled"}, NotOpenForApplications),
        ({"opens_tomorrow": True}, NotOpenForApplications),
        ({"open_to": "municipalities", "open_to_municipalities": ["FI-851"]}, NotOpenToYou),
    ],
)
def test_a_course_that_is_not_open_takes_no_application(facts, refusal) -> None:
    """R-CAP-6 for those who live elsewhere; nothing is written."""
    if facts.pop("opens_tomorrow", False):
        facts["applications_open_at"] = in_days(1)
    offering = course(**facts)

    with pytest.raises(refusal):
        apply(offering)
    assert Application.objects.count() == Seat.objects.count() == Letter.objects.count() == 0


def test_a_course_that_has_started_takes_no_application() -> None:
    offering = course()

    with pytest.raises(NotOpenForApplications):
        services.submit(submission(offering), now=timezone.now() + dt.timedelta(days=60))


def test_residents_of_the_named_municipalities_may_apply() -> None:
    offering = course(open_to="municipalities", open_to_municipalities=["FI-854"])

    assert apply(offering, "FI-854").status == "submitted"


def test_a_host_without_anybody_who_decides_takes_no_application() -> None:
    offering = course()
    offering.provider.role_assignments.update(valid_to=today() - dt.timedelta(days=1))

    with pytest.raises(NobodyDecides):
        apply(offering)


def test_a_minor_is_told_so() -> None:
    """R-MIN-1: guardians wait for their issue; of age is who turns 18 today."""
    offering = course()
    turns = dt.date(today().year - 18, today().month, today().day)

    assert apply(offering, birth_on=turns).status == "submitted"
    with pytest.raises(NotOfAge):
        apply(offering, birth_on=turns + dt.timedelta(days=1))


def test_where_no_statement_is_needed_none_is_asked() -> None:
    """R-HOME-3: vocational education in Finland is funded by the state; the reason is stored."""
    application = apply(course())

    assert (application.statement_need, application.statement_reason) == (Need.NOT_REQUIRED, "state_funded")
    assert not HomeStatement.objects.exists()


def test_where_a_statement_is_needed_the_home_municipality_is_asked_in_the_same_act() -> None:
    """R-APP-3, R-HOME-4: Tuesday 24 November and ten working days, 6 December being a Sunday."""
    application = apply(course(form="basic"))

    statement = HomeStatement.objects.get()
    assert application.statement_need == Need.REQUIRED
    assert (statement.municipality.key, statement.state) == ("FI-854", "requested")
    assert statement.due_on == dt.date(2026, 12, 8)


def test_the_receipt_has_time_zone_and_reference_and_nothing_else() -> None:
    """R-APP-2, R-PRIV-11"""
    offering = course()
    application = apply(offering, language="sv")

    letter = Letter.objects.get()
    assert letter.language == "sv"
    assert application.reference in letter.subject
    assert "24 november 2026 kl. 10.00" in letter.text.replace("\u00a0", " ")
    assert offering.title_sv not in letter.text + letter.html
    assert str(offering.provider) not in letter.text + letter.html


def test_the_home_is_a_snapshot_as_the_applicant_says() -> None:
    """R-HOME-1"""
    application = apply(course(), "FI-240")

    assert application.home_municipality_id == home_of("FI-240").id
    assert application.home_source == "self_declared"


@pytest.mark.parametrize("facts", [{}, {"form": "basic"}, {"selection_rule": "lottery"}])
def test_sending_takes_three_statements(facts, django_assert_num_queries) -> None:
    """The course with its host and what has changed in memory's tables; the lock; everything written."""
    given = submission(course(**facts))
    services.submit(submission(course(**facts)))

    with django_assert_num_queries(3 + 2):  # a savepoint around the last two: the test is a transaction
        services.submit(given)


def test_sending_ends_the_draft_and_no_other() -> None:
    """DOMAIN.md §3.8: sent, a draft becomes an application with the same key."""
    offering = course(capacity=1)
    mine, other = begun(offering), begun(offering)

    services.submit(submission(offering, key=mine.key))

    assert list(Draft.objects.all()) == [other]
    with pytest.raises(PlaceGone):
        services.submit(submission(offering, key=other.key, not_to_queue=True))
    assert Draft.objects.get() == other


def test_whoever_applies_again_says_anew_who_she_is() -> None:
    sami = student()
    apply(course(), person=sami, phone="040 1")
    before = Learner.objects.get()

    application = apply(course(), person=sami, phone="040 2", birth_on=dt.date(1996, 6, 6))

    after = Learner.objects.get()
    assert (after.pk, after.created_at) == (before.pk, before.created_at)
    assert (after.phone, after.birth_on) == ("040 2", dt.date(1996, 6, 6))
    assert application.learner == after


def test_the_home_of_a_protected_person_is_marked() -> None:
    """R-PRIV-6"""
    sami = student()
    apply(course(), person=sami)
    Learner.objects.update(is_protected=True)

    application = apply(course(), person=sami)

    assert application.home_source == "protected"
    application.refresh_from_db()
    assert application.home_source == "protected"


def test_a_municipal_enterprise_is_its_municipality() -> None:
    """R-HOME-3: the municipality itself is the host, so nobody is asked."""
    municipality("FI-851")
    enterprise = host(kind="municipal_enterprise")

    application = apply(course(provider=enterprise, form="basic"), "FI-851")

    assert application.statement_reason == "host_is_home"


@pytest.mark.parametrize("name", ["sent", "entry", "letter"])
def test_whatever_sending_does_not_say_begins_as_the_model_says(name) -> None:
    """The statement has these columns' first values in itself: one that sending fills would be lost."""
    given = submission(course(), phone="040", motivation="Yes", is_protected=True)
    sending = submitting._prepared(given, timezone.now())
    rows = {"sent": sending.application, "entry": sending.entry, "letter": sending.letter}
    said = writing.GIVEN[name] | set(writing.KNOWN.get(name, {}))

    others = [
        field for field in writing.TABLES[name]._meta.concrete_fields
        if not field.primary_key and field.column not in said
    ]  # fmt: skip

    assert {one.column: getattr(rows[name], one.attname) for one in others} == {
        one.column: one.get_default() for one in others
    }


def test_a_course_that_is_not_there_cannot_be_applied_for() -> None:
    given = submission(course())
    Offering.objects.all().delete()

    with pytest.raises(Offering.DoesNotExist):
        services.submit(given)


def test_the_course_of_an_application_is_read_on_when_it_is_asked_for() -> None:
    """Sending reads a few of its columns."""
    offering = course()

    sent = apply(offering).offering

    assert (sent.title_fi, sent.provider.name_fi) == (offering.title_fi, offering.provider.name_fi)


@pytest.mark.django_db(transaction=True)
def test_what_is_refused_leaves_nothing_of_a_newcomer(django_assert_num_queries) -> None:
    """Outside of any transaction too: the learner is written first, and goes with what is refused."""
    offering = course(capacity=1)
    services.submit(submission(offering))
    late = submission(offering, not_to_queue=True)
    services.submit(submission(course()))

    # One more looks whether she has sent it before; none begins or ends a transaction.
    with django_assert_num_queries(3 + 1), pytest.raises(PlaceGone):
        services.submit(late)

    assert Learner.objects.count() == 2
    assert not Learner.objects.filter(person=late.person).exists()
    assert not AuditEvent.objects.filter(actor=late.person).exists()
