"""The home municipality's statement: asked for, given, or not needed any more."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from applications import letters as notices
from applications.errors import DecidedAlready
from applications.models import Application, HomeSource, HomeStatement
from applications.services import acts
from applications.states import STATEMENT, StatementOutcome, StatementState
from kopa.accounts.models import User


@dataclass(frozen=True, slots=True)
class StatementInput:
    """What a home municipality says. ``decided_on``: the day of the decision, by the official named."""

    outcome: StatementOutcome
    official_name: str
    official_title: str = ""
    ground: str = ""
    text: str = ""
    limits: str = ""
    appeal: str = ""
    decided_on: dt.date | None = None


@transaction.atomic
def issue_statement(
    *, statement_id: int, given: StatementInput, by: User, role: str, organisation_id: int,
    is_outside: bool = False, now: dt.datetime | None = None,
) -> HomeStatement:  # fmt: skip
    """The home municipality has answered; the host and the applicant are told.

    The statement confirms where the applicant lives (R-HOME-2). No seat moves by itself. ``is_outside``: the
    host records an answer that came outside KOPA.

    Raises DecidedAlready; ValidationError where a refusal lacks its ground, text or appeal (R-HOME-5).
    """
    moment = now or timezone.now()
    application_id = HomeStatement.objects.values_list("application", flat=True).get(pk=statement_id)
    _offering, application = acts.lock(application_id)
    statement = HomeStatement.objects.select_for_update(no_key=True, of=("self",)).get(pk=statement_id)
    if statement.state not in {StatementState.REQUESTED, StatementState.DRAFTED}:
        raise DecidedAlready
    before = statement.state
    statement.state = STATEMENT.target("issue", before)
    for name in ("outcome", "official_name", "official_title", "ground", "text", "limits", "appeal"):
        setattr(statement, name, getattr(given, name))
    statement.decided_on = given.decided_on or timezone.localdate(moment)
    statement.issued_at, statement.issued_by, statement.is_outside = moment, by, is_outside
    statement.full_clean()
    statement.save()
    if application.home_source == HomeSource.SELF_DECLARED:
        Application.objects.filter(pk=application.pk).update(home_source=HomeSource.VERIFIED)
    acts.tell("issue_statement", application, by=by, role=role, organisation_id=organisation_id,
              from_state=before, to_state=statement.state)  # fmt: skip
    notices.statement_given(application)
    return statement


def drop_statement(application: Application, *, by: User | None) -> None:
    """Nobody needs to answer any more: the application is over. It is locked."""
    waiting = application.statements.filter(state__in=[StatementState.REQUESTED, StatementState.DRAFTED])
    if waiting.update(state=StatementState.DROPPED):
        acts.tell("drop_statement", application, by=by, to_state=StatementState.DROPPED)
