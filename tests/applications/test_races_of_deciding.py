"""Several decide, offer or change the places at the very same moment; each race has its counter-proof."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError

from applications import services
from applications.errors import DecidedAlready
from applications.models import Application, Cause, HomeStatement, Seat, Transfer
from applications.services import acts
from applications.services.deciding import Official, Refusal
from applications.services.filling import what_to_follow
from applications.services.recounting import places_miscounted
from applications.services.statements import StatementInput
from applications.states import SEATS_OF, StatementOutcome
from kopa.audit.models import AuditEvent
from kopa.base.db import Busy, constraint_name
from kopa.base.errors import ChangedMeanwhile, RuleBroken, TransitionNotAllowed
from kopa.letters.models import Letter
from offerings import services as offering_services
from offerings.errors import PlacesBelowGiven
from offerings.models import Offering, PlaceCounter
from providers.models import Role
from tests.applications.any_order import Moment, place_in_line
from tests.applications.given import admit, apply, course, grown_to, official, official_as, state, submission
from tests.factories import RoleAssignmentFactory, municipality, organisation_of, today
from tests.together import Meeting, run_together, without_locks

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
MANY = 50
FEW = 4  # fewer than a process has connections
REFUSAL = Refusal(ground="prerequisites", text="Pohjakoulutus puuttuu.", appeal="Hae oikaisua.")
CONSTRAINT = "places_given_are_no_more_than_the_seats"


@pytest.fixture(autouse=True)
def municipalities(transactional_db: None) -> None:
    for key in ("FI-854", "FI-851"):
        municipality(key)


def the_last_place(number: int) -> tuple[Offering, list[Application]]:
    """One place is free of which no worker has heard; so many are admitted and wait for it."""
    offering = course(capacity=1, taken=1)
    waiting = [admit(apply(offering)) for _ in range(number)]
    PlaceCounter.objects.filter(offering=offering).update(taken_elsewhere=0)
    return offering, waiting


def test_of_fifty_offers_of_the_last_place_one_is_made(a_connection_each: None) -> None:
    """R-CAP-1: to the first in the queue; the others have nothing to offer."""
    offering, waiting = the_last_place(5)

    outcomes = run_together(MANY, lambda _which: services.follow(offering.pk))

    assert sorted(outcomes, key=len) == [[]] * (MANY - 1) + [[waiting[0].pk]]
    assert [state(one) for one in waiting] == ["offered", *["waiting"] * 4]
    assert AuditEvent.objects.filter(verb="application.offer_place").count() == 1
    assert Seat.objects.filter(state="held").count() == PlaceCounter.objects.get().held == 1
    assert places_miscounted() == []


def test_without_locks_all_of_them_would_offer_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counter-proof of R-CAP-1: everybody has chosen the same one; only PostgreSQL's word is left."""
    offering, waiting = the_last_place(2)
    without_locks(monkeypatch)
    meeting = Meeting(FEW)

    def offer(_which: int) -> list[int]:
        with meeting.before_writing():
            return services.follow(offering.pk)

    outcomes = run_together(FEW, offer)

    assert outcomes.count([waiting[0].pk]) == 1
    refused = [one for one in outcomes if isinstance(one, IntegrityError)]
    assert [constraint_name(one) for one in refused] == [CONSTRAINT] * (FEW - 1)


def constraint_of(refused: Exception) -> str:
    """The one that PostgreSQL refused by, or that a form is told of."""
    return constraint_name(refused) or constraint_name(refused.__cause__ or refused)


