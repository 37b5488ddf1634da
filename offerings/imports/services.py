"""What people do with a file: bring it, mend its rows, save them, undo that. One verb, one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from kopa.accounts.models import User
from kopa.audit import journal
from kopa.audit.models import AuditEvent
from kopa.base.errors import RuleBroken
from offerings import services
from offerings.errors import NotReady
from offerings.imports import checking
from offerings.imports.errors import NotChecked, NothingToSave, RowsRefused, TooLateToUndo
from offerings.imports.rows import COLUMN_OF, Rows
from offerings.models import ImportFile, ImportRow, ImportRun, ImportState, Offering, Verdict
from offerings.services import acts
from offerings.states import OfferingStatus
from providers.models import Organisation

UNDONE_WITHIN: Final = dt.timedelta(hours=24)
SAVES: Final = (Verdict.NEW, Verdict.CHANGED)


@transaction.atomic
def bring(*, provider: Organisation, by: User, file_name: str, content: bytes, language: str) -> ImportRun:
    """A file waits to be checked."""
    run = ImportRun.objects.create(
        provider=provider, by=by, file_name=file_name[-200:], language=language, uploaded_at=timezone.now()
    )
    ImportFile.objects.create(run=run, content=content)
    return run


@transaction.atomic
def mend(*, run_id: int, number: int, cells: Mapping[str, str]) -> ImportRow:
    """The row as it is typed now, judged anew. Raises NotChecked unless the file is checked and not saved."""
    run = _locked(run_id, ImportState.CHECKED)
    old = ImportRow.objects.get(run=run, number=number)
    typed = {name: cells.get(name, text).strip() for name, text in old.cells.items()}
    with override(run.language):
        reference = typed.get("own_reference", "")
        rows = Rows(checking.with_what_rules_need(run.provider_id), [reference])
        row = rows.check(number, typed)
        twin = run.rows.filter(own_reference=reference).exclude(number=number).first()
        if reference and twin is not None:
            row.blame("own_reference", _("Row %(row)s has the same identifier.") % {"row": twin.number})
        old.delete()
        checking.stage(run, [row])
        checking.judge_by_constraints(run, [number])
    checking.count(run)
    run.save()
    return run.rows.get(number=number)


@transaction.atomic
def check_again(*, run_id: int) -> None:
    """Every row is judged by what is there now."""
    run = _locked(run_id, ImportState.CHECKED)
    rows = list(run.rows.all())
    with override(run.language):
        judge = Rows(checking.with_what_rules_need(run.provider_id), [row.own_reference for row in rows])
        seen: dict[str, int] = {}
        judged = []
        for row in rows:
            found = judge.check(row.number, row.cells)
            first = seen.setdefault(found.own_reference, row.number)
            if found.own_reference and first != row.number:
                found.blame("own_reference", _("Row %(row)s has the same identifier.") % {"row": first})
            judged.append(found)
        run.rows.all().delete()
        checking.stage(run, judged)
        checking.judge_by_constraints(run)
    run.refusal = ""
    checking.count(run)
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
    run.state, run.undone_by = ImportState.UNDOING, by
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
    run whose saving was not ordered is left alone: the task may come twice.
    """
    try:
        _accept(run_id)
    except RowsRefused as refused:
        _mark(run_id, refused)
    except NotChecked:
        return


@transaction.atomic
def _accept(run_id: int) -> None:
    run = _locked(run_id, ImportState.ACCEPTING)
    by = run.accepted_by
    if by is None:
        raise NotChecked
    rows = list(run.rows.filter(verdict__in=SAVES).order_by("own_reference"))
    with override(run.language):
        judge = Rows(checking.with_what_rules_need(run.provider_id), [row.own_reference for row in rows])
        conflicts = _conflicts(rows, judge)
        if conflicts:
            raise RowsRefused(conflicts)
        refused: dict[int, dict[str, list[str]]] = {}
        for row in rows:
            try:
                with transaction.atomic():
                    _save(run, row, judge, by)
            except (RuleBroken, ValidationError) as wrong:
                refused[row.number] = _said(wrong)
        if refused:
            raise RowsRefused(refused)
    ImportRow.objects.bulk_update(rows, ["offering", "version_after"], batch_size=500)
    run.state, run.accepted_at = ImportState.ACCEPTED, timezone.now()
    changes = {"rows": [0, len(rows)], "new": [0, run.new], "changed": [0, run.changed]}
    journal.record("import.accept", on=run, by=by, organisation_id=run.provider_id, changes=changes)
    run.last_event = AuditEvent.objects.aggregate(last=Max("pk"))["last"]
    run.save()


