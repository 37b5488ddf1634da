"""Letters as rows: written in the transaction of the act that they tell of, sent after it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kopa.letters.querysets import LetterQuerySet, UnwantedLettersQuerySet


class LetterState(models.TextChoices):
    """waiting → sending → sent; back to waiting after a refusal; failed when there are no tries left.

    ``uncertain``: whoever was handing it over did not come back. It may have arrived: it is not sent again.
    """

    WAITING = "waiting", _("waiting")
    SENDING = "sending", _("being sent")
    SENT = "sent", _("sent")
    FAILED = "failed", _("not delivered")
    UNCERTAIN = "uncertain", _("perhaps delivered")


class Letter(models.Model):
    """One letter to one person. Only ``kopa.letters.services`` writes it; deleted 30 days after its end.

    ``target`` and ``target_id`` name what it is about as the journal of acts does.
    """

    kind = models.CharField(max_length=40)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="letters"
    )
    address = models.EmailField()
    language = models.CharField(max_length=2)
    subject = models.CharField(max_length=200)
    text = models.TextField()
    html = models.TextField()
    # A link that lets somebody in: the bodies are emptied as soon as the letter has left.
    holds_secret = models.BooleanField(default=False)
    # Where the reader ends letters of this kind; empty for those that one cannot do without.
    # No URLField: PUBLIC_URL may name a host of one word, as https://kopa.
    ending_address = models.CharField(max_length=300, blank=True, default="")
    # The moment its link is over, or whatever else it tells of.
    useless_after = models.DateTimeField(null=True, blank=True)
    target = models.CharField(max_length=60)
    target_id = models.BigIntegerField()
    created_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=LetterState, default=LetterState.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = LetterQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(name="letter_state_is_known", condition=Q(state__in=LetterState.values)),
            models.CheckConstraint(
                name="letter_language_is_known", condition=Q(language__in=["fi", "sv", "en"])
            ),
            models.CheckConstraint(
                name="letter_that_is_being_sent_is_claimed",
                condition=~Q(state="sending") | Q(claimed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="letter_has_an_end_when_it_is_over",
                condition=~Q(state__in=["sent", "failed", "uncertain"]) & Q(ended_at__isnull=True)
                | Q(state__in=["sent", "failed", "uncertain"], ended_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"], name="letter_on_its_way", condition=Q(ended_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return self.subject


class UnwantedLetters(models.Model):
    """A person does without letters of a kind (``kopa.letters.choices.OPTIONAL``). Deleted when they are
    wanted again.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    ended_at = models.DateTimeField()

    objects = UnwantedLettersQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(name="kind_is_ended_once", fields=["person", "kind"])]

    def __str__(self) -> str:
        return f"{self.person}: {self.kind}"
