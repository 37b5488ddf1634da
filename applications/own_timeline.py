"""What has happened to one application, as the applicant reads it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from applications.models import CourseChange, HomeStatement
from applications.services.changing import there_since
from applications.states import ApplicationStatus
from kopa.base import writing
from municipalities.cache import gazetteer

if TYPE_CHECKING:
    from applications.own_page import OwnPage

S = ApplicationStatus
Happened = Iterator[tuple[dt.datetime, str]]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened; ``moment`` is written for the reader."""

    at: dt.datetime
    what: str
    moment: str


def timeline(page: OwnPage) -> list[Event]:
    """The oldest first."""
    parts = (_sent, _changed, _moved, _statement, _decided, _answered)
    happened = sorted((one for part in parts for one in part(page)), key=lambda one: one[0])
    return [Event(at, what, page.moment(at)) for at, what in happened]


def _sent(page: OwnPage) -> Happened:
    application = page.application
    yield application.submitted_at, _("You sent the application.")
    if application.revised_at:
        yield application.revised_at, _("You changed what you had sent.")


def _changed(page: OwnPage) -> Happened:
    application = page.application
    rows = CourseChange.objects.filter(
        offering=application.offering_id, changed_at__gt=there_since(application)
    )
    if application.ended_at:
        rows = rows.filter(changed_at__lt=application.ended_at)
    for change in rows:
        yield change.changed_at, _("The provider changed the course.")
    if page.transfer is not None:
        yield page.transfer.offered_at, _("Another course was offered to you.")


def _moved(page: OwnPage) -> Happened:
    """R-HOME-2: told of, and confirmed."""
    application = page.application
    if application.move_told_at:
        yield application.move_told_at, _("It was told that you have moved.")
    if application.move_confirmed_at:
        yield application.move_confirmed_at, _("Your move was confirmed.")


def _statement(page: OwnPage) -> Happened:
    statement = page.statement
    if statement is None:
        return
    for earlier in page.sent_back:
        named = {"municipality": gazetteer().label(earlier.municipality)}
        yield earlier.requested_at, _("%(municipality)s was asked whether it pays.") % named
        yield from _given(earlier)
        if earlier.remitted_at:
            yield earlier.remitted_at, _("%(municipality)s decides anew whether it pays.") % named
    if all(earlier.remitted_at != statement.requested_at for earlier in page.sent_back):
        yield statement.requested_at, _("%(municipality)s was asked whether it pays.") % page.asked
    if statement.more_asked_at:
        yield statement.more_asked_at, _("You were asked for more information.")
    if statement.more_given_at:
        yield statement.more_given_at, _("You answered.")
    if not statement.is_awaited:
        yield from _given(statement)
    if statement.is_set_aside and statement.remitted_at:
        yield statement.remitted_at, _("An appeal has set the answer aside: it does not count any more.")


def _given(statement: HomeStatement) -> Happened:
    """And what came of an appeal."""
    country = statement.municipality.country
    if statement.issued_at:
        given = _("The answer came: %(outcome)s.") % {"outcome": statement.get_outcome_display()}
        yield statement.issued_at, given
    if statement.appealed_on and statement.appealed_at:
        day = writing.day(statement.appealed_on, country=country)
        yield statement.appealed_at, _("An appeal against the answer arrived on %(day)s.") % {"day": day}
    if statement.upheld_on and statement.upheld_at:
        day = writing.day(statement.upheld_on, country=country)
        stands = _("The appeal was decided on %(day)s: the answer stands.") % {"day": day}
        yield statement.upheld_at, stands


def _decided(page: OwnPage) -> Happened:
    if page.reception is not None:
        yes = _("The provider received you to the course.")
        no = _("The provider did not receive you to the course.")
        yield page.reception.decided_at, yes if page.reception.is_positive else no
    for earlier in page.application.replaced_admissions.all():
        yield earlier.decided_at, _("You were admitted.")
    if page.admission is not None:
        yes, no = _("You were admitted."), _("You were not admitted.")
        if page.is_taken_back:
            no = _("The provider took the place back.")
        yield page.admission.decided_at, yes if page.admission.is_positive else no


def _answered(page: OwnPage) -> Happened:
    application = page.application
    if application.offered_at:
        yield application.offered_at, _("A place was offered to you.")
    if application.answered_at:
        said = _("You declined the place.") if application.status == S.DECLINED else _(
            "You accepted the place."
        )
        yield application.answered_at, said
    if application.ended_at and application.status not in {S.DECLINED, S.NOT_ELIGIBLE}:
        if application.status == S.WITHDRAWN:
            yield application.ended_at, _("You withdrew the application.")
        else:
            yield application.ended_at, _("Ended: %(how)s.") % {"how": application.get_status_display()}
