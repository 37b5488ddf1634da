"""The host decides: reception, then admission, each by a named official (R-APP-5, R-APP-11)."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from applications import letters as notices
from applications.days import host_day
from applications.errors import (
    DecidedAlready,
    MoveUnconfirmed,
    NotMissedYet,
    NotReceived,
    StatementMissing,
    TakesNobody,
)
from applications.models import (
    AdmissionDecision,
    Application,
    HomeSource,
    ReceptionDecision,
    ReplacedAdmission,
)
from applications.models.decisions import Decision
from applications.services import acts, seats
from applications.services.dropping import drop_statement
from applications.services.filling import fill, offer_held, takes_more
from applications.states import APPLICATION, UNDECIDED
from applications.steps import (
    admission_of,
    home_declines,
    is_missed,
    is_move_unconfirmed,
    is_statement_in,
    reception_of,
    statement_of,
)
from kopa.accounts.models import User
from kopa.base.errors import TransitionNotAllowed
from offerings.models import Offering
from offerings.payers import Need


@dataclass(frozen=True, slots=True)
class Official:
    """Who decides, in which role, and as the decision shows it."""

    person: User
    role: str
    organisation_id: int
    title: str = ""

    @property
    def acting(self) -> dict[str, Any]:
        """For the journal."""
        return {"by": self.person, "role": self.role, "organisation_id": self.organisation_id}

    @property
    def named(self) -> dict[str, Any]:
        """For the decision."""
        return {"official": self.person, "official_name": self.person.name, "official_title": self.title}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not: a ground from the list, a text, and how to appeal, in the applicant's language."""

    ground: str
    text: str
    appeal: str


@transaction.atomic
def receive(
    *, application_id: int, by: Official, seen: int | None = None, now: dt.datetime | None = None
) -> Application:
    """The applicant may study the course (reception); the official confirms the home as well (R-HOME-2).
    Where a statement is required, that one does. ``seen``: the version that the official had in front of her.

    Raises OwnMatter, DecidedAlready, ChangedMeanwhile, TransitionNotAllowed.
    """
    moment = now or timezone.now()
    _offering, application = _undecided(application_id, "receive")
    _decide(ReceptionDecision, application, by, moment, seen=seen)
    confirms = application.statement_need != Need.REQUIRED
    if confirms and application.home_source == HomeSource.SELF_DECLARED:
        Application.objects.filter(pk=application.pk).update(home_source=HomeSource.VERIFIED)
    _tell("receive", application, by)
    return application


@transaction.atomic
def admit(
    *, application_id: int, by: Official, seen: int | None = None, now: dt.datetime | None = None
) -> Application:
    """The applicant is admitted: to the place that is held for her, which is offered now, or to the next one
    that becomes free for her. ``seen``: the version that the official had in front of her.

    Raises TakesNobody, OwnMatter, NotReceived, StatementMissing (R-APP-3), MoveUnconfirmed (R-HOME-2),
    DecidedAlready, ChangedMeanwhile, TransitionNotAllowed.
    """
    moment = now or timezone.now()
    offering, application = _undecided(application_id, "admit")
    if not takes_more(offering, moment):
        raise TakesNobody
    reception = reception_of(application)
    if reception is None or not reception.is_positive:
        raise NotReceived
    if not is_statement_in(application):
        raise StatementMissing
    if is_move_unconfirmed(application):
        raise MoveUnconfirmed
    _decide(AdmissionDecision, application, by, moment, seen=seen)
    _tell("admit", application, by)
    offer_held(application, now=moment, **by.acting)
    return application


