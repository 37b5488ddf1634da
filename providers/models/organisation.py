"""Organisations that give education, who belongs to a joint authority, and their licences."""

from __future__ import annotations

from dataclasses import replace

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from kopa.base.fields import SortKey
from kopa.base.names import Text, pick
from kopa.codes.models import EducationForm
from municipalities.models import Country, Municipality
from providers.errors import BusinessIdTaken
from providers.querysets import OrganisationQuerySet
from providers.states import OrganisationStatus


class OrganisationKind(models.TextChoices):
    MUNICIPALITY = "municipality", _("municipality")
    JOINT_AUTHORITY = "joint_authority", _("joint authority for education")
    COMPANY = "company", _("limited company")
    MUNICIPAL_ENTERPRISE = "municipal_enterprise", _("municipal enterprise")
    UAS = "uas", _("university of applied sciences")
    UNIVERSITY = "university", _("university")
    ASSOCIATION = "association", _("association")
    FOUNDATION = "foundation", _("foundation")
    STATE = "state", _("state")
    WELLBEING_COUNTY = "wellbeing_county", _("wellbeing services county")
    OTHER = "other", _("type not known")


class Organisation(models.Model):
    """A legal person. It is a *provider* when it has a licence, an institution or an offering.

    Loaded from the register; a municipality is an organisation too, one-to-one.
    """

    kind = models.CharField(max_length=20, choices=OrganisationKind)
    country = models.CharField(max_length=2, choices=Country)
    status = models.CharField(max_length=10, choices=OrganisationStatus, default=OrganisationStatus.VERIFIED)
    name_fi = models.CharField(max_length=300, blank=True, default="")
    name_sv = models.CharField(max_length=300, blank=True, default="")
    name_en = models.CharField(max_length=300, blank=True, default="")
    sort_fi = SortKey("name_fi")
    sort_sv = SortKey("name_sv")
    other_names = ArrayField(
        models.CharField(max_length=300),
        default=list,
        blank=True,
        help_text="Earlier and short names and other spellings; the search of providers finds them.",
    )
    shares_its_name = models.BooleanField(
        default=False,
        editable=False,
        help_text="One of another country has one of its names. Set by load_reference.",
    )
    business_id = models.CharField(max_length=20, blank=True, default="")
    oid = models.CharField(max_length=60, blank=True, default="", help_text="Number in the Finnish register.")
    municipality = models.OneToOneField(
        Municipality, on_delete=models.PROTECT, null=True, blank=True, related_name="organisation"
    )
    home_municipality = models.ForeignKey(
        Municipality, on_delete=models.PROTECT, null=True, blank=True, related_name="organisations_at_home"
    )
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="enterprises"
    )
    email = models.EmailField(blank=True, default="")
    website = models.URLField(blank=True, default="")
    register_year = models.PositiveSmallIntegerField(null=True, blank=True)
    source = models.CharField(max_length=300, blank=True, default="")
    register_key = models.CharField(
        max_length=60,
        null=True,
        blank=True,
        unique=True,
        editable=False,
        help_text="Set by load_reference alone.",
    )
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="organisation_has_a_name", condition=~Q(name_fi="") | ~Q(name_sv="") | ~Q(name_en="")
            ),
            models.CheckConstraint(
                name="organisation_of_kind_municipality_names_it",
                condition=Q(kind="municipality", municipality__isnull=False)
                | (~Q(kind="municipality") & Q(municipality__isnull=True)),
            ),
            models.CheckConstraint(
                name="organisation_enterprise_has_a_parent",
                condition=~Q(kind="municipal_enterprise") | Q(parent__isnull=False),
            ),
            models.UniqueConstraint(name="organisation_oid_is_unique", fields=["oid"], condition=~Q(oid="")),
            # A closed one keeps the number that its successor may have taken over.
            models.UniqueConstraint(
                name="organisation_business_id_is_unique",
                fields=["country", "business_id"],
                condition=~Q(business_id="") & ~Q(status="closed"),
                violation_error_code=BusinessIdTaken.code,
                violation_error_message=BusinessIdTaken.message,
            ),
            models.CheckConstraint(
                name="organisation_status_is_known", condition=Q(status__in=OrganisationStatus.values)
            ),
        ]

    def __str__(self) -> str:
        return str(self.label())

    def get_absolute_url(self) -> str:
        """The organisation's page in the language being read."""
        return reverse("providers:detail", args=[self.slug])

    def name(self, language: str | None = None) -> Text:
        return pick(self, "name", language)

    def label(self, language: str | None = None) -> Text:
        """The name, with the country where the name alone does not tell: ``Övertorneå kommun (SE)``."""
        name = self.name(language)
        return replace(name, text=f"{name} ({self.country})") if self.shares_its_name else name

    def namesakes(self) -> OrganisationQuerySet:
        """Those of another country that have one of its names."""
        names = [name for name in (self.name_fi, self.name_sv, self.name_en) if name]
        return Organisation.objects.called(*names).exclude(country=self.country)

    @property
    def slug(self) -> str:
        """``12-pellon-kunta``: the id, then the name in the reader's language."""
        name = slugify(str(self.name()))[:60].strip("-")
        return f"{self.pk}-{name}" if name else str(self.pk)


class JointAuthorityMember(models.Model):
    """A municipality's membership of a joint authority. Recorded only where a source names it."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="member_municipalities"
    )
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="joint_authorities")
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=300)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="member_is_named_once",
                fields=["organisation", "municipality", "valid_from"],
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.municipality} – {self.organisation}"


class Licence(models.Model):
    """Permission to give a form of education (järjestämislupa), for named municipalities and languages."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="licences")
    form = models.ForeignKey(EducationForm, on_delete=models.PROTECT, related_name="+")
    municipalities = models.ManyToManyField(Municipality, blank=True, related_name="+")
    languages = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=300)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="licence_ends_after_it_begins",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation}: {self.form}"
