"""Field options that several apps share."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import DateRangeField, RangeBoundary
from django.core.validators import MaxLengthValidator
from django.db import models


def text_field(name: Any, *, max_length: int, **options: Any) -> models.TextField[str, str]:
    """A text of several lines, empty by default. Django's own limit holds in forms only, this one always."""
    return models.TextField(
        name,
        max_length=max_length,
        validators=[MaxLengthValidator(max_length)],
        blank=True,
        default="",
        **options,
    )


class SortKey(models.GeneratedField):
    """Stored key that sorts as Finnish and Swedish do: z, å, ä, ö (no embedded PostgreSQL has ICU).

    Source: the function ``kopa_sort_key`` of ``kopa/base/migrations/0001_database.py``.
    """

    def __init__(self, source: str | None = None, **options: Any) -> None:
        if source is not None:
            options["expression"] = models.Func(models.F(source), function="kopa_sort_key")
            options["output_field"] = models.TextField(db_collation="C")
            options["db_persist"] = True
        super().__init__(**options)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, _path, arguments, options = super().deconstruct()
        return name, "django.db.models.GeneratedField", arguments, options


class Days(models.Func):
    """``daterange(first, last)`` with both days in it; without a last day it has no end."""

    function = "daterange"
    output_field = DateRangeField()

    def __init__(self, *days: Any, **extra: Any) -> None:
        first, last, *bounds = days
        super().__init__(
            first, last, *(bounds or [RangeBoundary(inclusive_lower=True, inclusive_upper=True)]), **extra
        )
