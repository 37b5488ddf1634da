"""Who has looked at an application."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from applications.models.application import Application
from providers.models import Organisation


class Where(models.TextChoices):
    PAGE = "page", pgettext_lazy("read in", "the application's page")
    LIST = "list", pgettext_lazy("read in", "a list")
    FILE = "file", pgettext_lazy("read in", "a downloaded file")
    API = "api", pgettext_lazy("read in", "the programming interface")
    GROUNDS = "grounds", pgettext_lazy("read in", "the personal grounds")


class Reading(models.Model):
    """Somebody other than the applicant saw her personal data (R-PRIV-10); she sees the organisations.

    Rows are added, never changed; removed with the application.
    """

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="readings")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=20)
    where = models.CharField(max_length=7, choices=Where)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["application", "-at"], name="reading_by_application")]
        constraints = [
            models.CheckConstraint(name="reading_place_is_known", condition=Q(where__in=Where.values))
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"
