"""A file that stands beside an application."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from applications.querysets_statements import AttachmentQuerySet


class Attachment(models.Model):
    """A certificate that the student sends along, or a municipality's answer that came outside KOPA
    (``HomeStatement.document``): a PDF or a picture, looked at before it was kept (``kopa.base.uploads``).

    ``matter`` is the key of the draft it was added to, and so of the application that the draft becomes:
    sending writes nothing about it. It goes when neither is there any more.
    """

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    matter = models.UUIDField(db_index=True, editable=False)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=20)
    size = models.PositiveIntegerField()
    # SHA-256 of what is kept; empty of what was kept before this was noted.
    digest = models.CharField(max_length=64, blank=True, default="", editable=False)
    # Where it lies.
    stored = models.CharField(max_length=100, unique=True, editable=False)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="attachment_kind_is_known",
                condition=Q(kind__in=["application/pdf", "image/jpeg", "image/png"]),
            ),
            models.CheckConstraint(name="attachment_is_not_empty", condition=Q(size__gt=0)),
        ]

    def __str__(self) -> str:
        return self.name
