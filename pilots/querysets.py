"""Named sets of pilot groups and their members."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Prefetch, Q

if TYPE_CHECKING:
    from pilots.models import PilotGroup, PilotMembership  # noqa: F401


class PilotMembershipQuerySet(models.QuerySet["PilotMembership"]):
    def on(self, day: dt.date) -> Self:
        """In force on the day, both ends included; without a first day of its own from the group's."""
        begun = Q(valid_from__lte=day) | (
            Q(valid_from__isnull=True) & (Q(group__valid_from__isnull=True) | Q(group__valid_from__lte=day))
        )
        return self.filter(begun).filter(Q(valid_to__isnull=True) | Q(valid_to__gte=day))

    def with_members(self) -> Self:
        """With who the members are, and who owns an institution."""
        return self.select_related(
            "municipality__region", "organisation", "institution__organisation", "via_organisation"
        ).order_by("position")


class PilotGroupQuerySet(models.QuerySet["PilotGroup"]):
    def begun(self, day: dt.date) -> Self:
        """Those that have begun by the day, also those that are over; without a first day always."""
        return self.filter(Q(valid_from__isnull=True) | Q(valid_from__lte=day))

    def with_members(self) -> Self:
        """With every membership there has been, in the order of the source."""
        memberships: Any = self.model._meta.get_field("memberships").related_model
        return self.prefetch_related(Prefetch("memberships", queryset=memberships.objects.with_members()))
