"""Municipalities and regions of Finland and Sweden, as the national registers know them."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from kopa.base.fields import SortKey
from kopa.base.names import Text, pick, reader_language
from municipalities.querysets import MunicipalityQuerySet
from municipalities.spelling import with_finnish_ending


class Country(models.TextChoices):
    FI = "FI", _("Finland")
    SE = "SE", _("Sweden")


class LanguageStatus(models.TextChoices):
    """What the law calls a municipality in Finland; empty for Sweden."""

    FINNISH = "fi", _("Finnish-speaking")
    SWEDISH = "sv", _("Swedish-speaking")
    BILINGUAL_FINNISH = "bi-fi", _("bilingual, Finnish majority")
    BILINGUAL_SWEDISH = "bi-sv", _("bilingual, Swedish majority")


class PointBasis(models.TextChoices):
    """What a municipality's point is the middle of."""

    ADMINISTRATIVE_CENTRE = "administrative_centre", _("the administrative centre")
    LOCALITY_OF_THE_NAME = "locality_of_the_name", _("the locality of the same name")
    LARGEST_LOCALITY = "largest_locality", _("the largest locality")
    INSIDE_THE_AREA = "inside_the_area", _("a point inside the municipality")


def name_of_region(names: object, country: str, language: str | None = None) -> Text:
    """Sweden's counties have no name in Finnish or English: what stands there is the Swedish one, and pages
    say so to whoever reads them aloud.
    """
    found = pick(names, "name", language)
    if country == Country.SE and found.language != "sv" and found.text == getattr(names, "name_sv", ""):
        return Text(found.text, "sv", is_fallback=True)
    return found


class Region(models.Model):
    """Region (maakunta, landskap) of Finland or county (län) of Sweden. Loaded from the register."""

    country = models.CharField(max_length=2, choices=Country)
    code = models.CharField(max_length=4)
    key = models.GeneratedField(
        expression=Concat(F("country"), Value("-R"), F("code")),
        output_field=models.CharField(max_length=8),
        db_persist=True,
    )
    name_fi = models.CharField(max_length=100)
    name_sv = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100)
    source = models.CharField(max_length=300, blank=True, default="")
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["country", "code"]
        constraints = [
            models.UniqueConstraint(name="region_key_is_unique", fields=["key"]),
            models.CheckConstraint(name="region_country_is_known", condition=Q(country__in=Country.values)),
        ]

    def __str__(self) -> str:
        return str(self.name())

    def get_absolute_url(self) -> str:
        """The region's page in the language being read."""
        return reverse("municipalities:region", args=[self.slug])

    def name(self, language: str | None = None) -> Text:
        return name_of_region(self, self.country, language)

    @property
    def slug(self) -> str:
        """``fi-r19-lappi``, ``fi-r19-lappland``: the key, then the name in the reader's language."""
        return f"{self.key.lower()}-{slugify(str(self.name()))}"


class Municipality(models.Model):
    """A municipality. Country and code say which, never the name: two are Övertorneå in Swedish.

    Loaded from the register. A dissolved one keeps its row, its last day and its successor.
    """

    country = models.CharField(max_length=2, choices=Country)
    code = models.CharField(max_length=4)
    key = models.GeneratedField(
        expression=Concat(F("country"), Value("-"), F("code")),
        output_field=models.CharField(max_length=7),
        db_persist=True,
    )
    name_fi = models.CharField(max_length=100)
    name_sv = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100, blank=True, default="")
    genitive_fi = models.CharField(
        max_length=100, blank=True, default="", help_text="“Pellon”; empty where only an ending is added."
    )
    sort_fi = SortKey("name_fi")
    sort_sv = SortKey("name_sv")
    sort_en = SortKey("name_en")
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="municipalities")
    language_status = models.CharField(max_length=5, choices=LanguageStatus, blank=True, default="")
    latitude = models.FloatField(null=True, help_text="Of the municipal centre, WGS84 degrees.")
    longitude = models.FloatField(null=True)
    point_basis = models.CharField(max_length=40, choices=PointBasis, blank=True, default="")
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True, help_text="Last day; empty while it exists.")
    successor = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged"
    )
    population = models.PositiveIntegerField(null=True)
    population_year = models.PositiveSmallIntegerField(null=True)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = MunicipalityQuerySet.as_manager()

    class Meta:
        ordering = ["country", "code"]
        verbose_name_plural = "municipalities"
        constraints = [
            models.UniqueConstraint(name="municipality_key_is_unique", fields=["key"]),
            models.CheckConstraint(
                name="municipality_code_has_its_country_s_length",
                condition=Q(country="FI", code__regex=r"^\d{3}$") | Q(country="SE", code__regex=r"^\d{4}$"),
            ),
            models.CheckConstraint(
                name="municipality_dissolved_has_a_successor",
                condition=Q(valid_to__isnull=True) | Q(successor__isnull=False),
            ),
            models.CheckConstraint(
                name="municipality_point_is_whole",
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__isnull=False, longitude__isnull=False)
                & Q(latitude__range=(54, 71), longitude__range=(10, 33)),
            ),
        ]

    def __str__(self) -> str:
        return str(self.name())

    def get_absolute_url(self) -> str:
        """The municipality's page in the language being read."""
        return reverse("municipalities:detail", args=[self.slug])

    def exists_on(self, day: dt.date) -> bool:
        """Whether it is one of that day, dissolved since or not, as far as the register goes back."""
        return (self.valid_from is None or self.valid_from <= day) and not self.ended_before(day)

    def ended_before(self, day: dt.date) -> bool:
        return self.valid_to is not None and self.valid_to < day

    def last_day_by(self, day: dt.date) -> dt.date:
        """The day, or its own last one where it had ended before: pages show it among those of that day."""
        return min(day, self.valid_to or day)

    def name(self, language: str | None = None) -> Text:
        return pick(self, "name", language or reader_language())

    def whose(self, language: str | None = None) -> str:
        """The name as it stands in “residents of …”: Finnish inflects it, “Pellon asukkaat”."""
        if (language or reader_language()) != "fi":
            return str(self.name(language))
        return self.genitive_fi or with_finnish_ending(self.name_fi)

    @property
    def slug(self) -> str:
        """``fi-638-porvoo``, ``fi-638-borga``: the key, then the name in the reader's language."""
        name = slugify(str(self.name()))
        return f"{self.key.lower()}-{name}" if name else self.key.lower()

    @property
    def is_dissolved(self) -> bool:
        return self.valid_to is not None

    @property
    def is_bilingual(self) -> bool:
        return self.language_status.startswith("bi-")


class MunicipalityAlias(models.Model):
    """Another name by which people know a municipality: of another language, earlier, or another spelling."""

    class Kind(models.TextChoices):
        SPELLING = "spelling", _("other spelling")
        EXONYM = "exonym", _("name in another language")
        FORMER = "former", _("former name")

    municipality = models.ForeignKey(Municipality, on_delete=models.CASCADE, related_name="aliases")
    name = models.CharField(max_length=100)
    language = models.CharField(max_length=3, blank=True, default="")
    kind = models.CharField(max_length=10, choices=Kind)
    source = models.CharField(max_length=200)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "municipality aliases"
        constraints = [
            models.UniqueConstraint(name="municipality_alias_is_named_once", fields=["municipality", "name"])
        ]

    def __str__(self) -> str:
        return self.name
