"""States of an offering (DOMAIN.md §3.6). Open and closed are read from the dates, never stored."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from kopa.base.states import Machine


class OfferingStatus(models.TextChoices):
    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    RUNNING = "running", _("running")
    COMPLETED = "completed", _("completed")
    CANCELLED = "cancelled", _("cancelled")


S = OfferingStatus

OFFERING: Final = Machine(
    S.values,
    {
        # verb: (from, to)
        "publish": ([S.DRAFT], S.PUBLISHED),
        "start": ([S.PUBLISHED], S.RUNNING),
        "complete": ([S.RUNNING], S.COMPLETED),
        "resume": ([S.COMPLETED], S.RUNNING),
        "put_off": ([S.RUNNING, S.COMPLETED], S.PUBLISHED),
        "cancel": ([S.DRAFT, S.PUBLISHED], S.CANCELLED),
    },
)

# Teaching has started. A job says so (``services.running``), some minutes after the day has begun.
STARTED: Final = frozenset({S.RUNNING, S.COMPLETED})
# Public, and not cancelled.
GIVEN: Final = frozenset({S.PUBLISHED, *STARTED})
# Its free places are given to those who wait, as long as the calendar lets them (R-CAP-8).
TAKING: Final = frozenset({S.PUBLISHED, S.RUNNING})
# Its texts, dates and places may still be changed, and its places confirmed.
CHANGEABLE: Final = frozenset({S.DRAFT, *GIVEN})
