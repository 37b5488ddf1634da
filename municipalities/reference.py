"""Loads regions, municipalities and their other names from ``fixtures/``."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, Final

from django.utils import timezone

from kopa.base.reference import Report, Row, Table, rows
from municipalities.models import Municipality, MunicipalityAlias, Region
from municipalities.reference_divisions import load_authorities, load_regions, regions_on
from municipalities.reference_population import load_population

REGION_COLUMNS: Final = ("key", "name_fi", "name_sv", "name_en", "source")
MUNICIPALITY_COLUMNS: Final = (
    "key", "name_fi", "name_sv", "name_en", "genitive_fi", "language_status", "latitude",
    "longitude", "point_basis", "population", "population_year", "last_day", "successor",
)  # fmt: skip
ALIAS_COLUMNS: Final = ("municipality", "name", "language", "kind", "source")
NAMES: Final = ("name_fi", "name_sv", "name_en")


def load(folder: Path, *, now: dt.datetime) -> list[Report]:
    """The regions, municipalities and other names of the files stand in the database.

    ``Municipality.region`` is the region of the day of ``now``, as the memberships say it.
    """
    regions = Table(Region, key=["country", "code"], now=now, name="regions")
    regions.put([_region(row) for row in rows(folder, "regions.csv", REGION_COLUMNS)])
    municipalities = Table(Municipality, key=["country", "code"], now=now, name="municipalities")
    lines = list(rows(folder, "municipalities.csv", MUNICIPALITY_COLUMNS))
    region_ids = regions.ids(lambda region: f"{region.country}-R{region.code}")
    region_of = regions_on(folder, timezone.localdate(now), region_ids)
    lasting = [row for row in lines if not row["successor"]]
    municipalities.put([_municipality(row, region_of, {}) for row in lasting])
    # The dissolved ones point to those that took them over.
    ids = municipalities.ids(_key)
    dissolved = [row for row in lines if row["successor"]]
    municipalities.put([_municipality(row, region_of, ids) for row in dissolved])
    ids = municipalities.ids(_key)
    aliases = _load_aliases(folder, municipalities, now)
    ends = {row["key"]: row.day("last_day") for row in lines}
    divisions = [load_regions(folder, ids, region_ids, ends), *load_authorities(folder, ids, now=now)]
    _touch(municipalities, divisions)
    return [regions.close(), municipalities.close(), aliases, *divisions, load_population(folder, ids)]


def _touch(municipalities: Table[Municipality], divisions: list[Report]) -> None:
    """A municipality whose divisions changed counts as changed too."""
    told = [*divisions[0].names(), *divisions[-1].names()]
    moved = {int(name.partition("-")[0]) for name in told}
    municipalities.touch({key for key, thing in municipalities.known.items() if thing.pk in moved})


def _load_aliases(folder: Path, municipalities: Table[Municipality], now: dt.datetime) -> Report:
    """The other names; a municipality whose names changed counts as changed too."""
    aliases = Table(
        MunicipalityAlias,
        key=["municipality_id", "name"],
        now=now,
        name="municipality aliases",
        removable=True,
    )
    before = {(thing.municipality_id, thing.name) for thing in aliases.known.values()}
    ids = municipalities.ids(_key)
    aliases.put(
        [
            {
                "municipality_id": row.one_of("municipality", ids),
                "name": row["name"],
                "language": row["language"],
                "kind": row["kind"],
                "source": row["source"],
            }
            for row in rows(folder, "municipality_aliases.csv", ALIAS_COLUMNS)
        ]
    )
    report = aliases.close()
    moved = {municipality_id for municipality_id, _ in before ^ aliases.seen}
    municipalities.touch({key for key, thing in municipalities.known.items() if thing.pk in moved})
    return report


def _key(municipality: Municipality) -> str:
    return f"{municipality.country}-{municipality.code}"


def _region(row: Row) -> dict[str, Any]:
    country, _, code = row["key"].partition("-R")
    return {"country": country, "code": code, "source": row["source"]} | {name: row[name] for name in NAMES}


def _municipality(row: Row, region_of: dict[str, int], successors: dict[str, int]) -> dict[str, Any]:
    if row["key"] not in region_of:
        raise row.fault(f"{row['key']} has no region in region_memberships.csv.")
    country, _, code = row["key"].partition("-")
    return {
        "country": country,
        "code": code,
        **{name: row[name] for name in NAMES},
        "genitive_fi": row["genitive_fi"],
        "region_id": region_of[row["key"]],
        "language_status": row["language_status"],
        "latitude": row.degrees("latitude"),
        "longitude": row.degrees("longitude"),
        "point_basis": row["point_basis"],
        "population": row.number("population"),
        "population_year": row.number("population_year"),
        "valid_to": row.day("last_day"),
        "successor_id": row.among("successor", successors),
    }
