"""Sending an application: in the order of registration it takes its place in the same moment (R-APP-12)."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from dataclasses import dataclass
from typing import Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from applications import eligibility
from applications import letters as notices
from applications.days import host_day, statement_due
from applications.errors import (
    ApplicationRefused,
    AppliedAlready,
    ClosedAndFull,
    NotOpenForApplications,
    PlaceGone,
    SentBySomebodyElse,
)
from applications.models import Application
from applications.services import acts
from applications.services.knowing import offering_with_host
from applications.services.protecting import protect_known, protect_meanwhile
from applications.services.writing import Refused, Sending, write
from kopa.accounts.models import User
from kopa.base.db import constraint_name
from kopa.codes import cache
from kopa.letters.services import send_after_commit
from offerings import windows
from offerings.homes import Home
from offerings.models import Offering
from offerings.payers import Need, StatementRule

# Read out on the telephone: no letters or digits that are taken for each other.
ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
# By the constraint, or the part of the statement, that says it.
REFUSALS: Final[dict[str, type[ApplicationRefused]]] = {
    "applications_application_key_key": SentBySomebodyElse,
    "learner_has_one_live_application_to_a_course": AppliedAlready,
    Refused.NOT_OPEN: NotOpenForApplications,
    Refused.LATE: ClosedAndFull,
    Refused.NO_PLACE: PlaceGone,
}


@dataclass(frozen=True, slots=True)
class Submission:
    """What a student sends. ``key`` is that of the draft: the same sent twice is one application.

    ``is_protected``: she says so now; not saying so takes nothing back (R-PRIV-6).
    ``not_to_queue``: a place was shown to her, and the queue is not what she has agreed to.
    """

    key: uuid.UUID
    offering_id: int
    person: User
    home: Home
    birth_on: dt.date
    language: str
    phone: str = ""
    motivation: str = ""
    prior_education_id: str | None = None
    is_protected: bool = False
    not_to_queue: bool = False


def submit(given: Submission, *, now: dt.datetime | None = None) -> Application:
    """The application is sent: it holds a place, stands in the queue, or waits for the selection.

    ``status`` says which: ``submitted`` with a seat or without one where the course has a selection,
    ``waiting`` where every place is given. Sent twice with the same key it is the same application.

    Raises NotAppliedForHere, NotOpenForApplications, NotOpenToYou, NotOfAge, NobodyDecides, AppliedAlready,
    ClosedAndFull, PlaceGone, SentBySomebodyElse.
    """
    try:
        return _submitted(given, now or timezone.now())
    except ApplicationRefused:
        before = _sent_before(given)
        if before is None:
            raise
        return before


def _submitted(given: Submission, now: dt.datetime) -> Application:
    sending = _prepared(given, now)
    try:
        letter_id = _written(sending, not_to_queue=given.not_to_queue)
    except IntegrityError as refused:
        refusal = REFUSALS.get(constraint_name(refused))
        if refusal is None:
            raise
        raise refusal from refused
    send_after_commit(letter_id)
    return sending.application


def _sent_before(given: Submission) -> Application | None:
    """With the same key by the same person to the same course: her answer never arrived, or she sent twice.
    Whatever has become of the course since.
    """
    rows = Application.objects.of(given.person).filter(key=given.key, offering=given.offering_id)
    return rows.select_related("offering").first()


def _prepared(given: Submission, now: dt.datetime) -> Sending:
    """Whether she may apply, and everything that is going to be written; nothing is locked or written yet."""
    with cache.one_look():
        offering, somebody_decides = offering_with_host(given.offering_id, now=now)
        rule = eligibility.refuse_unless_eligible(
            offering, given.home, birth_on=given.birth_on, now=now, somebody_decides=somebody_decides
        )
        application = _application(given, offering, rule, now)
    return Sending(
        application=application,
        home=given.home,
        person=given.person,
        learner={
            "person_id": given.person.pk, "birth_on": given.birth_on, "phone": given.phone,
            "is_protected": given.is_protected, "created_at": now,
        },
        entry=acts.entry("submit", application, by=given.person),
        letter=notices.received(application, given.person),
        statement=_statement(given.home, now) if rule.need == Need.REQUIRED else None,
    )  # fmt: skip


def _application(
    given: Submission, offering: Offering, rule: StatementRule, now: dt.datetime
) -> Application:
    return Application(
        key=given.key,
        reference=new_reference(),
        offering=offering,
        home_municipality_id=given.home.id,
        statement_need=rule.need,
        statement_reason=rule.reason or "",
        agreement_id=rule.agreement_id,
        is_late=windows.is_closed(offering, now),
        is_outside=eligibility.is_outside(offering, given.home, on=host_day(offering, now)),
        language=given.language,
        motivation=given.motivation,
        prior_education_id=given.prior_education_id,
        submitted_at=now,
    )


def _statement(home: Home, now: dt.datetime) -> dict[str, object]:
    """R-HOME-4: due in ten working days of the home municipality's country. Its officers are told by the
    morning's digest.
    """
    return {"municipality_id": home.id, "requested_at": now, "due_on": statement_due(now, home.country)}


def _written(sending: Sending, *, not_to_queue: bool) -> int:
    """The number of the receipt."""
    if not sending.is_protected:
        return write(sending, not_to_queue=not_to_queue)
    # Each by itself: an act on another application locks it before the learner, ``write`` the learner first.
    application, person = sending.application, sending.person
    protect_known(person)
    with transaction.atomic():
        letter_id = write(sending, not_to_queue=not_to_queue)
        state = application.status
        acts.tell("protect", application, by=person, role="learner", from_state=state, to_state=state)
    protect_meanwhile(application.learner_id, by=person)
    return letter_id


def new_reference() -> str:
    """Nobody can guess it, and nobody has to: it opens nothing."""
    number, drawn = secrets.randbelow(len(ALPHABET) ** 8), ""
    for _ in range(8):
        number, letter = divmod(number, len(ALPHABET))
        drawn += ALPHABET[letter]
    return f"K-{drawn[:4]}-{drawn[4:]}"
