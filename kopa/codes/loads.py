"""What the newest load of the reference data found, and what it did not find any more."""

from __future__ import annotations

from kopa.codes.models import ReferenceLoad


def kept(table: str) -> list[str]:
    """Keys of the rows that stood in the database and in no file at the newest load. One query."""
    newest = ReferenceLoad.objects.first()
    return list(newest.kept.get(table, ())) if newest else []
