"""Inhabitants of a municipality through the years, and by single age where a source has it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Max

from municipalities import divisions
from municipalities.cache import gazetteer
from municipalities.models import OLDEST, Municipality, PopulationCell


@dataclass(frozen=True, slots=True)
class People:
    """Inhabitants at the end of a year."""

    count: int
    year: int


def totals(municipality: Municipality) -> list[tuple[int, int]]:
    """Year and inhabitants at its end, in order: Finland 2000–2022, Sweden one year."""
    rows = PopulationCell.objects.filter(municipality=municipality, age__isnull=True)
    return list(rows.order_by("year").values_list("year", "count"))


def ages(municipality: Municipality, year: int) -> list[int]:
    """Inhabitants of age 0, 1, … 99, and last of 100 or older; empty where no source has that year."""
    rows = PopulationCell.objects.filter(municipality=municipality, year=year, age__isnull=False)
    found = dict(rows.values_list("age", "count"))
    return [found[age] for age in range(OLDEST + 1)] if found else []


def years_with_ages(municipality: Municipality) -> list[int]:
    """The years that ``ages`` can answer, in order."""
    rows = PopulationCell.objects.filter(municipality=municipality, age=0)
    return list(rows.order_by("year").values_list("year", flat=True))


def of_regions(on: dt.date) -> Mapping[int, People]:
    """By id of a region: inhabitants of its municipalities of that day, by the newest count before it.

    Who was counted in a municipality that was no more on the day counts in its successor. A region without
    any count is not in it. Two queries.
    """
    places, regions = gazetteer(), divisions.regions_on(on)
    counted = PopulationCell.objects.filter(age__isnull=True, year__lt=on.year)
    newest = dict(
        counted.order_by().values_list("municipality__country").annotate(newest=Max("year")).order_by()
    )
    sums: dict[int, int] = {}
    years: dict[int, int] = {}
    rows = counted.filter(year__in=set(newest.values())).values_list("municipality", "year", "count")
    for pk, year, count in rows:
        municipality = places.by_id[pk]
        region = regions.get(places.on_day(municipality, on).pk)
        if region is not None and year == newest[municipality.country]:
            sums[region.pk] = sums.get(region.pk, 0) + count
            years[region.pk] = year
    return {pk: People(count, years[pk]) for pk, count in sums.items()}
