"""A row is typed anew."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from offerings.imports import checking
from offerings.imports.columns import BY_NAME
from offerings.imports.constraints import judge_by_constraints
from offerings.imports.errors import RowChanged
from offerings.imports.rows import Checked, Rows, digest
from offerings.imports.services.locking import locked
from offerings.imports.staging import Staging
from offerings.models import ImportRow, ImportRun, ImportState


@transaction.atomic
def mend(*, run_id: int, number: int, cells: Mapping[str, str], seen: str = "") -> ImportRow:
    """The row as it is typed now, judged anew; what is wrong is said in the reader's language. ``seen`` is
    the digest of the cells that the person saw.

    Raises NotChecked unless the file is checked and not saved, RowChanged where the cells are others now.
    """
    run = locked(run_id, ImportState.CHECKED)
    old = ImportRow.objects.get(run=run, number=number)
    if seen and seen != digest(old.cells):
        raise RowChanged
    filled_in = [name for name in old.errors if name in BY_NAME and name not in old.cells]
    typed = {name: _typed(cells.get(name, text)) for name, text in old.cells.items()}
    typed |= {name: _typed(cells[name]) for name in filled_in if _typed(cells.get(name, ""))}
    run.columns = [*run.columns, *(name for name in filled_in if name in typed and name not in run.columns)]
    judge = Rows(checking.with_what_rules_need(run.provider_id))
    [row] = checking.judged(judge, [(number, typed)], {})
    checking.blame_twin(row, _others(run, row))
    old.delete()
    with Staging(run) as staging:
        staging.write(row)
    judge_by_constraints(run, [number])
    checking.count(run)
    run.save()
    return run.rows.get(number=number)


def _typed(text: str) -> str:
    """PostgreSQL keeps no NUL."""
    return text.replace("\0", "").strip()


def _others(run: ImportRun, row: Checked) -> dict[str | int, int]:
    """Another row with this one's identifier, and another one that speaks of the same course."""
    others = run.rows.exclude(number=row.number)
    found: dict[str | int, int] = {}
    if row.own_reference:
        found |= dict(others.filter(own_reference=row.own_reference).values_list("own_reference", "number"))
    if row.offering_id is not None:
        found |= dict(others.filter(offering=row.offering_id).values_list("offering", "number"))
    return found
