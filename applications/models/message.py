"""What the provider says to several applicants of a course at once."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from applications.models.application import Application
from kopa.base.fields import text_field
from kopa.base.names import Text, pick
from offerings.models import Offering


class Message(models.Model):
    """It stands on each applicant's page, in the languages in which it was written; the letter says only that
    there is something new (R-PRIV-11). Never changed once it is sent.
    """

    # That of the form: sent twice it is one message.
    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="messages")
    applications = models.ManyToManyField(Application, related_name="messages")
    text_fi = text_field(_("in Finnish"), max_length=2000)
    text_sv = text_field(_("in Swedish"), max_length=2000)
    text_en = text_field(_("in English"), max_length=2000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=200)
    sent_at = models.DateTimeField()

    class Meta:
        ordering = ["-sent_at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="message_says_something",
                condition=~Q(text_fi="") | ~Q(text_sv="") | ~Q(text_en=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.offering_id}: {self.sent_at:%Y-%m-%d %H:%M}"

    def text(self, language: str | None = None) -> Text:
        """In the reader's language, else in one in which it was written."""
        return pick(self, "text", language)
