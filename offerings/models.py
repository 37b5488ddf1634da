"""Shared course offerings, their quotas and their place counters."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kopa.base.names import Text, pick
from kopa.codes.models import (
    CreditUnit,
    DeliveryMode,
    EducationForm,
    FieldOfEducation,
    PriorEducation,
    TeachingLanguage,
)
from municipalities.models import Municipality, Region
from offerings.querysets import OfferingQuerySet
from offerings.states import OfferingStatus
from providers.models import Organisation, Site

# A deadline belongs to the host's zone (R-TIME-1).
ZONES = {"FI": ZoneInfo("Europe/Helsinki"), "SE": ZoneInfo("Europe/Stockholm")}


class StudyForm(models.TextChoices):
    FULL_TIME = "full_time", _("full-time")
    PART_TIME = "part_time", _("part-time")
    EVENING = "evening", _("evenings")
    SELF_PACED = "self_paced", _("at your own pace")


class Level(models.TextChoices):
    """Levels of ISCED 2011, as far as they are of use to a student who searches."""

    BASIC = "basic", _("basic level")
    UPPER_SECONDARY = "upper_secondary", _("upper secondary level")
    FURTHER = "further", _("further and specialist vocational level")
    BACHELOR = "bachelor", _("bachelor level")
    MASTER = "master", _("master level")
    NONE = "none", _("no level")


class OpenTo(models.TextChoices):
    """Whose residents may apply. Agreement parties and pilot groups come with their issues."""

    ALL = "all", _("everybody")
    REGIONS = "regions", _("residents of named regions")
    MUNICIPALITIES = "municipalities", _("residents of named municipalities")


class PriceBasis(models.TextChoices):
    """What the home municipality's share is counted from (R-COMP-1)."""

    PER_PLACE = "per_place", _("per place")
    PER_CREDIT = "per_credit", _("per credit")
    PER_YEAR = "per_year", _("per year")
    PER_STUDENT_DAY = "per_student_day", _("per student day")
    ACTUAL_COST = "actual_cost", _("actual cost")
    KOTIKUNTAKORVAUS = "kotikuntakorvaus", _("home-municipality compensation (settled by the state)")
    NONE = "none", _("no share for the home municipality")


class SelectionRule(models.TextChoices):
    REGISTRATION_ORDER = "registration_order", _("order of registration")
    SCORE = "score", _("selection score")
    LOTTERY = "lottery", _("lottery")
    NEED = "need", _("greatest need of the education")


