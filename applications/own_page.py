"""The applicant's page of one application: whose turn it is, since when, what was decided, who has looked."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Max
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from applications.cases import queue_numbers
from applications.choices import LANGUAGES
from applications.errors import AnsweredTooLate, ApplicationRefused
from applications.host_grounds import decision_language, ground_text
from applications.models import (
    AdmissionDecision,
    Application,
    Attachment,
    CourseChange,
    HomeStatement,
    ReceptionDecision,
    Seat,
    Transfer,
    TransferState,
)
from applications.own_selection import selected_by
from applications.own_timeline import Event, timeline
from applications.prospects import Outlook, Prospect, prospect
from applications.services.answering import other_places, refuse_late_answer
from applications.services.changing import open_change
from applications.services.revising import refuse_late_revision
from applications.services.transferring import home_of
from applications.states import LIVE, LIVE_SEATS, ApplicationStatus, StatementState, Turn
from applications.steps import is_move_unconfirmed, turn_of
from kopa.base import writing
from kopa.base.names import Text
from municipalities.cache import gazetteer
from offerings import paying
from offerings.history import Change, Words
from offerings.payers import Ground, Need, StatementRule
from offerings.presenting import address
from offerings.states import OfferingStatus
from providers.models import Organisation

S = ApplicationStatus


@dataclass(frozen=True, slots=True)
class Looked:
    """An organisation whose people have opened the application (R-PRIV-10)."""

    organisation: Text
    moment: str


@dataclass(frozen=True, slots=True)
class Written:
    """What the provider has written to several applicants at once."""

    by: str
    moment: str
    text: Text


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
    def is_taken_back(self) -> bool:
        """She had accepted the place, and did not come."""
        return self.application.status == S.NOT_ELIGIBLE and self.application.answered_at is not None

    @property
    def question(self) -> str:
        """What the home municipality wants to know."""
        statement = self.statement
        return statement.more_asked if statement is not None and statement.waits_for_applicant else ""

    @property
    def can_answer(self) -> bool:
        """The last second of the offer is not over, and the course is not cancelled."""
        if not self.is_offered or self.application.offering.status == OfferingStatus.CANCELLED:
            return False
        try:
            refuse_late_answer(self.application, self.now)
        except AnsweredTooLate:
            return False
        return True

    @property
    def answer_by(self) -> str:
        return self.moment(self.application.held_until)

    @property
    def answer_until(self) -> dt.datetime | None:
        """The last second for whatever answer is awaited first."""
        return self.transfer.until if self.can_move and self.transfer else (
            self.application.held_until if self.can_answer else None
        )  # fmt: skip

    @property
    def can_revise(self) -> bool:
        """R-APP-1: until applications close and nothing has been decided."""
        try:
            self.refuse_revision()
        except ApplicationRefused:
            return False
        return True

    def refuse_revision(self) -> None:
        """Raises RevisedTooLate, DecidedAlready."""
        refuse_late_revision(self.application, self.now)

    @property
    def revise_by(self) -> str:
        """Empty for continuous admission: until something is decided."""
        return self.moment(self.application.offering.applications_close_at)

    @property
    def waits_for_me(self) -> bool:
        return self.is_live and (self.turn == Turn.LEARNER or self.can_move)

    # Another course

    @cached_property
    def transfer(self) -> Transfer | None:
        """The other course that is offered; loaded already for a list."""
        loaded: list[Transfer] | None = getattr(self.application, "open_transfers", None)
        if loaded is not None:
            return loaded[0] if loaded else None
        rows = self.application.transfers.filter(state=TransferState.OPEN)
        return rows.select_related("offering__provider").first()

    @property
    def is_cancelled(self) -> bool:
        """Her own course is."""
        return self.application.offering.status == OfferingStatus.CANCELLED

    @property
    def can_move(self) -> bool:
        transfer = self.transfer
        return transfer is not None and self.now.replace(microsecond=0) <= transfer.until

    @property
    def move_by(self) -> str:
        transfer = self.transfer
        if transfer is None:
            return ""
        country = transfer.offering.provider.country
        is_abroad = country != self.application.home_municipality.country
        return writing.moment(transfer.until, country=country, zone=is_abroad)

    @cached_property
    def outlook_there(self) -> Prospect | None:
        """Nothing is held in the other course: what moving would bring at this moment."""
        if self.transfer is None:
            return None
        return prospect(self.transfer.offering, home_of(self.application), now=self.now)

    @property
    def there(self) -> str:
        """The same in words."""
        prospect_there = self.outlook_there
        if prospect_there is None:
            return ""
        return {
            Outlook.PLACE: _("A place is free there for you at the moment."),
            Outlook.QUEUE: _("No place is free there now. You would be number %(number)s in its queue.")
            % {"number": writing.number(prospect_there.number)},
            Outlook.NOTHING: _("No place is free there now."),
        }.get(prospect_there.outlook, "")

    @property
    def is_queue_there(self) -> bool:
        there = self.outlook_there
        return there is not None and there.outlook == Outlook.QUEUE

    # What the provider has changed and written

    @cached_property
    def change(self) -> CourseChange | None:
        """R-APP-6: because of it she may leave and owe nothing."""
        return open_change(self.application, now=self.now) if self.is_live else None

    @property
    def changes(self) -> list[Change]:
        if self.change is None:
            return []
        words = Words([self.change], self.application.offering)
        return [words.change(name, *pair) for name, pair in self.change.changes.items()]

    @property
    def leave_by(self) -> str:
        return self.moment(self.change.free_until) if self.change is not None else ""

    @cached_property
    def messages(self) -> list[Written]:
        """The newest first."""
        return [
            Written(one.by_name, self.moment(one.sent_at), one.text())
            for one in self.application.messages.all()
        ]

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
    def sent_back(self) -> list[HomeStatement]:
        """Statements that are written anew, as they were, the first one first."""
        rows = HomeStatement.objects.sent_back().filter(application=self.application)
        return list(rows.select_related("municipality").order_by("remitted_at", "pk"))

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
        """Counted from one; 0 for who does not wait, or was given a place while the page loads."""
        if self.application.status != S.WAITING:
            return 0
        return queue_numbers(self.application.offering_id).get(self.application.pk, 0)

    # Whose turn

    @property
    def municipality(self) -> str:
        return gazetteer().label(self.application.home_municipality)

    @property
    def moved_to(self) -> str:
        """R-HOME-1: the municipality that pays, where she has moved since."""
        application = self.application
        return gazetteer().label(application.moved_to) if application.moved_to is not None else ""

    @property
    def asked(self) -> dict[str, str]:
        return {"municipality": self.moved_to or self.municipality}

    @property
    def holder(self) -> str:
        """Who must act next, in one sentence."""
        application, named = self.application, self.asked
        if self.can_move and not self.is_offered:
            return _("It is your turn: another course is offered to you.")
        if application.status == S.ACCEPTED:
            return _("The place is yours. The provider enrols you when the course starts.")
        if self.is_offered:
            return _("It is your turn: a place is offered to you.")
        if application.status == S.ENROLLED:
            return _("You study in this course.")
        if self.is_taken_back:
            return _("The provider has taken the place back.")
        said = {
            Turn.LEARNER: _("It is your turn: %(municipality)s asks you for more information.") % named,
            Turn.HOME: _("%(municipality)s decides whether it pays for your place.") % named,
            Turn.HOST: _("The provider confirms where you live now.")
            if is_move_unconfirmed(application)
            else _("The provider decides whether you can be admitted."),
            Turn.QUEUE: _(
                "Nobody needs to do anything: a place that becomes free is offered to the first in the queue."
            ),
        }
        return said.get(self.turn) or f"{capfirst(application.get_status_display())}."

    @property
    def holder_more(self) -> str:
        """By when, or what stands beside it."""
        if self.is_offered or self.can_move:
            by = self.answer_by if self.is_offered else self.move_by
            return _("Answer by %(moment)s.") % {"moment": by}
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

    @cached_property
    def events(self) -> list[Event]:
        """What has happened, the oldest first."""
        return timeline(self)

    # Decisions and reasons

    @property
    def refusals(self) -> list[tuple[ReceptionDecision | AdmissionDecision, str]]:
        """Each with its ground (R-APP-5), in the language of the decision."""
        made = (self.reception, self.admission)
        return [
            (one, ground_text(self.application, one.ground, is_admission=one is self.admission))
            for one in made
            if one is not None and not one.is_positive
        ]

    @cached_property
    def selected_by(self) -> list[tuple[str, str]]:
        """R-CAP-5: why she stands where she stands in the order; empty without a selection."""
        return selected_by(self.application)

    @property
    def decision_language(self) -> str:
        return decision_language(self.application)

    @property
    def language_name(self) -> str:
        return dict(LANGUAGES)[self.application.language]

    @property
    def prior_education(self) -> str:
        prior = self.application.prior_education
        return str(prior.name(country=self.country)) if prior else ""

    @property
    def payer_sentence(self) -> str:
        """R-HOME-3 as it was when the application was sent, or a move recorded (R-HOME-1)."""
        application = self.application
        reason = Ground(application.statement_reason) if application.statement_reason else None
        rule = StatementRule(Need(application.statement_need), reason, application.agreement_id)
        home = application.moved_to or application.home_municipality
        return str(paying.sentence(rule, home_country=home.country))

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
