"""Plain tables out of files, for rows that nothing points to: what is new comes, what is not there goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.db import connection, models

from kopa.base.reference import Change, ReferenceDataError, Report

AT_ONCE: Final = 5000


def replace(
    model: type[models.Model],
    *,
    fields: Sequence[str],
    key: int,
    wanted: Sequence[tuple[Any, ...]],
    name: str,
) -> Report:
    """The table of ``model`` holds exactly ``wanted``; rows that stand there already are not touched.

    A row gives the values of ``fields`` in their order; the first ``key`` of them say which row it is. Must
    run inside a transaction. 100,000 new rows take about a second.
    """
    rows = set(wanted)
    seen: set[tuple[Any, ...]] = set()
    for row in wanted:
        if row[:key] in seen:
            raise ReferenceDataError(f"{name}: {_told(row[:key])} stands twice.")
        seen.add(row[:key])
    known = {row[1:]: row[0] for row in model._default_manager.order_by().values_list("pk", *fields)}
    gone = [row for row in known if row not in rows]
    fresh = [row for row in wanted if row not in known]
    for start in range(0, len(gone), AT_ONCE):
        ids = [known[row] for row in gone[start : start + AT_ONCE]]
        model._default_manager.filter(pk__in=ids).delete()
    if fresh:
        _copy(model, fields, fresh)
    before, after = {row[:key]: row for row in gone}, {row[:key]: row for row in fresh}
    return Report(
        name=name,
        added=tuple(_told(one) for one in after if one not in before),
        changed=tuple(
            Change(_told(one), _differences(fields, before[one], after[one]))
            for one in after
            if one in before
        ),
        unchanged=len(wanted) - len(fresh),
        removed=tuple(_told(one) for one in before if one not in after),
    )


def _copy(model: type[models.Model], fields: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    quote = connection.ops.quote_name
    table, columns = quote(model._meta.db_table), ", ".join(quote(field) for field in fields)
    with connection.cursor() as cursor:
        with cursor.copy(f"copy {table} ({columns}) from stdin") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(f"analyze {table}")


def _differences(
    fields: Sequence[str], before: tuple[Any, ...], after: tuple[Any, ...]
) -> dict[str, tuple[Any, Any]]:
    return {
        field: (old, new) for field, old, new in zip(fields, before, after, strict=True) if old != new
    }


def _told(key: tuple[Any, ...]) -> str:
    return "-".join(str(part) for part in key)
