"""Loads the code lists and the sources from ``fixtures/``."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, Final

from django.db import connection

from kopa.base.reference import Report, Row, Table, rows
from kopa.codes.models import (
    CodeListEntry,
    CreditUnit,
    DataSource,
    DeliveryMode,
    EducationForm,
    FieldOfEducation,
    InstitutionType,
    PriorEducation,
    TeachingLanguage,
)

# The lists by the names that the file and the API give them, in the order in which they are shown.
LISTS: Final[dict[str, type[CodeListEntry]]] = {
    "forms_of_education": EducationForm,
    "fields": FieldOfEducation,
    "teaching_languages": TeachingLanguage,
    "delivery_modes": DeliveryMode,
    "credit_units": CreditUnit,
    "institution_types": InstitutionType,
    "prior_education": PriorEducation,
}
# One load at a time, whoever starts it. Any number that nothing else in KOPA locks.
LOCK: Final = 4_211_001
SOURCE_COLUMNS: Final = (
    "code", "publisher", "name_fi", "name_sv", "name_en", "year", "licence", "obtained_from",
)  # fmt: skip
CODE_COLUMNS: Final = (
    "list", "code", "parent", "name_fi", "name_sv", "name_sv_se", "name_en",
    "short_fi", "short_sv", "short_sv_se", "short_en", "national_codes", "source",
)  # fmt: skip
NAMES: Final = ("name_fi", "name_sv", "name_sv_se", "name_en")
SHORT_NAMES: Final = ("short_fi", "short_sv", "short_sv_se", "short_en")


def one_load_at_a_time() -> None:
    """Until the end of the transaction nobody else loads anything into the register."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [LOCK])


def load_sources(folder: Path, *, now: dt.datetime) -> Report:
    """Every source of ``sources.csv`` stands in the database."""
    table = Table(DataSource, key=["code"], now=now, name="sources")
    table.put(
        [
            {column: row[column] for column in SOURCE_COLUMNS if column != "year"}
            | {"year": row.number("year")}
            for row in rows(folder, "sources.csv", SOURCE_COLUMNS)
        ]
    )
    return table.close()


def load_lists(folder: Path, *, now: dt.datetime) -> list[Report]:
    """Every code of ``code_lists.csv`` stands in its list, in the file's order."""
    by_list: dict[str, list[Row]] = {name: [] for name in LISTS}
    for row in rows(folder, "code_lists.csv", CODE_COLUMNS):
        if row["list"] not in by_list:
            raise row.fault(f"there is no list {row['list']!r}.")
        by_list[row["list"]].append(row)
    reports = []
    for name, model in LISTS.items():
        table = Table(model, key=["code"], now=now, name=name)
        wanted = [_entry(model, row, position) for position, row in enumerate(by_list[name])]
        table.put([entry for entry in wanted if not entry.get("parent_id")])
        table.put([entry for entry in wanted if entry.get("parent_id")])
        reports.append(table.close())
    return reports


def _entry(model: type[CodeListEntry], row: Row, position: int) -> dict[str, Any]:
    entry: dict[str, Any] = {column: row[column] for column in ("code", "source", *NAMES)}
    entry |= {"position": position, "national_codes": _national_codes(row)}
    if model is FieldOfEducation:
        entry["parent_id"] = row["parent"] or None
    elif row["parent"]:
        raise row.fault("only a field of education has a parent.")
    if model is CreditUnit:
        entry |= {column: row[column] for column in SHORT_NAMES}
    return entry


def _national_codes(row: Row) -> dict[str, list[str]]:
    """``"opetuspaikkakk:2 opetuspaikkakk:3"`` as ``{"opetuspaikkakk": ["2", "3"]}``."""
    codes: dict[str, list[str]] = {}
    for pair in row["national_codes"].split():
        register, colon, code = pair.partition(":")
        if not colon or not code:
            raise row.fault(f"national code {pair!r} is not register:code.")
        codes.setdefault(register, []).append(code)
    return codes
