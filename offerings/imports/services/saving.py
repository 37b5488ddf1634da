"""The good rows of a file are saved, all of them or none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Final, cast

import structlog
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from kopa.accounts.models import User
from kopa.audit import journal
from kopa.audit.models import AuditEvent
from kopa.base.db import Busy, refusing
from kopa.base.errors import RuleBroken
from offerings import services as of_one
from offerings.errors import NotReady
from offerings.imports import checking, since
from offerings.imports.errors import SOMETHING_FAILED, NotChecked, RightsEnded, RowsRefused
from offerings.imports.rows import COLUMN_OF
from offerings.imports.saved import Places, as_input, sites_of
from offerings.imports.services.locking import locked, role_of
from offerings.models import ImportRow, ImportRun, ImportState, Verdict
from offerings.services import Outcome, Saved, Wanted
from offerings.services.batch_writing import BROUGHT, TAKEN_BACK

SAVES: Final = (Verdict.NEW, Verdict.CHANGED)
BATCH: Final = 500
log = structlog.get_logger(__name__)

CONFLICTS: Final = """
select r.number, r.offering_id, named.id from offerings_importrow r
left join offerings_offering named
  on named.provider_id = %s and named.own_reference = r.own_reference and r.own_reference <> ''
left join offerings_offering o on o.id = r.offering_id
where r.run_id = %s and r.verdict = any (%s)
  and (o.version is distinct from r.version
       or (named.id is not null and named.id is distinct from r.offering_id))
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
    run = locked(run_id, ImportState.ACCEPTING)
    by = cast("User", run.accepted_by)  # who ordered it
    role = role_of(run, by)
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


def _conflicts(run: ImportRun) -> dict[int, dict[str, list[str]]]:
    """Rows whose course somebody has saved, made or removed since they were checked, with who and what."""
    with connection.cursor() as cursor:
        cursor.execute(CONFLICTS, [run.provider_id, run.pk, list(SAVES)])
        found = cursor.fetchall()
    courses = {number: named or offering for number, offering, named in found}
    changed = {pk for pk in courses.values() if pk}
    said = since.told(changed, since.acts(changed, after=run.last_event))
    gone = _("The course is not there any more.")
    return {
        number: {"own_reference": [since.since_check(said.get(pk, "")) if pk else gone]}
        for number, pk in courses.items()
    }


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
        checking.say_progress(self.run, done, self.run.changed if self.back else self.run.good)

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
    run = locked(run_id, ImportState.ACCEPTING)
    rows = list(run.rows.filter(number__in=refused.errors))
    for row in rows:
        row.errors, row.verdict = refused.errors[row.number], Verdict.WRONG
    ImportRow.objects.bulk_update(rows, ["errors", "verdict"], batch_size=BATCH)
    with override(run.language):
        run.refusal = str(refused)
    run.state, run.accepted_by = ImportState.CHECKED, None
    checking.count(run)
    run.save()
