"""What is to be done in the background is ordered here: a row says so, and a task is told.

What the work has to say is said in the language of whoever ordered it.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import transaction
from django.utils import timezone

from kopa.accounts.models import User
from kopa.base.names import reader_language
from offerings.imports.errors import NothingToSave, TooLateToUndo
from offerings.imports.services.locking import locked
from offerings.models import ImportRun, ImportState

UNDONE_WITHIN: Final = dt.timedelta(hours=24)


@transaction.atomic
def order_checking(*, run_id: int) -> None:
    """Every row is to be judged by what is there now, as it stands mended; also of a file that was undone.

    Raises NotChecked.
    """
    run = locked(run_id, ImportState.CHECKED, ImportState.UNDONE)
    run.state, run.refusal, run.language = ImportState.WAITING, "", reader_language()
    run.save()


@transaction.atomic
def order_saving(*, run_id: int, by: User) -> None:
    """The good rows are to be saved in the background. Raises NotChecked, NothingToSave."""
    run = locked(run_id, ImportState.CHECKED)
    if not run.good:
        raise NothingToSave
    run.state, run.accepted_by, run.refusal = ImportState.ACCEPTING, by, ""
    run.language = reader_language()
    run.save()


@transaction.atomic
def order_undoing(*, run_id: int, by: User) -> None:
    """What was saved is to be undone in the background. Raises NotChecked, TooLateToUndo."""
    run = locked(run_id, ImportState.ACCEPTED)
    if undone_until(run) is None:
        raise TooLateToUndo
    run.state, run.undone_by, run.refusal = ImportState.UNDOING, by, ""
    run.language = reader_language()
    run.save()


def undone_until(run: ImportRun) -> dt.datetime | None:
    """Until when what was saved can be undone; None where it cannot, or not any more."""
    if run.state != ImportState.ACCEPTED or run.accepted_at is None:
        return None
    until = run.accepted_at + UNDONE_WITHIN
    return until if timezone.now() <= until else None
