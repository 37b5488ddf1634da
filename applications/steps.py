"""Where an application stands between sending and an offer: whose turn it is.

Steps are read from what has been decided, never stored (DOMAIN.md §3.8).
"""

from __future__ import annotations

import datetime as dt

from applications.models import AdmissionDecision, Application, HomeStatement, ReceptionDecision
from applications.states import COMMITTING, ENDED, LIVE, UNDECIDED, ApplicationStatus, StatementState, Turn
from offerings.payers import Need


def statement_of(application: Application) -> HomeStatement | None:
    """The statement in force; a query."""
    return application.statements.exclude(state=StatementState.DROPPED).first()


def reception_of(application: Application) -> ReceptionDecision | None:
    return ReceptionDecision.objects.filter(application=application).first()


def admission_of(application: Application) -> AdmissionDecision | None:
    return AdmissionDecision.objects.filter(application=application).first()


def is_statement_in(application: Application) -> bool:
    """R-APP-3: nothing is waited for from the home municipality: it pays, or is not asked."""
    if application.statement_need != Need.REQUIRED:
        return True
    statement = statement_of(application)
    return statement is not None and statement.is_given and statement.outcome in COMMITTING


def is_answer_needed(application: Application) -> bool:
    """The home municipality's answer still changes something: the application is not over, or somebody has
    studied, and who pays for that is to be said.
    """
    return application.status in LIVE or application.enrolled_on is not None


def home_declines(statement: HomeStatement | None) -> bool:
    """The municipality has answered that it does not pay. ``statement``: the one in force."""
    return statement is not None and statement.is_given and statement.outcome not in COMMITTING


def is_move_unconfirmed(application: Application) -> bool:
    """R-HOME-2: a move that the applicant tells of is her own word until a named official of the host has
    confirmed it. Where a statement is required, that one does.
    """
    told = application.move_told_at is not None and application.move_confirmed_at is None
    return told and application.statement_need != Need.REQUIRED


def is_missed(application: Application, *, on: dt.date) -> bool:
    """Accepted, and not enrolled by ``on``, a day after the first of the teaching and after the answer."""
    if application.status != ApplicationStatus.ACCEPTED:
        return False
    offering = application.offering
    assert application.answered_at is not None  # noqa: S101 - an accepted one says when (constraint)
    answered_on = application.answered_at.astimezone(offering.zone).date()
    return offering.starts_on is not None and on > max(offering.starts_on, answered_on)


def may_be_offered(application: Application) -> bool:
    """R-APP-12: received, the statement in or not needed, a move confirmed, admitted; by named officials
    (R-APP-11).
    """
    reception, admission = reception_of(application), admission_of(application)
    return (
        reception is not None
        and reception.is_positive
        and admission is not None
        and admission.is_positive
        and is_statement_in(application)
        and not is_move_unconfirmed(application)
    )


def turn(application: Application) -> Turn:
    """Whose turn it is. Up to two queries."""
    admission = admission_of(application) if application.status in UNDECIDED else None
    return turn_of(application, statement_of(application), is_admitted=admission is not None)


def turn_of(application: Application, statement: HomeStatement | None, *, is_admitted: bool) -> Turn:
    """``turn`` where the statement in force and the admission are at hand; no query."""
    if application.status == ApplicationStatus.OFFERED:
        return Turn.LEARNER
    if application.status in ENDED or application.status == ApplicationStatus.ENROLLED:
        return Turn.NOBODY
    if application.status == ApplicationStatus.ACCEPTED:
        return Turn.HOST
    assert application.status in UNDECIDED  # noqa: S101 - nothing else is left
    if statement is not None and statement.state in {StatementState.REQUESTED, StatementState.DRAFTED}:
        return Turn.LEARNER if statement.more_asked and not statement.more_given else Turn.HOME
    waits = is_admitted and not home_declines(statement) and not is_move_unconfirmed(application)
    return Turn.QUEUE if waits else Turn.HOST
