"""Acts on error reports: taking one in, answering it, forgetting the answered. Each one transaction."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from corrections.errors import AlreadyHandled, AnswerMissing, NoSuchOriginal, TooManyReports
from corrections.models import ErrorReport
from corrections.querysets import HANDLERS, ErrorReportQuerySet
from corrections.states import REPORT, ReportState
from corrections.subjects import Subject
from kopa.accounts.models import User
from kopa.audit import journal
from kopa.base.db import refusing
from providers.models import RoleAssignment

logger = logging.getLogger(__name__)

# About one thing, whoever sends them: more than this nobody reads, and other things go on being reported.
MOST_ABOUT_ONE_IN_AN_HOUR: Final = 100
# All together: the table shall not fill up. It takes a hundred addresses; an operator is told.
MOST_IN_AN_HOUR: Final = 2000
LOCK: Final = 7_203_515  # reports are taken in one after the other
HOUR: Final = dt.timedelta(hours=1)
# How long an answered report is kept (docs/threat-model.md; the privacy page says it).
KEPT_FOR: Final = dt.timedelta(days=365)


@transaction.atomic
def report_error(
    *, kind: str, subject: Subject, text: str, language: str, is_demonstration: bool = False
) -> ErrorReport:
    """The report stands on the coordinator's list. Sent twice while it is open, it is the one that is there.

    Not in the journal: it would say no more than the report itself, and outlive it. Raises TooManyReports
    where as many have come in within an hour as the limits above say, Busy where the lock does not come in
    time, ValidationError for what is no report.
    """
    _one_after_the_other()
    same = _about(subject).open().filter(kind=kind, text=text).first()
    if same is not None:
        return same
    now = timezone.now()
    _refuse_a_flood(subject, now=now)
    report = ErrorReport(
        kind=kind,
        subject_type=subject.type,
        subject_key=subject.key,
        organisation_id=subject.organisation_id,
        page_path=subject.path,
        text=text,
        language=language,
        is_demonstration=is_demonstration,
        reported_at=now,
    )
    report.full_clean()
    report.save(force_insert=True)
    return report


def _about(subject: Subject) -> ErrorReportQuerySet:
    """Pages that are no thing's are told apart by their address."""
    rows = ErrorReport.objects.about(subject.type, subject.key)
    return rows if subject.key else rows.filter(page_path=subject.path)


def _one_after_the_other() -> None:
    """Whoever looks for the same report, or counts the last hour's, finds those that others just sent."""
    with refusing(), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [LOCK])


def _refuse_a_flood(subject: Subject, *, now: dt.datetime) -> None:
    recent = ErrorReport.objects.filter(reported_at__gt=now - HOUR)
    if (recent & _about(subject)).count() >= MOST_ABOUT_ONE_IN_AN_HOUR:
        raise TooManyReports(int(HOUR.total_seconds()))
    if recent.count() >= MOST_IN_AN_HOUR:
        logger.error("Error reports are refused: %s have come in within an hour", MOST_IN_AN_HOUR)
        raise TooManyReports(int(HOUR.total_seconds()))


@transaction.atomic
def handle(
    *, report_id: int, verb: str, answer: str, by: User, original_id: int | None = None
) -> ErrorReport:
    """The report is answered: ``mend``, ``dismiss``, or ``mark_duplicate`` of ``original_id``.

    Who may is asked before (``rules.may_handle``). Raises AlreadyHandled where somebody was quicker,
    AnswerMissing, NoSuchOriginal, and Busy where a lock does not come in time.
    """
    if not answer.strip():
        raise AnswerMissing
    with refusing(ErrorReport):
        report, original = _lock(report_id, original_id)
        if not report.is_open:
            raise AlreadyHandled(report)
        if verb == "mark_duplicate" and not _can_be_original(original, report):
            raise NoSuchOriginal
        report.state = REPORT.target(verb, report.state)
        report.duplicate_of = original if verb == "mark_duplicate" else None
        report.answer, report.handled_by, report.handled_at = answer.strip(), by, timezone.now()
        report.full_clean()
        report.save(update_fields=["state", "duplicate_of", "answer", "handled_by", "handled_at"])
        _tell(verb, report, by=by)
    return report


def _lock(report_id: int, original_id: int | None) -> tuple[ErrorReport, ErrorReport | None]:
    """Both reports until the transaction ends, the lower number first: no two acts wait for each other."""
    wanted = [report_id] if original_id is None else [report_id, original_id]
    rows = ErrorReport.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk")
    found = {row.pk: row for row in rows}
    if report_id not in found:
        raise ErrorReport.DoesNotExist
    return found[report_id], found.get(original_id) if original_id is not None else None


def _can_be_original(original: ErrorReport | None, report: ErrorReport) -> bool:
    return original is not None and original != report and original.state != ReportState.DUPLICATE


def _tell(verb: str, report: ErrorReport, *, by: User) -> None:
    held = RoleAssignment.objects.held_by(by, on=timezone.localdate()).filter(role__in=HANDLERS).first()
    journal.record(
        f"error_report.{verb}",
        on=report,
        by=by,
        role=held.role if held else "",
        organisation_id=held.organisation_id if held else None,
        from_state=ReportState.OPEN,
        to_state=report.state,
        reason=report.answer,
    )


@transaction.atomic
def forget_handled(*, now: dt.datetime) -> int:
    """Reports answered longer than ``KEPT_FOR`` ago are gone; how many. Their duplicates wait for their year.

    The journal keeps who answered them and how.
    """
    old = ErrorReport.objects.handled_before(now - KEPT_FOR)
    _, gone = old.delete()
    return gone.get(ErrorReport._meta.label, 0)
