"""The applicant's page of one application: whose turn it is, since when, what was decided, who has looked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Max
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from applications.errors import AnsweredTooLate
from applications.models import (
    AdmissionDecision,
    Application,
    Attachment,
    HomeStatement,
    ReceptionDecision,
    Seat,
)
from applications.services.answering import other_places, refuse_late_answer
from applications.states import LIVE, LIVE_SEATS, ApplicationStatus, StatementState, Turn
from applications.steps import turn_of
from kopa.base import writing
from kopa.base.names import Text
from municipalities.cache import gazetteer
from offerings import paying
from offerings.payers import Ground, Need, StatementRule
from offerings.presenting import address
from providers.models import Organisation

S = ApplicationStatus


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened; ``moment`` is written for the reader."""

    at: dt.datetime
    what: str
    moment: str


@dataclass(frozen=True, slots=True)
class Looked:
    """An organisation whose people have opened the application (R-PRIV-10)."""

    organisation: Text
    moment: str


@dataclass
class OwnPage:
    """What ``templates/applications/own.html`` shows; ``application`` is the reader's own."""

    application: Application
    now: dt.datetime

    # The course

    @property
    def title(self) -> Text:
        return self.application.offering.title()

    @property
    def course_address(self) -> str:
        return address(self.application.offering)

    @property
    def provider(self) -> Text:
        return self.application.offering.provider.label()

    @property
    def country(self) -> str:
        """Whose clock counts (R-TIME-1)."""
        return self.application.offering.provider.country

    @property
    def is_abroad(self) -> bool:
        """The host's clock is not that of the student's home: its name is said (R-TIME-2)."""
        return self.country != self.application.home_municipality.country

    def moment(self, value: dt.datetime | None) -> str:
        return writing.moment(value, country=self.country, zone=self.is_abroad) if value else ""

    @property
    def sent(self) -> str:
        """R-APP-2: with the zone, always."""
        return writing.moment(self.application.submitted_at, country=self.country, zone=True)

    # State

    @property
    def is_live(self) -> bool:
        return self.application.status in LIVE

    @property
    def is_offered(self) -> bool:
        return self.application.status == S.OFFERED

    @property
    def question(self) -> str:
        """What the home municipality wants to know."""
        statement = self.statement
        return statement.more_asked if statement is not None and statement.waits_for_applicant else ""

    @property
    def can_answer(self) -> bool:
        """The last second of the offer is not over."""
        if not self.is_offered:
            return False
        try:
            refuse_late_answer(self.application, self.now)
        except AnsweredTooLate:
            return False
        return True

    @property
    def answer_by(self) -> str:
        return self.moment(self.application.held_until)

    @cached_property
    def turn(self) -> Turn:
        known = getattr(self.application, "is_admitted", None)
        is_admitted = self.admission is not None if known is None else known
        return turn_of(self.application, self.statement, is_admitted=is_admitted)

    @cached_property
    def other_places(self) -> list[Application]:
        """R-CAP-10: places of which one is given up for this one."""
        if not self.is_offered:
            return []
        return list(other_places(self.application).select_related("offering__provider"))

    @cached_property
    def statement(self) -> HomeStatement | None:
        """The one in force; loaded already for a list."""
        loaded: list[HomeStatement] | None = getattr(self.application, "in_force", None)
        if loaded is not None:
            return loaded[0] if loaded else None
        rows = self.application.statements.exclude(state=StatementState.DROPPED)
        return rows.select_related("municipality").first()

    @cached_property
    def reception(self) -> ReceptionDecision | None:
        return ReceptionDecision.objects.filter(application=self.application).first()

    @cached_property
    def admission(self) -> AdmissionDecision | None:
        return AdmissionDecision.objects.filter(application=self.application).first()

    @cached_property
    def seat(self) -> Seat | None:
        return self.application.seats.filter(state__in=LIVE_SEATS).first()

    @cached_property
    def number_in_queue(self) -> int:
        """Counted from one; 0 for who does not wait."""
        if self.application.status != S.WAITING:
            return 0
        queue = Application.objects.queue(self.application.offering_id).values_list("pk", flat=True)
        return list(queue).index(self.application.pk) + 1

    # Whose turn

    @property
    def municipality(self) -> str:
        return gazetteer().label(self.application.home_municipality)

    @property
    def holder(self) -> str:
        """Who must act next, in one sentence."""
        application, named = self.application, {"municipality": self.municipality}
        if application.status == S.ACCEPTED:
            return _("The place is yours. The provider enrols you when the course starts.")
        if self.is_offered:
            return _("It is your turn: a place is offered to you.")
        if application.status == S.ENROLLED:
            return _("You study in this course.")
        said = {
            Turn.LEARNER: _("It is your turn: %(municipality)s asks you for more information.") % named,
            Turn.HOME: _("%(municipality)s decides whether it pays for your place.") % named,
            Turn.HOST: _("The provider decides whether you can be admitted."),
            Turn.QUEUE: _(
                "Nobody needs to do anything: a place that becomes free is offered to the first in the queue."
            ),
        }
        return said.get(self.turn) or str(application.get_status_display())

    @property
    def holder_more(self) -> str:
        """By when, or what stands beside it."""
        if self.is_offered:
            return _("Answer by %(moment)s.") % {"moment": self.answer_by}
        if self.turn == Turn.HOME and self.statement is not None:
            return _("It should answer by %(day)s. If it does not, it is reminded; nothing is decided by"
                     " silence.") % {"day": writing.day(self.statement.due_on)}  # fmt: skip
        if self.number_in_queue:
            return _("You are number %(number)s in the queue.") % {
                "number": writing.number(self.number_in_queue)
            }
        if self.application.status == S.SUBMITTED and self.seat is not None:
            return _("A place is held for you meanwhile.")
        return ""

    @property
    def since(self) -> str:
        """Since when: the last thing that has happened has made it so."""
        return self.events[-1].moment

    # Timeline

    @cached_property
    def events(self) -> list[Event]:
        """What has happened, the oldest first."""
        happened = sorted(self._happened(), key=lambda one: one[0])
        return [Event(at, what, self.moment(at)) for at, what in happened]

    def _happened(self) -> Iterator[tuple[dt.datetime, str]]:
        application, statement = self.application, self.statement
        yield application.submitted_at, _("You sent the application.")
        if statement is not None:
            asked = _("%(municipality)s was asked whether it pays.") % {"municipality": self.municipality}
            yield statement.requested_at, asked
            if statement.more_asked_at:
                yield statement.more_asked_at, _("You were asked for more information.")
            if statement.more_given_at:
                yield statement.more_given_at, _("You answered.")
            if statement.state == StatementState.ISSUED and statement.issued_at:
                given = _("The answer came: %(outcome)s.") % {"outcome": statement.get_outcome_display()}
                yield statement.issued_at, given
        yield from self._decided()
        if application.offered_at:
            yield application.offered_at, _("A place was offered to you.")
        if application.answered_at:
            said = _("You declined the place.") if application.status == S.DECLINED else _(
                "You accepted the place."
            )
            yield application.answered_at, said
        if application.ended_at and application.status not in {S.DECLINED, S.NOT_ELIGIBLE}:
            yield application.ended_at, _("Ended: %(how)s.") % {"how": application.get_status_display()}

    def _decided(self) -> Iterator[tuple[dt.datetime, str]]:
        if self.reception is not None:
            yes = _("The provider received you to the course.")
            no = _("The provider did not receive you to the course.")
            yield self.reception.decided_at, yes if self.reception.is_positive else no
        if self.admission is not None:
            yes, no = _("You were admitted."), _("You were not admitted.")
            yield self.admission.decided_at, yes if self.admission.is_positive else no

    # Decisions and reasons

    @property
    def refusals(self) -> list[ReceptionDecision | AdmissionDecision]:
        return [one for one in (self.reception, self.admission) if one is not None and not one.is_positive]

    @property
    def prior_education(self) -> str:
        prior = self.application.prior_education
        return str(prior.name(country=self.country)) if prior else ""

    @property
    def payer_sentence(self) -> str:
        """R-HOME-3 as it was when the application was sent."""
        application = self.application
        reason = Ground(application.statement_reason) if application.statement_reason else None
        rule = StatementRule(Need(application.statement_need), reason, application.agreement_id)
        return str(paying.sentence(rule, home_country=application.home_municipality.country))

    @cached_property
    def files(self) -> list[Attachment]:
        return list(Attachment.objects.sent_along(self.application.key))

    # Who has looked

    @cached_property
    def looked(self) -> list[Looked]:
        """Organisations, the latest first."""
        rows = self.application.readings.values("organisation").annotate(last=Max("at")).order_by("-last")
        found = list(rows)
        names = Organisation.objects.in_bulk([row["organisation"] for row in found])
        return [Looked(names[row["organisation"]].label(), self.moment(row["last"])) for row in found]
