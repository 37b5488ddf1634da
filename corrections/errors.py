"""Refusals of what people do with error reports. ``field`` is where a form shows it."""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from corrections.models import ErrorReport
from kopa.base import writing
from kopa.base.errors import RuleBroken


class CorrectionRefused(RuleBroken):
    """A rule about one error report refuses; ``field`` names what the person must mend."""

    field: ClassVar[str] = ""


class AlreadyHandled(CorrectionRefused):
    """Somebody has answered the report meanwhile."""

    code = "already_handled"

    def __init__(self, report: ErrorReport) -> None:
        sentence = _("%(who)s has answered this report already, on %(when)s: %(state)s. Nothing was saved.")
        when = writing.moment(report.handled_at) if report.handled_at else ""
        said = {"who": report.handled_by, "when": when, "state": report.get_state_display()}
        super().__init__(sentence % said)


class AnswerMissing(CorrectionRefused):
    code = "answer_missing"
    field = "answer"
    message = gettext_lazy("Write what was found or done.")


class NoSuchOriginal(CorrectionRefused):
    """The number is of no report, of the report itself, or of a duplicate."""

    code = "no_such_original"
    field = "original"
    message = gettext_lazy("There is no report of this number.")


class TooManyReports(CorrectionRefused):
    """More reports come in than anybody could read; ``seconds`` is how long to wait."""

    code = "too_many_reports"

    def __init__(self, seconds: int) -> None:
        minutes = max(1, -(-seconds // 60))
        sentence = _(
            "Very many reports have come in just now, so this one was not taken. Your text is still here: try"
            " again in %(minutes)s min."
        )
        super().__init__(sentence % {"minutes": minutes})
        self.seconds = seconds
