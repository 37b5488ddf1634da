"""A course is changed after people have been able to apply to it."""

from __future__ import annotations

from django.db import models

from offerings.models import Offering


class CourseChange(models.Model):
    """Dates, site, mode or price basis are others than when people applied (R-APP-6): they were told, and for
    a while whoever leaves owes nothing for it.
    """

    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="changes_told")
    # The entry of the journal that it was read from: each is told of once.
    event_id = models.BigIntegerField(unique=True, editable=False)
    # As the journal has it: {"starts_on": ["2027-01-11", "2027-01-18"]}.
    changes = models.JSONField()
    changed_at = models.DateTimeField()
    # The last second of leaving without owing anything.
    free_until = models.DateTimeField()

    class Meta:
        ordering = ["-changed_at", "-id"]
        indexes = [models.Index(fields=["offering", "-changed_at"], name="course_change_by_course")]

    def __str__(self) -> str:
        return f"{self.offering_id}: {', '.join(sorted(self.changes))}"
