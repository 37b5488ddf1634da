"""The areas of municipalities for a time, as published or schematic, and the outlines of the countries."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Deferrable, F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kopa.base.fields import Days
from municipalities.models.register import Country, Municipality


class Boundary(models.Model):
    """The area of a municipality for a time. Both days belong to it.

    Official ones are loaded by ``load_boundaries``; schematic ones are computed with the reference data.
    """

    municipality = models.ForeignKey(Municipality, on_delete=models.CASCADE, related_name="boundaries")
    valid_from = models.DateField(null=True, blank=True, help_text="Empty: since ever.")
    valid_to = models.DateField(null=True, blank=True, help_text="Last day; empty while it holds.")
    is_schematic = models.BooleanField(
        default=False, help_text="What is nearest to the centre, not what the law says."
    )
    source = models.CharField(max_length=300, help_text="Who publishes it, as maps name it.")
    licence = models.CharField(max_length=100)
    shape = models.BinaryField(help_text="Simplified, degrees of WGS84, as well-known binary.")
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["municipality", "valid_from"]
        verbose_name_plural = "boundaries"
        constraints = [
            models.CheckConstraint(
                name="boundary_ends_after_it_begins",
                condition=Q(valid_to__isnull=True)
                | Q(valid_from__isnull=True)
                | Q(valid_to__gte=F("valid_from")),
            ),
            *(
                ExclusionConstraint(
                    name=f"municipality_has_one_{kind}_boundary_a_day",
                    expressions=[
                        ("municipality", RangeOperators.EQUAL),
                        (Days("valid_from", "valid_to"), RangeOperators.OVERLAPS),
                    ],
                    condition=Q(is_schematic=is_schematic),
                    # A load moves the end of one before it writes the next.
                    deferrable=Deferrable.DEFERRED,
                    violation_error_message=_("The municipality has another boundary in that time."),
                )
                for kind, is_schematic in (("official", False), ("schematic", True))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.municipality}, {self.valid_from or ''}–{self.valid_to or ''}"


class CountryOutline(models.Model):
    """The land of a country, for maps: without sea, with an islet for each centre that stands on none."""

    country = models.CharField(max_length=2, choices=Country, primary_key=True)
    source = models.CharField(max_length=300)
    licence = models.CharField(max_length=100)
    shape = models.BinaryField(help_text="Simplified, degrees of WGS84, as well-known binary.")
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["country"]
        constraints = [
            models.CheckConstraint(name="outline_country_is_known", condition=Q(country__in=Country.values))
        ]

    def __str__(self) -> str:
        return self.get_country_display()