@transaction.atomic
def refuse(
    *, application_id: int, by: Official, refusal: Refusal, seen: int | None = None,
    now: dt.datetime | None = None,
) -> Application:  # fmt: skip
    """The applicant is not received, or is received and not admitted. The place goes to the next in line.
    Whoever is admitted and has no offer is refused where her home municipality has declined since, or no
    place is offered any more.

    ``seen``: the version that the official had in front of her; which of the two decisions it is depends on
    it.

    Raises OwnMatter, ChangedMeanwhile, DecidedAlready, TransitionNotAllowed; ValidationError where the
    refusal lacks something.
    """
    moment = now or timezone.now()
    offering, application = _undecided(application_id, "refuse")
    acts.refuse_unread(application, seen)
    kind = AdmissionDecision if reception_of(application) is not None else ReceptionDecision
    _take_back_admission(application, by, moment)
    _decide(kind, application, by, moment, refusal=refusal)
    acts.move(application, "refuse", now=moment, **by.acting)
    drop_statement(application, by=by.person)
    notices.decided(application)
    if seats.free(application, now=moment):
        fill(offering, now=moment)
    return application


@transaction.atomic
def take_place_back(
    *, application_id: int, by: Official, refusal: Refusal, seen: int | None = None,
    now: dt.datetime | None = None,
) -> Application:  # fmt: skip
    """Who has accepted a place and does not come is not admitted any more; the place goes to the next in line
    as long as places are offered (R-CAP-8). Whoever has come is enrolled instead. The admission is kept as
    replaced.

    ``seen``: the version that the official had in front of her.
    Raises OwnMatter, CourseCancelled, TransitionNotAllowed, ChangedMeanwhile, NotMissedYet; ValidationError
    where the decision lacks something.
    """
    moment = now or timezone.now()
    offering, application = acts.lock(application_id)
    acts.refuse_own(application, by.person)
    acts.refuse_cancelled(offering)
    APPLICATION.target("take_place_back", application.status)
    acts.refuse_unread(application, seen)
    if not is_missed(application, on=host_day(offering, moment)):
        raise NotMissedYet
    _replace_admission(application, by, moment)
    _decide(AdmissionDecision, application, by, moment, refusal=refusal)
    acts.move(application, "take_place_back", now=moment, **by.acting)
    drop_statement(application, by=by.person)
    notices.decided(application)
    seats.free(application, now=moment)
    fill(offering, now=moment)
    return application


def _take_back_admission(application: Application, by: Official, now: dt.datetime) -> None:
    if admission_of(application) is None:
        return
    acts.refuse_own(application, by.person)
    if home_declines(statement_of(application)) or not takes_more(application.offering, now):
        _replace_admission(application, by, now)


def _replace_admission(application: Application, by: Official, now: dt.datetime) -> None:
    """It makes room for another one and is kept as it was; the journal says so."""
    for admission in AdmissionDecision.objects.filter(application=application):
        state, decided = application.status, admission.decided_at.isoformat()
        official = f"{admission.official_name}, {admission.official_title}".removesuffix(", ")
        changes = {"decided_at": [decided, None], "official": [official, None]}
        acts.tell("take_back_admission", application, from_state=state, to_state=state, changes=changes,
                  **by.acting)  # fmt: skip
        said = {field.name: getattr(admission, field.name) for field in Decision._meta.fields}
        ReplacedAdmission.objects.create(
            application=application, replaced_at=now, replaced_by=by.person, **said
        )
        admission.delete()


def _undecided(application_id: int, verb: str) -> tuple[Offering, Application]:
    offering, application = acts.lock(application_id)
    if application.status not in UNDECIDED:
        raise TransitionNotAllowed(verb=verb, state=application.status)
    return offering, application


def _decide(
    kind: type[ReceptionDecision | AdmissionDecision],
    application: Application,
    by: Official,
    now: dt.datetime,
    *,
    refusal: Refusal | None = None,
    seen: int | None = None,
) -> None:
    acts.refuse_own(application, by.person)
    if kind.objects.filter(application=application).exists():
        raise DecidedAlready
    acts.refuse_unread(application, seen)
    said = asdict(refusal) if refusal is not None else {}
    decision = kind(
        application=application, is_positive=refusal is None, decided_at=now, **by.named, **said
    )
    decision.full_clean()
    decision.save(force_insert=True)


def _tell(verb: str, application: Application, by: Official) -> None:
    """A decision that leaves the state alone is a new version too."""
    state = application.status
    application.version += 1
    application.save(update_fields=["version"])
    acts.tell(verb, application, from_state=state, to_state=state, **by.acting)
