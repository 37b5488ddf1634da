"""Pilot groups and co-operation areas, their members as the sources name them, and the pilots' goals."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Deferrable, F, Func, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kopa.base.fields import text_field
from kopa.base.names import Text, pick
from municipalities.models import Country, Municipality
from pilots.links import check_links
from pilots.querysets import PilotGroupQuerySet, PilotMembershipQuerySet
from providers.models import Institution, Organisation

SUMMARY_LENGTH: Final = 2000
ENDS_AFTER_IT_BEGINS: Final = (
    Q(valid_from__isnull=True) | Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from"))
)
# What the load never writes: it is the coordinator's.
EDITED: Final = (
    "name_fi", "name_sv", "name_en", "summary_fi", "summary_sv", "summary_en",
    "contact_fi", "contact_sv", "contact_en", "contact_email", "contact_phone", "links",
)  # fmt: skip


class GroupKind(models.TextChoices):
    PILOT_GROUP = "pilot_group", _("pilot group")
    CO_OPERATION_AREA = "co_operation_area", _("co-operation area")


class Phase(models.TextChoices):
    """Where a group stands on a day, by its period. Read from the dates, never stored."""

    NOT_BEGUN = "not_begun", _("not begun")
    RUNNING = "running", _("running")
    COMPLETED = "completed", _("completed")
    NOT_STATED = "not_stated", _("period not stated")


class MembershipKind(models.TextChoices):
    """How a member takes part, as the source has it."""

    DIRECT = "direct", _("named as a member")
    VIA_JOINT_AUTHORITY = "via_joint_authority", _("takes part via a joint authority")
    IMPLIED = "implied", _("implied, not named")
    SUPPORTING = "supporting", _("supports the group")


class MemberKind(models.TextChoices):
    MUNICIPALITY = "municipality", _("municipality")
    JOINT_AUTHORITY = "joint_authority", _("joint authority for education")
    INSTITUTION = "institution", _("institution")
    COMPANY = "company", _("limited company")
    MUNICIPAL_ENTERPRISE = "municipal_enterprise", _("municipal enterprise")
    UAS = "uas", _("university of applied sciences")


class PilotGroup(models.Model):
    """Municipalities and providers that develop education together. Number, period and members are loaded
    from the sources; name, texts, contact and links are the coordinator's (``EDITED``).
    """

    code = models.SlugField(max_length=40, unique=True)
    kind = models.CharField(max_length=20, choices=GroupKind)
    number = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    country = models.CharField(max_length=2, choices=Country)
    called_fi = models.CharField(
        max_length=200, blank=True, default="", help_text="What the source calls it, or its area."
    )
    called_sv = models.CharField(max_length=200, blank=True, default="")
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True, help_text="Last day; empty where no source has one.")
    source = models.CharField(max_length=300)
    name_fi = models.CharField(_("Name in Finnish"), max_length=200, blank=True, default="")
    name_sv = models.CharField(_("Name in Swedish"), max_length=200, blank=True, default="")
    name_en = models.CharField(_("Name in English"), max_length=200, blank=True, default="")
    summary_fi = text_field(_("Summary in Finnish"), max_length=SUMMARY_LENGTH)
    summary_sv = text_field(_("Summary in Swedish"), max_length=SUMMARY_LENGTH)
    summary_en = text_field(_("Summary in English"), max_length=SUMMARY_LENGTH)
    contact_fi = models.CharField(_("Contact in Finnish"), max_length=200, blank=True, default="")
    contact_sv = models.CharField(_("Contact in Swedish"), max_length=200, blank=True, default="")
    contact_en = models.CharField(_("Contact in English"), max_length=200, blank=True, default="")
    contact_email = models.EmailField(_("E-mail"), blank=True, default="")
    contact_phone = models.CharField(_("Telephone"), max_length=40, blank=True, default="")
    # [{"url": "https://…", "label": "…", "language": "fi"}], in the order of the page
    links = models.JSONField(_("Links"), default=list, blank=True, validators=[check_links])
    version = models.PositiveIntegerField(default=1, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PilotGroupQuerySet.as_manager()

    class Meta:
        ordering = [F("number").asc(nulls_last=True), "code"]
        constraints = [
            # A load gives numbers one by one: two groups may exchange theirs.
            models.UniqueConstraint(
                name="pilot_group_number_is_of_one", fields=["number"], deferrable=Deferrable.DEFERRED
            ),
            models.CheckConstraint(name="pilot_group_kind_is_known", condition=Q(kind__in=GroupKind.values)),
            models.CheckConstraint(
                name="pilot_group_has_a_number_and_an_area_none",
                condition=Q(kind="pilot_group", number__isnull=False)
                | Q(kind="co_operation_area", number__isnull=True),
            ),
            models.CheckConstraint(
                name="pilot_group_country_is_known", condition=Q(country__in=Country.values)
            ),
            models.CheckConstraint(
                name="pilot_group_ends_after_it_begins",
                condition=ENDS_AFTER_IT_BEGINS,
            ),
        ]

    def __str__(self) -> str:
        return str(self.name()) or gettext("Pilot group %(number)s") % {"number": self.number}

    def get_absolute_url(self) -> str:
        """The group's page in the language being read."""
        return reverse("pilots:detail", args=[self.code])

    def name(self, language: str | None = None) -> Text:
        """What a coordinator has entered; for an area also what its source calls it. May be empty."""
        named = pick(self, "name", language)
        return named if named or self.kind != GroupKind.CO_OPERATION_AREA else pick(self, "called", language)

    def summary(self, language: str | None = None) -> Text:
        return pick(self, "summary", language)

    def members_on(self, day: dt.date) -> list[PilotMembership]:
        """The members of the day out of all that are loaded, as ``PilotMembershipQuerySet.on`` would."""
        return [
            one
            for one in self.memberships.all()
            if (first := one.valid_from or self.valid_from) is None or first <= day
            if one.valid_to is None or day <= one.valid_to
        ]

    def phase(self, on: dt.date) -> Phase:
        """Where the group stands on the day."""
        if self.valid_from and on < self.valid_from:
            return Phase.NOT_BEGUN
        if self.valid_to:
            return Phase.COMPLETED if on > self.valid_to else Phase.RUNNING
        return Phase.RUNNING if self.valid_from else Phase.NOT_STATED


