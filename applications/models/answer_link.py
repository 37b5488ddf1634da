"""The link in a letter that says that an answer is awaited."""

from __future__ import annotations

from django.db import models

from applications.models.application import Application


class AnswerLink(models.Model):
    """Whoever has the link may answer one offer and nothing else; it is over with the offer.

    ``key_digest`` is all that is kept of the key, ``stamp`` changes with the address that the letter went to.
    Written by ``applications.services.answer_links`` alone, removed a day after the last moment for the
    answer, and with the application.
    """

    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="answer_link")
    key_digest = models.CharField(max_length=64, unique=True, editable=False)
    stamp = models.CharField(max_length=64, editable=False)
    made_at = models.DateTimeField()
    # The last second in which it works: that of the offer.
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.application_id}: {self.expires_at:%Y-%m-%d %H:%M}"
