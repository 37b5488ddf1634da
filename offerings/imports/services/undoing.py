"""What a file did is undone, row by row, but not where something has happened since."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Final, cast

import structlog
from django.db import connection, transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import override

from kopa.accounts.models import User
from kopa.audit import journal
from kopa.base.db import Busy, refusing
from kopa.base.errors import RuleBroken
from offerings import services as of_one
from offerings.imports import checking, since
from offerings.imports.errors import SOMETHING_FAILED, NotChecked, RightsEnded
from offerings.imports.services.locking import locked, role_of
from offerings.imports.services.saving import Saving
from offerings.models import ImportRow, ImportRun, ImportState, Offering, Verdict

log = structlog.get_logger(__name__)

STANDS_AGAIN: Final = """
update offerings_offering o set
  places_confirmed_at = b.places_confirmed_at, places_confirmed_by_id = b.places_confirmed_by_id,
  guessed_dates = b.guessed_dates
from offerings_importrow r
cross join lateral jsonb_to_record(r.before) as b(
  places_confirmed_at timestamptz, places_confirmed_by_id bigint, guessed_dates varchar[]
)
where o.id = r.offering_id and r.run_id = %s and r.verdict = 'changed' and r.version_after is not null
  and not r.number = any (%s)
"""
KEPT: Final = """
update offerings_importrow r set kept_because = kept.because
from unnest(%s::int[], %s::text[]) as kept (number, because)
where r.run_id = %s and r.number = kept.number
"""


def undo(*, run_id: int) -> None:
    """What the file made is gone, what it changed is as before; but not where something has happened since.

    A run whose undoing was not ordered, or is under way, is left alone: the task may come twice.
    """
    with suppress(NotChecked):
        try:
            _undo(run_id)
        except Busy:
            log.info("undoing waits for others", run=run_id)  # it is taken up again
        except RightsEnded as ended:
            _leave_saved(run_id, ended)
        except NotChecked:
            raise
        except Exception:
            log.exception("import not undone", run=run_id)
            _leave_saved(run_id, SOMETHING_FAILED)
        checking.forget_progress(run_id)


@transaction.atomic
def _leave_saved(run_id: int, why: RuleBroken | Promise) -> None:
    run = locked(run_id, ImportState.UNDOING)
    run.state, run.undone_by = ImportState.ACCEPTED, None
    with override(run.language):
        run.refusal = str(why)
    run.save()


@transaction.atomic
def _undo(run_id: int) -> None:
    run = locked(run_id, ImportState.UNDOING)
    by = cast("User", run.undone_by)  # who ordered it
    role = role_of(run, by)
    rows = run.rows.filter(version_after__isnull=False)
    with override(run.language), refusing():
        versions = of_one.lock_many(rows.exclude(offering=None).values_list("offering", flat=True))
        kept: dict[int, str] = {}
        for batch in checking.batches(rows):
            kept |= _undo_new(run, batch, versions, (by, role))
        changed = rows.filter(verdict=Verdict.CHANGED).exclude(number__in=kept)
        saving = Saving(run, changed, by, back=True)
        refused = saving.keep(of_one.save_many(saving.wanted(), say=saving.say))
        kept |= {
            number: " ".join(one for said in errors.values() for one in said)
            for number, errors in refused.items()
        }
    with connection.cursor() as cursor:
        cursor.execute(STANDS_AGAIN, [run.pk, list(kept)])
        if kept:
            cursor.execute(KEPT, [list(kept), list(kept.values()), run.pk])
    run.state, run.undone_at = ImportState.UNDONE, timezone.now()
    changes = {"undone": [0, rows.count() - len(kept)], "kept": [0, len(kept)]}
    journal.record(
        "import.undo", on=run, by=by, role=role, organisation_id=run.provider_id, changes=changes
    )
    run.save()


def _undo_new(
    run: ImportRun, batch: list[ImportRow], versions: Mapping[int, int], who: tuple[User, str]
) -> dict[int, str]:
    """Deletes what these rows made. The rows that cannot be undone, new or changed, with why."""
    offerings = Offering.objects.in_bulk([row.offering_id for row in batch])
    acts = since.acts(offerings, after=run.last_event)
    left = {row.offering_id: row.version_after for row in batch}
    later = acts.keys() | {pk for pk in offerings if versions.get(pk) != left[pk]}
    said = since.told(later, acts)
    copied = set(Offering.objects.filter(copied_from__in=offerings).values_list("copied_from", flat=True))
    kept: dict[int, str] = {}
    gone: list[Offering] = []
    for row in batch:
        offering = offerings.get(row.offering_id or 0)
        if offering is None:
            kept[row.number] = _("The course is not there any more.")
        elif offering.pk in later:
            kept[row.number] = since.since_saving(said.get(offering.pk, ""))
        elif row.verdict == Verdict.NEW and offering.pk in copied:
            kept[row.number] = _("This course has been copied since.")
        elif row.verdict == Verdict.NEW:
            gone.append(offering)
        elif row.publishes:
            kept[row.number] = _("The file published this course: cancel it instead.")
    by, role = who
    journal.record_many(
        journal.entry(
            "offering.undo_import", on=offering, by=by, role=role, organisation_id=run.provider_id
        )
        for offering in gone
    )
    Offering.objects.filter(pk__in=[offering.pk for offering in gone]).delete()
    return kept
