"""Named sets of applications."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Count, Exists, F, Min, OuterRef, Prefetch, Q
from django.db.models.functions import Lower

from applications.querysets_statements import after_last_day, asked_of
from applications.states import (
    COMMITTING,
    ENDED,
    GIVEN,
    LIVE,
    UNDECIDED,
    ApplicationStatus,
    StatementState,
    Turn,
)
from providers.rules import organisations_published_for

if TYPE_CHECKING:
    from applications.models import Application  # noqa: F401
    from kopa.accounts.models import User

IN_FORCE: Final = sorted(set(StatementState) - {StatementState.DROPPED})
# The home municipality has been asked and has not answered.
AT_HOME: Final[dict[str, Any]] = {"state__in": ["requested", "drafted"]}
# ``steps.is_move_unconfirmed``
MOVE_UNCONFIRMED: Final = Q(move_told_at__isnull=False, move_confirmed_at__isnull=True) & ~Q(
    statement_need="required"
)
# The home municipality pays, and states no opinion (R-HOME-3 b and c).
PAID_UNASKED: Final = Q(statement_need="not_required", statement_reason__in=["agreement", "primary_area"])


class ApplicationQuerySet(models.QuerySet["Application"]):
    def live(self) -> Self:
        """Something may still come of them."""
        return self.filter(status__in=LIVE)

    def to_end_with_the_course(self) -> Self:
        """Live ones of a cancelled course, but for those who may still move to another one."""
        return self.live().exclude(transfers__state="open")

    def moved_before_the_course_was_cancelled(self) -> Self:
        """Asked to move because the host was going to cancel, and since then it has; they stand where they
        stood when they moved (R-APP-10).
        """
        return self.live().filter(
            transferred_from__transfers__cause="cancelled",
            transferred_from__transfers__state="accepted",
            transferred_from__offering__status="cancelled",
            submitted_at__gt=F("transferred_from__submitted_at"),
        )

    def of(self, person: User | AnonymousUser) -> Self:
        """The person's own."""
        if not person.is_authenticated:
            return self.none()
        return self.filter(learner__person=person.pk)

    def of_others_than(self, person: User | AnonymousUser) -> Self:
        """Nobody handles her own matter."""
        return self.exclude(learner__person=person.pk)

    def to_courses_of(self, user: User | AnonymousUser, *, on: dt.date) -> Self:
        """Those to courses of the organisations that the user publishes and decides for, but her own."""
        theirs = self.filter(offering__provider__in=organisations_published_for(user, on=on))
        return theirs.of_others_than(user)

    def from_residents_for(self, user: User | AnonymousUser, *, on: dt.date) -> Self:
        """Those that wait, or have waited, for a statement of a municipality whose officer the user is."""
        return self.filter(
            asked_of(user, on=on, prefix="statements__"),
            statements__state__in=IN_FORCE,
        )

    def paid_without_statement_by(self, user: User | AnonymousUser, *, on: dt.date) -> Self:
        """R-APP-3: residents' applications that the home municipality pays for without being asked, by an
        agreement or by law; live ones, and of the others those that led to studies. Where she has moved to
        before the start, that municipality's (R-HOME-1). Its officers see of them what R-PRIV-4 says, never
        the application itself.
        """
        if not user.is_authenticated:
            return self.none()
        home = Q(moved_to__isnull=True) & asked_of(user, on=on, name="home_municipality")
        paid = self.filter(home | asked_of(user, on=on, name="moved_to"), PAID_UNASKED)
        return paid.filter(Q(status__in=LIVE) | Q(enrolled_on__isnull=False)).of_others_than(user)

    def visible_to(self, user: User | AnonymousUser, *, on: dt.date) -> Self:
        """R-PRIV-4: the applicant's own; the host's people those to its courses; officers those that their
        municipality states its opinion on. Nobody else sees one, whatever the role.
        """
        if not user.is_authenticated:
            return self.none()
        return self.filter(
            Q(pk__in=self.of(user).values("pk"))
            | Q(pk__in=self.to_courses_of(user, on=on).values("pk"))
            | Q(pk__in=self.from_residents_for(user, on=on).values("pk"))
        )

    def read_by(self, user: User | AnonymousUser, *, on: dt.date) -> Self:
        """R-PRIV-4, whole applications: the applicant's own, and the host's people those to its courses.
        Officers read of their residents' what a statement needs, with the statements.
        """
        if not user.is_authenticated:
            return self.none()
        return self.filter(
            Q(pk__in=self.of(user).values("pk")) | Q(pk__in=self.to_courses_of(user, on=on).values("pk"))
        )

    def with_statement_in(self) -> Self:
        """Nothing is waited for from the home municipality: not needed, or it pays (R-HOME-3, R-APP-3)."""
        return self.exclude(Q(statement_need="required") & ~self._committed())

    def with_move_confirmed(self) -> Self:
        """``steps.is_move_unconfirmed`` does not hold (R-HOME-2)."""
        return self.exclude(MOVE_UNCONFIRMED)

    def waiting_for_home(self) -> Self:
        """Undecided, and the home municipality has not answered."""
        return self.filter(status__in=UNDECIDED, statements__state__in=["requested", "drafted"])

    def waiting_for_host(self) -> Self:
        """Undecided, nothing is waited for from home, and the host has not decided on the admission."""
        rows = self.filter(status__in=UNDECIDED, admissiondecision__isnull=True)
        return rows.exclude(statements__state__in=["requested", "drafted"])

    def ready_for_selection(self) -> Self:
        """Sent, received, the statement in or not needed, and not refused: they can be put in order. Whoever
        holds a place has been.
        """
        rows = self.filter(status=ApplicationStatus.SUBMITTED, receptiondecision__is_positive=True)
        rows = rows.exclude(seats__state="held")
        return rows.with_statement_in().with_move_confirmed().order_by("pk")

    def answered_too_late(self, now: dt.datetime) -> Self:
        """Offered, and the last second for the answer is over (R-CAP-9). Who is asked to move elsewhere
        answers that first.
        """
        late = self.filter(status=ApplicationStatus.OFFERED, held_until__lt=now.replace(microsecond=0))
        return late.exclude(transfers__state="open")

    def at_an_end_by(self, day: dt.date) -> Self:
        """Those that ended, or whose course did, on the day or before: the ones that may have to go."""
        midnight = dt.datetime.combine(day + dt.timedelta(days=2), dt.time.min, tzinfo=dt.UTC)
        over = Q(ended_at__lt=midnight) | Q(offering__ends_on__lte=day)
        return self.filter(over | Q(status__in=LIVE, offering__starts_on__lte=day))

    def with_what_counts(self) -> Self:
        """With what says how long each is kept (``applications.retention``)."""
        return self.select_related(
            "learner__person", "offering__provider", "home_municipality", "receptiondecision",
            "admissiondecision",
        ).prefetch_related(
            "statements__municipality", "statements__document", "replaced_admissions"
        )  # fmt: skip

    def in_queue_order(self) -> Self:
        """R-CAP-5: timely before late, parties' residents before others (R-CAP-6), then priority group, score
        (most first), lot, time of sending, id. Where the course has no selection the middle ones are empty.
        """
        return self.order_by(
            "is_late",
            "is_outside",
            F("priority_group").asc(nulls_last=True),
            F("score").desc(nulls_last=True),
            F("lot").asc(nulls_last=True),
            "submitted_at",
            "id",
        )

    def queue(self, offering_id: int) -> Self:
        """Those waiting for a place in the course, the next one first."""
        return self.filter(offering=offering_id, status=ApplicationStatus.WAITING).in_queue_order()

    def whose_turn_is(self, turn: Turn) -> Self:
        """``steps.turn`` for many."""
        undecided, at_home = Q(status__in=UNDECIDED), Q(Exists(self._statements(**AT_HOME)))
        asked = Exists(self._statements(**AT_HOME, more_given="").exclude(more_asked=""))
        undecided_here = undecided & ~at_home
        open_questions = Q(self._declined()) | MOVE_UNCONFIRMED
        which: dict[Turn, Q] = {
            Turn.HOME: undecided & at_home & ~Q(asked),
            Turn.LEARNER: Q(status=ApplicationStatus.OFFERED) | undecided & Q(asked),
            Turn.HOST: Q(status=ApplicationStatus.ACCEPTED)
            | undecided_here & (Q(admissiondecision__isnull=True) | open_questions),
            Turn.QUEUE: undecided_here & Q(admissiondecision__isnull=False) & ~open_questions,
            Turn.NOBODY: Q(status__in=ENDED | {ApplicationStatus.ENROLLED}),
        }
        return self.filter(which[turn])

    def with_case(self) -> Self:
        """With everything that a list or a page shows of each; the statement in force as ``in_force``."""
        statements = self._all_statements().exclude(state="dropped").select_related("municipality")
        return self.select_related(
            "learner__person", "home_municipality", "moved_to", "prior_education", "offering__provider",
            "receptiondecision", "admissiondecision",
        ).prefetch_related(Prefetch("statements", statements, to_attr="in_force"))  # fmt: skip

    def with_namesakes(self) -> Self:
        """R-APP-13, ``has_namesake``: somebody of the same name and birth date, with another address, has
        applied to the same course. A protected identity is nobody's namesake, and nobody is hers (R-PRIV-6).
        """
        others = self.model._default_manager.annotate(other=Lower("learner__person__name"))
        same = others.filter(
            offering=OuterRef("offering"), other=Lower(OuterRef("learner__person__name")),
            learner__birth_on=OuterRef("learner__birth_on"), learner__is_protected=False,
        )  # fmt: skip
        others_too = Exists(same.exclude(learner=OuterRef("learner")))
        return self.annotate(has_namesake=Q(others_too, learner__is_protected=False))

    def numbers_by_course(self, *, now: dt.datetime) -> dict[int, dict[str, Any]]:
        """How many stand where, by course; one statement. Each application is in one of the groups: home,
        ready, admitted, offered, accepted, enrolled, over. Ready is what the host has to decide, or a move
        that it has to confirm first.
        """
        undecided, at_home = Q(status__in=UNDECIDED), Q(is_at_home=True)
        rows = self.annotate(
            is_at_home=Exists(self._statements(**AT_HOME)),
            is_declined=self._declined(),
            is_overdue=Exists(self._statements(**AT_HOME).filter(after_last_day(now))),
        )
        moves = undecided & ~at_home & MOVE_UNCONFIRMED
        open_question = Q(admissiondecision__isnull=True) | Q(is_declined=True)
        to_decide = undecided & ~at_home & ~MOVE_UNCONFIRMED & open_question
        groups = {
            "home": undecided & at_home,
            "ready": to_decide | moves,
            "admitted": undecided & ~at_home & ~MOVE_UNCONFIRMED & ~open_question,
            "offered": Q(status=ApplicationStatus.OFFERED),
            "accepted": Q(status=ApplicationStatus.ACCEPTED),
            "enrolled": Q(status=ApplicationStatus.ENROLLED),
            "over": Q(status__in=ENDED),
        }
        counted = groups | {
            "overdue": undecided & Q(is_overdue=True),
            "to_decide": to_decide,
            "moves": moves,
            "received": to_decide
            & Q(status="submitted", receptiondecision__is_positive=True, is_declined=False),
            "queue": Q(status=ApplicationStatus.WAITING),
            "undecided": undecided,
            "live": Q(status__in=LIVE),
        }
        found = rows.order_by().values("offering").annotate(
            all=Count("pk"),
            answer_by=Min("held_until", filter=groups["offered"]),
            **{name: Count("pk", filter=which) for name, which in counted.items()},
        )  # fmt: skip
        return {row["offering"]: dict(row) for row in found}

    def _all_statements(self) -> models.QuerySet[Any]:
        statements: models.QuerySet[Any] = self.model.statements.rel.related_model.objects.all()  # type: ignore[attr-defined]
        return statements

    def _statements(self, **which: Any) -> models.QuerySet[Any]:
        return self._all_statements().filter(application=OuterRef("pk"), **which)

    def _declined(self) -> Exists:
        return Exists(self._statements(state__in=GIVEN).exclude(outcome__in=sorted(COMMITTING)))

    def _committed(self) -> Exists:
        return Exists(self._statements(state__in=GIVEN, outcome__in=sorted(COMMITTING)))
