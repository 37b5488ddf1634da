"""The home municipality asks the applicant for more, and she answers on her page."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

from applications import letters as notices
from applications.days import home_day
from applications.errors import AskedAlready, NothingAsked
from applications.models import HomeStatement
from applications.services import acts
from applications.services.statements import lock_statement
from applications.states import STATEMENT
from kopa.accounts.models import User
from kopa.base import writing


@transaction.atomic
def ask_for_more(
    *, statement_id: int, question: str, by: User, role: str, organisation_id: int, version: int,
    now: dt.datetime | None = None,
) -> HomeStatement:  # fmt: skip
    """The applicant is asked; a letter tells her that there is something on her page. The last day for the
    statement stays: whoever asks keeps it in sight.

    Raises AskedAlready while a question waits for its answer; DecidedAlready, ChangedMeanwhile.
    """
    moment = now or timezone.now()
    application, statement = lock_statement(statement_id, version=version)
    if statement.waits_for_applicant:
        raise AskedAlready
    before = statement.state
    statement.more_before = _with_what_was_asked(statement)
    statement.more_asked, statement.more_asked_at = question, moment
    statement.more_given, statement.more_given_at = "", None
    statement.state, statement.drafted_by = STATEMENT.target("draft", before), by
    statement.version += 1
    statement.full_clean()
    statement.save()
    acts.tell("ask_for_more", application, by=by, role=role, organisation_id=organisation_id,
              from_state=before, to_state=statement.state)  # fmt: skip
    notices.news(application)
    return statement


@transaction.atomic
def give_more(
    *, statement_id: int, answer: str, by: User, now: dt.datetime | None = None
) -> HomeStatement:
    """The applicant has answered; the municipality's officers see it on their list.

    Raises NothingAsked where no question waits; DecidedAlready where the statement has been given meanwhile.
    """
    moment = now or timezone.now()
    application, statement = lock_statement(statement_id)
    if not statement.waits_for_applicant:
        raise NothingAsked
    statement.more_given, statement.more_given_at = answer, moment
    statement.version += 1
    statement.full_clean()
    statement.save()
    acts.tell("give_more", application, by=by, role="learner", from_state=statement.state,
              to_state=statement.state)  # fmt: skip
    return statement


def _with_what_was_asked(statement: HomeStatement) -> str:
    """Earlier questions and answers, this one the last; nothing that somebody has written gets lost."""
    if not statement.more_asked or statement.more_asked_at is None:
        return statement.more_before
    asked_on = home_day(statement.municipality.country, statement.more_asked_at)
    day = writing.day(asked_on, language="fi")
    said = f"{day}\n{statement.more_asked}\n\n{statement.more_given}"
    return f"{statement.more_before}\n\n{said}".strip()
