"""One application as the host's people see it: in a list, in a file, on its page.

Reads what ``Application.objects.with_case`` has loaded; no query of its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.models import AdmissionDecision, Application, HomeStatement, ReceptionDecision
from applications.states import LIVE, ApplicationStatus, StatementState, Turn
from applications.steps import home_declines, is_missed, is_move_unconfirmed, turn_of
from kopa.base import writing
from offerings.models import SelectionRule
from offerings.payers import Need

S = ApplicationStatus
COLOURS: Final[Mapping[str, str]] = {
    S.SUBMITTED: "info", S.WAITING: "warning", S.OFFERED: "accent", S.ACCEPTED: "success",
    S.ENROLLED: "success", S.COMPLETED: "success",
}  # fmt: skip
NOBODY: Final = "neutral"


@dataclass
class Case:
    """``number`` is its place in the queue, where it stands in it."""

    application: Application
    now: dt.datetime
    number: int | None = None
    has_namesake: bool = field(init=False)

    def __post_init__(self) -> None:
        self.has_namesake = getattr(self.application, "has_namesake", False)

    @property
    def is_protected(self) -> bool:
        """R-PRIV-6: neither name nor home stands in a list or a file."""
        return self.application.learner.is_protected

    @property
    def who(self) -> str:
        return _("Protected identity") if self.is_protected else self.application.learner.person.name

    @cached_property
    def statement(self) -> HomeStatement | None:
        found: list[HomeStatement] = self.application.in_force  # type: ignore[attr-defined]
        return found[0] if found else None

    @cached_property
    def reception(self) -> ReceptionDecision | None:
        return getattr(self.application, "receptiondecision", None)

    @cached_property
    def admission(self) -> AdmissionDecision | None:
        return getattr(self.application, "admissiondecision", None)

    @cached_property
    def turn(self) -> Turn:
        return turn_of(self.application, self.statement, is_admitted=self.admission is not None)

    @property
    def colour(self) -> str:
        return COLOURS.get(self.application.status, NOBODY)

    @property
    def is_statement_awaited(self) -> bool:
        waits = {StatementState.REQUESTED, StatementState.DRAFTED}
        return self.statement is not None and self.statement.state in waits

    @property
    def is_statement_overdue(self) -> bool:
        """R-HOME-4: that means nothing but that it is late."""
        return self.statement is not None and self.statement.is_overdue(self.now)

    @property
    def home_declines(self) -> bool:
        return home_declines(self.statement)

    @property
    def is_statement_in(self) -> bool:
        if self.application.statement_need != Need.REQUIRED:
            return True
        return self.statement is not None and not self.is_statement_awaited and not self.home_declines

    @property
    def is_move_unconfirmed(self) -> bool:
        """A live one: R-HOME-2 asks the host about it."""
        return self.application.status in LIVE and is_move_unconfirmed(self.application)

    @property
    def by_selection(self) -> bool:
        return self.application.offering.selection_rule != SelectionRule.REGISTRATION_ORDER

    @property
    def is_undecided(self) -> bool:
        return self.application.status in {S.SUBMITTED, S.WAITING}

    @property
    def may_be_received(self) -> bool:
        return self.is_undecided and self.reception is None

    @property
    def may_be_admitted(self) -> bool:
        """By an act of its own: where there is a selection, whoever runs it admits."""
        received = self.reception is not None and self.reception.is_positive
        undecided = self.is_undecided and self.admission is None and not self.by_selection
        return undecided and received and self.is_statement_in and not self.is_move_unconfirmed

    @property
    def may_be_refused(self) -> bool:
        """Also whoever is admitted and whose home municipality has declined since."""
        return self.is_undecided and (self.admission is None or self.home_declines)

    @property
    def is_missed(self) -> bool:
        """The place may be taken back from who does not come."""
        return is_missed(self.application, on=self._today)

    @property
    def may_be_moved(self) -> bool:
        """To another course of the host."""
        return self.application.status in LIVE

    @property
    def is_ready(self) -> bool:
        """The host's turn to decide, and nothing stands against a favourable decision."""
        ready = self.may_be_refused and self.turn == Turn.HOST and self.is_statement_in
        return ready and not self.is_move_unconfirmed

    @property
    def step(self) -> str:
        """What is waited for, in a sentence."""
        application = self.application
        if application.status == S.OFFERED:
            until = self._moment(application.held_until)
            return _("The applicant answers by %(moment)s.") % {"moment": until}
        if application.status == S.ACCEPTED:
            return _("Enrol when the studies begin.")
        if application.status == S.ENROLLED:
            return self._studying
        return self._undecided_step() if self.is_undecided else ""

    @property
    def _studying(self) -> str:
        first = self.application.enrolled_on
        lies_ahead = first is not None and first > self._today
        said = _("The studies begin on %(day)s.") if lies_ahead else _("Studying since %(day)s.")
        return said % {"day": self._day(first)}

    def _undecided_step(self) -> str:
        if self.statement is not None and self.is_statement_awaited:
            return self._home_step(self.statement)
        if self.home_declines:
            return _("The home municipality does not pay. Decide.")
        if self.is_move_unconfirmed:
            return _("Confirm the move or put it right.")
        return self._decision_step() if self.admission is None else self._queue_step()

    def _decision_step(self) -> str:
        if self.reception is None:
            return _("Decide on the reception.")
        if self.by_selection:
            return _("Received: waits for the selection.")
        return _("Received: decide on the admission.")

    def _home_step(self, statement: HomeStatement) -> str:
        if self.turn == Turn.LEARNER:
            return _("The home municipality has asked the applicant for more.")
        due = {"day": self._day(statement.due_on)}
        if self.is_statement_overdue:
            return _("The home municipality's statement was due on %(day)s.") % due
        return _("The home municipality's statement is due on %(day)s.") % due

    def _queue_step(self) -> str:
        if self.number is None:
            return _("Admitted: waits for a place.")
        return _("Admitted: number %(number)s in the queue.") % {"number": writing.number(self.number)}

    @property
    def _today(self) -> dt.date:
        return self.now.astimezone(self.application.offering.zone).date()

    def _day(self, day: dt.date | None) -> str:
        return writing.day(day, country=self.application.offering.country) if day else ""

    def _moment(self, moment: dt.datetime | None) -> str:
        return writing.moment(moment, country=self.application.offering.country) if moment else ""


def cases(
    applications: Iterable[Application], *, now: dt.datetime, numbers: Mapping[int, int]
) -> list[Case]:
    return [Case(one, now, numbers.get(one.pk)) for one in applications]


def queue_numbers(offering_id: int) -> dict[int, int]:
    """The place in the queue by application; one statement."""
    queue = Application.objects.queue(offering_id).values_list("pk", flat=True)
    return {pk: number for number, pk in enumerate(queue, start=1)}


def counted(number: int) -> str:
    return ngettext("%(n)s application", "%(n)s applications", number) % {"n": writing.number(number)}
