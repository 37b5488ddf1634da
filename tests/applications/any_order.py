"""What random acts are done to, and what holds after each of them (DOMAIN.md §3.7, §3.8)."""

from __future__ import annotations

import datetime as dt
import inspect
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import time_machine
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from hypothesis.stateful import RuleBasedStateMachine, invariant

from applications.models import Application, HomeStatement, Seat, Transfer
from applications.services.filling import takes_more, what_to_follow
from applications.services.recounting import places_miscounted
from applications.states import LIVE, LIVE_SEATS, SEATS_OF, ApplicationStatus
from applications.steps import turn
from kopa.accounts.models import User
from kopa.base.errors import RuleBroken
from offerings import services as offering_services
from offerings.models import Offering, PlaceCounter
from offerings.search import projection
from providers.models import Role, RoleAssignment
from tests.factories import RoleAssignmentFactory, organisation_of

GIVEN = frozenset({"offered", "accepted", "enrolled"})


@dataclass(frozen=True)
class Moment:
    """How everything stood after an act."""

    status: dict[int, str]
    order: dict[int, tuple[Any, ...]]
    waiting: dict[int, tuple[int, int]]  # course and home of those in the queue
    seats: dict[int, int]  # the counter of each application's live place

    @classmethod
    def now(cls) -> Moment:
        rows = list(Application.objects.all())
        live = Seat.objects.filter(state__in=LIVE_SEATS)
        return cls(
            status={one.pk: one.status for one in rows},
            order={one.pk: place_in_line(one) for one in rows},
            waiting={
                one.pk: (one.offering_id, one.home_municipality_id) for one in rows if one.status == "waiting"
            },
            seats=dict(live.values_list("application", "counter")),
        )


def place_in_line(one: Application) -> tuple[Any, ...]:
    """R-CAP-5, R-CAP-6, R-APP-4, said once more."""
    last = float("inf")
    return (
        one.is_late, one.is_outside,
        last if one.priority_group is None else one.priority_group,
        last if one.score is None else -one.score,
        last if one.lot is None else one.lot,
        one.submitted_at, one.pk,
    )  # fmt: skip


