"""Somebody moves from one course to another."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from applications.models.application import Application
from offerings.models import Offering


class Cause(models.TextChoices):
    """R-APP-10: the time of sending is kept only where the host has cancelled the course."""

    ASKED = "asked", pgettext_lazy("cause of a transfer", "the applicant and the provider agree on it")
    CANCELLED = "cancelled", pgettext_lazy("cause of a transfer", "the course is cancelled")


class TransferState(models.TextChoices):
    OPEN = "open", pgettext_lazy("transfer", "awaits the applicant's answer")
    ACCEPTED = "accepted", pgettext_lazy("transfer", "accepted")
    DECLINED = "declined", pgettext_lazy("transfer", "declined")
    LAPSED = "lapsed", pgettext_lazy("transfer", "not answered in time")
    DROPPED = "dropped", pgettext_lazy("transfer", "not possible any more")


class Transfer(models.Model):
    """A named official offers another course to somebody who has applied; she says yes or no."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="transfers")
    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="transfers")
    cause = models.CharField(max_length=9, choices=Cause)
    state = models.CharField(max_length=8, choices=TransferState, default=TransferState.OPEN)
    official = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    official_name = models.CharField(max_length=200)
    official_title = models.CharField(max_length=120, blank=True, default="")
    offered_at = models.DateTimeField()
    # The last second in which it can be accepted.
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-offered_at", "-id"]
        indexes = [
            models.Index(name="transfer_to_be_answered", fields=["until"], condition=Q(state="open"))
        ]
        constraints = [
            models.UniqueConstraint(
                name="application_has_one_open_transfer",
                fields=["application"],
                condition=Q(state="open"),
            ),
            models.CheckConstraint(name="transfer_cause_is_known", condition=Q(cause__in=Cause.values)),
            models.CheckConstraint(
                name="transfer_state_is_known", condition=Q(state__in=TransferState.values)
            ),
            models.CheckConstraint(
                name="transfer_that_is_over_says_since_when",
                condition=Q(state="open", ended_at__isnull=True)
                | ~Q(state="open") & Q(ended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} → {self.offering_id}: {self.state}"
