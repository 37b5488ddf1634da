"""Inhabitants of a municipality through the years, and by single age where a source has it."""

from __future__ import annotations

from municipalities.models import OLDEST, Municipality, PopulationCell


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
