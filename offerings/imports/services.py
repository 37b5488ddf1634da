"""What people do with a file: bring it, mend its rows, save them, undo that. One verb, one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Final, cast

import structlog
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Max, QuerySet
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import override

from kopa.accounts.models import User
from kopa.audit import journal
from kopa.audit.models import AuditEvent
from kopa.base.db import Busy, refusing
from kopa.base.errors import RuleBroken
from offerings import services as of_one
from offerings.errors import NotReady
from offerings.imports import checking
from offerings.imports.columns import BY_NAME
from offerings.imports.constraints import judge_by_constraints
from offerings.imports.errors import (
    SOMETHING_FAILED,
    NotChecked,
    NothingToSave,
    RightsEnded,
    RowChanged,
    RowsRefused,
    TooLateToUndo,
)
from offerings.imports.rows import COLUMN_OF, Places, Rows, as_input, digest, sites_of
from offerings.models import ImportFile, ImportRow, ImportRun, ImportState, Offering, Verdict
from offerings.services import Outcome, Saved, Wanted
from offerings.services.batches import BROUGHT, TAKEN_BACK
from providers.models import Organisation
from providers.rules import publishing_roles

UNDONE_WITHIN: Final = dt.timedelta(hours=24)
KEPT_FOR: Final = dt.timedelta(days=30)
AT_REST: Final = (ImportState.REFUSED, ImportState.CHECKED, ImportState.ACCEPTED, ImportState.UNDONE)
SAVES: Final = (Verdict.NEW, Verdict.CHANGED)
BATCH: Final = 500
log = structlog.get_logger(__name__)

CONFLICTS: Final = """
select r.number from offerings_importrow r
left join offerings_offering o on o.provider_id = %s and o.own_reference = r.own_reference
where r.run_id = %s and r.verdict = any (%s)
  and (o.id is distinct from r.offering_id or o.version is distinct from r.version)