class Life(RuleBasedStateMachine):
    """The courses, the people and the clock. Everything is taken back at the end."""

    courses: list[Offering]
    people: list[User]

    def __init__(self) -> None:
        super().__init__()
        self.now = timezone.now()
        # Whose course has been changed since the jobs were last run.
        self.to_tell: set[int] = set()
        self.clock = time_machine.travel(self.now, tick=False)
        self.hands = self.clock.start()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.before = Moment({}, {}, {}, {})

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)
        self.clock.stop()

    def wait(self, hours: int) -> None:
        self.now += dt.timedelta(hours=hours)
        self.hands.move_to(self.now, tick=False)

    def attempt(self, act: Any, **given: Any) -> Any:
        """Do it; a refusal is an answer like any other, and leaves everything as it was."""
        if "now" in inspect.signature(act).parameters:
            given["now"] = self.now
        try:
            with transaction.atomic():
                return act(**given)
        except (RuleBroken, ValidationError):
            return None

    def one(self, pk: int | None) -> Application | None:
        """None too where it has been erased."""
        return Application.objects.filter(pk=pk).select_related("offering__provider", "learner").first()

    def nth(self, nth: int, *states: str) -> int | None:
        """One of those in these states, if there are any."""
        rows = Application.objects.filter(status__in=states).order_by("pk")
        found = list(rows.values_list("pk", flat=True))
        return found[nth % len(found)] if found else None

    def status(self, pk: int | None) -> str:
        one = self.one(pk)
        return "" if one is None else one.status

    def turns(self) -> dict[int, str]:
        """Whose turn it is in each."""
        return {one.pk: turn(one) for one in Application.objects.all()}

    def acting_for(self, statement: HomeStatement) -> dict[str, Any]:
        """The home municipality's officer, as the journal names her."""
        office = organisation_of(statement.municipality.key)
        role: RoleAssignment = office.role_assignments.filter(role=Role.OFFICER).first() or (
            RoleAssignmentFactory(role=Role.OFFICER, organisation=office)
        )
        return {"by": role.person, "role": role.role, "organisation_id": office.pk}

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
        rows = Seat.objects.filter(state__in=LIVE_SEATS).values_list("application", "state")
        live = dict(rows)
        assert len(live) == len(rows)
        for one in Application.objects.select_related("offering"):
            allowed = SEATS_OF.get(ApplicationStatus(one.status), ())
            by_registration = one.offering.selection_rule == "registration_order"
            must = one.status in GIVEN or (
                # Where there is a selection, the next in the queue holds one until her statement is in.
                one.status == "submitted" and (by_registration or one.pk in live)
            )
            assert (one.pk in live) is must, (one.status, live.get(one.pk))
            assert not must or live[one.pk] in allowed
            assert one.status != "offered" or one.held_until is not None

    @invariant()
    def one_live_application_per_person_and_course(self) -> None:
        """R-APP-1"""
        pairs = Counter(Application.objects.live().values_list("learner", "offering"))
        assert all(number == 1 for number in pairs.values())

    @invariant()
    def what_is_over_waits_for_nobody(self) -> None:
        """DOMAIN.md §3.8: it has an end; nobody is asked for a statement or about another course any more."""
        over = Application.objects.exclude(status__in=LIVE)
        assert not over.filter(ended_at=None).exists()
        assert not Application.objects.live().exclude(ended_at=None).exists()
        assert not Transfer.objects.filter(state="open", application__in=over).exists()
        awaited = Q(statements__state__in=["requested", "drafted"])
        assert not over.filter(awaited, enrolled_on=None).exists()

    @invariant()
    def one_statement_is_in_force_where_one_is_needed(self) -> None:
        """R-HOME-1, R-HOME-3"""
        in_force = Counter(HomeStatement.objects.in_force().values_list("application", flat=True))
        for one in Application.objects.live():
            assert in_force[one.pk] == (1 if one.statement_need == "required" else 0)

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
            for counter in PlaceCounter.objects.filter(offering=offering).select_related("quota"):
                queue = Application.objects.queue(offering.pk)
                if counter.quota is not None and counter.quota.released_at is None:
                    queue = queue.filter(home_municipality=counter.quota.municipality_id)
                assert counter.free == 0 or not queue.exists()

    @invariant()
    def nobody_is_passed_and_nobody_offered_a_place_undecided(self) -> None:
        """R-CAP-5, R-APP-3, R-APP-11, R-APP-12: looked at in what the last act has changed."""
        before, self.before = self.before, Moment.now()
        after = self.before
        offered = [
            pk for pk, status in after.status.items()
            if status in GIVEN and before.status.get(pk) not in GIVEN
        ]  # fmt: skip
        decided = Application.objects.filter(
            pk__in=offered, receptiondecision__is_positive=True, admissiondecision__is_positive=True
        )
        assert decided.with_statement_in().with_move_confirmed().count() == len(offered)
        counters = PlaceCounter.objects.select_related("quota").in_bulk()
        for pk in after.seats.keys() - before.seats.keys():
            counter = counters[after.seats[pk]]
            for waiting in before.waiting.keys() & after.waiting.keys():
                course, home = after.waiting[waiting]
                is_open = counter.quota is None or counter.quota.released_at is not None
                fits = is_open or counter.quota.municipality_id == home
                was_before = before.order[waiting] < before.order.get(pk, after.order[pk])
                if course == counter.offering_id and fits and was_before:
                    assert after.order[waiting] > after.order[pk], f"{pk} has passed {waiting}"

    @invariant()
    def the_search_shows_what_is_free(self) -> None:
        """FIELD 18, R-CAP-11: a by-product of applications, never older than the last act."""
        assert projection.compare(now=self.now) == []

    @invariant()
    def the_queue_stands_in_its_order(self) -> None:
        """R-CAP-5"""
        for offering in Offering.objects.all():
            queue = Application.objects.queue(offering.pk)
            assert all(place_in_line(one) < place_in_line(other) for one, other in pairwise(queue))
