"""A query that the ORM writes once, and PostgreSQL plans once, for what is asked with every request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from django.db.models import QuerySet

from kopa.base.binary import binary_cursor


@dataclass(frozen=True, slots=True)
class Compiled:
    """Made with marks: values that stand for those to come, each of them different from all others."""

    sql: str  # its parameters are numbered
    parameters: tuple[Any, ...]

    @classmethod
    def of(cls, rows: QuerySet[Any, Any]) -> Self:
        sql, parameters = rows.query.sql_with_params()
        first, *others = (part.replace("%%", "%") for part in sql.split("%s"))
        numbered = [f"${number}{part}" for number, part in enumerate(others, start=1)]
        return cls("".join([first, *numbered]), tuple(parameters))

    def ask(self, instead: Mapping[Any, Any]) -> tuple[Any, ...] | None:
        """The first row, with ``instead`` of the marks."""
        with binary_cursor(is_numbered=True) as cursor:
            cursor.execute(self.sql, [instead.get(value, value) for value in self.parameters])
            row: tuple[Any, ...] | None = cursor.fetchone()
            return row