class Offering(models.Model):
    """A course that one organisation gives and that students of several municipalities can apply to.

    The provider's staff, or an officer where the municipality is the provider, writes and publishes it through
    ``offerings.services``. How many places are free is counted in ``PlaceCounter``, never here.
    """

    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="offerings")
    status = models.CharField(max_length=12, choices=OfferingStatus, default=OfferingStatus.DRAFT, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    own_reference = models.CharField(
        _("your own identifier"), max_length=60, blank=True, default="",
        help_text=_("For example the course's number in your own system. Not shown to students."),
    )  # fmt: skip

    # What
    title_fi = models.CharField(_("title in Finnish"), max_length=160, blank=True, default="")
    title_sv = models.CharField(_("title in Swedish"), max_length=160, blank=True, default="")
    title_en = models.CharField(_("title in English"), max_length=160, blank=True, default="")
    description_fi = models.TextField(_("description in Finnish"), max_length=6000, blank=True, default="")
    description_sv = models.TextField(_("description in Swedish"), max_length=6000, blank=True, default="")
    description_en = models.TextField(_("description in English"), max_length=6000, blank=True, default="")
    form = models.ForeignKey(EducationForm, on_delete=models.PROTECT, related_name="+", verbose_name=_("form of education"))
    field = models.ForeignKey(FieldOfEducation, on_delete=models.PROTECT, related_name="+", verbose_name=_("field"))
    level = models.CharField(_("level"), max_length=16, choices=Level, blank=True, default="")
    course_codes = ArrayField(models.CharField(max_length=30), default=list, blank=True, verbose_name=_("course codes"))
    credits = models.DecimalField(
        _("credits"), max_digits=6, decimal_places=1, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    credit_unit = models.ForeignKey(
        CreditUnit, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("credit unit")
    )
    languages = models.ManyToManyField(TeachingLanguage, related_name="+", verbose_name=_("teaching languages"))

    # How and where
    mode = models.ForeignKey(DeliveryMode, on_delete=models.PROTECT, related_name="+", verbose_name=_("delivery mode"))
    contact_share = models.DecimalField(
        _("share of contact teaching"), max_digits=3, decimal_places=2, null=True, blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
    )  # fmt: skip
    contact_days = models.PositiveSmallIntegerField(_("days on site"), null=True, blank=True)
    is_apprenticeship = models.BooleanField(_("apprenticeship"), default=False)
    study_form = models.CharField(_("pace"), max_length=12, choices=StudyForm, blank=True, default="")
    pace_percent = models.PositiveSmallIntegerField(
        _("pace, per cent of full time"), null=True, blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )  # fmt: skip
    sites = models.ManyToManyField(Site, blank=True, related_name="offerings", verbose_name=_("sites"))
    accessibility_note_fi = models.TextField(_("accessibility note in Finnish"), max_length=1000, blank=True, default="")
    accessibility_note_sv = models.TextField(_("accessibility note in Swedish"), max_length=1000, blank=True, default="")
    accessibility_note_en = models.TextField(_("accessibility note in English"), max_length=1000, blank=True, default="")

    # When
    starts_on = models.DateField(_("teaching starts"), null=True, blank=True)
    ends_on = models.DateField(_("teaching ends"), null=True, blank=True)
    applications_open_at = models.DateTimeField(_("applications open"), null=True, blank=True)
    applications_close_at = models.DateTimeField(
        _("applications close"), null=True, blank=True, help_text=_("Leave empty for continuous admission.")
    )
    quota_release_at = models.DateTimeField(_("reserved places are released"), null=True, blank=True)
    start_decision_at = models.DateTimeField(_("decision on the start"), null=True, blank=True)

    # For whom
    open_to = models.CharField(_("open to"), max_length=16, choices=OpenTo, default=OpenTo.ALL)
    open_to_regions = models.ManyToManyField(Region, blank=True, related_name="+", verbose_name=_("regions"))
    open_to_municipalities = models.ManyToManyField(
        Municipality, blank=True, related_name="+", verbose_name=_("municipalities")
    )
    prior_education = models.ManyToManyField(
        PriorEducation, blank=True, related_name="+", verbose_name=_("prior education")
    )
    entry_requirements_fi = models.TextField(_("entry requirements in Finnish"), max_length=2000, blank=True, default="")
    entry_requirements_sv = models.TextField(_("entry requirements in Swedish"), max_length=2000, blank=True, default="")
    entry_requirements_en = models.TextField(_("entry requirements in English"), max_length=2000, blank=True, default="")
    selection_rule = models.CharField(
        _("selection"), max_length=20, choices=SelectionRule, default=SelectionRule.REGISTRATION_ORDER
    )

    # Applying
    apply_url = models.URLField(_("address for applying"), max_length=500, blank=True, default="")
    apply_contact = models.CharField(_("how to apply, if not on the web"), max_length=300, blank=True, default="")
    is_national_joint_application = models.BooleanField(_("in the national joint application"), default=False)
    contact_name = models.CharField(_("contact"), max_length=120, blank=True, default="")
    contact_email = models.EmailField(_("contact's e-mail"), blank=True, default="")
    contact_phone = models.CharField(_("contact's telephone"), max_length=40, blank=True, default="")

    # Places
    capacity = models.PositiveSmallIntegerField(_("places"), null=True, blank=True, validators=[MinValueValidator(1)])
    min_group = models.PositiveSmallIntegerField(_("smallest group"), null=True, blank=True, validators=[MinValueValidator(1)])
    max_group = models.PositiveSmallIntegerField(_("largest group"), null=True, blank=True)
    places_confirmed_at = models.DateTimeField(null=True, editable=False)
    places_confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )

    # Money, in the host country's currency
    learner_fee_cents = models.PositiveIntegerField(_("fee for the student"), default=0)
    price_basis = models.CharField(_("price basis"), max_length=20, choices=PriceBasis, blank=True, default="")
    price_cents = models.PositiveIntegerField(_("price for the home municipality"), null=True, blank=True)
    currency = models.CharField(max_length=3, editable=False)

    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False, db_index=True)
    published_at = models.DateTimeField(null=True, editable=False)
    cancelled_at = models.DateTimeField(null=True, editable=False)
    cancel_reason = models.TextField(_("reason"), max_length=1000, blank=True, default="")
    is_demonstration = models.BooleanField(default=False, editable=False)

    objects = OfferingQuerySet.as_manager()

    class Meta:
        ordering = ["starts_on", "id"]
        indexes = [models.Index(fields=["status", "starts_on"], name="offering_by_status_and_start")]
        constraints = [
            models.CheckConstraint(name="offering_status_is_known", condition=Q(status__in=OfferingStatus.values)),
            models.CheckConstraint(
                name="offering_has_a_publication_time_when_published",
                condition=~Q(status="published") | Q(published_at__isnull=False),
            ),
            models.CheckConstraint(
                name="offering_has_a_time_and_reason_when_cancelled",
                condition=~Q(status="cancelled") | (Q(cancelled_at__isnull=False) & ~Q(cancel_reason="")),
            ),
            models.CheckConstraint(
                name="offering_is_whole_when_published",
                condition=~Q(status="published")
                | (
                    (~Q(title_fi="") | ~Q(title_sv="") | ~Q(title_en=""))
                    & Q(starts_on__isnull=False, capacity__isnull=False, applications_open_at__isnull=False)
                    & ~Q(price_basis="")
                    & ~Q(contact_email="")
                ),
                violation_error_code="incomplete",
                violation_error_message=_("Something that a published course needs is missing."),
            ),
            models.CheckConstraint(
                name="offering_ends_after_it_starts",
                condition=Q(ends_on__isnull=True) | Q(starts_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                violation_error_code="ends_before_start",
                violation_error_message=_("Teaching ends before it starts."),
            ),
            models.CheckConstraint(
                name="offering_application_window_is_in_order",
                condition=Q(applications_open_at__isnull=True)
                | Q(applications_close_at__isnull=True)
                | Q(applications_open_at__lt=F("applications_close_at")),
                violation_error_code="window_order",
                violation_error_message=_("Applications close before they open."),
            ),
            models.CheckConstraint(
                name="offering_release_follows_the_close",
                condition=Q(quota_release_at__isnull=True)
                | Q(applications_close_at__isnull=True)
                | Q(quota_release_at__gt=F("applications_close_at")),
                violation_error_code="release_order",
                violation_error_message=_("Reserved places are released before applications close."),
            ),
            models.CheckConstraint(
                name="offering_start_decision_follows_the_release",
                condition=Q(start_decision_at__isnull=True)
                | Q(quota_release_at__isnull=True)
                | Q(start_decision_at__gte=F("quota_release_at")),
                violation_error_code="decision_order",
                violation_error_message=_("The decision on the start comes before the release of reserved places."),
            ),
            models.CheckConstraint(
                name="offering_group_sizes_are_in_order",
                condition=(Q(min_group__isnull=True) | Q(capacity__isnull=True) | Q(min_group__lte=F("capacity")))
                & (Q(max_group__isnull=True) | Q(capacity__isnull=True) | Q(capacity__lte=F("max_group")))
                & (Q(min_group__isnull=True) | Q(min_group__gte=1))
                & (Q(capacity__isnull=True) | Q(capacity__gte=1)),
                violation_error_code="group_order",
                violation_error_message=_("The smallest group, the places and the largest group must rise."),
            ),
            models.CheckConstraint(
                name="offering_continuous_admission_is_by_registration",
                condition=Q(applications_close_at__isnull=False)
                | ~Q(status="published")
                | Q(selection_rule="registration_order"),
                violation_error_code="continuous_needs_registration_order",
                violation_error_message=_("Continuous admission takes students in the order of registration."),
            ),
            models.CheckConstraint(
                name="offering_contact_share_is_a_share",
                condition=Q(contact_share__isnull=True) | Q(contact_share__range=(0, 1)),
            ),
            models.CheckConstraint(
                name="offering_credits_have_a_unit",
                condition=Q(credits__isnull=True) | Q(credit_unit__isnull=False),
                violation_error_code="credits_without_unit",
                violation_error_message=_("Choose what the credits are counted in."),
            ),
            models.CheckConstraint(name="offering_currency_is_known", condition=Q(currency__in=["EUR", "SEK"])),
            models.UniqueConstraint(
                name="offering_own_reference_is_unique",
                fields=["provider", "own_reference"],
                condition=~Q(own_reference=""),
                violation_error_message=_("Another of your courses has this identifier."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.title())

    def title(self, language: str | None = None) -> Text:
        return pick(self, "title", language)

    @property
    def country(self) -> str:
        """The host's country: its law, zone and currency apply."""
        return self.provider.country

    @property
    def zone(self) -> ZoneInfo:
        return ZONES[self.provider.country]



class CoHost(models.Model):
    """Another organisation that carries a part of the offering."""

    class Part(models.TextChoices):
        TEACHES = "teaches", _("teaches part of it")
        LENDS_SITE = "lends_site", _("lends the premises")
        MARKETS = "markets", _("tells about it")

    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="co_hosts")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    part = models.CharField(max_length=12, choices=Part, default=Part.TEACHES)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="co_host_is_named_once", fields=["offering", "organisation", "part"])
        ]

    def __str__(self) -> str:
        return f"{self.organisation}"


class Quota(models.Model):
    """Places of an offering that are reserved for one municipality's residents until ``quota_release_at``."""

    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="quotas")
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    seats = models.PositiveSmallIntegerField(_("reserved places"), validators=[MinValueValidator(1)])

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

    Σ ``seats`` of an offering's counters = its capacity. Only ``offerings.services`` and, later, the allotment
    change a counter, under the lock order of docs/architecture.md. Narrow on purpose: it changes often, the
    offering seldom.
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
