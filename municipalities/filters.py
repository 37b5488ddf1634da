"""How municipalities are narrowed, for the page and the API alike."""

from __future__ import annotations

from typing import Any

import django_filters
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kopa.base.filters import AsOfFilterSet
from municipalities import divisions, lookup
from municipalities.cache import gazetteer
from municipalities.models import Country, Municipality, Region
from municipalities.querysets import MunicipalityQuerySet


class MunicipalityFilter(AsOfFilterSet):
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
        method="filter_region",
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
        """A dissolved one is found as the one that stood in its place on the day."""
        places, found = gazetteer(), lookup.matching_ids(text)
        if not self.form.cleaned_data.get("include"):
            found = {places.on_day(places.by_id[pk], self.day).pk for pk in found}
        return rows.filter(pk__in=found)

    def filter_nothing(self, rows: Any, _name: str, _value: object) -> Any:
        """Read in ``filter_queryset``."""
        return rows

    def filter_region(self, rows: MunicipalityQuerySet, _name: str, region: Region) -> MunicipalityQuerySet:
        """Those of the region on the day, and those that ended in it before."""
        return rows.filter(pk__in=divisions.of_region(region, self.day))

    def filter_queryset(self, queryset: Any) -> Any:
        rows = super().filter_queryset(queryset)
        if not divisions.is_known(self.day):
            return rows.none()
        return rows if self.form.cleaned_data.get("include") else rows.existing_on(self.day)


class RegionFilter(AsOfFilterSet):
    """Regions that had a municipality on the day."""

    country = django_filters.ChoiceFilter(
        label=_("Country"),
        choices=Country.choices,
        empty_label=_("Both countries"),
        help_text=_("FI or SE; without it both."),
    )

    class Meta:
        model = Region
        fields: list[str] = []

    def filter_queryset(self, queryset: Any) -> Any:
        of_the_day = {region.pk for region in divisions.regions_on(self.day).values()}
        return super().filter_queryset(queryset).filter(pk__in=of_the_day)
