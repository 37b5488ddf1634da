"""The home municipality's statement: written, given, sent back, or not needed any more."""

from __future__ import annotations

import datetime as dt
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Final

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from applications import letters as notices
from applications.days import home_day, statement_due
from applications.errors import DecidedAlready, HomeAnswersHere, UnknownGround
from applications.grounds import decision_language, is_in_list
from applications.models import Application, Attachment, HomeSource, HomeStatement
from applications.services import acts
from applications.services.filling import offer_held
from applications.states import STATEMENT, StatementOutcome, StatementState
from applications.steps import is_answer_needed
from kopa.accounts.models import User
from kopa.base import uploads
from kopa.base.errors import ChangedMeanwhile, TransitionNotAllowed

SAID: Final = ("outcome", "official_name", "official_title", "ground", "text", "limits", "appeal")


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
def draft_statement(
    *, statement_id: int, given: StatementInput, by: User, role: str, organisation_id: int, version: int
) -> HomeStatement:
    """What is written so far is kept, and colleagues see who writes. Nobody is told.

    Raises DecidedAlready; ChangedMeanwhile where a colleague has written since ``version`` was read.
    """
    application, statement = lock_statement(statement_id, version=version)
    before = statement.state
    _take_over(statement, given)
    statement.drafted_by = by
    _save(statement, "draft")
    _tell("draft_statement", application, statement, before, by=by, role=role,
          organisation_id=organisation_id)  # fmt: skip
    return statement


@transaction.atomic
def issue_statement(
    *, statement_id: int, given: StatementInput, by: User, role: str, organisation_id: int,
    is_outside: bool = False, version: int | None = None, now: dt.datetime | None = None,
) -> HomeStatement:  # fmt: skip
    """The home municipality has answered; the host and the applicant are told.

    A statement that commits confirms where the applicant lives (R-HOME-2), or that she has moved there since
    she applied: a refusal may say that she does not live there. No seat moves by itself; to whoever holds one
    and is admitted already (she has moved since, R-HOME-1) it is offered now. ``is_outside``: the host
    records an answer that came outside KOPA (``record_answer_from_outside``).

    Raises DecidedAlready, ChangedMeanwhile, UnknownGround; ValidationError where a refusal lacks its ground,
    text or appeal (R-HOME-5).
    """
    moment = now or timezone.now()
    application, statement = lock_statement(statement_id, version=version)
    before = statement.state
    _take_over(statement, given)
    statement.decided_on = given.decided_on or home_day(statement.municipality.country, moment)
    statement.issued_at, statement.issued_by, statement.is_outside = moment, by, is_outside
    statement.language = decision_language(application.language, statement.municipality)
    declines = given.outcome == StatementOutcome.DECLINES and not is_outside
    country = statement.municipality.country
    if declines and given.ground and not is_in_list(given.ground, country, on=statement.decided_on):
        raise UnknownGround
    _save(statement, "issue")
    if given.outcome != StatementOutcome.DECLINES:
        _confirm_home(application, statement, moment)
    _tell("issue_statement", application, statement, before, by=by, role=role,
          organisation_id=organisation_id)  # fmt: skip
    notices.statement_given(application)
    offer_held(application, by=None, now=moment)
    return statement


def _confirm_home(application: Application, statement: HomeStatement, now: dt.datetime) -> None:
    is_home = statement.municipality_id == application.home_municipality_id
    if is_home and application.home_source == HomeSource.SELF_DECLARED:
        application.home_source = HomeSource.VERIFIED
    if application.move_told_at is not None and application.move_confirmed_at is None:
        application.move_confirmed_at = now
    application.save(update_fields=["home_source", "move_confirmed_at"])


def record_answer_from_outside(
    *, statement_id: int, given: StatementInput, by: User, role: str, organisation_id: int,
    file: UploadedFile | None = None, now: dt.datetime | None = None,
) -> HomeStatement:  # fmt: skip
    """The host writes down what a municipality without an officer in KOPA has answered it; ``file``: the
    answer as it came, as safe as ``kopa.base.uploads`` makes it.

    Raises HomeAnswersHere where the municipality has an officer, UploadRefused, and what ``issue_statement``
    raises.
    """
    moment = now or timezone.now()
    examined = uploads.examine(file) if file is not None else None
    keeping = uploads.keeping(examined) if examined is not None else nullcontext("")
    with keeping as stored, transaction.atomic():
        rows = HomeStatement.objects.filter(pk=statement_id)
        if not rows.without_officer(on=timezone.localdate(moment)).exists():
            raise HomeAnswersHere
        statement = issue_statement(
            statement_id=statement_id, given=given, by=by, role=role, organisation_id=organisation_id,
            is_outside=True, now=moment,
        )  # fmt: skip
        if examined is not None:
            _keep_document(statement, examined, stored, by=by, now=moment)
    return statement


