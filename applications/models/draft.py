"""What a student has typed and not sent yet."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from offerings.models import Offering


class Draft(models.Model):
    """An application on its way: the state *draft* of DOMAIN.md §3.8. It has no learner yet.

    Whoever holds its key (the browser it is written in, or the link in a letter) goes on with it. Sent, it
    becomes an ``Application`` with the same key, once; unsent, it is removed after 90 days (R-PRIV-7).
    """

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="drafts")
    email = models.EmailField(_("e-mail address"), blank=True, default="")
    language = models.CharField(max_length=2)
    # By the names of the forms' fields; each step's form judges its own.
    answers: Any = models.JSONField(default=dict)
    # R-APP-13: somebody has come back by the link that was sent to ``email``.
    confirmed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["-updated_at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="draft_email_is_lower_case", condition=Q(email=Lower("email"))
            ),
            models.CheckConstraint(
                name="draft_language_is_known", condition=Q(language__in=["fi", "sv", "en"])
            ),
            models.CheckConstraint(
                name="draft_is_confirmed_with_an_address",
                condition=Q(confirmed_at__isnull=True) | ~Q(email=""),
            ),
            models.CheckConstraint(
                name="draft_changes_after_it_was_begun", condition=Q(updated_at__gte=F("created_at"))
            ),
        ]

    def __str__(self) -> str:
        return str(self.key)
