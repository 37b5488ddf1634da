"""What was sent is changed by whoever has sent it, until applications close (R-APP-1)."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from applications.errors import DecidedAlready, RevisedTooLate
from applications.models import Application, Attachment, Learner, ReceptionDecision
from applications.services import acts
from applications.services.attaching import keep_file, remove
from applications.states import UNDECIDED
from kopa.accounts.models import User
from kopa.base.errors import ChangedMeanwhile
from offerings import windows


@dataclass(frozen=True, slots=True)
class Revision:
    """What may be said anew. Not the home municipality of the day of sending (R-HOME-1), nor who applies."""

    phone: str
    language: str
    motivation: str
    prior_education_id: str | None


@transaction.atomic
def revise(
    *, application_id: int, by: User, given: Revision, version: int, now: dt.datetime | None = None
) -> Application:
    """The application says something else; its time, its place and its number in the queue stay. Said twice
    it is said once.

    Raises RevisedTooLate once applications have closed, DecidedAlready once the host or the clock has
    decided something, ChangedMeanwhile where it is not in this ``version`` any more.
    """
    moment = now or timezone.now()
    application = _open(application_id, moment)
    if application.version != version:
        if given != _said(application):
            raise ChangedMeanwhile
        return application
    application.language, application.motivation = given.language, given.motivation
    application.prior_education_id = given.prior_education_id
    application.full_clean(exclude=["learner", "offering", "home_municipality"])
    Learner.objects.filter(pk=application.learner_id).update(phone=given.phone)
    _note(application, by, moment, "language", "motivation", "prior_education")
    return application


def add_file(
    *, application_id: int, file: UploadedFile, by: User, once: bool = False, now: dt.datetime | None = None
) -> Attachment:
    """As ``attach``, to what has been sent. ``once``: one of the same name and content that is there already
    is the same. Raises what ``revise`` does, and UploadRefused.
    """
    moment = now or timezone.now()
    with keep_file(file, by=by) as kept, transaction.atomic():
        application = _open(application_id, moment)
        attachment = kept(application.key, moment)
        same = Attachment.objects.filter(
            matter=application.key, name=attachment.name, digest=attachment.digest
        )
        before = same.exclude(pk=attachment.pk).first()
        if once and before is not None:
            remove(same.filter(pk=attachment.pk))
            return before
        _note(application, by, moment)
    return attachment


@transaction.atomic
def take_out_file(
    *, application_id: int, key: uuid.UUID, by: User, now: dt.datetime | None = None
) -> bool:
    """The file is gone; whether it was there. Raises what ``revise`` does."""
    moment = now or timezone.now()
    application = _open(application_id, moment)
    found = Attachment.objects.filter(matter=application.key, key=key, added_by=by)
    is_gone = remove(found) > 0
    if is_gone:
        _note(application, by, moment)
    return is_gone


def refuse_late_revision(application: Application, now: dt.datetime) -> None:
    """Raises RevisedTooLate, DecidedAlready."""
    if windows.is_closed(application.offering, now):
        raise RevisedTooLate
    decided = ReceptionDecision.objects.filter(application=application)
    if application.status not in UNDECIDED or decided.exists():
        raise DecidedAlready


def _open(application_id: int, now: dt.datetime) -> Application:
    _offering, application = acts.lock(application_id)
    refuse_late_revision(application, now)
    return application


def _said(application: Application) -> Revision:
    return Revision(
        phone=application.learner.phone,
        language=application.language,
        motivation=application.motivation,
        prior_education_id=application.prior_education_id,
    )


def _note(application: Application, by: User, now: dt.datetime, *changed: str) -> None:
    state = application.status
    application.revised_at = now
    application.version += 1
    application.save(update_fields=["revised_at", "version", *changed])
    acts.tell("revise", application, by=by, role="learner", from_state=state, to_state=state)
