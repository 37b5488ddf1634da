"""A shared course offering."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from agreements.models import Agreement
from kopa.base.fields import text_field
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
from offerings.models.choices import Level, OpenTo, Precedence, PriceBasis, SelectionRule, StudyForm
from offerings.querysets import OfferingQuerySet
from offerings.states import GIVEN, OfferingStatus
from pilots.models import PilotGroup
from providers.models import Organisation, Site

# A deadline belongs to the host's zone (R-TIME-1).
ZONES = {"FI": ZoneInfo("Europe/Helsinki"), "SE": ZoneInfo("Europe/Stockholm")}


def comes_before_the_start(moment: str) -> Q:
    """The moment lies before the first second of the day on which teaching starts, by the host's clock.

    The currency stands for the host's country, which stands in another table.
    """
    midnight = models.Func(
        F("currency"),
        F("starts_on"),
        # In the order of the alphabet, as a migration writes them: else Django sees a difference.
        arg_joiner=" when 'SEK' then 'Europe/Stockholm' else 'Europe/Helsinki' end, ",
        output_field=models.DateTimeField(),
        template="timezone(case %(expressions)s::timestamp)",
    )
    return Q(**{f"{moment}__isnull": True}) | Q(starts_on__isnull=True) | Q(**{f"{moment}__lt": midnight})


class Offering(models.Model):
    """A course that one organisation gives and that students of several municipalities can apply to.

    The provider's staff, or an officer where the municipality is the provider, writes and publishes it
    through ``offerings.services``. How many places are free is counted in ``PlaceCounter``, never here.
    """

    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="offerings")
    status = models.CharField(
        max_length=12, choices=OfferingStatus, default=OfferingStatus.DRAFT, editable=False
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    own_reference = models.CharField(
        _("your own identifier"), max_length=60, blank=True, default="",
        help_text=_("For example the course's number in your own system. Not shown to students."),
    )  # fmt: skip

    # What
    title_fi = models.CharField(_("title in Finnish"), max_length=160, blank=True, default="")
    title_sv = models.CharField(_("title in Swedish"), max_length=160, blank=True, default="")
    title_en = models.CharField(_("title in English"), max_length=160, blank=True, default="")
    description_fi = text_field(_("description in Finnish"), max_length=6000)
    description_sv = text_field(_("description in Swedish"), max_length=6000)
    description_en = text_field(_("description in English"), max_length=6000)
    form = models.ForeignKey(
        EducationForm, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("form of education"),
    )  # fmt: skip
    field = models.ForeignKey(
        FieldOfEducation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("field"),
    )
    level = models.CharField(_("level"), max_length=16, choices=Level, blank=True, default="")
    course_codes = ArrayField(
        models.CharField(max_length=30), default=list, blank=True, verbose_name=_("course codes")
    )
    credits = models.DecimalField(
        _("credits"), max_digits=6, decimal_places=1, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    credit_unit = models.ForeignKey(
        CreditUnit,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("credit unit"),
    )
    languages = models.ManyToManyField(
        TeachingLanguage, blank=True, related_name="+", verbose_name=_("teaching languages")
    )

    # How and where
    mode = models.ForeignKey(
        DeliveryMode,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("delivery mode"),
    )
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
    accessibility_note_fi = text_field(_("accessibility note in Finnish"), max_length=1000)
    accessibility_note_sv = text_field(_("accessibility note in Swedish"), max_length=1000)
    accessibility_note_en = text_field(_("accessibility note in English"), max_length=1000)

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
    open_to = models.CharField(_("open to"), max_length=20, choices=OpenTo, default=OpenTo.ALL)
    open_to_regions = models.ManyToManyField(Region, blank=True, related_name="+", verbose_name=_("regions"))
    open_to_municipalities = models.ManyToManyField(
        Municipality, blank=True, related_name="+", verbose_name=_("municipalities")
    )
    open_to_pilot_groups = models.ManyToManyField(
        PilotGroup, blank=True, related_name="+", verbose_name=_("pilot groups")
    )
    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, null=True, blank=True, related_name="offerings",
        verbose_name=_("agreement"),
    )  # fmt: skip
    prior_education = models.ManyToManyField(
        PriorEducation, blank=True, related_name="+", verbose_name=_("prior education")
    )
    entry_requirements_fi = text_field(_("entry requirements in Finnish"), max_length=2000)
    entry_requirements_sv = text_field(_("entry requirements in Swedish"), max_length=2000)
    entry_requirements_en = text_field(_("entry requirements in English"), max_length=2000)
    selection_rule = models.CharField(
        _("selection"), max_length=20, choices=SelectionRule, default=SelectionRule.REGISTRATION_ORDER
    )

    precedence = models.CharField(
        _("reserved or open places first"), max_length=14, choices=Precedence,
        default=Precedence.RESERVED_FIRST,
        help_text=_("Which places the residents of a municipality with reserved places use first."),
    )  # fmt: skip

    # Applying
    takes_applications = models.BooleanField(
        _("students apply in KOPA"), default=False,
        help_text=_("Applications come to your desk; otherwise students are sent to the address below."),
    )  # fmt: skip
    apply_url = models.URLField(_("address for applying"), max_length=500, blank=True, default="")
    apply_contact = models.CharField(
        _("how to apply, if not on the web"), max_length=300, blank=True, default=""
    )
    is_national_joint_application = models.BooleanField(_("in the national joint application"), default=False)
    contact_name = models.CharField(_("contact person"), max_length=120, blank=True, default="")
    contact_email = models.EmailField(_("contact person's e-mail"), blank=True, default="")
    contact_phone = models.CharField(_("contact person's telephone"), max_length=40, blank=True, default="")

    # Why the organisation may give this where none of its licences says so (DOMAIN.md §3.2).
    licence_reason = text_field(
        _("ground for giving this education"),
        max_length=1000,
        help_text=_("For example a co-operation agreement. Needed when no licence covers the course."),
    )

    # Places
    capacity = models.PositiveSmallIntegerField(
        _("places"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    min_group = models.PositiveSmallIntegerField(
        _("smallest group"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    max_group = models.PositiveSmallIntegerField(_("largest group"), null=True, blank=True)
    places_confirmed_at = models.DateTimeField(null=True, editable=False)
    places_confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )

    # Money, in the host country's currency
    learner_fee_cents = models.PositiveIntegerField(_("fee for the student"), default=0)
    price_basis = models.CharField(
        _("price basis"), max_length=20, choices=PriceBasis, blank=True, default=""
    )
    price_cents = models.PositiveIntegerField(_("price for the home municipality"), null=True, blank=True)
    currency = models.CharField(max_length=3, editable=False)

    # Mark of the blank form it was written in: the same form sent twice makes one course.
    created_from = models.UUIDField(null=True, editable=False)
    # The course it was copied from and the term it was copied to, as ``terms.Term.code`` writes it.
    copied_from = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, editable=False, related_name="copies", db_index=False
    )
    copied_to = models.CharField(max_length=6, blank=True, default="", editable=False)
    # Names of dates that the copying has guessed and nobody has changed or published since.
    guessed_dates = ArrayField(models.CharField(max_length=30), default=list, blank=True, editable=False)
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False, db_index=True)
    published_at = models.DateTimeField(null=True, editable=False)
    cancelled_at = models.DateTimeField(null=True, editable=False)
    cancel_reason_fi = text_field(_("reason for cancelling in Finnish"), max_length=1000)
    cancel_reason_sv = text_field(_("reason for cancelling in Swedish"), max_length=1000)
    cancel_reason_en = text_field(_("reason for cancelling in English"), max_length=1000)
    is_demonstration = models.BooleanField(default=False, editable=False)

    objects = OfferingQuerySet.as_manager()

    class Meta:
        ordering = ["starts_on", "id"]
        indexes = [
            models.Index(fields=["status", "starts_on"], name="offering_by_status_and_start"),
            # Every page asks whether there is invented data.
            models.Index(fields=["id"], name="offering_of_demonstration", condition=Q(is_demonstration=True)),
            models.Index(
                name="offering_by_its_original",
                fields=["copied_from"],
                condition=Q(copied_from__isnull=False),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="offering_status_is_known", condition=Q(status__in=OfferingStatus.values)
            ),
            models.CheckConstraint(
                name="offering_has_a_title",
                condition=~Q(title_fi="") | ~Q(title_sv="") | ~Q(title_en=""),
                violation_error_code="no_title",
                violation_error_message=_("Give the course a title in at least one language."),
            ),
            models.CheckConstraint(
                name="offering_draft_was_never_published",
                condition=~Q(status="draft") | Q(published_at__isnull=True),
            ),
            models.CheckConstraint(
                name="offering_has_a_publication_time_when_published",
                condition=~Q(status__in=sorted(GIVEN)) | Q(published_at__isnull=False),
            ),
            models.CheckConstraint(
                name="offering_has_a_time_and_reason_when_cancelled",
                condition=~Q(status="cancelled")
                | (
                    Q(cancelled_at__isnull=False)
                    & (~Q(cancel_reason_fi="") | ~Q(cancel_reason_sv="") | ~Q(cancel_reason_en=""))
                ),
            ),
            models.CheckConstraint(
                name="offering_is_whole_when_published",
                condition=~Q(status__in=sorted(GIVEN))
                | (
                    (~Q(title_fi="") | ~Q(title_sv=""))
                    & Q(form__isnull=False, field__isnull=False, mode__isnull=False)
                    & Q(starts_on__isnull=False, capacity__isnull=False, applications_open_at__isnull=False)
                    & ~Q(price_basis="")
                    & ~Q(contact_email="")
                ),
                violation_error_code="incomplete",
                violation_error_message=_("Something that a published course needs is missing."),
            ),
            models.CheckConstraint(
                name="offering_ends_after_it_starts",
                condition=Q(ends_on__isnull=True)
                | Q(starts_on__isnull=True)
                | Q(ends_on__gte=F("starts_on")),
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
            # With a closing day the close lies after the opening, and the release after the close.
            models.CheckConstraint(
                name="offering_release_follows_the_opening",
                condition=Q(applications_close_at__isnull=False)
                | Q(quota_release_at__isnull=True)
                | Q(applications_open_at__isnull=True)
                | Q(quota_release_at__gt=F("applications_open_at")),
                violation_error_code="release_before_open",
                violation_error_message=_("Reserved places are released before applications open."),
            ),
            models.CheckConstraint(
                name="offering_start_decision_follows_the_release",
                condition=Q(start_decision_at__isnull=True)
                | Q(quota_release_at__isnull=True)
                | Q(start_decision_at__gte=F("quota_release_at")),
                violation_error_code="decision_order",
                violation_error_message=_(
                    "The decision on the start comes before the release of reserved places."
                ),
            ),
            models.CheckConstraint(
                name="offering_start_decision_follows_the_close",
                condition=Q(start_decision_at__isnull=True)
                | Q(applications_close_at__isnull=True)
                | Q(start_decision_at__gt=F("applications_close_at")),
                violation_error_code="decision_before_close",
                violation_error_message=_("The decision on the start comes before applications close."),
            ),
            models.CheckConstraint(
                name="offering_applications_open_before_the_start",
                condition=comes_before_the_start("applications_open_at"),
                violation_error_code="open_after_start",
                violation_error_message=_("Applications open only after teaching has started."),
            ),
            models.CheckConstraint(
                name="offering_applications_close_before_the_start",
                condition=comes_before_the_start("applications_close_at"),
                violation_error_code="close_after_start",
                violation_error_message=_("Applications must close before the day teaching starts."),
            ),
            models.CheckConstraint(
                name="offering_release_comes_before_the_start",
                condition=comes_before_the_start("quota_release_at"),
                violation_error_code="release_after_start",
                violation_error_message=_("Reserved places must be released before the day teaching starts."),
            ),
            models.CheckConstraint(
                name="offering_start_decision_comes_before_the_start",
                condition=comes_before_the_start("start_decision_at"),
                violation_error_code="decision_after_start",
                violation_error_message=_("The start must be decided before the day teaching starts."),
            ),
            models.CheckConstraint(
                name="offering_group_sizes_are_in_order",
                condition=(
                    Q(min_group__isnull=True) | Q(capacity__isnull=True) | Q(min_group__lte=F("capacity"))
                )
                & (Q(max_group__isnull=True) | Q(capacity__isnull=True) | Q(capacity__lte=F("max_group")))
                & (Q(min_group__isnull=True) | Q(min_group__gte=1))
                & (Q(capacity__isnull=True) | Q(capacity__gte=1)),
                violation_error_code="group_order",
                violation_error_message=_("The smallest group, the places and the largest group must rise."),
            ),
            models.CheckConstraint(
                name="offering_continuous_admission_is_by_registration",
                condition=Q(applications_close_at__isnull=False)
                | ~Q(status__in=sorted(GIVEN))
                | Q(selection_rule="registration_order"),
                violation_error_code="continuous_needs_registration_order",
                violation_error_message=_(
                    "Continuous admission takes students in the order of registration."
                ),
            ),
            models.CheckConstraint(
                name="offering_in_the_joint_application_has_its_address",
                condition=~Q(status__in=sorted(GIVEN))
                | Q(is_national_joint_application=False)
                | ~Q(apply_url=""),
                violation_error_code="joint_application_without_address",
                violation_error_message=_("Give the address of the national joint application."),
            ),
            models.CheckConstraint(
                name="offering_takes_applications_here_or_in_the_joint_one",
                condition=Q(takes_applications=False) | Q(is_national_joint_application=False),
                violation_error_code="applied_for_in_two_places",
                violation_error_message=_(
                    "A course of the national joint application is not applied for here."
                ),
            ),
            models.CheckConstraint(
                name="offering_precedence_is_known", condition=Q(precedence__in=Precedence.values)
            ),
            models.CheckConstraint(
                name="offering_contact_share_is_a_share",
                condition=Q(contact_share__isnull=True) | Q(contact_share__range=(0, 1)),
            ),
            models.CheckConstraint(
                name="offering_pace_is_a_per_cent",
                condition=Q(pace_percent__isnull=True) | Q(pace_percent__range=(1, 100)),
            ),
            models.CheckConstraint(
                name="offering_credits_are_not_negative",
                condition=Q(credits__isnull=True) | Q(credits__gte=0),
            ),
            models.CheckConstraint(
                name="offering_credits_have_a_unit",
                condition=Q(credits__isnull=True) | Q(credit_unit__isnull=False),
                violation_error_code="credits_without_unit",
                violation_error_message=_("Choose what the credits are counted in."),
            ),
            models.CheckConstraint(
                name="offering_currency_is_known", condition=Q(currency__in=["EUR", "SEK"])
            ),
            models.CheckConstraint(
                name="offering_level_is_known", condition=Q(level__in=["", *Level.values])
            ),
            models.CheckConstraint(
                name="offering_study_form_is_known", condition=Q(study_form__in=["", *StudyForm.values])
            ),
            models.CheckConstraint(name="offering_open_to_is_known", condition=Q(open_to__in=OpenTo.values)),
            models.CheckConstraint(
                name="offering_open_to_parties_names_their_agreement",
                condition=~Q(status__in=sorted(GIVEN))
                | ~Q(open_to="agreement_parties")
                | Q(agreement__isnull=False),
                violation_error_code="agreement_missing",
                violation_error_message=_("Choose the agreement whose parties' residents may apply."),
            ),
            models.CheckConstraint(
                name="offering_price_basis_is_known", condition=Q(price_basis__in=["", *PriceBasis.values])
            ),
            models.CheckConstraint(
                name="offering_selection_rule_is_known", condition=Q(selection_rule__in=SelectionRule.values)
            ),
            models.CheckConstraint(
                name="offering_places_are_confirmed_by_somebody",
                condition=Q(places_confirmed_at__isnull=True, places_confirmed_by__isnull=True)
                | Q(places_confirmed_at__isnull=False, places_confirmed_by__isnull=False),
            ),
            models.UniqueConstraint(
                name="offering_is_created_once",
                fields=["created_from"],
                violation_error_code="created_already",
                violation_error_message=_("This form has been sent already."),
            ),
            models.CheckConstraint(
                name="offering_copy_says_its_term",
                condition=Q(copied_from__isnull=True) | ~Q(copied_to=""),
            ),
            models.UniqueConstraint(
                name="offering_is_copied_once_to_a_term",
                fields=["copied_from", "copied_to"],
                condition=Q(copied_from__isnull=False) & ~Q(status="cancelled"),
                violation_error_code="copied_already",
                violation_error_message=_("This course has been copied to the term already."),
            ),
            models.UniqueConstraint(
                name="offering_own_reference_is_unique",
                fields=["provider", "own_reference"],
                condition=~Q(own_reference=""),
                violation_error_code="own_reference_taken",
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