def _conflicts(rows: list[ImportRow], judge: Rows) -> dict[int, dict[str, list[str]]]:
    """Rows whose course somebody has saved, made or removed since they were checked; all are locked now."""
    ids = [offering.pk for offering in judge.known.values()]
    list(Offering.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True).values("pk"))
    now = dict(Offering.objects.filter(pk__in=ids).values_list("pk", "version"))
    found = {}
    for row in rows:
        offering = judge.known.get(row.own_reference)
        there = None if offering is None else offering.pk
        if there != row.offering_id or (there is not None and now.get(there) != row.version):
            sentence = _("Somebody has changed this course since the file was checked.")
            found[row.number] = {"own_reference": [sentence]}
    return found


def _save(run: ImportRun, row: ImportRow, judge: Rows, by: User) -> None:
    offering = judge.known.get(row.own_reference)
    given = judge.as_input(row.given, offering)
    if offering is None:
        make = services.publish_new if row.publishes else services.create_draft
        saved = make(provider_id=run.provider_id, given=given, by=by)
    elif row.publishes:
        saved = services.publish(offering_id=offering.pk, version=offering.version, given=given, by=by)
    else:
        saved = services.save_offering(offering_id=offering.pk, version=offering.version, given=given, by=by)
    row.offering, row.version_after = saved, saved.version


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
    ImportRow.objects.bulk_update(rows, ["errors", "verdict"], batch_size=500)
    with override(run.language):
        run.refusal = str(refused)
    run.state, run.accepted_by = ImportState.CHECKED, None
    checking.count(run)
    run.save()


def undo(*, run_id: int) -> None:
    """What the file made is gone, what it changed is as before; but not where something has happened since.

    A run whose undoing was not ordered is left alone: the task may come twice.
    """
    try:
        _undo(run_id)
    except NotChecked:
        return


@transaction.atomic
def _undo(run_id: int) -> None:
    run = _locked(run_id, ImportState.UNDOING)
    by = run.undone_by
    if by is None:
        raise NotChecked
    rows = list(run.rows.filter(version_after__isnull=False).order_by("offering"))
    judge = Rows(checking.with_what_rules_need(run.provider_id), [row.own_reference for row in rows])
    with override(run.language):
        for row in rows:
            try:
                with transaction.atomic():
                    row.kept_because = _undo_row(run, row, judge, by)
            except (RuleBroken, ValidationError) as wrong:
                row.kept_because = " ".join(one for said in _said(wrong).values() for one in said)
    ImportRow.objects.bulk_update(rows, ["kept_because"], batch_size=500)
    run.state, run.undone_at = ImportState.UNDONE, timezone.now()
    kept = sum(bool(row.kept_because) for row in rows)
    changes = {"undone": [0, len(rows) - kept], "kept": [0, kept]}
    journal.record("import.undo", on=run, by=by, organisation_id=run.provider_id, changes=changes)
    run.save()


def _undo_row(run: ImportRun, row: ImportRow, judge: Rows, by: User) -> str:
    """Empty when it is undone, else why not."""
    if row.offering_id is None:
        return _("The course is not there any more.")
    offering = acts.lock(row.offering_id)
    later = AuditEvent.objects.filter(
        target="offerings.offering", target_id=offering.pk, pk__gt=run.last_event or 0
    )
    if offering.version != row.version_after or later.exists():
        return _("Something has been done to this course since.")
    if row.verdict == Verdict.NEW:
        journal.record("offering.undo_import", on=offering, by=by, organisation_id=run.provider_id)
        offering.delete()
        return ""
    if row.publishes and offering.status == OfferingStatus.PUBLISHED:
        return _("The file published this course: cancel it instead.")
    given = judge.as_input(row.before, offering)
    services.save_offering(offering_id=offering.pk, version=offering.version, given=given, by=by)
    return ""


def _locked(run_id: int, state: ImportState) -> ImportRun:
    """Raises NotChecked when the run is in another state."""
    run = ImportRun.objects.select_for_update(no_key=True, of=("self",)).get(pk=run_id)
    if run.state != state:
        raise NotChecked
    return run
