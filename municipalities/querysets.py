"""Named sets of municipalities."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce, NullIf

from kopa.base.names import reader_language

if TYPE_CHECKING:
    from municipalities.models import Municipality  # noqa: F401


class MunicipalityQuerySet(models.QuerySet["Municipality"]):
    def current(self) -> Self:
        """Those that exist today: the dissolved ones are left out."""
        return self.filter(valid_to__isnull=True)

    def existing_on(self, day: dt.date) -> Self:
        """Those of that day, dissolved since or not, as far as the register goes back."""
        ended = Q(valid_to__isnull=False, valid_to__lt=day)
        return self.exclude(ended | Q(valid_from__isnull=False, valid_from__gt=day))

    def by_name(self) -> Self:
        """In the reader's alphabet, by the name the reader sees: å, ä, ö last, as Finland and Sweden sort."""
        shown = Coalesce(NullIf(f"sort_{reader_language()}", Value("")), "sort_fi")
        return self.order_by(shown, "key")
