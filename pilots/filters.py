"""How pilot groups are narrowed, for the page and the API alike."""

from __future__ import annotations

import datetime as dt

import django_filters
from django.utils.translation import gettext_lazy as _

from kopa.base.filters import AsOfFilterSet
from municipalities.models import Municipality
from pilots.membership import memberships_of_municipality
from pilots.models import GroupKind, PilotGroup
from pilots.querysets import PilotGroupQuerySet

LONGEST = 100


class PilotGroupFilter(AsOfFilterSet):
    """Groups that had begun by the day, with their members of that day."""

    q = django_filters.CharFilter(
        label=_("Name of a member or a group"),
        max_length=LONGEST,
        method="filter_q",
        help_text=_(
            "Words of a group's name or a member's, in any language, as sources write them too; or a number."
        ),
    )
    kind = django_filters.ChoiceFilter(
        label=_("Kind of group"),
        choices=GroupKind.choices,
        empty_label=_("All kinds"),
        help_text=_("pilot_group or co_operation_area; without it both."),
    )
    municipality = django_filters.ModelChoiceFilter(
        label=_("Municipality"),
        queryset=Municipality.objects.all(),
        to_field_name="key",
        method="filter_municipality",
        help_text=_("Key of a municipality that takes part, itself or by one that merged into it: FI-854."),
    )

    class Meta:
        model = PilotGroup
        fields: list[str] = []

    def filter_q(self, rows: PilotGroupQuerySet, _name: str, text: str) -> PilotGroupQuerySet:
        return rows.named(text)

    def filter_municipality(
        self, rows: PilotGroupQuerySet, _name: str, municipality: Municipality
    ) -> PilotGroupQuerySet:
        found = memberships_of_municipality(municipality, self.day)
        return rows.filter(pk__in=[one.group_id for one in found])

    def filter_as_of(self, rows: PilotGroupQuerySet, _name: str, day: dt.date) -> PilotGroupQuerySet:
        return rows.begun(day)
