"""What every act on an application has in common: lock, move, save, tell the journal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from applications.errors import CourseCancelled, OwnMatter
from applications.models import Application, Learner, Transfer, TransferState
from applications.states import APPLICATION, LIVE
from kopa.accounts.models import User
from kopa.audit import journal
from kopa.audit.models import AuditEvent
from kopa.base.errors import ChangedMeanwhile
from offerings.models import Offering
from offerings.services import acts as offering_acts
from offerings.states import OfferingStatus


def lock(application_id: int) -> tuple[Offering, Application]:
    """The course with its places, then the application, until the transaction ends."""
    offering_id = Application.objects.values_list("offering", flat=True).get(pk=application_id)
    offering = offering_acts.lock(offering_id)
    return offering, lock_application(application_id, offering)


def lock_courses(offering_ids: Iterable[int]) -> None:
    """Several courses at once, in the one order that never makes two acts wait for each other."""
    for offering_id in sorted(set(offering_ids)):
        offering_acts.lock(offering_id)


def lock_application(application_id: int, offering: Offering) -> Application:
    """The application alone; its course is locked already."""
    rows = Application.objects.select_for_update(no_key=True, of=("self",))
    application = rows.select_related("learner__person", "home_municipality").get(pk=application_id)
    application.offering = offering
    return application


def lock_applications(application_ids: Iterable[int]) -> None:
    """Several of one person, in the order in which every act takes them; their courses are locked already."""
    rows = Application.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=application_ids)
    list(rows.order_by("pk").values("pk"))


def lock_learner(application: Application) -> None:
    """Nobody else takes a place for the same person until the transaction ends; the application is locked."""
    list(Learner.objects.select_for_update(no_key=True).filter(pk=application.learner_id))


def refuse_own(application: Application, by: User) -> None:
    """Raises OwnMatter: nobody decides on her own application."""
    if application.learner.person_id == by.pk:
        raise OwnMatter


def refuse_unread(application: Application, seen: int | None) -> None:
    """Raises ChangedMeanwhile where the official has ``seen`` another version of it; None: she was
    shown nothing.
    """
    if seen is not None and seen != application.version:
        raise ChangedMeanwhile


def refuse_cancelled(offering: Offering) -> None:
    """Raises CourseCancelled: whoever is still asked to move to another course gets nothing in this one."""
    if offering.status == OfferingStatus.CANCELLED:
        raise CourseCancelled


def move(
    application: Application, verb: str, *, by: User | None, now: dt.datetime | None = None,
    role: str = "", organisation_id: int | None = None, reason: str = "", **facts: Any,
) -> None:  # fmt: skip
    """Take the step that ``verb`` names with its facts, as a new version, and tell the journal.

    Raises TransitionNotAllowed where the table has no such step.
    """
    before = application.status
    application.status = APPLICATION.target(verb, before)
    for name, value in facts.items():
        setattr(application, name, value)
    if application.status not in LIVE:
        application.ended_at = now or timezone.now()
        drop_transfer(application, now=application.ended_at)
    application.version += 1
    application.save(update_fields=["status", "version", "ended_at", *facts])
    tell(verb, application, by=by, role=role, organisation_id=organisation_id, reason=reason,
         from_state=before, to_state=application.status)  # fmt: skip


def drop_transfer(application: Application, *, now: dt.datetime) -> None:
    """Who is asked to move to another course is asked no more: the application is over."""
    Transfer.objects.filter(application=application, state=TransferState.OPEN).update(
        state=TransferState.DROPPED, ended_at=now
    )


def tell(verb: str, application: Application, *, by: User | None, **facts: Any) -> None:
    """An entry in the journal of acts. Never personal data: the application's own rows hold that."""
    journal.record(f"application.{verb}", on=application, by=by, **facts)


def entry(verb: str, application: Application, *, by: User | None, **facts: Any) -> AuditEvent:
    """As ``tell``, not saved yet."""
    return journal.entry(f"application.{verb}", on=application, by=by, **facts)
