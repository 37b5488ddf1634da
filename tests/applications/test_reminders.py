"""Officers are reminded of statements whose last day is near or over (R-HOME-4)."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import transaction
from django.utils.translation import override

from applications import letters, services
from applications.models import HomeStatement
from applications.services import reminding
from applications.tasks import remind_of_statements
from kopa.accounts.models import User
from kopa.letters import choices
from kopa.letters.models import Letter
from providers.models import Role
from tests.applications.given import apply, course, statement_given
from tests.factories import RoleAssignmentFactory, municipality, organisation_of
from tests.together import run_together, wait_until_somebody_waits

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
# Sent on Tuesday 24 November 2026: due on Tuesday 8 December; Sunday is Independence Day.
DUE = dt.date(2026, 12, 8)


def morning(day: int, month: int = 12) -> dt.datetime:
    return dt.datetime(2026, month, day, 5, 5, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def places(db) -> None:
    for key in ("FI-854", "FI-240"):
        municipality(key)


@pytest.fixture
def aino(places) -> User:
    return officer("Aino")


def officer(name: str, key: str = "FI-854") -> User:
    office = organisation_of(key)
    return RoleAssignmentFactory(role=Role.OFFICER, organisation=office, person__name=name).person


def reminders(person: User) -> list[Letter]:
    rows = Letter.objects.filter(kind=choices.STATEMENTS_REMINDER, recipient=person)
    return list(rows.order_by("pk"))


def said(letter: Letter, **numbers: int) -> bool:
    with override(letter.language):
        content = letters.statements_reminder(**numbers)
    return letter.subject == content.subject and all(one in letter.text for one in content.paragraphs)


def test_of_each_statement_one_reminder_before_its_last_day_and_one_after(aino, clock) -> None:
    """R-HOME-4: two working days before, and when it is over; one letter for all, however often the job runs;
    R-PRIV-11: numbers alone.
    """
    offering = course(form="basic")
    first, second = apply(offering), apply(offering)
    stranger, eeva = officer("Olli", "FI-240"), officer("Eeva")
    for day in (3, 4):
        clock.move_to(morning(day))
        remind_of_statements()
        remind_of_statements()
    assert [len(reminders(one)) for one in (aino, eeva, stranger)] == [1, 1, 0]
    (near,) = reminders(aino)
    assert near.created_at == morning(4)
    assert said(near, waiting=2, soon=2, overdue=0)
    for secret in (first.reference, first.learner.person.name, offering.title_fi):
        assert secret not in f"{near.subject} {near.text} {near.html}"
    statement_given(second)

    for day in (7, 8, 9, 10, 11, 14):
        clock.move_to(morning(day))
        remind_of_statements()
        remind_of_statements()

    _near, over = reminders(aino)
    assert over.created_at == morning(9)
    assert said(over, waiting=1, soon=0, overdue=1)
    statement = HomeStatement.objects.get(application=first)
    assert (statement.due_on, statement.state) == (DUE, "requested")
    assert (statement.warned_at, statement.reminded_at) == (morning(4), morning(9))


def test_a_morning_with_a_reminder_has_no_other_letter(aino, clock) -> None:
    """A digest, no flood: the reminder says how many wait in all."""
    apply(course(form="basic"))
    clock.move_to(morning(4))
    apply(course(form="basic"))
    remind_of_statements()
    clock.move_to(morning(7))
    remind_of_statements()

    (letter,) = Letter.objects.filter(recipient=aino)
    assert letter.kind == choices.STATEMENTS_REMINDER
    assert said(letter, waiting=2, soon=1, overdue=0)


def test_who_has_ended_the_morning_letter_is_reminded_all_the_same(aino, clock) -> None:
    """Each kind is ended by itself; without reminders the morning letter tells of what is overdue."""
    apply(course(form="basic"))
    eeva = officer("Eeva")
    choices.end(aino.pk, choices.STATEMENTS_DIGEST)
    choices.end(eeva.pk, choices.STATEMENTS_REMINDER)
    clock.move_to(morning(8))
    remind_of_statements()
    clock.move_to(morning(9))
    remind_of_statements()

    assert [one.kind for one in Letter.objects.filter(recipient=aino)] == [choices.STATEMENTS_REMINDER] * 2
    assert [one.kind for one in Letter.objects.filter(recipient=eeva)] == [choices.STATEMENTS_DIGEST] * 2
    assert reminders(aino)[0].ending_address


def test_on_a_holiday_nobody_is_reminded_and_nothing_is_lost(aino, clock) -> None:
    """R-HOME-4: Saturday marks nothing, and a morning on which the letters failed is made good."""
    apply(course(form="basic"))
    clock.move_to(morning(5))
    assert (reminding.warn_of_last_days(), reminding.remind_overdue()) == (0, 0)
    clock.move_to(morning(7))
    assert reminding.warn_of_last_days() == 1
    clock.move_to(morning(8))
    remind_of_statements()
    (letter,) = reminders(aino)
    assert letter.created_at == morning(8)
    assert reminding._write_reminder(0, morning(8)) == 0


def test_what_is_sent_back_is_reminded_of_anew(aino, clock) -> None:
    """R-HOME-4: it has another last day."""
    application = apply(course(form="basic"))
    clock.move_to(morning(4))
    remind_of_statements()
    statement = statement_given(application)
    office = organisation_of("FI-854")
    services.remit_statement(
        statement_id=statement.pk, by=aino, role="officer", organisation_id=office.pk
    )
    statement.refresh_from_db()
    assert (statement.warned_at, statement.due_on) == (None, dt.date(2026, 12, 18))
    clock.move_to(morning(16))
    remind_of_statements()
    assert [one.created_at for one in reminders(aino)] == [morning(4), morning(16)]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_who_has_waited_for_another_job_marks_nothing_again(clock) -> None:
    """R-HOME-4: however late a job comes, of a last day one is warned once."""
    apply(course(form="basic"))
    clock.move_to(morning(4))
    is_marked = threading.Event()

    def job(which: int) -> int:
        if which:
            is_marked.wait(timeout=10)
            return reminding.warn_of_last_days()
        with transaction.atomic():
            marked = reminding.warn_of_last_days()
            is_marked.set()
            wait_until_somebody_waits()
        return marked

    assert run_together(2, job) == [1, 0]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_jobs_at_the_same_moment_remind_once(clock) -> None:
    aino = officer("Aino")
    apply(course(form="basic"))
    clock.move_to(morning(4))

    marked = run_together(4, lambda _which: reminding.warn_of_last_days())
    run_together(4, lambda _which: reminding.write_reminders())

    assert sum(marked) == 1
    assert len(reminders(aino)) == 1
