"""How municipalities are narrowed, for the page and the API alike."""

from __future__ import annotations

from typing import Any

import django_filters
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from municipalities import lookup
from municipalities.models import Country, Municipality, Region
from municipalities.querysets import MunicipalityQuerySet


class MunicipalityFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library has no types
    q = django_filters.CharFilter(
        label=_("Name of the municipality"),
        max_length=lookup.LONGEST,
        method="filter_q",
        help_text=_("A name in any language, an earlier or other name, or its beginning."),
    )
    country = django_filters.ChoiceFilter(
        label=_("Country"),
        choices=Country.choices,
        empty_label=_("Both countries"),
        help_text=_("FI or SE; without it both."),
    )
    region = django_filters.ModelChoiceFilter(
        label=_("Region"),
        queryset=Region.objects.all(),
        to_field_name="key",
        empty_label=_("All regions"),
        help_text=_("Key of a region, as FI-R19."),
    )
    include = django_filters.ChoiceFilter(
        label=_("Dissolved ones"),
        choices=[("dissolved", pgettext_lazy("dissolved municipalities", "included"))],
        empty_label=pgettext_lazy("dissolved municipalities", "left out"),
        method="filter_nothing",
        help_text=_("With dissolved also the municipalities that exist no more."),
    )

    class Meta:
        model = Municipality
        fields: list[str] = []

    def filter_q(self, rows: MunicipalityQuerySet, _name: str, text: str) -> MunicipalityQuerySet:
        return rows.filter(pk__in=lookup.matching_ids(text))

    def filter_nothing(self, rows: MunicipalityQuerySet, _name: str, _value: str) -> MunicipalityQuerySet:
        return rows

    def filter_queryset(self, queryset: Any) -> Any:
        rows = super().filter_queryset(queryset)
        return rows if self.form.cleaned_data.get("include") else rows.current()


class RegionFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library has no types
    country = django_filters.ChoiceFilter(
        label=_("Country"), choices=Country.choices, help_text=_("FI or SE; without it both.")
    )

    class Meta:
        model = Region
        fields: list[str] = []
