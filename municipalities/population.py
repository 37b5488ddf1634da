"""Inhabitants of a municipality through the years, and by single age where a source has it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

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

    Who was counted in a municipality that was no more on the day counts in its successor, before that in it
    alone: nobody is in it twice.
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
    rows = _counted().values_list("municipality__country", "year", "municipality")
    found: dict[tuple[str, int], dict[int, int]] = {}
    by_age: list[tuple[str, int, int]] = []
    for country, year, pk, count, ages in rows.annotate(Sum("count"), Count("age")):
        found.setdefault((country, year), {})[pk] = count
        if ages:
            by_age.append((country, year, pk))
    places = gazetteer()
    for country, year, pk in by_age:
        successor, counts = places.today(places.by_id[pk]).pk, found[country, year]
        if successor != pk and successor in counts:
            counts[successor] -= counts[pk]
    return found


def _counted() -> QuerySet[PopulationCell]:
    """Totals; of a municipality merged since, the single ages of years whose total is its successor's."""
    total = PopulationCell.objects.filter(
        municipality=OuterRef("municipality"), year=OuterRef("year"), age__isnull=True
    )
    return PopulationCell.objects.filter(Q(age__isnull=True) | ~Exists(total)).order_by()


def last_of(municipality: Municipality) -> People | None:
    """The newest count of the municipality itself: of one that was merged, its last."""
    rows = _counted().filter(municipality=municipality).values_list("year").annotate(Sum("count"))
    newest = rows.order_by("-year").first()
    return People(newest[1], newest[0]) if newest else None


_kept: Final = OfLoad(_read)