@pytest.mark.parametrize("is_locked", [True, False])
def test_fewer_places_while_one_is_offered(is_locked: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """C3, R-CAP-2: the host lowers the capacity while the worker offers the last place. Whoever is first, the
    other finds it done. Counter-proof: both have read the same free place, and only the database refuses.
    """
    offering, waiting = the_last_place(1)
    by = official(offering).person
    grown_to(offering, 2)
    holder = apply(offering)
    assert state(holder) == "waiting"  # nobody passes who waits
    if not is_locked:
        without_locks(monkeypatch)
    meeting = Meeting(2)

    def act(which: int) -> Any:
        with meeting.before_writing():
            if which:
                return services.follow(offering.pk)
            return offering_services.save_offering(
                offering_id=offering.pk, version=offering.version, given={"capacity": 1}, by=by
            )

    saved, placed = run_together(2, act)

    counter = PlaceCounter.objects.get()
    if is_locked:
        both = [waiting[0].pk, holder.pk]
        assert (placed, type(saved)) in ((both, PlacesBelowGiven), (both[:1], Offering))
        assert counter.seats == counter.held == len(placed)
        assert offering_services.places_that_disagree() == []
    else:
        refused = [one for one in (saved, placed) if isinstance(one, Exception)]
        assert [constraint_of(one) for one in refused] == [CONSTRAINT]
    assert counter.held <= counter.seats
    assert places_miscounted() == []


def decide_together(application: Application, *acts_of: Callable[[Official], Any]) -> list[Any]:
    """Each by an official of the host's own, all at the same moment."""
    offering = application.offering
    roles = [
        RoleAssignmentFactory(role=Role.PROVIDER_STAFF, organisation=offering.provider) for _ in acts_of
    ]
    meeting = Meeting(len(acts_of))

    def decide(which: int) -> Any:
        with meeting.before_writing():
            return acts_of[which](official_as(roles[which].person, offering))

    return run_together(len(acts_of), decide)


def admission(application: Application) -> Callable[[Official], Any]:
    return lambda by: services.admit(application_id=application.pk, by=by)


def refusal(application: Application) -> Callable[[Official], Any]:
    return lambda by: services.refuse(application_id=application.pk, by=by, refusal=REFUSAL)


@pytest.fixture
def received() -> Application:
    application = apply(course())
    services.receive(application_id=application.pk, by=official(application.offering))
    return application


def test_of_several_officials_of_the_host_one_admits(received: Application) -> None:
    """R-APP-11, C7: one decision with one name; one offer, one letter; the others are told."""
    before = Letter.objects.count()

    outcomes = decide_together(received, *[admission(received)] * FEW)

    assert sorted(type(one).__name__ for one in outcomes) == ["Application", *["TransitionNotAllowed"] * 3]
    assert state(received) == "offered"
    assert AuditEvent.objects.filter(verb="application.admit").count() == 1
    assert Letter.objects.count() == before + 1
    assert places_miscounted() == []


def test_one_official_admits_while_another_refuses(received: Application) -> None:
    """R-APP-5: whichever was first holds; an offer that was made stands on its place."""
    admitted, refused = decide_together(received, admission(received), refusal(received))

    received.refresh_from_db()
    if isinstance(admitted, Application):
        assert isinstance(refused, TransitionNotAllowed)
        assert (received.status, received.admissiondecision.is_positive) == ("offered", True)
    else:
        assert isinstance(admitted, TransitionNotAllowed)
        assert (received.status, received.admissiondecision.is_positive) == ("not_eligible", False)
    assert places_miscounted() == []


@pytest.mark.parametrize("other", [admission, refusal])
def test_without_locks_only_the_database_keeps_two_decisions_apart(
    received: Application, other: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counter-proof: nobody is told who has decided; the second is a fault of ours."""
    without_locks(monkeypatch)

    outcomes = decide_together(received, admission(received), other(received))

    assert sorted(type(one).__name__ for one in outcomes) == ["Application", "IntegrityError"]
    assert not any(isinstance(one, RuleBroken) for one in outcomes)


def at_home_together(statement: HomeStatement) -> list[Any]:
    """One of the municipality's officers asks for more, the other answers: both have read the same."""
    office = organisation_of("FI-854")
    roles = [RoleAssignmentFactory(role=Role.OFFICER, organisation=office) for _ in range(2)]
    meeting, version = Meeting(2), statement.version

    def act(which: int) -> HomeStatement:
        acting = {"by": roles[which].person, "role": Role.OFFICER, "organisation_id": office.pk}
        with meeting.before_writing():
            if which:
                return services.ask_for_more(
                    statement_id=statement.pk, question="Missä asut?", version=version, **acting
                )
            said = StatementInput(StatementOutcome.COMMITS, "Aino")
            return services.issue_statement(
                statement_id=statement.pk, given=said, version=version, **acting
            )

    return run_together(2, act)


@pytest.fixture
def asked() -> HomeStatement:
    statement: HomeStatement = apply(course(form="basic")).statements.get()
    return statement


def test_one_officer_asks_for_more_while_another_answers(asked: HomeStatement) -> None:
    """R-HOME-4, C7: the second is told, and nothing is written over."""
    issued, question = at_home_together(asked)

    asked.refresh_from_db()
    if isinstance(issued, HomeStatement):
        assert isinstance(question, DecidedAlready)
        assert (asked.state, asked.outcome, asked.more_asked) == ("issued", "commits", "")
    else:
        assert isinstance(issued, ChangedMeanwhile)
        assert (asked.state, asked.outcome, asked.more_asked) == ("drafted", "", "Missä asut?")


def test_without_locks_one_of_them_would_be_written_over(
    asked: HomeStatement, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counter-proof: both are told that it is done, and one is not."""
    without_locks(monkeypatch)

    outcomes = at_home_together(asked)

    assert [type(one) for one in outcomes] == [HomeStatement, HomeStatement]
    asked.refresh_from_db()
    assert (asked.outcome == "commits") is not (asked.more_asked == "Missä asut?")


class Crowd:
    """Everybody does anything, over and over, on two courses: applicants, the host, the worker."""

    def __init__(self) -> None:
        first = course(capacity=3, quotas={"FI-854": 1}, taken=1)
        self.courses = [first, course(provider=first.provider, capacity=2)]
        self.by = official(first)

    def one_act(self, dice: random.Random) -> Any:
        offering = dice.choice(self.courses)
        ways = [
            self.send, self.send, self.decide, self.answer, self.leave, self.follow, self.move_over,
            self.change_places, self.give_elsewhere, self.begin,
        ]  # fmt: skip
        return dice.choice(ways)(offering, dice)

    def send(self, offering: Offering, dice: random.Random) -> Any:
        return services.submit(submission(offering, dice.choice(["FI-854", "FI-851"])))

    def somebody(self, offering: Offering, dice: random.Random, *states: str) -> Application | None:
        found = list(Application.objects.filter(offering=offering, status__in=states).order_by("pk")[:6])
        return dice.choice(found) if found else None

    def decide(self, offering: Offering, dice: random.Random) -> Any:
        one = self.somebody(offering, dice, "submitted", "waiting")
        if one is not None:
            with suppress(RuleBroken):
                services.receive(application_id=one.pk, by=self.by)
            if dice.random() < 0.8:
                return services.admit(application_id=one.pk, by=self.by)
            return services.refuse(application_id=one.pk, by=self.by, refusal=REFUSAL)
        return None

    def answer(self, offering: Offering, dice: random.Random) -> Any:
        one = self.somebody(offering, dice, "offered")
        act = dice.choice([services.accept, services.accept, services.decline])
        return one and act(application_id=one.pk, by=one.learner.person)

    def leave(self, offering: Offering, dice: random.Random) -> Any:
        one = self.somebody(offering, dice, "submitted", "waiting", "accepted", "enrolled")
        return one and services.withdraw(application_id=one.pk, by=one.learner.person)

    def follow(self, offering: Offering, dice: random.Random) -> Any:
        return services.follow(offering.pk)

    def move_over(self, offering: Offering, dice: random.Random) -> Any:
        """From either course to the other: each locks both."""
        one = self.somebody(offering, dice, "submitted", "waiting", "accepted")
        if one is None:
            return None
        to = next(other for other in self.courses if other.pk != offering.pk)
        with suppress(RuleBroken):
            services.offer_transfer(application_id=one.pk, to=to, cause=Cause.ASKED, by=self.by)
        asked = Transfer.objects.filter(application=one, state="open").first()
        return asked and services.accept_transfer(
            transfer_id=asked.pk, by=one.learner.person, to_queue=dice.random() < 0.5
        )

    def change_places(self, offering: Offering, dice: random.Random) -> Any:
        version = Offering.objects.values_list("version", flat=True).get(pk=offering.pk)
        with suppress(ValidationError):
            return offering_services.save_offering(
                offering_id=offering.pk, version=version, given={"capacity": dice.randint(2, 5)},
                by=self.by.person,
            )  # fmt: skip

    def give_elsewhere(self, offering: Offering, dice: random.Random) -> Any:
        opened = PlaceCounter.objects.get(offering=offering, quota=None)
        return offering_services.set_taken_elsewhere(
            offering_id=offering.pk, taken={opened.pk: dice.randint(0, 2)}, by=self.by.person
        )

    def begin(self, offering: Offering, dice: random.Random) -> Any:
        one = self.somebody(offering, dice, "accepted", "enrolled")
        if one is None:
            return None
        if one.status == "accepted":
            return services.enrol(application_id=one.pk, by=self.by, on=today())
        return services.interrupt(application_id=one.pk, by=self.by)


def faults_of(crowd: Crowd, people: int, seconds: float) -> tuple[int, list[Exception]]:
    """How many acts were done, and what was neither done nor refused by a rule."""
    until, done, faults = time.perf_counter() + seconds, [0] * people, []

    def act(which: int) -> None:
        dice = random.Random(which)
        while time.perf_counter() < until and not faults:
            try:
                crowd.one_act(dice)
            except Exception as outcome:  # noqa: BLE001 - it is what the test looks for
                # Everybody waits as long as it takes: busy is one who was killed for another.
                if not isinstance(outcome, RuleBroken) or isinstance(outcome, Busy):
                    faults.append(outcome)
            done[which] += 1

    run_together(people, act)
    return sum(done), faults


def test_a_crowd_that_does_everything_at_once_finds_no_deadlock(
    a_connection_each: None, request: pytest.FixtureRequest
) -> None:
    """C9: no deadlock and no fault; all invariants hold once everybody is done."""
    nightly = request.config.getoption("--nightly")
    crowd = Crowd()

    done, faults = faults_of(crowd, people=32 if nightly else 8, seconds=60 if nightly else 8)

    assert faults == []
    assert done > 50
    for offering in crowd.courses:
        services.follow(offering.pk)
    assert what_to_follow() == []
    assert places_miscounted() == []
    assert offering_services.places_that_disagree() == []
    said = Moment.now()
    assert {pk for pk, status in said.status.items() if status in SEATS_OF} == said.seats.keys()
    for offering in crowd.courses:
        queue = list(Application.objects.queue(offering.pk))
        assert queue == sorted(queue, key=place_in_line)


def test_where_each_locks_its_own_course_first_they_wait_for_each_other_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Counter-proof of C9: two move past each other, each with its own course locked; PostgreSQL ends one."""
    there = course(capacity=2)
    back = course(provider=there.provider, capacity=2)
    by, both = official(there), ((there, back), (back, there))
    asked = [
        services.offer_transfer(application_id=apply(one).pk, to=to, cause=Cause.ASKED, by=by)
        for one, to in both
    ]
    has_locked, lock = threading.Barrier(2), acts.lock

    def lock_own_first(application_id: int) -> Any:
        locked = lock(application_id)
        with suppress(threading.BrokenBarrierError):
            has_locked.wait(timeout=10)
        return locked

    monkeypatch.setattr(acts, "lock_courses", lambda _ids: None)
    monkeypatch.setattr(acts, "lock", lock_own_first)

    outcomes = run_together(
        2, lambda n: services.accept_transfer(transfer_id=asked[n].pk, by=asked[n].application.learner.person)
    )

    assert sorted(type(one).__name__ for one in outcomes) == ["Application", "OperationalError"]
    (ended,) = [one for one in outcomes if isinstance(one, OperationalError)]
    assert "deadlock detected" in str(ended)
