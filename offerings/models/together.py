"""What people did to many courses at once, and what came of it for each."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Together(models.TextChoices):
    CONFIRM = "confirm", _("Confirm the places")
    CLOSE = "close", _("Close applications now")
    SHIFT = "shift", _("Move the dates")
    COPY = "copy", _("Copy to the next term")


class ActTogether(models.Model):
    """One act on many offerings, as it was previewed. Its key is the mark of the preview: the same one sent
    twice is done once. Kept for a month, for the page that says what came of it; the journal keeps the acts.
    """

    id = models.UUIDField(primary_key=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    act = models.CharField(max_length=10, choices=Together)
    done_at = models.DateTimeField(db_index=True)
    # Offerings' ids; of a copy also the new one's: [[12, 31]]
    done: Any = models.JSONField(default=list, blank=True)
    # Offerings' ids and why nothing was done, in the person's language: [[12, "…"]]
    refused: Any = models.JSONField(default=list, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="act_together_is_known", condition=Q(act__in=Together.values))
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.done_at:%Y-%m-%d %H:%M}"
