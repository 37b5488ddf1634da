"""Sentences of the host's pages: who pays, and what was done to an application."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from applications.models import Application
from kopa.audit.models import AuditEvent
from offerings.payers import Ground, Need

Words = str | Promise
WHO_PAYS: Final[dict[str, Words]] = {
    Ground.HOST_IS_HOME: _("No statement is needed: the applicant lives in the host municipality."),
    Ground.AGREEMENT: _("No statement is needed: an agreement lets residents apply freely, and home pays."),
    Ground.PRIMARY_AREA: _(
        "No statement is needed: both municipalities belong to the same primary co-operation area, and home"
        " pays by law."
    ),
    Ground.STATE_FUNDED: _("No statement is needed: the state funds the provider."),
    Need.NO_AGREEMENT: _(
        "Nobody is asked: no agreement across the border covers this. Agree with the applicant on who pays."
    ),
    Need.REQUIRED: _("The home municipality decides whether it pays."),
}
VERBS: Final[dict[str, Words]] = {
    "application.submit": _("sent the application"),
    "application.issue_statement": _("gave the home municipality's statement"),
    "application.drop_statement": _("ended the asking for a statement"),
    "application.receive": _("decided: received"),
    "application.admit": _("decided: admitted"),
    "application.refuse": _("decided: refused"),
    "application.rank": _("set priority group and score"),
    "application.put_in_queue": _("put the applicant in the queue"),
    "application.hold_place": _("held a place"),
    "application.offer_place": _("offered a place"),
    "application.accept": _("accepted the place"),
    "application.decline": _("declined the place"),
    "application.lapse": _("ended the offer: it was not answered in time"),
    "application.withdraw": _("withdrew the application"),
    "application.enrol": _("enrolled the student"),
    "application.complete": _("marked the studies as completed"),
    "application.interrupt": _("marked the studies as interrupted"),
    "application.transfer": _("moved the applicant to another course"),
    "application.cancel": _("ended the application: the course was cancelled"),
}
OTHER: Final = _("changed the application")


def who_pays(application: Application) -> Words:
    return WHO_PAYS[application.statement_reason or application.statement_need]


@dataclass(frozen=True, slots=True)
class Deed:
    """One act on an application."""

    event: AuditEvent
    what: Words


def deeds(application: Application) -> list[Deed]:
    """What was done, the latest first; one statement."""
    events: Iterable[AuditEvent] = AuditEvent.objects.filter(
        target="applications.application", target_id=application.pk
    ).select_related("actor")
    return [Deed(event, VERBS.get(event.verb, OTHER)) for event in events]