"""
MADE: Final = """
update offerings_importrow r set offering_id = made.offering, version_after = made.version
from unnest(%s::int[], %s::bigint[], %s::int[]) as made (number, offering, version)
where r.run_id = %s and r.number = made.number
"""
# What saving a course writes beside what the file says of it.
STOOD: Final = """
update offerings_importrow r set before = r.before || jsonb_build_object(
  'places_confirmed_at', o.places_confirmed_at, 'places_confirmed_by_id', o.places_confirmed_by_id,
  'guessed_dates', to_jsonb(o.guessed_dates), 'quota_release_at', o.quota_release_at
) from offerings_offering o where o.id = r.offering_id and r.run_id = %s and r.verdict = 'changed'
"""
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


@transaction.atomic
def bring(*, provider: Organisation, by: User, file_name: str, content: bytes, language: str) -> ImportRun:
    """A file waits to be checked."""
    run = ImportRun.objects.create(
        provider=provider, by=by, file_name=file_name[-200:], language=language, uploaded_at=timezone.now()
    )
    ImportFile.objects.create(run=run, content=content)
    return run


@transaction.atomic
def mend(*, run_id: int, number: int, cells: Mapping[str, str], seen: str = "") -> ImportRow:
    """The row as it is typed now, judged anew. ``seen`` is the digest of the cells that the person saw.

    Raises NotChecked unless the file is checked and not saved, RowChanged where the cells are others now.
    """
    run = _locked(run_id, ImportState.CHECKED)
    old = ImportRow.objects.get(run=run, number=number)
    if seen and seen != digest(old.cells):
        raise RowChanged
    filled_in = [name for name in old.errors if name in BY_NAME and name not in old.cells]
    typed = {name: _typed(cells.get(name, text)) for name, text in old.cells.items()}
    typed |= {name: _typed(cells[name]) for name in filled_in if _typed(cells.get(name, ""))}
    run.columns = [*run.columns, *(name for name in filled_in if name in typed and name not in run.columns)]
    with override(run.language):
        judge = Rows(checking.with_what_rules_need(run.provider_id))
        [row] = checking.judged(judge, [(number, typed)], _numbers_of(run, typed, but=number))
        old.delete()
        checking.stage(run, [row])
        judge_by_constraints(run, [number])
    checking.count(run)
    run.save()
    return run.rows.get(number=number)


def _typed(text: str) -> str:
    """PostgreSQL keeps no NUL."""
    return text.replace("\0", "").strip()


def _numbers_of(run: ImportRun, cells: Mapping[str, str], *, but: int) -> dict[str, int]:
    """Another row with the identifier that is typed here."""
    reference = cells.get("own_reference", "")
    twins = run.rows.filter(own_reference=reference).exclude(number=but).exclude(own_reference="")
    return dict(twins.values_list("own_reference", "number")[:1])


@transaction.atomic
def order_checking(*, run_id: int) -> None:
    """Every row is to be judged by what is there now, as it stands mended; also of a file that was undone.

    Raises NotChecked.
    """
    run = _locked(run_id, ImportState.CHECKED, ImportState.UNDONE)
    run.state, run.refusal = ImportState.WAITING, ""
    run.save()


@transaction.atomic
def order_saving(*, run_id: int, by: User) -> None:
    """The good rows are to be saved in the background. Raises NotChecked, NothingToSave."""
    run = _locked(run_id, ImportState.CHECKED)
    if not run.good:
        raise NothingToSave
    run.state, run.accepted_by, run.refusal = ImportState.ACCEPTING, by, ""
    run.save()


@transaction.atomic
def order_undoing(*, run_id: int, by: User) -> None:
    """What was saved is to be undone in the background. Raises NotChecked, TooLateToUndo."""
    run = _locked(run_id, ImportState.ACCEPTED)
    if not may_still_be_undone(run):
        raise TooLateToUndo
    run.state, run.undone_by, run.refusal = ImportState.UNDOING, by, ""
    run.save()


def may_still_be_undone(run: ImportRun) -> bool:
    return (
        run.state == ImportState.ACCEPTED
        and run.accepted_at is not None
        and timezone.now() - run.accepted_at <= UNDONE_WITHIN
    )


def accept(*, run_id: int) -> None:
    """Every new and changed row is saved as its person would have saved it, or none of them.

    Where something has changed since the check, or a rule refuses, the rows say so and nothing is saved. A
    run whose saving was not ordered, or is under way, is left alone: the task may come twice.
    """
    with suppress(NotChecked):
        try:
            _accept(run_id)
        except RowsRefused as refused:
            _mark(run_id, refused)
        except (Busy, RightsEnded) as why:
            _mark(run_id, RowsRefused({}, str(why)))
        except NotChecked:
            raise
        except Exception:
            log.exception("import not saved", run=run_id)
            _mark(run_id, RowsRefused({}, SOMETHING_FAILED))
        checking.forget_progress(run_id)


@transaction.atomic
def _accept(run_id: int) -> None:
    run = _locked(run_id, ImportState.ACCEPTING)
    by = cast("User", run.accepted_by)  # who ordered it
    role = _role(run, by)
    rows = run.rows.filter(verdict__in=SAVES)
    with override(run.language), refusing():
        of_one.lock_many(rows.filter(offering__isnull=False).values_list("offering", flat=True))
        conflicts = _conflicts(run)
        if conflicts:
            raise RowsRefused(conflicts)
        with connection.cursor() as cursor:
            cursor.execute(STOOD, [run.pk])
        saving = Saving(run, rows, by)
        outcomes = of_one.save_many(saving.wanted(), say=saving.say)
        refused = saving.keep(outcomes)
        if refused:
            raise RowsRefused(refused)
    run.state, run.accepted_at = ImportState.ACCEPTED, timezone.now()
    changes = {"rows": [0, run.good], "new": [0, run.new], "changed": [0, run.changed]}
    journal.record(
        "import.accept", on=run, by=by, role=role, organisation_id=run.provider_id, changes=changes
    )
    run.last_event = AuditEvent.objects.aggregate(last=Max("pk"))["last"]
    run.save()


def _role(run: ImportRun, by: User) -> str:
    """In which they act, now that it is done. Raises RightsEnded."""
    held = publishing_roles(by, on=timezone.localdate()).filter(organisation=run.provider_id).first()
    if held is None:
        with override(run.language):
            raise RightsEnded(str(by))
    return held.role


def _conflicts(run: ImportRun) -> dict[int, dict[str, list[str]]]:
    """Rows whose course somebody has saved, made or removed since they were checked. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(CONFLICTS, [run.provider_id, run.pk, list(SAVES)])
        numbers = [number for (number,) in cursor.fetchall()]
    sentence = _("Somebody has changed this course since the file was checked.")
    return {number: {"own_reference": [sentence]} for number in numbers}


