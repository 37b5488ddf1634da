"""Who applies."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from providers.models import Organisation


class Learner(models.Model):
    """A person who has applied: one confirmed e-mail address (R-APP-13). Name and language are the account's.

    Written by ``applications.services`` from what the student types, protected by ``services.protecting``;
    removed when the last application is.
    """

    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="learner")
    # Asked because of R-MIN-1: who is not of age is told whom to ask.
    birth_on = models.DateField(_("date of birth"))
    phone = models.CharField(_("telephone"), max_length=40, blank=True, default="")
    # R-PRIV-6: handled by a named person, in no list, no letter and no export.
    is_protected = models.BooleanField(_("protected identity"), default=False)
    # The only one whose official has said so; empty where the learner has, or several: she takes it back.
    protected_by = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(editable=False)
    is_demonstration = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="learner_is_protected_where_somebody_has_said_so",
                condition=Q(protected_by__isnull=True) | Q(is_protected=True),
            ),
        ]

    def __str__(self) -> str:
        return str(self.person)
