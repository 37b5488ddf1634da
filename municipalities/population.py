"""Inhabitants of a municipality through the years, and by single age where a source has it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kopa.codes.cache import OfLoad
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


def of_municipalities(on: dt.date) -> Mapping[int, People]:
    """By id of a municipality of that day: the newest count before it; without any it is not in it.

    Who was counted in a municipality that was no more on the day counts in its successor, so that nobody is
    in it twice.
    """
    places, known = gazetteer(), _kept.now()
    newest: dict[str, int] = {}
    for country, year in known:
        if year < on.year:
            newest[country] = max(year, newest.get(country, year))
    counts: dict[int, int] = {}
    years: dict[int, int] = {}
    for country, year in newest.items():
        for pk, count in known[country, year].items():
            there = places.on_day(places.by_id[pk], on).pk
            counts[there] = counts.get(there, 0) + count
            years[there] = year
    return {pk: People(count, years[pk]) for pk, count in counts.items()}


def of_regions(on: dt.date) -> Mapping[int, People]:
    """By id of a region: the sum of its municipalities of that day. One without any count is not in it."""
    regions = divisions.regions_on(on)
    found: dict[int, People] = {}
    for pk, people in of_municipalities(on).items():
        region = regions.get(pk)
        if region is not None:
            before = found.get(region.pk)
            found[region.pk] = People(people.count + (before.count if before else 0), people.year)
    return found


def _read() -> dict[tuple[str, int], dict[int, int]]:
    """By country and year: the inhabitants of each municipality, by its id. Some 7,000 numbers."""
    rows = PopulationCell.objects.filter(age__isnull=True).order_by()
    found: dict[tuple[str, int], dict[int, int]] = {}
    for country, year, pk, count in rows.values_list(
        "municipality__country", "year", "municipality", "count"
    ):
        found.setdefault((country, year), {})[pk] = count
    return found


_kept: Final = OfLoad(_read)
