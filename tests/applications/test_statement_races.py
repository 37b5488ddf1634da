"""Two officers on one case at the same moment, and an officer against the applicant."""

from __future__ import annotations

import pytest

from applications import services
from applications.errors import DecidedAlready
from applications.models import HomeStatement
from applications.services.reminding import remind_overdue, write_digests
from applications.services.statements import StatementInput
from applications.states import StatementOutcome
from kopa.audit.models import AuditEvent
from kopa.base.errors import ChangedMeanwhile, TransitionNotAllowed
from kopa.letters import choices
from kopa.letters.models import Letter
from providers.models import Role
from tests.applications.given import apply, course
from tests.factories import RoleAssignmentFactory, municipality, organisation_of, today
from tests.together import Meeting, run_together, without_locks

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
OFFICERS = 4
DECLINES = StatementInput(
    StatementOutcome.DECLINES, "Aino", ground="own_course", text="Sama kurssi kotona.", appeal="Valita."
)


@pytest.fixture
def statement(transactional_db) -> HomeStatement:
    municipality("FI-854")
    return apply(course(form="basic")).statements.get()


def issue_together(statement: HomeStatement) -> list[object]:
    office = organisation_of("FI-854")
    roles = [RoleAssignmentFactory(role=Role.OFFICER, organisation=office) for _ in range(OFFICERS)]
    meeting = Meeting(OFFICERS)

    def issue(which: int) -> HomeStatement:
        person = roles[which].person
        said = StatementInput(StatementOutcome.COMMITS, f"Officer {which}")
        with meeting.before_writing():
            return services.issue_statement(
                statement_id=statement.pk, given=said, by=person, role=Role.OFFICER,
                organisation_id=office.pk,
            )  # fmt: skip

    return run_together(OFFICERS, issue)


def test_of_several_officers_one_decides_and_the_others_are_told(statement) -> None:
    """C7, R-APP-11"""
    outcomes = issue_together(statement)

    given = [one for one in outcomes if isinstance(one, HomeStatement)]
    assert len(given) == 1
    assert sum(isinstance(one, DecidedAlready) for one in outcomes) == OFFICERS - 1
    statement.refresh_from_db()
    assert statement.official_name == given[0].official_name
    assert AuditEvent.objects.filter(verb="application.issue_statement").count() == 1
    assert Letter.objects.filter(kind="application_news").count() == 1


def test_without_locks_the_last_one_would_overwrite_the_others(statement, monkeypatch) -> None:
    """Counter-proof: the applicant would be told of several decisions."""
    without_locks(monkeypatch)

    outcomes = issue_together(statement)

    assert sum(isinstance(one, HomeStatement) for one in outcomes) > 1
    assert AuditEvent.objects.filter(verb="application.issue_statement").count() > 1


def test_a_job_that_runs_in_several_places_reminds_once(statement, clock) -> None:
    """R-HOME-4"""
    clock.shift(21 * 24 * 3600)
    officer = RoleAssignmentFactory(role=Role.OFFICER, organisation=organisation_of("FI-854")).person

    marked = run_together(OFFICERS, lambda _which: remind_overdue())
    written = run_together(OFFICERS, lambda _which: write_digests())

    assert (sum(marked), sum(written)) == (1, 1)
    assert Letter.objects.filter(kind=choices.STATEMENTS_DIGEST, recipient=officer).count() == 1
    assert AuditEvent.objects.filter(verb="application.remind_statement").count() == 1


def end_together(statement: HomeStatement) -> list[object]:
    """One officer records that the statement stands, the other that it was sent back."""
    office = organisation_of("FI-854")
    people = [RoleAssignmentFactory(role=Role.OFFICER, organisation=office).person for _ in range(2)]
    acting = {"role": Role.OFFICER, "organisation_id": office.pk}
    services.issue_statement(statement_id=statement.pk, given=DECLINES, by=people[0], **acting)
    services.record_appeal(
        statement_id=statement.pk, on=today(), reference="", version=2, by=people[0], **acting
    )
    meeting = Meeting(2)

    def end(which: int) -> HomeStatement:
        ending = {"statement_id": statement.pk, "version": 3, "by": people[which], **acting}
        with meeting.before_writing():
            if which:
                return services.remit_statement(**ending)
            return services.uphold_statement(on=today(), **ending)

    return run_together(2, end)


def ends_recorded() -> int:
    verbs = ("application.uphold_statement", "application.remit_statement")
    return AuditEvent.objects.filter(verb__in=verbs).count()


def test_an_appeal_ends_once_and_the_other_officer_is_told(statement) -> None:
    """C7, DOMAIN.md §3.8: appealed → upheld or drafted"""
    outcomes = end_together(statement)

    done = [one for one in outcomes if isinstance(one, HomeStatement)]
    told = [one for one in outcomes if isinstance(one, TransitionNotAllowed | ChangedMeanwhile)]
    assert (len(done), len(told)) == (1, 1)
    statement.refresh_from_db()
    assert statement.state == done[0].state
    assert statement.application.statements.count() == (1 if statement.state == "upheld" else 2)
    assert ends_recorded() == 1


def test_without_locks_an_appeal_would_end_twice(statement, monkeypatch) -> None:
    """Counter-proof: it would stand, and be sent back."""
    without_locks(monkeypatch)

    outcomes = end_together(statement)

    assert all(isinstance(one, HomeStatement) for one in outcomes)
    assert ends_recorded() == 2
