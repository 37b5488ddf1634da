"""Agreements between municipalities on education: who is a party when, and what follows for an applicant."""

from __future__ import annotations

from typing import Final

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Deferrable, F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agreements.querysets import AgreementQuerySet
from kopa.base.fields import Days
from kopa.base.names import Text, pick
from kopa.codes.models import EducationForm, FieldOfEducation
from municipalities.models import Municipality

TITLE_LENGTH: Final = 200


class Tier(models.TextChoices):
    """How close the co-operation is, as Sweden's law on komvux tells it apart."""

    PRIMARY = "primary", _("primary co-operation area")
    SECONDARY = "secondary", _("secondary co-operation area")
    VOLUNTARY = "voluntary", _("voluntary co-operation")


class Where(models.TextChoices):
    """In which country the parties lie."""

    FI = "FI", _("Finland")
    SE = "SE", _("Sweden")
    BOTH = "both", _("Finland and Sweden")


class Agreement(models.Model):
    """What municipalities have agreed. Reference data: loads write it, ``agreements.reference``.

    It covers the forms named, and of them the fields named or, without any, every field.
    """

    code = models.SlugField(max_length=40, unique=True)
    title_fi = models.CharField(max_length=TITLE_LENGTH, blank=True, default="")
    title_sv = models.CharField(max_length=TITLE_LENGTH, blank=True, default="")
    title_en = models.CharField(max_length=TITLE_LENGTH, blank=True, default="")
    tier = models.CharField(max_length=10, choices=Tier)
    country = models.CharField(max_length=4, choices=Where)
    is_frisok = models.BooleanField(
        default=False, help_text="Residents of a party apply freely to every other party's courses."
    )
    asks_for_statement = models.BooleanField(
        default=False, help_text="The home municipality states its opinion even where the state pays."
    )
    in_force_from = models.DateField()
    in_force_to = models.DateField(null=True, blank=True, help_text="Last day; empty while it goes on.")
    forms = models.ManyToManyField(EducationForm, related_name="+")
    fields = models.ManyToManyField(FieldOfEducation, blank=True, related_name="+")
    source = models.CharField(max_length=300)
    licence = models.CharField(max_length=100, blank=True, default="")
    is_demonstration = models.BooleanField(default=False, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                name="agreement_has_a_title",
                condition=~Q(title_fi="") | ~Q(title_sv="") | ~Q(title_en=""),
            ),
            models.CheckConstraint(name="agreement_tier_is_known", condition=Q(tier__in=Tier.values)),
            models.CheckConstraint(name="agreement_country_is_known", condition=Q(country__in=Where.values)),
            models.CheckConstraint(
                name="agreement_ends_after_it_begins",
                condition=Q(in_force_to__isnull=True) | Q(in_force_to__gte=F("in_force_from")),
            ),
            models.CheckConstraint(
                name="agreement_on_free_application_has_a_last_day",
                condition=Q(is_frisok=False) | Q(in_force_to__isnull=False),
            ),
            models.CheckConstraint(
                name="agreement_on_free_application_asks_for_no_statement",
                condition=Q(is_frisok=False) | Q(asks_for_statement=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.title())

    def title(self, language: str | None = None) -> Text:
        return pick(self, "title", language)


class AgreementParty(models.Model):
    """A municipality that has joined an agreement; without days of its own from its first to its last day."""

    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="parties")
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="agreement_parties")
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["agreement", "municipality", "valid_from"]
        verbose_name_plural = "agreement parties"
        constraints = [
            models.CheckConstraint(
                name="agreement_party_leaves_after_it_joins",
                condition=Q(valid_from__isnull=True)
                | Q(valid_to__isnull=True)
                | Q(valid_to__gte=F("valid_from")),
            ),
            ExclusionConstraint(
                name="agreement_party_is_named_once_a_period",
                expressions=[
                    ("agreement", RangeOperators.EQUAL),
                    ("municipality", RangeOperators.EQUAL),
                    (Days("valid_from", "valid_to"), RangeOperators.OVERLAPS),
                ],
                # A load writes the row with new days before it takes the old one away.
                deferrable=Deferrable.DEFERRED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement}: {self.municipality}"


class Revision(models.Model):
    """One row: a number that no state of the agreements has had before. Triggers write it."""

    number = models.BigIntegerField()

    def __str__(self) -> str:
        return str(self.number)
