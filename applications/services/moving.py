"""The applicant moves to another municipality before the course starts (R-HOME-1, R-HOME-2)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone

from applications import letters as notices
from applications.days import host_day
from applications.errors import MovedTooLate, NoMoveToConfirm
from applications.models import Application, HomeSource, HomeStatement
from applications.services import acts
from applications.services.deciding import Official
from applications.services.filling import offer_held
from applications.services.statements import due_on
from applications.states import LIVE, STATEMENT
from applications.steps import is_move_unconfirmed
from kopa.base.errors import ChangedMeanwhile, TransitionNotAllowed
from offerings.homes import Home
from offerings.payers import Need, StatementRule, statement_rule


@transaction.atomic
def record_move(
    *, application_id: int, home: Home, moved_on: dt.date, now: dt.datetime | None = None, **acting: Any
) -> Application:
    """Another municipality pays from now on, and is asked for a statement where R-HOME-3 says so. The place,
    and the home municipality of the day of sending, stay as they are; a place that is held is offered now
    where nothing is waited for any more. Unless the host tells of it, it is the applicant's word until it is
    confirmed (R-HOME-2).

    ``acting``: by, role and organisation_id for the journal. Recorded twice it is recorded once.
    Raises MovedTooLate where the move is not before the start: that changes nothing. Raises
    TransitionNotAllowed where the application is over.
    """
    moment = now or timezone.now()
    offering, application = acts.lock(application_id)
    if application.status not in LIVE:
        raise TransitionNotAllowed(verb="move", state=application.status)
    assert offering.starts_on is not None  # noqa: S101 - a published course has it (constraint)
    if moved_on >= offering.starts_on:
        raise MovedTooLate
    if home.id == (application.moved_to_id or application.home_municipality_id):
        return application
    rule = statement_rule(offering, home=home, on=host_day(offering, moment))
    application.moved_to_id = None if home.id == application.home_municipality_id else home.id
    application.statement_need, application.statement_reason = rule.need, rule.reason or ""
    application.agreement_id = rule.agreement_id
    is_host = acting.get("organisation_id") == offering.provider_id
    application.move_told_at, application.move_confirmed_at = moment, moment if is_host else None
    application.version += 1
    application.save(update_fields=[
        "moved_to", "statement_need", "statement_reason", "agreement", "move_told_at", "move_confirmed_at",
        "version",
    ])  # fmt: skip
    _ask(application, home, rule, moment)
    state = application.status
    acts.tell("move", application, from_state=state, to_state=state, **acting)
    notices.news(application)
    offer_held(application, by=None, now=moment)
    return application


@transaction.atomic
def confirm_move(
    *, application_id: int, by: Official, seen: int, now: dt.datetime | None = None
) -> Application:
    """The host's official confirms the move that the applicant has told of (R-HOME-2): what she is told of in
    the version that the official has ``seen``. A place that is held is offered now, where nothing else is
    waited for.

    Raises OwnMatter, ChangedMeanwhile, NoMoveToConfirm, TransitionNotAllowed where the application is over.
    """
    moment = now or timezone.now()
    _offering, application = acts.lock(application_id)
    acts.refuse_own(application, by.person)
    if application.status not in LIVE:
        raise TransitionNotAllowed(verb="confirm_move", state=application.status)
    if application.version != seen:
        raise ChangedMeanwhile
    if not is_move_unconfirmed(application):
        raise NoMoveToConfirm
    application.move_confirmed_at = moment
    if application.moved_to_id is None and application.home_source == HomeSource.SELF_DECLARED:
        application.home_source = HomeSource.VERIFIED
    application.version += 1
    application.save(update_fields=["move_confirmed_at", "home_source", "version"])
    state = application.status
    acts.tell("confirm_move", application, from_state=state, to_state=state, **by.acting)
    notices.news(application)
    offer_held(application, now=moment, **by.acting)
    return application


def _ask(application: Application, home: Home, rule: StatementRule, now: dt.datetime) -> None:
    """What the municipality that does not pay has said, or would have said, counts no more."""
    for earlier in HomeStatement.objects.select_for_update(no_key=True).in_force().filter(
        application=application
    ):
        earlier.state = STATEMENT.target("supersede", earlier.state)
        earlier.version += 1
        earlier.save(update_fields=["state", "version"])
    if rule.need == Need.REQUIRED:
        asked = HomeStatement(application=application, municipality_id=home.id, requested_at=now)
        asked.due_on = due_on(asked, now)
        asked.save(force_insert=True)
        notices.statement_asked(asked)
