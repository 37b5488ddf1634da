"""Code lists: words that the field has agreed on, each with its source and its codes in national registers.

Operators load them (``manage.py load_reference``); nobody edits them in the portal. The code is the primary
key, so a foreign key's value reads by itself: ``offering.form_id == "vocational"``.
"""

from __future__ import annotations

from typing import Final

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import pgettext

from kopa.base.names import Text, pick, reader_language

# Of a source from which facts were written down, and nothing was copied.
FACTS_ONLY: Final = "facts only"


class DataSource(models.Model):
    """Where reference data comes from, and its licence. Rows of the register name sources by ``code``."""

    code = models.CharField(max_length=40, primary_key=True)
    publisher = models.CharField(max_length=200)
    name_fi = models.CharField(max_length=200)
    name_sv = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)
    year = models.PositiveSmallIntegerField()
    licence = models.CharField(max_length=40)
    obtained_from = models.CharField(max_length=300)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return str(self.name())

    def name(self, language: str | None = None) -> Text:
        return pick(self, "name", language)

    def licence_name(self) -> str:
        """As people read it: licences have names, what is no licence is said in the reader's language."""
        return pgettext("licence", "facts only") if self.licence == FACTS_ONLY else self.licence


class ReferenceLoad(models.Model):
    """One load of ``fixtures/`` that changed something. The newest says what the register's tables hold."""

    fingerprint = models.CharField(max_length=64)
    loaded_at = models.DateTimeField()
    # {"institutions": ["01234"]}: rows that are in no file any more, kept because something may point to them
    kept = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.loaded_at:%Y-%m-%d %H:%M} {self.fingerprint[:12]}"


class CodeListEntry(models.Model):
    """One code of a list, with its name in three languages."""

    code = models.CharField(max_length=40, primary_key=True)
    name_fi = models.CharField(max_length=200)
    name_sv = models.CharField(max_length=200, help_text="As Finland's Swedish says it.")
    name_sv_se = models.CharField(
        max_length=200, blank=True, default="", help_text="Where Sweden's Swedish differs."
    )
    name_en = models.CharField(max_length=200)
    position = models.PositiveSmallIntegerField(default=0)
    # {"koodisto": ["opetuspaikkakk_4"], "planned_educations": ["..."]}: the same thing in national registers.
    national_codes = models.JSONField(default=dict, blank=True)
    source = models.CharField(max_length=300, help_text="Codes of DataSource, separated by spaces.")
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        abstract = True
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return str(self.name())

    def name(self, *, country: str = "", language: str | None = None) -> Text:
        """The name as the reader's language says it; a record of Sweden is named in Sweden's Swedish."""
        wanted = language or reader_language()
        if wanted == "sv" and country == "SE" and self.name_sv_se:
            return Text(self.name_sv_se, "sv", is_fallback=False)
        return pick(self, "name", wanted)


class EducationForm(CodeListEntry):
    """Form of education (koulutusmuoto, utbildningsform, skolform)."""


class FieldOfEducation(CodeListEntry):
    """Field of education (koulutusala): ISCED-F 2013, broad fields (two digits) and narrow fields (three)."""

    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="narrow_fields"
    )

    class Meta(CodeListEntry.Meta):
        constraints = [
            models.CheckConstraint(
                name="field_is_broad_or_has_a_parent",
                condition=Q(parent__isnull=True, code__regex=r"^\d{2}$")
                | Q(parent__isnull=False, code__regex=r"^\d{3}$"),
            )
        ]


class TeachingLanguage(CodeListEntry):
    """Language of instruction; the code is ISO 639."""


class DeliveryMode(CodeListEntry):
    """Contact, blended or distance teaching."""


class CreditUnit(CodeListEntry):
    """What a credit is counted in: competence points, study credits, ..."""

    short_fi = models.CharField(max_length=20, blank=True, default="")
    short_sv = models.CharField(max_length=20, blank=True, default="")
    short_sv_se = models.CharField(max_length=20, blank=True, default="")
    short_en = models.CharField(max_length=20, blank=True, default="")

    def short_name(self, *, country: str = "", language: str | None = None) -> str:
        """``osp``, ``kp``, ``hp``: as written after a number; the whole name where there is no short one."""
        wanted = language or reader_language()
        if wanted == "sv" and country == "SE" and self.short_sv_se:
            return self.short_sv_se
        return getattr(self, f"short_{wanted}") or str(self.name(country=country, language=wanted))


class InstitutionType(CodeListEntry):
    """Type of educational institution (oppilaitostyyppi), national codes of Finland."""


class PriorEducation(CodeListEntry):
    """What a student must have completed before."""
