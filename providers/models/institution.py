"""Institutions, and the sites where teaching is given."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kopa.base.names import Text, pick
from kopa.codes.models import InstitutionType
from municipalities.models import Municipality
from providers.models.organisation import Organisation
from providers.querysets import InstitutionQuerySet, SiteQuerySet


class Institution(models.Model):
    """Educational institution (oppilaitos, läroanstalt), not a legal person. Finland only."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="institutions"
    )
    code = models.CharField(max_length=10, unique=True)
    oid = models.CharField(max_length=60, blank=True, default="")
    type = models.ForeignKey(InstitutionType, on_delete=models.PROTECT, related_name="+")
    name_fi = models.CharField(max_length=300, blank=True, default="")
    name_sv = models.CharField(max_length=300, blank=True, default="")
    name_en = models.CharField(max_length=300, blank=True, default="")
    municipality = models.ForeignKey(
        Municipality, on_delete=models.PROTECT, null=True, blank=True, related_name="institutions"
    )
    teaching_languages = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    register_year = models.PositiveSmallIntegerField(help_text="Year of the register that names it last.")
    source = models.CharField(max_length=300)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    may_have_closed: bool  # no field: what ``InstitutionQuerySet.marked`` says

    objects = InstitutionQuerySet.as_manager()

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return str(self.name())

    def name(self, language: str | None = None) -> Text:
        return pick(self, "name", language)


class Site(models.Model):
    """A place where teaching is given (toimipiste); without an address, at its municipality's centre."""

    class PointBasis(models.TextChoices):
        MUNICIPALITY_CENTRE = "municipality_centre", _("centre of the municipality")
        ADDRESS = "address", _("address")
        NONE = "none", _("no point known")

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="sites"
    )
    institution = models.ForeignKey(
        Institution, on_delete=models.PROTECT, null=True, blank=True, related_name="sites"
    )
    name_fi = models.CharField(max_length=300, blank=True, default="")
    name_sv = models.CharField(max_length=300, blank=True, default="")
    name_en = models.CharField(max_length=300, blank=True, default="")
    municipality = models.ForeignKey(
        Municipality, on_delete=models.PROTECT, null=True, blank=True, related_name="sites"
    )
    address = models.CharField(max_length=300, blank=True, default="")
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    point_basis = models.CharField(max_length=20, choices=PointBasis, default=PointBasis.MUNICIPALITY_CENTRE)
    step_free = models.BooleanField(null=True, blank=True)
    register_key = models.CharField(
        max_length=60,
        null=True,
        blank=True,
        unique=True,
        editable=False,
        help_text="Set by load_reference alone.",
    )
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = SiteQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="site_point_is_whole",
                condition=Q(latitude__isnull=True, longitude__isnull=True, point_basis="none")
                | Q(latitude__isnull=False, longitude__isnull=False)
                & Q(latitude__range=(54, 71), longitude__range=(10, 33))
                & ~Q(point_basis="none"),
            ),
            models.UniqueConstraint(
                name="site_of_an_institution_is_one",
                fields=["institution"],
                condition=Q(institution__isnull=False, point_basis__in=["municipality_centre", "none"]),
            ),
        ]

    def __str__(self) -> str:
        return str(self.name())

    def name(self, language: str | None = None) -> Text:
        return pick(self, "name", language)
