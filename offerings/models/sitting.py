"""What a person has typed into a draft and the form has saved by itself."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from offerings.models.offering import Offering


class Sitting(models.Model):
    """One window in which a draft is being written: what it has saved and the journal does not tell yet.

    Only ``offerings.services`` writes it. There is at most one of a draft: whatever act comes next, by
    anybody or by another window, puts it into the journal as one entry and removes it; so does the timetable
    when nothing comes. ``version`` is the draft's as this window last saved it, so that the window is
    not told of itself where it never heard the answer.
    """

    offering = models.OneToOneField(
        Offering, on_delete=models.CASCADE, primary_key=True, related_name="sitting"
    )
    token = models.UUIDField()
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField()
    saved_at = models.DateTimeField(db_index=True)
    # As the journal keeps changes: {"capacity": [16, 18]}, the first before and the last after.
    changes = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.person}: {self.offering_id} ({self.version})"
