"""An appeal against a home municipality's statement: it goes on paper to whoever decides on it, and the
municipality's officer writes down that it has arrived, and that the statement stands.

Where it sends the statement back, that one is written anew (``remit_statement``), or counts no more where the
application is over (``set_statement_aside``). No place moves by either.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from applications import letters as notices
from applications.days import home_day
from applications.errors import WrongDay
from applications.models import Application, HomeStatement
from applications.services import acts
from applications.services.statements import lock_any_statement
from applications.states import STATEMENT
from applications.steps import is_answer_needed
from kopa.accounts.models import User
from kopa.base.errors import ChangedMeanwhile, TransitionNotAllowed


@transaction.atomic
def record_appeal(
    *, statement_id: int, on: dt.date, reference: str, by: User, role: str, organisation_id: int,
    version: int, now: dt.datetime | None = None,
) -> HomeStatement:  # fmt: skip
    """An appeal arrived ``on`` a day; the applicant is told. The statement stays in force meanwhile.

    The application may be over: whoever was not admitted appeals too. Raises TransitionNotAllowed where there
    is nothing to appeal against; ChangedMeanwhile, WrongDay.
    """
    moment = now or timezone.now()
    application, statement = lock_any_statement(statement_id)
    before, after = statement.state, STATEMENT.target("appeal", statement.state)
    if not statement.may_be_appealed:
        raise TransitionNotAllowed(verb="appeal", state=before)
    _refuse_old(statement, version)
    too_early = _("The statement was given later than this day.")
    _refuse_wrong(statement, on, statement.decided_on, moment, too_early)
    statement.state, statement.appealed_on, statement.appealed_at = after, on, moment
    statement.appeal_reference = reference
    _save(statement)
    _tell("appeal_statement", application, statement, before, by=by, role=role,
          organisation_id=organisation_id)  # fmt: skip
    return statement


@transaction.atomic
def uphold_statement(
    *, statement_id: int, on: dt.date, by: User, role: str, organisation_id: int, version: int,
    now: dt.datetime | None = None,
) -> HomeStatement:  # fmt: skip
    """The appeal was decided ``on`` a day and changes nothing; the applicant is told.

    Raises TransitionNotAllowed where none waits for its decision; ChangedMeanwhile, WrongDay.
    """
    moment = now or timezone.now()
    application, statement = lock_any_statement(statement_id)
    before, after = statement.state, STATEMENT.target("uphold", statement.state)
    _refuse_old(statement, version)
    too_early = _("The appeal arrived later than this day.")
    _refuse_wrong(statement, on, statement.appealed_on, moment, too_early)
    statement.state, statement.upheld_on, statement.upheld_at = after, on, moment
    _save(statement)
    _tell("uphold_statement", application, statement, before, by=by, role=role,
          organisation_id=organisation_id)  # fmt: skip
    return statement


@transaction.atomic
def set_statement_aside(
    *, statement_id: int, by: User, role: str, organisation_id: int, version: int,
    now: dt.datetime | None = None,
) -> HomeStatement:  # fmt: skip
    """The appeal has succeeded when nobody needs an answer any more: what was given stays as it was and
    counts no more, the application stays over, and its time of keeping begins. Whoever still wants a place
    applies again, where the municipality is asked again. The applicant is told.

    Raises TransitionNotAllowed where no appeal waits for its decision, or the application goes on
    (``remit_statement``); ChangedMeanwhile.
    """
    application, statement = lock_any_statement(statement_id)
    if is_answer_needed(application):
        raise TransitionNotAllowed(verb="set_aside", state=application.status)
    before, after = statement.state, STATEMENT.target("set_aside", statement.state)
    _refuse_old(statement, version)
    statement.state, statement.remitted_at = after, now or timezone.now()
    _save(statement)
    _tell("set_statement_aside", application, statement, before, by=by, role=role,
          organisation_id=organisation_id)  # fmt: skip
    return statement


def _refuse_old(statement: HomeStatement, version: int) -> None:
    if statement.version != version:
        raise ChangedMeanwhile


def _refuse_wrong(
    statement: HomeStatement, on: dt.date, first: dt.date | None, now: dt.datetime, too_early: str | Promise
) -> None:
    if on > home_day(statement.municipality.country, now):
        raise WrongDay(_("This day lies ahead."))
    if first is not None and on < first:
        raise WrongDay(too_early)


def _save(statement: HomeStatement) -> None:
    statement.version += 1
    statement.full_clean()
    statement.save()


def _tell(
    verb: str, application: Application, statement: HomeStatement, before: str, *, by: User, role: str,
    organisation_id: int,
) -> None:  # fmt: skip
    acts.tell(verb, application, by=by, role=role, organisation_id=organisation_id,
              from_state=before, to_state=statement.state)  # fmt: skip
    notices.news(application)
