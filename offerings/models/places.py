"""How many places there are, for whom they are reserved, and how many have been given."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from municipalities.models import Municipality
from offerings.models.offering import Offering


class Quota(models.Model):
    """Places of an offering that are reserved for one municipality's residents until ``quota_release_at``."""

    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="quotas")
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    seats = models.PositiveSmallIntegerField(_("reserved places"), validators=[MinValueValidator(1)])
    # R-CAP-4: since then its unused places belong to the open source; ``seats`` stays what was reserved.
    released_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                name="quota_is_one_per_municipality",
                fields=["offering", "municipality"],
                violation_error_message=_("The same municipality stands twice."),
            ),
            models.CheckConstraint(name="quota_has_a_seat", condition=Q(seats__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.municipality}: {self.seats}"


class PlaceCounter(models.Model):
    """Places of one source: the open source (``quota`` empty) or one quota. The database has the last word.

    Σ ``seats`` of an offering's counters = its capacity: asked when a transaction ends (migration 0026). Only
    ``offerings.services`` and ``applications.services`` change a counter, under the lock order of
    docs/architecture.md. Narrow on purpose: it changes often, the offering seldom.
    """

    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="counters")
    quota = models.OneToOneField(Quota, on_delete=models.CASCADE, null=True, related_name="counter")
    seats = models.PositiveSmallIntegerField()
    held = models.PositiveSmallIntegerField(default=0)
    taken = models.PositiveSmallIntegerField(default=0)
    used = models.PositiveSmallIntegerField(default=0)
    taken_elsewhere = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="places_given_are_no_more_than_the_seats",
                condition=Q(seats__gte=F("held") + F("taken") + F("used") + F("taken_elsewhere")),
                violation_error_code="more_given_than_seats",
                violation_error_message=_("More places are already given than this."),
            ),
            models.UniqueConstraint(
                name="places_have_one_open_source", fields=["offering"], condition=Q(quota__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.free} / {self.seats}"

    @property
    def given(self) -> int:
        return self.held + self.taken + self.used + self.taken_elsewhere

    @property
    def free(self) -> int:
        return self.seats - self.given
