"""To which region and authority a municipality belonged when: memberships with a first and a last day."""

from __future__ import annotations

import datetime as dt

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kopa.base.fields import Days
from kopa.base.names import Text, pick
from municipalities.models.register import Municipality, Region


class Membership(models.Model):
    """Both days belong to it. Without ``is_beginning`` it is only known from the first day on."""

    first_day = models.DateField()
    is_beginning = models.BooleanField(
        default=False, help_text="Whether it began on the first day; else it is known from then on."
    )
    last_day = models.DateField(null=True, blank=True, help_text="Empty while it lasts.")
    source = models.CharField(max_length=200)

    class Meta:
        abstract = True

    def holds_on(self, day: dt.date) -> bool:
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)


class RegionMembership(Membership):
    """A municipality in its region or county, for a time."""

    municipality = models.ForeignKey(
        Municipality, on_delete=models.CASCADE, related_name="region_memberships"
    )
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="memberships")

    class Meta:
        ordering = ["municipality", "first_day"]
        constraints = [
            models.CheckConstraint(
                name="region_membership_ends_after_it_begins",
                condition=Q(last_day__isnull=True) | Q(last_day__gte=F("first_day")),
            ),
            ExclusionConstraint(
                name="municipality_has_one_region_a_day",
                expressions=[
                    ("municipality", RangeOperators.EQUAL),
                    (Days("first_day", "last_day"), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("The municipality has another region in that time."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.municipality}: {self.region}, {self.first_day}–{self.last_day or ''}"


class Authority(models.Model):
    """A state authority with an area made of municipalities, which decides on funding. Loaded."""

    class Kind(models.TextChoices):
        ELY = "ely", _("ELY Centre")
        EVK = "evk", _("economic development centre")

    kind = models.CharField(max_length=3, choices=Kind)
    code = models.CharField(max_length=4, help_text="Of Statistics Finland's classification.")
    key = models.GeneratedField(
        expression=Concat(F("kind"), Value("-"), F("code")),
        output_field=models.CharField(max_length=8),
        db_persist=True,
    )
    name_fi = models.CharField(max_length=100)
    name_sv = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100)
    valid_from = models.DateField(null=True, blank=True, help_text="Empty where no source says it.")
    valid_to = models.DateField(null=True, blank=True, help_text="Last day; empty while it exists.")
    source = models.CharField(max_length=200)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["kind", "code"]
        verbose_name_plural = "authorities"
        constraints = [
            models.UniqueConstraint(name="authority_key_is_unique", fields=["key"]),
            models.CheckConstraint(
                name="authority_ends_after_it_begins",
                condition=Q(valid_from__isnull=True)
                | Q(valid_to__isnull=True)
                | Q(valid_to__gte=F("valid_from")),
            ),
        ]

    def __str__(self) -> str:
        return str(self.name())

    def name(self, language: str | None = None) -> Text:
        return pick(self, "name", language)


class AuthorityMembership(Membership):
    """A municipality in the area of an authority, for a time."""

    municipality = models.ForeignKey(
        Municipality, on_delete=models.CASCADE, related_name="authority_memberships"
    )
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="memberships")

    class Meta:
        ordering = ["municipality", "first_day"]
        constraints = [
            models.CheckConstraint(
                name="authority_membership_ends_after_it_begins",
                condition=Q(last_day__isnull=True) | Q(last_day__gte=F("first_day")),
            ),
            ExclusionConstraint(
                name="municipality_has_one_authority_a_day",
                expressions=[
                    ("municipality", RangeOperators.EQUAL),
                    (Days("first_day", "last_day"), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("The municipality has another authority in that time."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.municipality}: {self.authority}, {self.first_day}–{self.last_day or ''}"
