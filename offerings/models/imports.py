"""Spreadsheets that people bring: what was read of them, what is wrong, what came of it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from offerings.models.offering import Offering
from providers.models import Organisation


class ImportState(models.TextChoices):
    WAITING = "waiting", _("being checked")
    REFUSED = "refused", _("cannot be read")
    CHECKED = "checked", _("checked")
    ACCEPTING = "accepting", _("being saved")
    ACCEPTED = "accepted", _("saved")
    UNDOING = "undoing", _("being undone")
    UNDONE = "undone", _("undone")


class Verdict(models.TextChoices):
    NEW = "new", _("new")
    CHANGED = "changed", _("changed")
    UNCHANGED = "unchanged", _("unchanged")
    WRONG = "wrong", _("wrong")


class ImportRun(models.Model):
    """One file of one organisation, from upload to undo. Written by ``offerings.imports`` alone."""

    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=200)
    # Of the person who brought the file: errors are said in it.
    language = models.CharField(max_length=2)
    state = models.CharField(max_length=10, choices=ImportState, default=ImportState.WAITING)
    # Why the file cannot be read, or why its rows were not saved.
    refusal = models.TextField(blank=True, default="")
    # Names of the columns that were found, in the file's order, and headings that mean nothing here.
    columns: Any = models.JSONField(default=list)
    ignored: Any = models.JSONField(default=list, blank=True)
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    wrong = models.PositiveIntegerField(default=0)
    uploaded_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    # The newest entry of the journal when its rows were saved: what comes later has happened since.
    last_event = models.BigIntegerField(null=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(name="import_state_is_known", condition=Q(state__in=ImportState.values)),
            models.CheckConstraint(
                name="import_is_accepted_by_somebody",
                condition=~Q(state__in=["accepted", "undoing", "undone"])
                | Q(accepted_at__isnull=False, accepted_by__isnull=False, last_event__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_under_way(self) -> bool:
        """Something is being done with it in the background."""
        return self.state in {ImportState.WAITING, ImportState.ACCEPTING, ImportState.UNDOING}

    @property
    def good(self) -> int:
        """Rows that accepting saves."""
        return self.new + self.changed


class ImportFile(models.Model):
    """The file itself, until it has been checked."""

    run = models.OneToOneField(ImportRun, on_delete=models.CASCADE, primary_key=True, related_name="file")
    content = models.BinaryField()

    def __str__(self) -> str:
        return str(self.run_id)


class ImportRow(models.Model):
    """One row of a file. ``cells`` is what stands in it, ``given`` what it would write, ``before`` what is
    there now; by the columns' names.
    """

    # No index of its own: that of the row's number begins with it.
    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rows", db_index=False)
    number = models.PositiveIntegerField()
    verdict = models.CharField(max_length=9, choices=Verdict)
    own_reference = models.CharField(max_length=60, blank=True, default="")
    cells: Any = models.JSONField(default=dict)
    given: Any = models.JSONField(default=dict)
    before: Any = models.JSONField(default=dict)
    # By name of the column: sentences in the run's language.
    errors: Any = models.JSONField(default=dict)
    publishes = models.BooleanField(default=False)
    offering = models.ForeignKey(
        Offering, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    # Of the offering when the row was checked, and after it was saved.
    version = models.PositiveIntegerField(null=True)
    version_after = models.PositiveIntegerField(null=True)
    # Why its undoing was refused.
    kept_because = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(name="import_row_has_one_number", fields=["run", "number"]),
            models.CheckConstraint(
                name="import_verdict_is_known", condition=Q(verdict__in=Verdict.values)
            ),
        ]
        indexes = [
            models.Index(fields=["run", "verdict", "number"], name="import_row_by_verdict"),
            # Only of the rows that have one: those of a new file cost nothing.
            models.Index(
                fields=["offering"], condition=Q(offering__isnull=False), name="import_row_by_offering"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}: {self.number}"
