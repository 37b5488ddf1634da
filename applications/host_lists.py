"""The host's lists made ready for their templates: courses with their numbers, what is due at each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.models import Application
from applications.services.filling import takes_more
from applications.states import LIVE, Turn
from kopa.accounts.models import User
from kopa.base import writing
from offerings import windows
from offerings.models import Offering, SelectionRule
from offerings.querysets import OfferingQuerySet
from offerings.standing import COLOURS, standing_of

NONE: Final[dict[str, Any]] = {"answer_by": None}


def courses_of(user: User, *, on: dt.date) -> OfferingQuerySet:
    """The courses of the organisations one decides for that are, or were, applied for in KOPA: those with
    something to decide first, then those with applications that run.
    """
    applied = Application.objects.filter(offering=OuterRef("pk"))
    mine = Offering.objects.editable_by(user, on=on)
    found: OfferingQuerySet = mine.filter(Q(takes_applications=True) | Exists(applied))
    return found.select_related("provider").order_by(
        Exists(applied.whose_turn_is(Turn.HOST)).desc(),
        Exists(applied.filter(status__in=LIVE)).desc(),
        "-starts_on",
        "pk",
    )


@dataclass
class CourseRow:
    """One course with the numbers of its applications."""

    offering: Offering
    numbers: dict[str, Any]
    now: dt.datetime

    @property
    def state(self) -> tuple[str, str]:
        found = standing_of(self.offering, self.now)
        return str(found.label), COLOURS[found]

    @property
    def due(self) -> list[str]:
        """What somebody of the host must do, or waits for, with its day."""
        said = (
            self._ready(), self._moves(), self._select(), self._enrol(), self._overdue(), self._answers(),
            self._queue(),
        )  # fmt: skip
        return [sentence for sentence in said if sentence]

    def _of(self, name: str) -> int:
        number: int = self.numbers.get(name, 0)
        return number

    @property
    def by_selection(self) -> bool:
        return self.offering.selection_rule != SelectionRule.REGISTRATION_ORDER

    @property
    def to_decide(self) -> int:
        """One by one, or many together; whoever waits for the selection is not among them."""
        return self._of("to_decide") - (self._of("received") if self.by_selection else 0)

    @property
    def queue_beside(self) -> str:
        """How many stand in the queue, where the group of those decided on does not say it."""
        queue = self._of("queue")
        if queue == self._of("admitted"):
            return ""
        return ngettext(
            "%(n)s applicant stands in the queue, decided on or not.",
            "%(n)s applicants stand in the queue, decided on or not.",
            queue,
        ) % {"n": writing.number(queue)}

    def _ready(self) -> str:
        ready = self.to_decide
        if not ready:
            return ""
        return ngettext("%(n)s to decide", "%(n)s to decide", ready) % {"n": writing.number(ready)}

    def _moves(self) -> str:
        """R-HOME-2"""
        moves = self._of("moves")
        if not moves:
            return ""
        return ngettext("confirm %(n)s move", "confirm %(n)s moves", moves) % {"n": writing.number(moves)}

    def _select(self) -> str:
        waits = self._of("received") and self.by_selection
        return _("run the selection") if waits and windows.is_closed(self.offering, self.now) else ""

    def _enrol(self) -> str:
        accepted = self._of("accepted")
        if not accepted or windows.is_ahead(self.offering, self.now):
            return ""
        return ngettext("%(n)s to enrol", "%(n)s to enrol", accepted) % {"n": writing.number(accepted)}

    def _queue(self) -> str:
        waiting = self._of("undecided")
        if not waiting or takes_more(self.offering, self.now):
            return ""
        return ngettext(
            "end the queue: %(n)s applicant waits in vain", "end the queue: %(n)s applicants wait in vain",
            waiting,
        ) % {"n": writing.number(waiting)}  # fmt: skip

    def _overdue(self) -> str:
        late = self._of("overdue")
        if not late:
            return ""
        return ngettext("%(n)s statement overdue", "%(n)s statements overdue", late) % {
            "n": writing.number(late)
        }

    def _answers(self) -> str:
        until: dt.datetime | None = self.numbers.get("answer_by")
        if until is None:
            return ""
        said = writing.moment(until, country=self.offering.country)
        return _("next answer by %(moment)s") % {"moment": said}


@dataclass(frozen=True, slots=True)
class AtDesk:
    """What the desk's first page tells of applications: figures, and courses where something is due."""

    rows: list[CourseRow]
    figures: dict[str, int]

    @property
    def due(self) -> list[CourseRow]:
        """Those whose deadline is nearest first."""
        return sorted((row for row in self.rows if row.due), key=_nearest)[:SHOWN]

    @property
    def more(self) -> int:
        return sum(bool(row.due) for row in self.rows) - len(self.due)


FIGURES: Final = ("all", "home", "ready", "admitted", "offered")
SHOWN: Final = 5


def _nearest(row: CourseRow) -> tuple[str, int]:
    return str(row.numbers.get("answer_by") or row.offering.starts_on), row.offering.pk


def at_desk(user: User, *, now: dt.datetime) -> AtDesk:
    """Two statements."""
    live = Application.objects.filter(offering=OuterRef("pk")).live()
    rows = course_rows(courses_of(user, on=timezone.localdate(now)).filter(Exists(live)), now=now)
    return AtDesk(rows, {name: sum(row.numbers.get(name, 0) for row in rows) for name in FIGURES})


def course_rows(offerings: Iterable[Offering], *, now: dt.datetime) -> list[CourseRow]:
    """One statement for all of them."""
    listed = list(offerings)
    numbers = Application.objects.filter(offering__in=listed).numbers_by_course(now=now)
    return [CourseRow(one, numbers.get(one.pk, NONE), now) for one in listed]
