"""Named sets of applications."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from applications.states import COMMITTING, LIVE, UNDECIDED, ApplicationStatus
from providers.models import Role
from providers.rules import organisations_acted_for, organisations_published_for

if TYPE_CHECKING:
    from applications.models import Application  # noqa: F401
    from kopa.accounts.models import User


class ApplicationQuerySet(models.QuerySet["Application"]):
    def live(self) -> Self:
        """Something may still come of them."""
        return self.filter(status__in=LIVE)

    def of(self, person: User | AnonymousUser) -> Self:
        """The person's own."""
        if not person.is_authenticated:
            return self.none()
        return self.filter(learner__person=person.pk)

    def to_courses_of(self, user: User | AnonymousUser, *, on: dt.date) -> Self:
        """Those to courses of the organisations that the user publishes and decides for."""
        return self.filter(offering__provider__in=organisations_published_for(user, on=on))

    def from_residents_for(self, user: User | AnonymousUser, *, on: dt.date) -> Self:
        """Those that wait, or have waited, for a statement of a municipality whose officer the user is."""
        offices = organisations_acted_for(user, Role.OFFICER, on=on).filter(municipality__isnull=False)
        return self.filter(
            statements__municipality__in=offices.values("municipality"),
            statements__state__in=["requested", "drafted", "issued"],
        )

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

    def with_statement_in(self) -> Self:
        """Nothing is waited for from the home municipality: not needed, or it pays (R-HOME-3, R-APP-3)."""
        return self.exclude(Q(statement_need="required") & ~self._committed())

    def waiting_for_home(self) -> Self:
        """Undecided, and the home municipality has not answered."""
        return self.filter(status__in=UNDECIDED, statements__state__in=["requested", "drafted"])

    def waiting_for_host(self) -> Self:
        """Undecided, nothing is waited for from home, and the host has not decided on the admission."""
        rows = self.filter(status__in=UNDECIDED, admissiondecision__isnull=True)
        return rows.exclude(statements__state__in=["requested", "drafted"])

    def ready_for_selection(self) -> Self:
        """Sent, received, the statement in or not needed, and not refused: they can be put in order."""
        rows = self.filter(status=ApplicationStatus.SUBMITTED, receptiondecision__is_positive=True)
        return rows.with_statement_in().order_by("pk")

    def answered_too_late(self, now: dt.datetime) -> Self:
        """Offered, and the last second for the answer is over (R-CAP-9)."""
        return self.filter(status=ApplicationStatus.OFFERED, held_until__lt=now.replace(microsecond=0))

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

    def _committed(self) -> Exists:
        statements = self.model.statements.rel.related_model.objects  # type: ignore[attr-defined]
        return Exists(
            statements.filter(application=OuterRef("pk"), state="issued", outcome__in=sorted(COMMITTING))
        )
