"""Sentences of the host's pages: who pays, and what was done to an application."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from applications.models import Application
from kopa.accounts.models import User
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
# R-PRIV-6: of whom nobody shall know where she lives; no reason, for each tells of the home.
WHO_PAYS_FOR_PROTECTED: Final[dict[str, Words]] = {
    Need.NOT_REQUIRED: _("No statement is needed: it is settled who pays."),
    Need.NO_AGREEMENT: _("Nobody is asked. Agree with the applicant on who pays."),
    Need.REQUIRED: WHO_PAYS[Need.REQUIRED],
}
VERBS: Final[dict[str, Words]] = {
    "application.submit": _("sent the application"),
    "application.issue_statement": _("gave the home municipality's statement"),
    "application.drop_statement": _("ended the asking for a statement"),
    "application.draft_statement": _("worked on the home municipality's statement"),
    "application.ask_for_more": _("asked the applicant for more"),
    "application.give_more": _("answered the home municipality"),
    "application.remind_statement": _("reminded the home municipality: its statement is late"),
    "application.appeal_statement": _("recorded an appeal against the home municipality's statement"),
    "application.uphold_statement": _(
        "recorded that the home municipality's statement stands after an appeal"
    ),
    "application.remit_statement": _("began the statement anew after an appeal"),
    "application.set_statement_aside": _(
        "recorded that an appeal has set the home municipality's statement aside"
    ),
    "application.move": _("recorded that the applicant has moved"),
    "application.confirm_move": _("confirmed that the applicant has moved"),
    "application.receive": _("decided: received"),
    "application.admit": _("decided: admitted"),
    "application.refuse": _("decided: refused"),
    "application.take_place_back": _("took the place back: the student did not come"),
    "application.take_back_admission": _("admission taken back"),
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
    "application.message": _("wrote to the applicant"),
    "application.revise": _("changed what had been sent"),
    "application.confide": _("confided personal grounds"),
    "application.protect": _("marked the identity as protected"),
    "application.unprotect": _("took back that the identity is protected"),
    "application.offer_transfer": _("offered another course"),
    "application.decline_transfer": _("did not want to move to the other course"),
    "application.lapse_transfer": _("ended the offer of another course: it was not answered in time"),
    "application.arrive": _("moved here from another course"),
    "application.give_back_time": _("gave the time of sending back: the other course was cancelled"),
    "application.cancel": _("ended the application: the course was cancelled"),
}
THE_APPLICANT: Final = _("The applicant")
OTHER: Final = _("changed the application")
# What concerns the home municipality; what the host decides is not for it.
OF_STATEMENTS: Final = (
    "application.submit", "application.draft_statement", "application.issue_statement",
    "application.drop_statement", "application.ask_for_more", "application.give_more",
    "application.remind_statement", "application.appeal_statement", "application.uphold_statement",
    "application.remit_statement", "application.set_statement_aside", "application.move",
    "application.confirm_move", "application.protect", "application.unprotect",
)  # fmt: skip
# What a municipality's people do among themselves, before they say anything (R-PRIV-4).
UNTOLD: Final = ("application.draft_statement",)


def who_pays(application: Application) -> Words:
    if application.learner.is_protected:
        return WHO_PAYS_FOR_PROTECTED[application.statement_need]
    return WHO_PAYS[application.statement_reason or application.statement_need]


@dataclass(frozen=True, slots=True)
class Deed:
    """One act on an application."""

    event: AuditEvent
    what: Words
    who: Words


def deeds(application: Application) -> list[Deed]:
    """What was done, as the host knows it, the oldest first as on the applicant's page; one statement."""
    return [one for one in _all_deeds(application) if one.event.verb not in UNTOLD]


def _all_deeds(application: Application) -> list[Deed]:
    events: Iterable[AuditEvent] = AuditEvent.objects.filter(
        target="applications.application", target_id=application.pk
    ).select_related("actor").order_by("at", "pk")
    return [Deed(event, VERBS.get(event.verb, OTHER), _who(event, application)) for event in events]


def _who(event: AuditEvent, application: Application) -> Words:
    """A protected identity is not named: the history goes onto paper (R-PRIV-6)."""
    if event.actor is None:
        return "KOPA"
    learner = application.learner
    return THE_APPLICANT if learner.is_protected and event.actor_id == learner.person_id else str(event.actor)


def deeds_for_home(application: Application) -> list[Deed]:
    """Those that concern the home municipality."""
    return [one for one in _all_deeds(application) if one.event.verb in OF_STATEMENTS]


def meanwhile(application: Application, *, reader: User) -> str:
    """What was done last and by whom: two officials on one case."""
    last = next(reversed(deeds(application)), None)
    if last is None or last.event.actor is None:
        return ""
    if last.event.actor == reader:
        return gettext("You did this last: %(what)s.") % {"what": last.what}
    return gettext("%(person)s did this last: %(what)s.") % {"person": last.who, "what": last.what}
