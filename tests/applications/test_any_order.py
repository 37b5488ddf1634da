"""Random acts by random people in any order: every invariant of DOMAIN.md §3.7 and §3.8 holds after each."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    initialize,
    multiple,
    rule,
    run_state_machine_as_test,
)

from applications import services
from applications.models import Application, Cause, HomeStatement, Learner, Transfer
from applications.services.changing import open_change
from applications.services.deciding import Refusal
from applications.services.filling import what_to_follow
from applications.services.statements import StatementInput
from applications.states import LIVE, UNDECIDED, StatementOutcome
from applications.steps import is_answer_needed
from kopa.accounts.models import User
from offerings import services as offering_services
from offerings.models import Offering, PlaceCounter
from offerings.services.inputs import OfferingInput
from offerings.states import GIVEN
from tests.applications.any_order import Life, Moment
from tests.applications.given import apply, course, home_of, official, student
from tests.factories import in_days, municipality, today

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
# Nobody acts for the last one in KOPA: the host writes down what it answers.
NTH = st.integers(0, 9)  # of those to whom it may happen
HOMES = ("FI-854", "FI-851", "FI-240")
RULES = ("registration_order", "score", "lottery")
VERBS = ("receive", "admit", "refuse", "enrol", "complete", "interrupt", "take_place_back")
REFUSAL = Refusal(ground="requirements", text="Pohjakoulutus puuttuu.", appeal="Valita.")
COMMITS = StatementInput(StatementOutcome.COMMITS, "Aino")
DECLINES = StatementInput(
    StatementOutcome.DECLINES, "Aino", ground="own_course", text="Kotona.", appeal="Valita."
)


class AnyOrder(Life):
    """Three courses, two of them full-time at the same time, a handful of people, and the clock."""

    applications = Bundle("applications")

    @initialize(
        target=applications,
        sent=st.lists(
            st.tuples(st.integers(0, 3), st.integers(0, 2), st.sampled_from(HOMES)), min_size=3, max_size=8
        ),
        selection=st.sampled_from(RULES),
        capacity=st.integers(1, 4),
        reserved=st.integers(0, 2),
        precedence=st.sampled_from(["reserved_first", "open_first"]),
        form=st.sampled_from(["vocational", "basic"]),
        decided=st.integers(0, 3),
    )
    def begin(
        self, sent: list[tuple[int, int, str]], selection: str, capacity: int, reserved: int,
        precedence: str, form: str, decided: int,
    ) -> MultipleResults[int | None]:  # fmt: skip
        quotas = {HOMES[0]: min(reserved, capacity)} if reserved else {}
        self.courses = [
            course(
                capacity=capacity, quotas=quotas, precedence=precedence, form=form, selection_rule=one,
                applications_close_at=in_days(10), quota_release_at=in_days(20), study_form=pace,
                starts_on=today() + dt.timedelta(days=30), ends_on=today() + dt.timedelta(days=60),
            )
            for one, pace in [
                ("registration_order", "full_time"), (selection, ""), ("registration_order", "full_time")
            ]
        ]  # fmt: skip
        self.people = [student() for _ in range(4)]
        made = [self.somebody_sends(*one) for one in sent]
        for which in range(decided):
            self.the_host_decides_on_all(which, is_kept=True)
        return multiple(*made)

    @rule(target=applications, who=st.integers(0, 3), which=st.integers(0, 2), home=st.sampled_from(HOMES))
    def somebody_applies(self, who: int, which: int, home: str) -> int | None:
        """Late too, once time has passed (R-APP-4)."""
        return self.somebody_sends(who, which, home)

    def somebody_sends(self, who: int, which: int, home: str) -> int | None:
        def act(now: dt.datetime) -> int:
            return apply(self.courses[which], home, person=self.people[who], now=now).pk

        pk: int | None = self.attempt(act)
        return pk

    @rule(nth=NTH, verb=st.sampled_from(["accept", "accept", "accept", "decline"]))
    def the_applicant_answers(self, nth: int, verb: str) -> None:
        """Twice is once."""
        pk = self.nth(nth, "offered", "accepted" if verb == "accept" else "declined")
        before = self.status(pk)
        self._by_applicant(getattr(services, verb), pk)
        self._has_no_other_full_time_place(pk, before)

    @rule(nth=NTH, other=NTH)
    def the_applicant_accepts_instead(self, nth: int, other: int) -> None:
        """R-CAP-10"""
        pk = self.nth(nth, "offered")
        one = self.one(pk)
        if one is None:
            return
        others = Application.objects.filter(learner=one.learner_id).exclude(pk=pk)
        hers = list(others.order_by("status", "pk"))
        if not hers:
            return
        given_up = hers[other % len(hers)]
        before = one.status, given_up.status
        done = self.attempt(
            services.accept, application_id=pk, by=one.learner.person, instead_of=given_up.pk
        )
        if done is None:
            assert (self.status(pk), self.status(given_up.pk)) == before
        elif before[0] == "offered":
            assert (self.status(pk), self.status(given_up.pk)) == ("accepted", "withdrawn")
        self._has_no_other_full_time_place(pk, before[0])

    @rule(pk=applications)
    def the_applicant_withdraws(self, pk: int | None) -> None:
        before = self.status(pk)
        self._by_applicant(services.withdraw, pk)
        if before in LIVE:
            assert self.status(pk) == "withdrawn"  # R-APP-7: never refused

    @rule(pk=applications, motivation=st.sampled_from(["", "Haluan oppia."]))
    def the_applicant_says_something_else(self, pk: int | None, motivation: str) -> None:
        """R-APP-1: place, number and time stay."""
        one = self.one(pk)
        if one is None:
            return
        said = services.Revision(phone="", language="sv", motivation=motivation, prior_education_id=None)
        self.attempt(
            services.revise, application_id=pk, by=one.learner.person, given=said, version=one.version
        )
        after = Application.objects.get(pk=pk)
        assert (after.status, after.submitted_at) == (one.status, one.submitted_at)

    @rule(who=st.integers(0, 3))
    def somebody_asks_to_be_forgotten(self, who: int) -> None:
        """R-PRIV-8: what is live stays, and holds what it held."""
        person = self.people[who]
        live = set(Application.objects.of(person).live().values_list("pk", flat=True))
        plan = self.attempt(services.erase, by=person)
        assert plan is not None
        assert live <= set(Application.objects.live().values_list("pk", flat=True))
        assert live <= {one.application.pk for one in plan.staying}
        if not User.objects.filter(pk=person.pk).exists():
            assert plan.is_everything
            self.people[who] = student()

    @rule(pk=applications, verb=st.sampled_from(VERBS))
    def the_host_acts(self, pk: int | None, verb: str) -> None:
        self._by_host(pk, verb)

    @rule(which=st.integers(0, 2), is_kept=st.sampled_from([True, True, False]))
    def the_host_decides_on_all(self, which: int, is_kept: bool) -> None:
        undecided = Application.objects.filter(offering=self.courses[which], status__in=UNDECIDED)
        services.decide_on(
            offering=Offering.objects.get(pk=self.courses[which].pk), by=official(self.courses[which]),
            application_ids=list(undecided.values_list("pk", flat=True)), is_kept=is_kept, now=self.now,
        )  # fmt: skip

    @rule(nth=NTH, verb=st.sampled_from(["enrol", "complete", "interrupt", "withdraw", "take_place_back"]))
    def somebody_studies(self, nth: int, verb: str) -> None:
        pk = self.nth(nth, "accepted", "enrolled")
        if verb == "withdraw":
            self._by_applicant(services.withdraw, pk)
        else:
            self._by_host(pk, verb)

    @rule(pk=applications, score=st.none() | st.integers(0, 3))
    def the_host_ranks(self, pk: int | None, score: int | None) -> None:
        one = self.one(pk)
        if one is not None:
            self.attempt(
                services.rank, application_id=pk, by=official(one.offering), priority_group=None,
                score=None if score is None else Decimal(score),
            )  # fmt: skip

    @rule(which=st.integers(0, 2), is_kept=st.booleans())
    def the_host_ends_the_queue(self, which: int, is_kept: bool) -> None:
        """R-CAP-8; or looks what would become of it."""
        queue = list(Application.objects.queue(self.courses[which].pk).values_list("pk", flat=True))
        lines = services.end_queue(
            offering=Offering.objects.get(pk=self.courses[which].pk), application_ids=queue,
            by=official(self.courses[which]), is_kept=is_kept, now=self.now,
        )  # fmt: skip
        assert [one.asked for one in lines] == queue
        ended = "not_eligible" if is_kept else "waiting"
        assert {self.status(one.asked) for one in lines if not one.refused} <= {ended}

    @rule()
    def the_selection_is_run(self) -> None:
        """R-CAP-5: again it gives the same order."""
        of = {"offering_id": self.courses[1].pk, "by": official(self.courses[1])}
        done = self.attempt(services.run_selection, **of)
        if done is not None:
            again = self.attempt(services.run_selection, **of)
            assert (again.offered, again.waiting) == ([], done.waiting)

    @rule(nth=NTH, said=st.sampled_from([COMMITS, COMMITS, DECLINES]))
    def the_home_municipality_answers(self, nth: int, said: StatementInput) -> None:
        statement = self._nth_statement(nth, "requested", "drafted")
        if statement is None:
            return
        if statement.municipality.key == HOMES[-1]:
            by = official(statement.application.offering)
            acting = {"by": by.person, "role": by.role, "organisation_id": by.organisation_id}
            act: Any = services.record_answer_from_outside
        else:
            acting, act = self.acting_for(statement), services.issue_statement
        assert self.attempt(act, statement_id=statement.pk, given=said, **acting) is not None

    @rule(nth=NTH, is_answer=st.booleans())
    def more_is_asked_of_the_applicant_or_given(self, nth: int, is_answer: bool) -> None:
        statement = self._nth_statement(nth, "requested", "drafted")
        if statement is None or statement.municipality.key == HOMES[-1]:
            return
        if is_answer:
            by = statement.application.learner.person
            self.attempt(services.give_more, statement_id=statement.pk, answer="Pellossa.", by=by)
            return
        self.attempt(
            services.ask_for_more, statement_id=statement.pk, question="Missä asut?",
            version=statement.version, **self.acting_for(statement),
        )  # fmt: skip

    @rule(nth=NTH)
    def the_statement_is_sent_back(self, nth: int) -> None:
        """After an appeal; no place moves."""
        statement = self._nth_statement(nth, "issued", "appealed")
        if statement is not None and statement.municipality.key != HOMES[-1]:
            before = Moment.now()
            goes_on = is_answer_needed(statement.application)
            act = services.remit_statement if goes_on else services.set_statement_aside
            self.attempt(
                act, statement_id=statement.pk, version=statement.version, **self.acting_for(statement)
            )
            assert Moment.now() == before

    @rule(nth=NTH, stands=st.booleans())
    def an_appeal_arrives_or_changes_nothing(self, nth: int, stands: bool) -> None:
        """No place moves, and whose turn it is stays too."""
        statement = self._nth_statement(nth, "appealed" if stands else "issued")
        if statement is None:
            return
        before, turns = Moment.now(), self.turns()
        given = {"statement_id": statement.pk, "on": self.now.date(), "version": statement.version}
        given |= self.acting_for(statement)
        if stands:
            done = self.attempt(services.uphold_statement, **given)
        else:
            done = self.attempt(services.record_appeal, reference="D 12", **given)
        refused = statement.outcome == "commits" or statement.is_outside
        assert (done is None) is refused
        assert (Moment.now(), self.turns()) == (before, turns)

    @rule(pk=applications, to=st.sampled_from([0, 2]))
    def the_host_offers_another_course(self, pk: int | None, to: int) -> None:
        one = self.one(pk)
        if one is None:
            return
        cause = Cause.CANCELLED if one.offering.status == "cancelled" else Cause.ASKED
        self.attempt(
            services.offer_transfer, application_id=pk, to=Offering.objects.get(pk=self.courses[to].pk),
            cause=cause, by=official(one.offering),
        )  # fmt: skip

    @rule(target=applications, pk=applications, says=st.sampled_from(["a place", "a number", "no"]))
    def the_applicant_answers_the_other_course(self, pk: int | None, says: str) -> int | None:
        transfer = Transfer.objects.filter(application=pk).order_by("pk").last()
        if transfer is None:
            return None
        by = transfer.application.learner.person
        if says == "no":
            self.attempt(services.decline_transfer, transfer_id=transfer.pk, by=by)
            return None
        before = self.status(pk)
        new = self.attempt(
            services.accept_transfer, transfer_id=transfer.pk, by=by, to_queue=says == "a number"
        )
        if new is None:
            assert self.status(pk) == before  # nothing is given up for a place that she does not get
            return None
        assert self.status(pk) == "transferred"
        if before != "transferred":
            self._has_no_other_full_time_place(new.pk, "offered")
        return int(new.pk)

    @rule(pk=applications, home=st.sampled_from(HOMES))
    def the_applicant_moves_house(self, pk: int | None, home: str) -> None:
        if self.one(pk) is not None:
            self.attempt(
                services.record_move, application_id=pk, home=home_of(home), moved_on=self.now.date(), by=None
            )

    @rule(pk=applications)
    def the_host_confirms_the_move(self, pk: int | None) -> None:
        one = self.one(pk)
        if one is not None:
            by = official(one.offering)
            self.attempt(services.confirm_move, application_id=pk, by=by, seen=one.version)

    @rule(which=st.integers(0, 2), capacity=st.integers(0, 6), is_whole_form=st.booleans())
    def the_host_changes_the_number_of_places(self, which: int, capacity: int, is_whole_form: bool) -> None:
        """R-CAP-2: fewer than are given are refused, more go to those who wait; a form says again what it
        shows.
        """
        given: OfferingInput = {"capacity": capacity}
        if is_whole_form:
            given["quotas"] = dict(self.courses[which].quotas.values_list("municipality", "seats"))
        self._save(which, given)

    @rule(which=st.integers(0, 2), home=st.sampled_from(HOMES), seats=st.integers(0, 3))
    def the_host_reserves_places(self, which: int, home: str, seats: int) -> None:
        """R-CAP-2, R-CAP-4: what is released stays as it was."""
        quotas = dict(self.courses[which].quotas.values_list("municipality", "seats"))
        self._save(which, {"quotas": quotas | {municipality(home).pk: seats}})

    @rule(which=st.integers(0, 2))
    def the_host_saves_what_the_form_shows(self, which: int) -> None:
        """It has not been changed: that is never refused, and moves no place."""
        offering = Offering.objects.get(pk=self.courses[which].pk)
        if offering.status not in GIVEN:
            return
        before = list(offering.counters.order_by("pk").values_list("pk", "seats"))
        quotas = dict(offering.quotas.values_list("municipality", "seats"))
        assert self._save(which, {"capacity": offering.capacity, "quotas": quotas})
        assert list(offering.counters.order_by("pk").values_list("pk", "seats")) == before

    @rule(who=st.integers(0, 3), is_said=st.booleans())
    def somebody_is_protected(self, who: int, is_said: bool) -> None:
        """R-PRIV-6: whatever she has sent goes on as before."""
        person = self.people[who]
        learner = Learner.objects.filter(person=person).first()
        if learner is not None:
            act = services.protect if is_said else services.unprotect
            assert self.attempt(act, learner_id=learner.pk, by=person) is not None

    @rule(which=st.integers(0, 2), days=st.sampled_from([-10, 14, 28]))
    def the_host_changes_the_dates(self, which: int, days: int) -> None:
        """R-APP-6: whoever has applied before is told, by the time that another hour has passed."""
        offering = Offering.objects.get(pk=self.courses[which].pk)
        assert offering.starts_on is not None
        assert offering.ends_on is not None
        later = dt.timedelta(days=days)
        if self._save(which, {"starts_on": offering.starts_on + later, "ends_on": offering.ends_on + later}):
            sent = Application.objects.filter(offering=offering, submitted_at__lt=self.now).live()
            self.to_tell |= set(sent.values_list("pk", flat=True))

    @rule(which=st.integers(0, 2), number=st.integers(0, 3))
    def the_host_gives_places_elsewhere(self, which: int, number: int) -> None:
        counter = PlaceCounter.objects.get(offering=self.courses[which], quota=None)
        by = official(self.courses[which]).person
        self.attempt(
            offering_services.set_taken_elsewhere, offering_id=self.courses[which].pk,
            taken={counter.pk: number}, by=by,
        )  # fmt: skip

    @rule(which=st.integers(0, 2), thinks_twice=st.integers(0, 3))
    def the_host_cancels(self, which: int, thinks_twice: int) -> None:
        """Not too often: with a course most that could happen is over."""
        if thinks_twice:
            return
        by = official(self.courses[which]).person
        self.attempt(
            offering_services.cancel, offering_id=self.courses[which].pk, reasons={"fi": "Vähän."}, by=by
        )

    @rule(hours=st.sampled_from([0, 1, 30, 24 * 3, 24 * 8, 24 * 11]))
    def time_passes(self, hours: int) -> None:
        """The jobs do what they do every minute, before and after, or twice at one moment; courses begin and
        end.
        """
        self._jobs()
        self.wait(hours)
        self._jobs()

    def _jobs(self) -> None:
        offering_services.follow_the_days(now=self.now)
        services.lapse_unanswered(now=self.now)
        services.lapse_transfers(now=self.now)
        for pk in what_to_follow(now=self.now):
            services.follow(pk, now=self.now)
        assert what_to_follow(now=self.now) == []
        assert all(services.follow(one.pk, now=self.now) == [] for one in self.courses)
        told = Application.objects.filter(pk__in=self.to_tell, offering__status__in=GIVEN).live()
        assert all(open_change(one, now=self.now) for one in told)
        self.to_tell.clear()

    def _save(self, which: int, given: OfferingInput) -> bool:
        offering = Offering.objects.get(pk=self.courses[which].pk)
        saved = self.attempt(
            offering_services.save_offering, offering_id=offering.pk, version=offering.version, given=given,
            by=official(offering).person,
        )  # fmt: skip
        return saved is not None

    def _by_applicant(self, act: Any, pk: int | None) -> None:
        one = self.one(pk)
        if one is not None:
            self.attempt(act, application_id=pk, by=one.learner.person)

    def _by_host(self, pk: int | None, verb: str) -> None:
        one = self.one(pk)
        if one is not None:
            beside: dict[str, Any] = {
                "refuse": {"refusal": REFUSAL}, "enrol": {"on": self.now.date()},
                "take_place_back": {"refusal": REFUSAL},
            }  # fmt: skip
            by = official(one.offering)
            self.attempt(getattr(services, verb), application_id=pk, by=by, **beside.get(verb, {}))

    def _nth_statement(self, nth: int, *states: str) -> HomeStatement | None:
        rows = HomeStatement.objects.filter(state__in=states).order_by("pk")
        found = list(rows.select_related("municipality", "application__offering", "application__learner"))
        return found[nth % len(found)] if found else None

    def _has_no_other_full_time_place(self, pk: int | None, before: str) -> None:
        """R-CAP-10: whoever has just taken a full-time place has no other one at the same time."""
        one = self.one(pk)
        if one is None or (before, one.status) != ("offered", "accepted"):
            return
        if one.offering.study_form != "full_time":
            return
        taken = Application.objects.filter(learner=one.learner_id, status__in=["accepted", "enrolled"])
        for other in taken.filter(offering__study_form="full_time").exclude(pk=pk).select_related("offering"):
            here, there = one.offering, other.offering
            assert here.starts_on > there.ends_on or there.starts_on > here.ends_on


@pytest.fixture
def municipalities(db: None) -> None:
    for key in HOMES:
        municipality(key)


def test_acts_in_any_order_keep_every_invariant(municipalities: None, request: pytest.FixtureRequest) -> None:
    nightly = request.config.getoption("--nightly")
    run_state_machine_as_test(
        AnyOrder,
        settings=settings(
            max_examples=200 if nightly else 10,
            stateful_step_count=60 if nightly else 30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