class _Days(Func):
    """The days of a membership, both ends included; an end that is not stated is open."""

    function = "DATERANGE"
    output_field = DateRangeField()


def _once(member: str) -> ExclusionConstraint:
    return ExclusionConstraint(
        name=f"pilot_membership_of_{member}_once_a_period",
        expressions=[
            ("group", RangeOperators.EQUAL),
            (member, RangeOperators.EQUAL),
            (
                _Days("valid_from", "valid_to", RangeBoundary(inclusive_lower=True, inclusive_upper=True)),
                RangeOperators.OVERLAPS,
            ),
        ],
        # A load writes the row with new days before it takes the old one away.
        deferrable=Deferrable.DEFERRED,
        violation_error_code="pilot_member_twice",
        violation_error_message=_("The group has this member already in these days."),
    )


class PilotMembership(models.Model):
    """A member of a group, named as its source writes it: a municipality, an organisation or an institution.

    Without days of its own it begins with the group and does not end: what members offer lives on when the
    group's period is over.
    """

    group = models.ForeignKey(PilotGroup, on_delete=models.CASCADE, related_name="memberships")
    position = models.PositiveSmallIntegerField(help_text="Its place in the source's list.")
    kind = models.CharField(max_length=20, choices=MembershipKind)
    member_kind = models.CharField(max_length=20, choices=MemberKind)
    name_fi = models.CharField(max_length=200, blank=True, default="")
    name_sv = models.CharField(max_length=200, blank=True, default="")
    municipality = models.ForeignKey(
        Municipality, on_delete=models.PROTECT, null=True, blank=True, related_name="pilot_memberships"
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="pilot_memberships"
    )
    institution = models.ForeignKey(
        Institution, on_delete=models.PROTECT, null=True, blank=True, related_name="pilot_memberships"
    )
    via_organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=300)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PilotMembershipQuerySet.as_manager()

    class Meta:
        ordering = ["group", "position"]
        constraints = [
            _once("municipality"),
            _once("organisation"),
            _once("institution"),
            models.CheckConstraint(
                name="pilot_membership_has_one_member_of_its_kind",
                condition=Q(
                    member_kind="municipality",
                    municipality__isnull=False,
                    organisation__isnull=True,
                    institution__isnull=True,
                )
                | Q(
                    member_kind="institution",
                    municipality__isnull=True,
                    organisation__isnull=True,
                    institution__isnull=False,
                )
                | Q(
                    member_kind__in=["joint_authority", "company", "municipal_enterprise", "uas"],
                    municipality__isnull=True,
                    organisation__isnull=False,
                    institution__isnull=True,
                ),
            ),
            models.CheckConstraint(
                name="pilot_membership_kind_is_known", condition=Q(kind__in=MembershipKind.values)
            ),
            models.CheckConstraint(
                name="pilot_membership_via_names_the_joint_authority",
                condition=Q(kind="via_joint_authority", via_organisation__isnull=False)
                | (~Q(kind="via_joint_authority") & Q(via_organisation__isnull=True)),
            ),
            models.CheckConstraint(
                name="pilot_membership_has_a_name", condition=~Q(name_fi="") | ~Q(name_sv="")
            ),
            models.CheckConstraint(
                name="pilot_membership_ends_after_it_begins",
                condition=ENDS_AFTER_IT_BEGINS,
            ),
        ]

    def __str__(self) -> str:
        return str(self.name())

    def implies(self, other: PilotMembership) -> bool:
        """Whether it takes part via the joint authority that ``other`` is without being named."""
        via = self.via_organisation_id
        return other.kind == MembershipKind.IMPLIED and via is not None and via == other.organisation_id

    def name(self, language: str | None = None) -> Text:
        """As the source writes it, in the reader's language where the source has it."""
        return pick(self, "name", language)


class Goal(models.Model):
    """One of the five goals that the pilot groups share, in our own words."""

    number = models.PositiveSmallIntegerField(unique=True, validators=[MinValueValidator(1)])
    title_fi = models.CharField(max_length=200)
    title_sv = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200)
    text_fi = models.TextField()
    text_sv = models.TextField()
    text_en = models.TextField()
    source = models.CharField(max_length=300)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return str(self.title())

    def title(self, language: str | None = None) -> Text:
        return pick(self, "title", language)

    def text(self, language: str | None = None) -> Text:
        return pick(self, "text", language)


class StatedFigure(models.Model):
    """A number that a source states of all pilot groups together; it stands beside the computed one."""

    measure = models.CharField(max_length=40, unique=True)
    value = models.PositiveIntegerField()
    source = models.CharField(max_length=300)

    class Meta:
        ordering = ["measure"]

    def __str__(self) -> str:
        return f"{self.measure}: {self.value}"
