"""A selection among the applicants of a course."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from offerings.models import Offering


class Selection(models.Model):
    """The applicants of a course were put in order (R-CAP-5): by whom, when, and with which seed.

    One per course: running it again draws the same lots and gives the same order.
    """

    offering = models.OneToOneField(Offering, on_delete=models.CASCADE, related_name="selection")
    seed = models.BigIntegerField(editable=False)
    first_run_at = models.DateTimeField()
    run_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    official_name = models.CharField(max_length=200)
    official_title = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.offering_id}: {self.seed}"