class Saving:
    """Rows of a file on their way through ``save_many``, some at a time: no more are held in memory."""

    def __init__(self, run: ImportRun, rows: QuerySet[ImportRow], by: User, *, back: bool = False) -> None:
        """``back``: what stood there before is saved again."""
        self.run, self.rows, self.by, self.back = run, rows, by, back
        self.numbers: list[int] = []
        self.places = Places(run.provider)

    def wanted(self) -> Iterator[Wanted]:
        last = 0
        while batch := list(self.rows.filter(number__gt=last).order_by("number")[:BATCH]):
            last = batch[-1].number
            saved = sites_of(row.offering_id for row in batch if "places" in row.given)
            for row in batch:
                self.numbers.append(row.number)
                said = row.before if self.back else row.given
                given = as_input(said, self.places, saved.get(row.offering_id, {}))
                yield Wanted(
                    self.run.provider_id, given, self.by, row.offering_id,
                    (row.version_after if self.back else row.version) or 0,
                    publishes=row.publishes and not self.back,
                    told={TAKEN_BACK if self.back else BROUGHT: [None, self.run.file_name]},
                )  # fmt: skip

    def say(self, done: int) -> None:
        checking.say_progress(self.run, done)

    def keep(self, outcomes: Iterable[Outcome]) -> dict[int, dict[str, list[str]]]:
        """The rows know what they made; what was refused, by row and column."""
        refused: dict[int, dict[str, list[str]]] = {}
        made: list[tuple[int, int, int]] = []
        for number, outcome in zip(self.numbers, outcomes, strict=True):
            if isinstance(outcome, Saved):
                made.append((number, outcome.offering_id, outcome.version))
            else:
                refused[number] = _said(outcome)
        if made and not self.back:
            with connection.cursor() as cursor:
                cursor.execute(MADE, [*map(list, zip(*made, strict=True)), self.run.pk])
        return refused


def _said(wrong: RuleBroken | ValidationError) -> dict[str, list[str]]:
    """By column, where the refusal names one that there is."""
    if isinstance(wrong, NotReady):
        found: dict[str, list[str]] = {}
        for reason in wrong.reasons:
            found.setdefault(COLUMN_OF.get(reason.field, reason.field) or "status", []).append(
                str(reason.message)
            )
        return found
    if isinstance(wrong, RuleBroken):
        field = getattr(wrong, "field", "")
        return {COLUMN_OF.get(field, field) or "own_reference": [str(wrong)]}
    if not hasattr(wrong, "error_dict"):
        return {"own_reference": wrong.messages}
    return {COLUMN_OF.get(field, field): said for field, said in wrong.message_dict.items()}


@transaction.atomic
def _mark(run_id: int, refused: RowsRefused) -> None:
    run = _locked(run_id, ImportState.ACCEPTING)
    rows = list(run.rows.filter(number__in=refused.errors))
    for row in rows:
        row.errors, row.verdict = refused.errors[row.number], Verdict.WRONG
    ImportRow.objects.bulk_update(rows, ["errors", "verdict"], batch_size=BATCH)
    with override(run.language):
        run.refusal = str(refused)
    run.state, run.accepted_by = ImportState.CHECKED, None
    checking.count(run)
    run.save()


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
    run = _locked(run_id, ImportState.UNDOING)
    run.state, run.undone_by = ImportState.ACCEPTED, None
    with override(run.language):
        run.refusal = str(why)
    run.save()


@transaction.atomic
def _undo(run_id: int) -> None:
    run = _locked(run_id, ImportState.UNDOING)
    by = cast("User", run.undone_by)  # who ordered it
    role = _role(run, by)
    rows = run.rows.filter(version_after__isnull=False)
    with override(run.language), refusing():
        versions = of_one.lock_many(rows.values_list("offering", flat=True))
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
    later = set(
        AuditEvent.objects.filter(
            target="offerings.offering", target_id__in=list(offerings), pk__gt=run.last_event or 0
        ).values_list("target_id", flat=True)
    )
    copied = set(Offering.objects.filter(copied_from__in=offerings).values_list("copied_from", flat=True))
    kept: dict[int, str] = {}
    gone: list[Offering] = []
    for row in batch:
        offering = offerings.get(row.offering_id or 0)
        if offering is None:
            kept[row.number] = _("The course is not there any more.")
        elif versions.get(offering.pk) != row.version_after or offering.pk in later:
            kept[row.number] = _("Something has been done to this course since.")
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


@transaction.atomic
def forget_old() -> int:
    """Files, with their rows, with which nothing has been done for 30 days: how many. Courses stay."""
    last = Greatest("uploaded_at", "checked_at", "accepted_at", "undone_at")
    old = ImportRun.objects.annotate(last=last).filter(state__in=AT_REST, last__lt=timezone.now() - KEPT_FOR)
    ids = list(old.select_for_update(of=("self",), skip_locked=True).values_list("pk", flat=True))
    ImportRun.objects.filter(pk__in=ids).delete()
    return len(ids)


def _locked(run_id: int, *states: ImportState) -> ImportRun:
    """Raises NotChecked when the run is in another state, or somebody is just doing something with it."""
    runs = ImportRun.objects.select_for_update(no_key=True, of=("self",), skip_locked=True)
    run = runs.select_related("provider").filter(pk=run_id, state__in=states).first()
    if run is None:
        raise NotChecked
    return run
