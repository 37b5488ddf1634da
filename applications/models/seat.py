"""The place that an application holds."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from applications.models.application import Application
from applications.states import LIVE_SEATS, SeatState
from offerings.models import PlaceCounter


class SeatSource(models.TextChoices):
    OPEN = "open", pgettext_lazy("place", "open")
    RESERVED = "reserved", pgettext_lazy("place", "reserved")
    RELEASED = "released", pgettext_lazy("place", "reserved, then released")


class Seat(models.Model):
    """A place of an offering, held, taken or used by one application, and freed in the end (DOMAIN.md §3.7).

    A live one is counted in its counter, in the column of its state. Only ``applications.services.seats``
    writes it, together with the counter.
    """

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="seats")
    # Empty only once it is freed: the quota may be gone since.
    counter = models.ForeignKey(PlaceCounter, on_delete=models.SET_NULL, null=True, related_name="+")
    source = models.CharField(max_length=8, choices=SeatSource)
    state = models.CharField(max_length=5, choices=SeatState, default=SeatState.HELD)
    held_at = models.DateTimeField()
    freed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                name="application_has_one_live_seat",
                fields=["application"],
                condition=Q(state__in=sorted(LIVE_SEATS)),
            ),
            models.CheckConstraint(name="seat_state_is_known", condition=Q(state__in=SeatState.values)),
            models.CheckConstraint(name="seat_source_is_known", condition=Q(source__in=SeatSource.values)),
            models.CheckConstraint(
                name="live_seat_is_counted",
                condition=Q(state="freed", freed_at__isnull=False)
                | ~Q(state="freed") & Q(counter__isnull=False, freed_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id}: {self.state}"
