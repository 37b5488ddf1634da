"""Named sets of letters."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from kopa.letters.models import Letter, UnwantedLetters  # noqa: F401


class LetterQuerySet(models.QuerySet["Letter"]):
    def due(self, *, now: dt.datetime) -> Self:
        """Those whose next try has come and that are of use still, the oldest first."""
        of_use = Q(useless_after=None) | Q(useless_after__gt=now)
        return self.filter(of_use, state="waiting", next_try_at__lte=now).order_by("next_try_at", "id")

    def about(self, thing: models.Model) -> Self:
        """Those that tell of it, also those that have left."""
        return self.filter(target=thing._meta.label_lower, target_id=thing.pk)

    def waiting_about(self, thing: models.Model) -> Self:
        """Of them those that have not left."""
        return self.about(thing).filter(state="waiting")

    def useless(self, *, now: dt.datetime) -> Self:
        """Those that wait and would tell of something that is over."""
        return self.filter(state="waiting", useless_after__lte=now)

    def left_behind(self, *, before: dt.datetime) -> Self:
        """Those that somebody began to hand over before the moment and never came back from."""
        return self.filter(state="sending", claimed_at__lt=before)


class UnwantedLettersQuerySet(models.QuerySet["UnwantedLetters"]):
    def of(self, kind: str) -> Self:
        """Of those who do without letters of the kind."""
        return self.filter(kind=kind)
