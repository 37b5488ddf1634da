"""Files that a student adds to what she is going to send, and takes out again."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from applications.models import Application, Attachment, Draft
from kopa.accounts.models import User
from kopa.base import uploads

Kept = Callable[[uuid.UUID, dt.datetime], Attachment]


def attach(*, draft_id: int, file: UploadedFile, by: User, now: dt.datetime | None = None) -> Attachment:
    """The file is kept with the draft, as safe as ``kopa.base.uploads`` makes it.

    ``by`` is the owner of the draft's confirmed address: nobody else's files are kept. Raises UploadRefused,
    and Draft.DoesNotExist where it is not hers, or was sent meanwhile.
    """
    with keep_file(file, by=by) as kept, transaction.atomic():
        own = Draft.objects.select_for_update(no_key=True).filter(confirmed_at__isnull=False)
        draft = own.get(pk=draft_id, email=by.email)
        return kept(draft.key, now or timezone.now())


@contextmanager
def keep_file(file: UploadedFile, *, by: User) -> Iterator[Kept]:
    """``with keep_file(file, by=by) as kept, transaction.atomic(): kept(matter, now)``: looked at before
    anything is locked, and gone again where the transaction fails. Raises UploadRefused.
    """
    examined = uploads.examine(file)

    def kept(matter: uuid.UUID, now: dt.datetime) -> Attachment:
        uploads.refuse_over_quota(
            Attachment.objects.filter(added_by=by), owner=f"person {by.pk}", size=len(examined.content)
        )
        return Attachment.objects.create(
            matter=matter, name=examined.name, kind=examined.kind, size=len(examined.content),
            digest=examined.digest, stored=stored, added_by=by, added_at=now,
        )  # fmt: skip

    with uploads.keeping(examined) as stored:
        yield kept


@transaction.atomic
def detach(*, draft_id: int, key: uuid.UUID) -> bool:
    """The file is gone; whether it was there. What has been sent keeps its files."""
    draft = Draft.objects.select_for_update(no_key=True).filter(pk=draft_id).first()
    if draft is None:
        return False
    return remove(Attachment.objects.unsent(draft.key).filter(key=key)) > 0


def remove(rows: QuerySet[Attachment]) -> int:
    """The rows, and their files once the transaction is committed: how many."""
    number = 0
    for attachment in rows:
        uploads.remove(attachment.stored)
        attachment.delete()
        number += 1
    return number


@transaction.atomic
def forget_stray_attachments() -> int:
    """Files of what is there no more, neither as a draft nor as an application, are gone: how many."""
    of = {"key": OuterRef("matter")}
    drafts, sent = Draft.objects.filter(**of), Application.objects.filter(**of)
    return remove(Attachment.objects.filter(~Exists(drafts), ~Exists(sent)))
