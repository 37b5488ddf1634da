"""States of an offering (DOMAIN.md §3.6). Open and closed are read from the dates, never stored."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from kopa.base.states import Machine


class OfferingStatus(models.TextChoices):
    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    CANCELLED = "cancelled", _("cancelled")


S = OfferingStatus

OFFERING: Final = Machine(
    S.values,
    {
        # verb: (from, to)
        "publish": ([S.DRAFT], S.PUBLISHED),
        "cancel": ([S.DRAFT, S.PUBLISHED], S.CANCELLED),
    },
)

# Its texts, dates and places may still be changed, and its places confirmed.
CHANGEABLE: Final = frozenset({S.DRAFT, S.PUBLISHED})
