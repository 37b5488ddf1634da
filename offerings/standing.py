"""Where a course stands today, for its own people: one word from its state and the clock."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from offerings import windows
from offerings.models import Offering
from offerings.states import OfferingStatus


class Standing(models.TextChoices):
    DRAFT = "draft", _("draft")
    OPENING = "opening", _("published, opens later")
    OPEN = "open", _("open for applications")
    CLOSED = "closed", _("applications closed")
    STARTED = "started", _("started")
    COMPLETED = "completed", _("completed")
    CANCELLED = "cancelled", _("cancelled")


# Colours of the design system for its tag.
COLOURS: Final = {
    Standing.DRAFT: "neutral",
    Standing.OPENING: "info",
    Standing.OPEN: "success",
    Standing.CLOSED: "neutral",
    Standing.STARTED: "neutral",
    Standing.COMPLETED: "neutral",
    Standing.CANCELLED: "danger",
}


def standing_of(offering: Offering, now: dt.datetime) -> Standing:
    started = offering.status == OfferingStatus.RUNNING
    if offering.status != OfferingStatus.PUBLISHED and not started:
        return Standing(offering.status)
    if started or not windows.is_ahead(offering, now):
        return Standing.STARTED
    if windows.is_closed(offering, now):
        return Standing.CLOSED
    return Standing.OPEN if windows.is_open(offering, now) else Standing.OPENING


def standing(wanted: Standing, now: dt.datetime) -> Q:
    """The same for many: a condition on offerings."""
    if wanted in {Standing.DRAFT, Standing.COMPLETED, Standing.CANCELLED}:
        return Q(status=wanted.value)
    published = Q(status=OfferingStatus.PUBLISHED)
    if wanted == Standing.STARTED:
        begun = published & windows.begun(now, country="provider__country")
        return begun | Q(status=OfferingStatus.RUNNING)
    ahead = published & windows.ahead(now, country="provider__country")
    if wanted == Standing.CLOSED:
        return ahead & Q(applications_close_at__lt=now.replace(microsecond=0))
    opened = Q(applications_open_at__lte=now) if wanted == Standing.OPEN else Q(applications_open_at__gt=now)
    return ahead & windows.not_closed(now) & opened
