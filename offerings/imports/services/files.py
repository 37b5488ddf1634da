"""Files of an organisation: bring one, discard it, forget the old ones."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import transaction
from django.db.models.functions import Greatest
from django.utils import timezone

from kopa.accounts.models import User
from kopa.audit import journal
from offerings.imports.errors import TooManyOpen
from offerings.imports.services.locking import locked, role_of
from offerings.models import ImportFile, ImportRun, ImportState
from providers.models import Organisation

MOST_OPEN: Final = 20
KEPT_FOR: Final = dt.timedelta(days=30)
AT_REST: Final = (ImportState.REFUSED, ImportState.CHECKED, ImportState.ACCEPTED, ImportState.UNDONE)
OPEN: Final = (ImportState.WAITING, ImportState.CHECKED, ImportState.ACCEPTING)
DISCARDED_FROM: Final = (
    ImportState.WAITING, ImportState.REFUSED, ImportState.CHECKED, ImportState.UNDONE,
)  # fmt: skip


@transaction.atomic
def bring(*, provider: Organisation, by: User, file_name: str, content: bytes, language: str) -> ImportRun:
    """A file waits to be checked.

    Raises TooManyOpen while the organisation has many that are neither saved nor discarded. Of two brought
    at the same moment both may come in: the limit keeps the table small, it gives nobody a right.
    """
    open_files = ImportRun.objects.filter(provider=provider, state__in=OPEN).count()
    if open_files >= MOST_OPEN:
        raise TooManyOpen(open_files)
    run = ImportRun.objects.create(
        provider=provider, by=by, file_name=file_name[-200:], language=language, uploaded_at=timezone.now()
    )
    ImportFile.objects.create(run=run, content=content)
    return run


@transaction.atomic
def discard(*, run_id: int, by: User) -> None:
    """The file and its rows are gone; what an earlier saving did and undoing left stays.

    Raises NotChecked for what is saved, or while something is done with it; RightsEnded.
    """
    run = locked(run_id, *DISCARDED_FROM)
    changes = {"file_name": [run.file_name, ""]}
    journal.record(
        "import.discard", on=run, by=by, role=role_of(run, by), organisation_id=run.provider_id,
        changes=changes,
    )  # fmt: skip
    run.delete()


@transaction.atomic
def forget_old() -> int:
    """Files, with their rows, with which nothing has been done for 30 days: how many. Courses stay."""
    last = Greatest("uploaded_at", "checked_at", "accepted_at", "undone_at")
    old = ImportRun.objects.annotate(last=last).filter(state__in=AT_REST, last__lt=timezone.now() - KEPT_FOR)
    ids = list(old.select_for_update(of=("self",), skip_locked=True).values_list("pk", flat=True))
    ImportRun.objects.filter(pk__in=ids).delete()
    return len(ids)
