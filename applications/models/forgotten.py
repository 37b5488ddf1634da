"""What stays of applications that are gone."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from applications.states import ApplicationStatus
from municipalities.models import Municipality
from offerings.models import Offering


class Forgotten(models.Model):
    """How many applications to a course, from one home municipality, ended in one way and are gone since
    (R-PRIV-7). Nothing leads from the number to a person; shown, small numbers are hidden (R-PRIV-5).

    Only ``applications.services.forgetting`` writes it. Of a protected person the municipality is not kept.
    """

    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="forgotten")
    home_municipality = models.ForeignKey(
        Municipality, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    status = models.CharField(max_length=17, choices=ApplicationStatus)
    number = models.PositiveIntegerField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                name="forgotten_are_counted_once",
                fields=["offering", "home_municipality", "status"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="forgotten_status_is_known", condition=Q(status__in=ApplicationStatus.values)
            ),
            models.CheckConstraint(name="forgotten_are_some", condition=Q(number__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.offering_id}: {self.number} {self.status}"
