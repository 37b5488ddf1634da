"""Loads from ``fixtures/`` how many people live in each municipality, by year and by single age."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from kopa.base.reference import Report, Row, rows
from kopa.base.replacing import replace
from municipalities.models import OLDEST, PopulationCell

YEARS: Final = range(2000, 2023)
TOTAL_COLUMNS: Final = ("municipality", "source", *map(str, YEARS))
AGE_COLUMNS: Final = ("municipality", "year", "source", "counts")

# Municipality's id, year, age (None: all ages), inhabitants, source.
Cell = tuple[int, int, int | None, int, str]


def load_population(folder: Path, municipalities: Mapping[str, int]) -> Report:
    """The totals and the single ages of the files, and nothing else, stand in the database."""
    cells: list[Cell] = []
    for row in rows(folder, "population_totals.csv", TOTAL_COLUMNS):
        cells += _totals(row, row.one_of("municipality", municipalities))
    for row in rows(folder, "population_ages.csv", AGE_COLUMNS):
        cells += _ages(row, row.one_of("municipality", municipalities))
    return replace(
        PopulationCell,
        fields=("municipality_id", "year", "age", "count", "source"),
        key=3,
        wanted=cells,
        name="population",
    )


def _totals(row: Row, municipality: int) -> list[Cell]:
    counted = [(year, row.number(str(year))) for year in YEARS]
    return [(municipality, year, None, count, row["source"]) for year, count in counted if count is not None]


def _ages(row: Row, municipality: int) -> list[Cell]:
    """One number for each age from 0 on; the last one counts those of 100 and older."""
    year, counts = row.number("year"), row["counts"].split()
    whole = all(count.isascii() and count.isdigit() for count in counts)
    if year is None or not whole or len(counts) != OLDEST + 1:
        raise row.fault(f"counts must be {OLDEST + 1} whole numbers, and year one.")
    return [(municipality, year, age, int(count), row["source"]) for age, count in enumerate(counts)]
