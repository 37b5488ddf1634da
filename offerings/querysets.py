"""Named sets of offerings."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from providers.rules import organisations_published_for

if TYPE_CHECKING:
    from kopa.accounts.models import User
    from offerings.models import Offering  # noqa: F401


class OfferingQuerySet(models.QuerySet["Offering"]):
    def public(self) -> Self:
        """Published, and cancelled ones that once were published: their page says what happened."""
        return self.filter(published_at__isnull=False)

    def visible_to(self, user: User | AnonymousUser, *, on: dt.date) -> Self:
        """All that is or was published, and the drafts of the organisations the user publishes for."""
        if not user.is_authenticated:
            return self.public()
        own = organisations_published_for(user, on=on)
        return self.filter(Q(published_at__isnull=False) | Q(provider__in=own))