def _keep_document(
    statement: HomeStatement, file: uploads.Examined, stored: str, *, by: User, now: dt.datetime
) -> None:
    statement.document = Attachment.objects.create(
        matter=statement.application.key, name=file.name, kind=file.kind, size=file.size,
        digest=file.digest, stored=stored, added_by=by, added_at=now,
    )  # fmt: skip
    statement.save(update_fields=["document"])


@transaction.atomic
def remit_statement(
    *, statement_id: int, by: User, role: str, organisation_id: int, version: int | None = None,
    now: dt.datetime | None = None,
) -> HomeStatement:  # fmt: skip
    """After an appeal, or because the municipality corrects itself, the statement is written anew, with a new
    last day. What was given is kept as it was, in a row that is no longer in force. No seat moves: a late one
    is offered if one is vacant.

    Raises TransitionNotAllowed where none was given, an appeal has left it as it is, or nobody needs an
    answer any more (``appealing.set_statement_aside``); ChangedMeanwhile.
    """
    moment = now or timezone.now()
    application, statement = lock_any_statement(statement_id)
    if not is_answer_needed(application):
        raise TransitionNotAllowed(verb="remit", state=application.status)
    before, after = statement.state, STATEMENT.target("remit", statement.state)
    if version is not None and statement.version != version:
        raise ChangedMeanwhile
    earlier = HomeStatement.objects.get(pk=statement.pk)
    earlier.pk, earlier.state, earlier._state.adding = None, StatementState.DROPPED, True  # noqa: SLF001
    earlier.remitted_at = moment
    earlier.save(force_insert=True)
    for name in SAID:
        setattr(statement, name, "")
    statement.decided_on = statement.issued_at = statement.issued_by = statement.drafted_by = None
    statement.language, statement.is_outside, statement.document = "", False, None
    statement.appealed_on = statement.appealed_at = None
    statement.appeal_reference = ""
    statement.warned_at = statement.reminded_at = None
    statement.requested_at, statement.due_on = moment, due_on(statement, moment)
    statement.state, statement.version = after, statement.version + 1
    statement.save()
    _tell("remit_statement", application, statement, before, by=by, role=role,
          organisation_id=organisation_id)  # fmt: skip
    notices.news(application)
    return statement


def due_on(statement: HomeStatement, now: dt.datetime) -> dt.date:
    """R-HOME-4: ten working days of the home municipality's country from now."""
    return statement_due(now, statement.municipality.country)


def lock_statement(
    statement_id: int, *, version: int | None = None
) -> tuple[Application, HomeStatement]:
    """One that is still awaited, behind its course and its application. Raises DecidedAlready, and
    ChangedMeanwhile where it is not in this ``version`` any more.
    """
    application, statement = lock_any_statement(statement_id)
    if not statement.is_awaited:
        raise DecidedAlready
    if version is not None and statement.version != version:
        raise ChangedMeanwhile
    return application, statement


def lock_any_statement(statement_id: int) -> tuple[Application, HomeStatement]:
    """In whatever state."""
    application_id = HomeStatement.objects.values_list("application", flat=True).get(pk=statement_id)
    _offering, application = acts.lock(application_id)
    rows = HomeStatement.objects.select_for_update(no_key=True, of=("self",)).select_related("municipality")
    return application, rows.get(pk=statement_id)


def _take_over(statement: HomeStatement, given: StatementInput) -> None:
    for name in SAID:
        setattr(statement, name, getattr(given, name))
    statement.decided_on = given.decided_on


def _save(statement: HomeStatement, verb: str) -> None:
    statement.state = STATEMENT.target(verb, statement.state)
    statement.version += 1
    statement.full_clean()
    statement.save()


def _tell(
    verb: str, application: Application, statement: HomeStatement, before: str, *, by: User, role: str,
    organisation_id: int,
) -> None:  # fmt: skip
    acts.tell(verb, application, by=by, role=role, organisation_id=organisation_id,
              from_state=before, to_state=statement.state)  # fmt: skip
