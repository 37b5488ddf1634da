"""Letters that ask whether the numbers of free places still hold."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from offerings.models.offering import Offering
from offerings.querysets import ConfirmationRequestQuerySet


class ConfirmationRequest(models.Model):
    """A person was asked by letter to confirm the places of some courses; the link works for 30 days.

    ``key_digest`` is all that is kept of the link. A new letter ends the one before. Written by
    ``offerings.services.asking`` alone, removed half a year later.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    offerings = models.ManyToManyField(Offering, related_name="confirmation_requests")
    key_digest = models.CharField(max_length=64, unique=True, editable=False)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    # When the button had nothing left to confirm.
    confirmed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ConfirmationRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                name="person_is_asked_by_one_letter_at_a_time",
                fields=["person"],
                condition=Q(ended_at__isnull=True),
            ),
            models.CheckConstraint(
                name="request_ends_after_it_was_asked", condition=Q(expires_at__gt=F("asked_at"))
            ),
            models.CheckConstraint(
                name="request_that_was_confirmed_is_over",
                condition=Q(confirmed_at__isnull=True) | Q(ended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.asked_at:%Y-%m-%d}"
