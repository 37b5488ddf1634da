"""Coordinators who answer at once, and readers who report at once.

Each race has a sibling without the lock, in which harm happens."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils.translation import override

from corrections import services
from corrections.models import ErrorReport
from corrections.subjects import Subject
from kopa.accounts.models import User
from kopa.audit.models import AuditEvent
from tests.factories import ErrorReportFactory, UserFactory
from tests.together import Meeting, run_together, without_locks

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def coordinators() -> list[User]:
    return [UserFactory(name="Kaisa"), UserFactory(name="Anna")]


def names(outcomes: list[Any]) -> list[str]:
    return sorted(type(outcome).__name__ for outcome in outcomes)


def both_answer(report: ErrorReport, coordinators: list[User]) -> list[Any]:
    meeting = Meeting(2)

    def answer(which: int) -> ErrorReport:
        with meeting.before_writing(), override("en"):  # each thread has a language of its own
            return services.handle(
                report_id=report.pk,
                verb=("mend", "dismiss")[which],
                answer=f"Vastaa {coordinators[which].name}.",
                by=coordinators[which],
            )

    return run_together(2, answer)


def test_of_two_who_answer_at_once_one_is_told_who_did(coordinators):
    report = ErrorReportFactory()

    outcomes = both_answer(report, coordinators)

    assert names(outcomes) == ["AlreadyHandled", "ErrorReport"]
    saved = ErrorReport.objects.get()
    refusal = next(one for one in outcomes if isinstance(one, Exception))
    assert str(refusal).startswith(f"{saved.handled_by} has answered this report already")
    assert saved.answer == f"Vastaa {saved.handled_by}."
    assert AuditEvent.objects.count() == 1


def test_without_the_lock_one_answer_would_be_lost_in_silence(coordinators, monkeypatch):
    without_locks(monkeypatch)

    outcomes = both_answer(ErrorReportFactory(), coordinators)

    assert names(outcomes) == ["ErrorReport", "ErrorReport"]
    assert AuditEvent.objects.count() == 2  # the journal tells of two answers, the report of one


def each_is_the_others_duplicate(coordinators: list[User]) -> list[Any]:
    reports = [ErrorReportFactory(), ErrorReportFactory()]
    meeting = Meeting(2)

    def mark(which: int) -> ErrorReport:
        with meeting.before_writing():
            return services.handle(
                report_id=reports[which].pk,
                verb="mark_duplicate",
                answer="Sama.",
                by=coordinators[which],
                original_id=reports[1 - which].pk,
            )

    return run_together(2, mark)


def test_two_reports_are_never_duplicates_of_one_another(coordinators):
    outcomes = each_is_the_others_duplicate(coordinators)

    assert names(outcomes) == ["ErrorReport", "NoSuchOriginal"]
    assert ErrorReport.objects.open().count() == 1


def test_without_the_lock_both_would_be_gone_from_the_list(coordinators, monkeypatch):
    without_locks(monkeypatch)

    outcomes = each_is_the_others_duplicate(coordinators)

    assert names(outcomes) == ["ErrorReport", "ErrorReport"]
    assert ErrorReport.objects.open().count() == 0


def both_report(*texts: str) -> list[Any]:
    meeting = Meeting(2)

    def send(which: int) -> ErrorReport:
        with meeting.before_writing():
            return services.report_error(
                kind="name",
                subject=Subject("municipality", "FI-854", "Pello", "/fi/kunnat/fi-854-pello/"),
                text=texts[which],
                language="fi",
            )

    return run_together(2, send)


def test_the_same_sent_by_two_at_once_is_one_report():
    first, second = both_report("Nimi on väärin.", "Nimi on väärin.")

    assert first == second == ErrorReport.objects.get()


def test_of_two_sent_at_once_only_so_many_are_taken_as_anybody_reads(monkeypatch):
    monkeypatch.setattr(services, "MOST_ABOUT_ONE_IN_AN_HOUR", 1)

    assert names(both_report("Nimi on väärin.", "Luku on väärin.")) == ["ErrorReport", "TooManyReports"]
    assert ErrorReport.objects.count() == 1


@pytest.mark.parametrize("second", ["Nimi on väärin.", "Luku on väärin."])
def test_without_the_lock_both_would_be_taken(monkeypatch, second):
    monkeypatch.setattr(services, "MOST_ABOUT_ONE_IN_AN_HOUR", 1)
    monkeypatch.setattr(services, "_one_after_the_other", lambda: None)
    monkeypatch.setattr(Meeting, "patience", 10)

    assert names(both_report("Nimi on väärin.", second)) == ["ErrorReport", "ErrorReport"]
    assert ErrorReport.objects.count() == 2
