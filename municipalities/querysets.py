"""Named sets of municipalities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models

from kopa.base.names import reader_language

if TYPE_CHECKING:
    from municipalities.models import Municipality  # noqa: F401


class MunicipalityQuerySet(models.QuerySet["Municipality"]):
    def current(self) -> Self:
        """Those that exist today: the dissolved ones are left out."""
        return self.filter(valid_to__isnull=True)

    def by_name(self) -> Self:
        """In the reader's alphabet (å, ä, ö last); Swedish order for Swedish, Finnish names' order else."""
        return self.order_by("sort_sv" if reader_language() == "sv" else "sort_fi", "key")
