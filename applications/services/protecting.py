"""A protected identity (R-PRIV-6) is marked and taken back. It is the person's: in all her applications."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from applications import letters as notices
from applications.errors import OwnMatter, ProtectedByOthers
from applications.models import Application, HomeSource, HomeStatement, Learner, ReceptionDecision
from applications.services import acts
from applications.states import COMMITTING, GIVEN
from kopa.accounts.models import User


def is_protected(person: User) -> bool:
    """A query."""
    return Learner.objects.filter(person=person, is_protected=True).exists()


@transaction.atomic
def protect(
    *, learner_id: int, by: User, application_id: int | None = None, organisation_id: int | None = None,
    role: str = "learner",
) -> Learner:  # fmt: skip
    """From now on neither name nor home stands in a list, a file or an answer to a program. Twice is once.

    The learner says so herself, or an official of ``organisation_id`` in the case of ``application_id``; she
    is told then. What she says, or a second organisation, no organisation takes back any more: she does.

    Raises OwnMatter.
    """
    learner = _lock(learner_id)
    acting = _acting(learner, by, role, organisation_id)
    if learner.is_protected and learner.protected_by_id in {None, organisation_id}:
        return learner
    learner.protected_by_id = None if learner.is_protected else organisation_id
    learner.is_protected = True
    learner.save(update_fields=["is_protected", "protected_by"])
    _hide_homes(learner_id)
    _tell("protect", _concerned(learner, application_id), **acting)
    return learner


@transaction.atomic
def unprotect(
    *, learner_id: int, by: User, application_id: int | None = None, organisation_id: int | None = None,
    role: str = "learner",
) -> Learner:  # fmt: skip
    """As anybody else's from now on; whose home an official had confirmed has it confirmed. Twice is once.

    The learner may always, an official where the organisation itself has said so.

    Raises OwnMatter, ProtectedByOthers.
    """
    learner = _lock(learner_id)
    acting = _acting(learner, by, role, organisation_id)
    if not learner.is_protected:
        return learner
    if organisation_id is not None and learner.protected_by_id != organisation_id:
        raise ProtectedByOthers
    learner.is_protected, learner.protected_by_id = False, None
    learner.save(update_fields=["is_protected", "protected_by"])
    hidden = Application.objects.filter(learner=learner, home_source=HomeSource.PROTECTED)
    _confirmed(hidden).update(home_source=HomeSource.VERIFIED)
    hidden.update(home_source=HomeSource.SELF_DECLARED)
    _tell("unprotect", _concerned(learner, application_id), **acting)
    return learner


def protect_known(person: User) -> None:
    """``protect`` by whoever says so in an application that she is about to send: it holds for those that she
    has sent before, and stays said where this one is refused.
    """
    learner = Learner.objects.filter(person=person).first()
    if learner is not None:
        protect(learner_id=learner.pk, by=person)


@transaction.atomic
def protect_meanwhile(learner_id: int, *, by: User) -> None:
    """What a protected person has sent from another window in the very moment of saying so is protected too.
    Usually there is nothing.
    """
    learner = _lock(learner_id)
    if learner.is_protected:
        late = Application.objects.filter(learner=learner).exclude(home_source=HomeSource.PROTECTED)
        _tell("protect", late, by=by, role="learner")
        _hide_homes(learner_id)


def _hide_homes(learner_id: int) -> None:
    """Of all applications of a protected person; they and the learner are locked."""
    Application.objects.filter(learner=learner_id).update(home_source=HomeSource.PROTECTED)


def _lock(learner_id: int) -> Learner:
    """Applications first, as in every act that takes a place for a person."""
    rows = Application.objects.select_for_update(no_key=True, of=("self",)).filter(learner=learner_id)
    list(rows.order_by("pk").values("pk"))
    learners = Learner.objects.select_for_update(no_key=True, of=("self",)).select_related("person")
    return learners.get(pk=learner_id)


def _acting(learner: Learner, by: User, role: str, organisation_id: int | None) -> dict[str, Any]:
    """For the journal. Raises OwnMatter: in her own case nobody acts as an official."""
    if organisation_id is not None and learner.person_id == by.pk:
        raise OwnMatter
    return {"by": by, "role": role, "organisation_id": organisation_id}


def _confirmed(applications: QuerySet[Application]) -> QuerySet[Application]:
    """Whose home the home municipality has confirmed by paying, or the host with the reception where that one
    was not asked (R-HOME-2).
    """
    received = ReceptionDecision.objects.filter(application=OuterRef("pk"), is_positive=True)
    asked = HomeStatement.objects.filter(
        application=OuterRef("pk"), municipality=OuterRef("home_municipality")
    )
    pays = asked.filter(state__in=GIVEN, outcome__in=sorted(COMMITTING))
    return applications.filter(Q(Exists(received)) & ~Q(Exists(asked)) | Q(Exists(pays)))


def _concerned(learner: Learner, application_id: int | None) -> QuerySet[Application]:
    """The learner's own word stands in the history of each case; an official's in that of hers alone: whose
    it is would tell the others where the person lives.
    """
    theirs = Application.objects.filter(learner=learner)
    return theirs if application_id is None else theirs.filter(pk=application_id)


def _tell(verb: str, concerned: QuerySet[Application], **acting: Any) -> None:
    """The journal, and the applicant where it was an official."""
    for application in concerned.select_related("learner__person").order_by("pk"):
        acts.tell(verb, application, from_state=application.status, to_state=application.status, **acting)
        if acting.get("organisation_id") is not None:
            notices.news(application)
