"""Loads from ``fixtures/`` to which region and authority each municipality belonged when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from kopa.base.reference import ReferenceDataError, Report, Row, Table, rows
from kopa.base.replacing import replace
from municipalities.models import Authority, AuthorityMembership, RegionMembership

REGIONS: Final = "region_memberships.csv"
AUTHORITIES: Final = "authority_memberships.csv"
DAYS: Final = ("first_day", "is_beginning", "last_day", "source")
AUTHORITY_COLUMNS: Final = (
    "kind", "code", "name_fi", "name_sv", "name_en", "valid_from", "valid_to", "source",
)  # fmt: skip
A_DAY: Final = dt.timedelta(days=1)


def regions_on(folder: Path, today: dt.date, regions: Mapping[str, int]) -> dict[str, int]:
    """By municipality's key: the id of its region of the day, or of the last one where it is no more."""
    found: dict[str, int] = {}
    for row in rows(folder, REGIONS, ("municipality", "region", *DAYS)):
        if row["municipality"] not in found or _first_day(row) <= today:
            found[row["municipality"]] = row.one_of("region", regions)
    return found


def load_regions(
    folder: Path, municipalities: Mapping[str, int], regions: Mapping[str, int], ends: Mapping[str, Any]
) -> Report:
    """One region for each municipality and day, without a gap until its last day (``ends``, by its key)."""
    wanted = []
    ended: dict[str, dt.date | None] = {}
    for row in _memberships(folder, REGIONS, "region"):
        key = row["municipality"]
        if key in ended and ended[key] != _first_day(row) - A_DAY:
            raise row.fault(f"{key} must begin on the day after its row before.")
        if row["region"][:2] != key[:2]:
            raise row.fault(f"{row['region']} is not in the country of {key}.")
        ended[key] = row.day("last_day")
        wanted.append(_values(row, row.one_of("municipality", municipalities), row.one_of("region", regions)))
    for key, end in ends.items():
        if key not in ended or ended[key] != end:
            raise ReferenceDataError(f"{REGIONS}: {key} has no region until {end or 'today'}.")
    return replace(
        RegionMembership,
        fields=("municipality_id", "first_day", "region_id", "is_beginning", "last_day", "source"),
        key=2,
        wanted=wanted,
        name="regions of municipalities",
    )


def load_authorities(folder: Path, municipalities: Mapping[str, int], *, now: dt.datetime) -> list[Report]:
    """The authorities, and which one each municipality belonged to when."""
    table = Table(Authority, key=["kind", "code"], now=now, name="authorities")
    table.put([_authority(row) for row in rows(folder, "authorities.csv", AUTHORITY_COLUMNS)])
    by_key = {f"{one.kind}-{one.code}": one for one in table.known.values()}
    ids = {key: one.pk for key, one in by_key.items()}
    wanted = []
    for row in _memberships(folder, AUTHORITIES, "authority"):
        authority = row.one_of("authority", ids)
        if not _within(row, by_key[row["authority"]]):
            raise row.fault(f"{row['authority']} did not exist all that time.")
        wanted.append(_values(row, row.one_of("municipality", municipalities), authority))
    report = replace(
        AuthorityMembership,
        fields=("municipality_id", "first_day", "authority_id", "is_beginning", "last_day", "source"),
        key=2,
        wanted=wanted,
        name="authorities of municipalities",
    )
    return [table.close(), report]


def _memberships(folder: Path, file: str, column: str) -> Iterator[Row]:
    """The lines, each municipality's in order of time and none in the time of another."""
    before: dict[str, dt.date] = {}
    for row in rows(folder, file, ("municipality", column, *DAYS)):
        key, last = row["municipality"], row.day("last_day") or dt.date.max
        if _first_day(row) <= before.get(key, dt.date.min):
            raise row.fault(f"{key} has two rows for one day.")
        if last < _first_day(row):
            raise row.fault("last_day is before first_day.")
        before[key] = last
        yield row


def _values(row: Row, municipality: int, belongs_to: int) -> tuple[Any, ...]:
    begins = row.yes("is_beginning")
    return municipality, _first_day(row), belongs_to, begins, row.day("last_day"), row["source"]


def _first_day(row: Row) -> dt.date:
    day = row.day("first_day")
    if day is None:
        raise row.fault("first_day is empty.")
    return day


def _within(row: Row, authority: Authority) -> bool:
    begins, ends = authority.valid_from or dt.date.min, authority.valid_to or dt.date.max
    return begins <= _first_day(row) and (row.day("last_day") or dt.date.max) <= ends


def _authority(row: Row) -> dict[str, Any]:
    named = ("kind", "code", "name_fi", "name_sv", "name_en", "source")
    return {name: row[name] for name in named} | {
        "valid_from": row.day("valid_from"),
        "valid_to": row.day("valid_to"),
    }
