"""Error reports: what readers say is wrong on a page of the register."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from corrections.querysets import ErrorReportQuerySet
from corrections.states import HANDLED, ReportState
from kopa.base.fields import text_field
from providers.models import Organisation

LONGEST_TEXT: Final = 2000
LONGEST_ANSWER: Final = 1000
LONGEST_PATH: Final = 300


class ErrorKind(models.TextChoices):
    NAME = "name", _("A name is wrong or missing")
    PLACE = "place", _("It is in the wrong place or belongs elsewhere")
    CLOSED = "closed", _("It has closed, merged or moved")
    FACT = "fact", _("A number, a date or another fact is wrong")
    LANGUAGE = "language", _("A text is missing in a language or is badly translated")
    MISSING = "missing", _("Something that should be here is missing")
    OTHER = "other", _("Something else")


class SubjectType(models.TextChoices):
    """What a report is about; its key says which one (``corrections.subjects``)."""

    MUNICIPALITY = "municipality", _("municipality")
    REGION = "region", _("region")
    PROVIDER = "provider", _("provider")
    INSTITUTION = "institution", _("institution")
    PILOT_GROUP = "pilot_group", _("pilot group")
    OFFERING = "offering", _("course")
    PAGE = "page", _("another page")


class ErrorReport(models.Model):
    """What a reader says is wrong on a page; who the reader is, is neither asked nor kept.

    ``organisation`` answers for the thing: its officers and staff see the report. Coordinators and the
    administrator answer it through ``corrections.services``; a year after that it is removed.
    """

    kind = models.CharField(_("what is wrong"), max_length=10, choices=ErrorKind)
    subject_type = models.CharField(max_length=12, choices=SubjectType)
    subject_key = models.CharField(max_length=60, blank=True, default="")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="error_reports"
    )
    page_path = models.CharField(max_length=LONGEST_PATH, blank=True, default="")
    text = text_field(_("in your own words"), max_length=LONGEST_TEXT)
    language = models.CharField(max_length=2, help_text="Of the page that it was written on.")
    is_demonstration = models.BooleanField(default=False, editable=False)
    reported_at = models.DateTimeField(default=timezone.now, editable=False, db_index=True)

    state = models.CharField(
        max_length=12, choices=ReportState, default=ReportState.OPEN, editable=False
    )
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        editable=False,
    )  # fmt: skip
    handled_at = models.DateTimeField(null=True, blank=True, editable=False)
    answer = text_field(_("reason"), max_length=LONGEST_ANSWER)
    duplicate_of = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="duplicates", editable=False
    )

    objects = ErrorReportQuerySet.as_manager()

    class Meta:
        ordering = ["reported_at", "id"]
        indexes = [models.Index(fields=["subject_type", "subject_key"], name="error_report_by_subject")]
        constraints = [
            models.CheckConstraint(
                name="error_report_kind_is_known", condition=Q(kind__in=ErrorKind.values)
            ),
            models.CheckConstraint(
                name="error_report_is_about_something",
                condition=Q(subject_type="page")
                | Q(subject_type__in=SubjectType.values) & ~Q(subject_key=""),
            ),
            models.CheckConstraint(name="error_report_says_something", condition=~Q(text="")),
            models.CheckConstraint(
                name="error_report_language_is_known", condition=Q(language__in=["fi", "sv", "en"])
            ),
            models.CheckConstraint(
                name="error_report_is_answered_when_handled",
                condition=Q(state="open", handled_by__isnull=True, handled_at__isnull=True, answer="")
                | Q(state__in=sorted(HANDLED), handled_by__isnull=False, handled_at__isnull=False)
                & ~Q(answer=""),
            ),
            models.CheckConstraint(
                # A duplicate whose first report is removed, being older, names none any more.
                name="error_report_original_is_a_duplicates_and_another",
                condition=Q(duplicate_of__isnull=True) | Q(state="duplicate") & ~Q(duplicate_of=F("id")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject_type} {self.subject_key}: {self.kind}"

    def get_absolute_url(self) -> str:
        """The report's page for those who may see it."""
        return reverse("corrections:detail", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.state == ReportState.OPEN
