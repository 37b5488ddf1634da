"""Random acts by random people in any order: every invariant of DOMAIN.md §3.7 and §3.8 holds after each."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from contextlib import suppress
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from applications import services
from applications.models import Application, Cause, HomeStatement, Seat, Transfer
from applications.services.deciding import Refusal
from applications.services.filling import places_miscounted, takes_more, what_to_follow
from applications.services.statements import StatementInput
from applications.states import LIVE, LIVE_SEATS, SEATS_OF, ApplicationStatus, StatementOutcome
from kopa.base.errors import RuleBroken
from offerings import services as offering_services
from offerings.models import Offering, PlaceCounter
from offerings.search import projection
from tests.applications.given import apply, course, home_of, official, statement_given, student
from tests.factories import in_days, municipality

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
HOMES = ("FI-854", "FI-851", "FI-240")
RULES = ("registration_order", "score", "lottery")
VERBS = ("receive", "admit", "refuse", "enrol", "complete", "interrupt")
REFUSAL = Refusal(ground="requirements", text="Pohjakoulutus puuttuu.", appeal="Valita.")


class AnyOrder(RuleBasedStateMachine):
    """Three courses, a handful of people, and the clock. What a rule refuses leaves everything as it was."""

    applications = Bundle("applications")

    def __init__(self) -> None:
        super().__init__()
        self.now = timezone.now()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    @initialize(
        selection=st.sampled_from(RULES),
        capacity=st.integers(1, 4),
        reserved=st.integers(0, 2),
        precedence=st.sampled_from(["reserved_first", "open_first"]),
        form=st.sampled_from(["vocational", "basic"]),
    )
    def begin(self, selection: str, capacity: int, reserved: int, precedence: str, form: str) -> None:
        quotas = {HOMES[0]: min(reserved, capacity)} if reserved else {}
        self.courses = [
            course(
                capacity=capacity, quotas=quotas, precedence=precedence, form=form, selection_rule=one,
                applications_close_at=in_days(10), quota_release_at=in_days(20),
            )
            for one in ("registration_order", selection, "registration_order")
        ]  # fmt: skip
        self.people = [student() for _ in range(4)]

    def attempt(self, act: Any, **given: Any) -> Any:
        """Do it; a refusal is an answer like any other."""
        try:
            with transaction.atomic():
                return act(now=self.now, **given)
        except RuleBroken:
            return None

    @rule(target=applications, who=st.integers(0, 3), which=st.integers(0, 2), home=st.sampled_from(HOMES))
    def somebody_applies(self, who: int, which: int, home: str) -> int | None:
        """Late too, once time has passed (R-APP-4)."""
        try:
            with transaction.atomic():
                return apply(self.courses[which], home, person=self.people[who], now=self.now).pk
        except RuleBroken:
            return None

    @rule(pk=applications)
    def the_applicant_accepts(self, pk: int | None) -> None:
        self._by_applicant(services.accept, pk)

    @rule(pk=applications)
    def the_applicant_declines(self, pk: int | None) -> None:
        self._by_applicant(services.decline, pk)

    @rule(pk=applications)
    def the_applicant_withdraws(self, pk: int | None) -> None:
        before = self._status(pk)
        self._by_applicant(services.withdraw, pk)
        if before in LIVE:
            assert self._status(pk) == "withdrawn"  # R-APP-7: never refused

    @rule(pk=applications, verb=st.sampled_from(VERBS))
    def the_host_acts(self, pk: int | None, verb: str) -> None:
        if pk is None:
            return
        by = official(Application.objects.get(pk=pk).offering)
        beside: dict[str, Any] = {"refuse": {"refusal": REFUSAL}, "enrol": {"on": self.now.date()}}
        self.attempt(getattr(services, verb), application_id=pk, by=by, **beside.get(verb, {}))

    @rule(pk=applications, commits=st.booleans())
    def the_home_municipality_answers(self, pk: int | None, commits: bool) -> None:
        waiting = HomeStatement.objects.filter(application=pk, state__in=["requested", "drafted"])
        if not waiting.exists():
            return
        said = None if commits else StatementInput(
            StatementOutcome.DECLINES, "Aino", ground="own_course", text="Kotona.", appeal="Valita."
        )  # fmt: skip
        statement_given(Application.objects.get(pk=pk), said)

    @rule()
    def the_selection_is_run(self) -> None:
        self.attempt(services.run_selection, offering_id=self.courses[1].pk, by=official(self.courses[1]))

    @rule(pk=applications, to=st.sampled_from([0, 2]))
    def the_host_offers_another_course(self, pk: int | None, to: int) -> None:
        if pk is None:
            return
        offering = Application.objects.get(pk=pk).offering
        cause = Cause.CANCELLED if offering.status == "cancelled" else Cause.ASKED
        self.attempt(
            services.offer_transfer, application_id=pk, to=Offering.objects.get(pk=self.courses[to].pk),
            cause=cause, by=official(offering),
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
        before = self._status(pk)
        new = self.attempt(
            services.accept_transfer, transfer_id=transfer.pk, by=by, to_queue=says == "a number"
        )
        if new is None:
            assert self._status(pk) == before  # nothing is given up for a place that she does not get
            return None
        assert self._status(pk) == "transferred"
        return int(new.pk)

    @rule(pk=applications, home=st.sampled_from(HOMES))
    def the_applicant_moves_house(self, pk: int | None, home: str) -> None:
        if pk is not None:
            self.attempt(
                services.record_move, application_id=pk, home=home_of(home), moved_on=self.now.date(), by=None
            )

    @rule(pk=applications)
    def the_host_confirms_the_move(self, pk: int | None) -> None:
        if pk is not None:
            application = Application.objects.get(pk=pk)
            by = official(application.offering)
            self.attempt(services.confirm_move, application_id=pk, by=by, seen=application.version)

    @rule(which=st.integers(0, 2), capacity=st.integers(0, 6))
    def the_host_changes_the_number_of_places(self, which: int, capacity: int) -> None:
        """R-CAP-2: fewer than are given are refused, more go to those who wait."""
        offering = Offering.objects.get(pk=self.courses[which].pk)
        with suppress(RuleBroken, ValidationError), transaction.atomic():
            offering_services.save_offering(
                offering_id=offering.pk, version=offering.version, given={"capacity": capacity},
                by=official(offering).person,
            )  # fmt: skip

    @rule(which=st.integers(0, 2), number=st.integers(0, 3))
    def the_host_gives_places_elsewhere(self, which: int, number: int) -> None:
        counter = PlaceCounter.objects.get(offering=self.courses[which], quota=None)
        try:
            with transaction.atomic():
                offering_services.set_taken_elsewhere(
                    offering_id=self.courses[which].pk, taken={counter.pk: number},
                    by=official(self.courses[which]).person,
                )  # fmt: skip
        except RuleBroken:
            return

    @rule(which=st.integers(0, 2))
    def the_host_cancels(self, which: int) -> None:
        offering = self.courses[which]
        try:
            with transaction.atomic():
                offering_services.cancel(
                    offering_id=offering.pk, reasons={"fi": "Liian vähän."}, by=official(offering).person
                )
        except RuleBroken:
            return

    @rule(hours=st.sampled_from([1, 30, 24 * 8, 24 * 11]))
    def time_passes(self, hours: int) -> None:
        self.now += dt.timedelta(hours=hours)
        services.lapse_unanswered(now=self.now)
        services.lapse_transfers(now=self.now)
        for pk in what_to_follow(now=self.now):
            services.follow(pk, now=self.now)

    @rule(which=st.integers(0, 2))
    def a_worker_follows_twice(self, which: int) -> None:
        services.follow(self.courses[which].pk, now=self.now)
        assert services.follow(self.courses[which].pk, now=self.now) == []

    def _by_applicant(self, act: Any, pk: int | None) -> None:
        if pk is not None:
            person = Application.objects.get(pk=pk).learner.person
            self.attempt(act, application_id=pk, by=person)

    def _status(self, pk: int | None) -> str:
        return "" if pk is None else Application.objects.values_list("status", flat=True).get(pk=pk)

    @invariant()
    def never_more_are_given_than_there_are(self) -> None:
        """R-CAP-1, R-CAP-2"""
        for counter in PlaceCounter.objects.all():
            assert counter.given <= counter.seats
        assert offering_services.places_that_disagree() == []

    @invariant()
    def counters_equal_rows(self) -> None:
        """R-CAP-1"""
        assert places_miscounted() == []

    @invariant()
    def each_has_the_place_that_its_state_says(self) -> None:
        """DOMAIN.md §3.7: one live seat, of the kind that the state of the application names."""
        live = dict(Seat.objects.filter(state__in=LIVE_SEATS).values_list("application", "state"))
        for one in Application.objects.select_related("offering"):
            allowed = SEATS_OF.get(ApplicationStatus(one.status), ())
            by_registration = one.offering.selection_rule == "registration_order"
            must = one.status in {"offered", "accepted", "enrolled"} or (
                # Where there is a selection, the next in the queue holds one until her statement is in.
                one.status == "submitted" and (by_registration or one.pk in live)
            )
            assert (one.pk in live) is must, (one.status, live.get(one.pk))
            assert not must or live[one.pk] in allowed

    @invariant()
    def one_live_application_per_person_and_course(self) -> None:
        """R-APP-1"""
        pairs = Counter(Application.objects.live().values_list("learner", "offering"))
        assert all(number == 1 for number in pairs.values())

    @invariant()
    def reserved_places_are_given_to_residents_only(self) -> None:
        """R-CAP-3"""
        wrong = Seat.objects.filter(state__in=LIVE_SEATS, counter__quota__isnull=False).exclude(
            counter__quota__municipality=F("application__home_municipality")
        )
        assert not wrong.exists()

    @invariant()
    def nobody_waits_beside_a_place_that_is_free_for_her(self) -> None:
        """R-CAP-8: unless somebody has just changed the places and the worker has not come yet."""
        for offering in Offering.objects.all():
            if offering.pk in what_to_follow(now=self.now) or not takes_more(offering, self.now):
                continue
            opened = PlaceCounter.objects.get(offering=offering, quota=None)
            assert opened.free == 0 or not Application.objects.queue(offering.pk).exists()

    @invariant()
    def nobody_is_offered_a_place_undecided(self) -> None:
        """R-APP-3, R-APP-11, R-APP-12"""
        given = Application.objects.filter(status__in=["offered", "accepted", "enrolled"])
        decided = given.filter(receptiondecision__is_positive=True, admissiondecision__is_positive=True)
        assert decided.with_statement_in().count() == given.count()

    @invariant()
    def the_search_shows_what_is_free(self) -> None:
        """FIELD 18: free places are a by-product of applications."""
        assert projection.compare(now=timezone.now()) == []


@pytest.fixture
def municipalities(db: None) -> None:
    for key in HOMES:
        municipality(key)


def test_acts_in_any_order_keep_every_invariant(municipalities: None, request: pytest.FixtureRequest) -> None:
    nightly = request.config.getoption("--nightly")
    run_state_machine_as_test(
        AnyOrder,
        settings=settings(
            max_examples=200 if nightly else 8,
            stateful_step_count=60 if nightly else 25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
