"""Named sets of agreements."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from agreements.models import Agreement  # noqa: F401


class AgreementQuerySet(models.QuerySet["Agreement"]):
    def in_force(self, day: dt.date) -> Self:
        """From the first to the last day, both included."""
        return self.filter(Q(in_force_to__isnull=True) | Q(in_force_to__gte=day), in_force_from__lte=day)

    def not_over(self, day: dt.date) -> Self:
        """In force on the day or later."""
        return self.filter(Q(in_force_to__isnull=True) | Q(in_force_to__gte=day))
