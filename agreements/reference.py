"""Loads agreements and their parties from ``fixtures/``; the demonstration writes its own the same way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.db import models

from agreements import terms
from agreements.areas import clashes
from agreements.models import Agreement, AgreementParty, Tier, Where
from kopa.base.reference import ReferenceDataError, Report, Row, Table, rows
from kopa.codes import cache
from kopa.codes.models import EducationForm, FieldOfEducation
from municipalities.cache import gazetteer
from municipalities.models import Municipality

AGREEMENT_COLUMNS: Final = (
    "code", "title_fi", "title_sv", "title_en", "tier", "country", "is_frisok", "asks_for_statement",
    "first_day", "last_day", "forms", "fields", "source", "licence",
)  # fmt: skip
PARTY_COLUMNS: Final = ("agreement", "municipality", "first_day", "last_day")
Days = tuple[dt.date | None, dt.date | None]


@dataclass(frozen=True, slots=True)
class Stated:
    """An agreement as a file or the demonstration states it."""

    columns: Mapping[str, Any]
    forms: tuple[str, ...]
    fields: tuple[str, ...]
    parties: tuple[tuple[str, Days], ...]  # municipality keys with their days

    @property
    def code(self) -> str:
        return str(self.columns["code"])


def load(folder: Path, *, now: dt.datetime) -> list[Report]:
    """The agreements that are not of the demonstration are as in the files; those not in them are kept."""
    parties: dict[str, list[tuple[str, Days]]] = {}
    known = set(Municipality.objects.values_list("key", flat=True))
    stated = [_stated(row) for row in rows(folder, "agreements.csv", AGREEMENT_COLUMNS)]
    codes = {one.code for one in stated}
    for row in rows(folder, "agreement_parties.csv", PARTY_COLUMNS):
        for column, among in (("agreement", codes), ("municipality", known)):
            if row[column] not in among:
                raise row.fault(f"{column} names {row[column]!r}, which is not in the data.")
        days = (row.day("first_day"), row.day("last_day"))
        parties.setdefault(row["agreement"], []).append((row["municipality"], days))
    whole = [
        Stated(one.columns, one.forms, one.fields, tuple(parties.get(one.code, ()))) for one in stated
    ]
    return write(whole, now=now, is_demonstration=False)


def write(stated: Iterable[Stated], *, now: dt.datetime, is_demonstration: bool) -> list[Report]:
    """These agreements stand in the database with exactly these forms, fields and parties.

    Others are kept. Must run inside a transaction. Raises ReferenceDataError where a municipality would be in
    two primary areas.
    """
    wanted = list(stated)
    table = Table(
        Agreement, key=["code"], now=now, scope=Agreement.objects.filter(is_demonstration=is_demonstration)
    )
    table.put([{**one.columns, "is_demonstration": is_demonstration} for one in wanted])
    ids = {one.code: table.known[one.code,].pk for one in wanted}
    places = dict(Municipality.objects.values_list("key", "pk"))
    parties = Table(
        AgreementParty,
        key=["agreement_id", "municipality_id", "valid_from"],
        now=now,
        scope=AgreementParty.objects.filter(agreement__in=ids.values()),
        removable=True,
    )
    parties.put(
        [
            {
                "agreement_id": ids[one.code], "municipality_id": places[key],
                "valid_from": days[0], "valid_to": days[1],
            }
            for one in wanted
            for key, days in one.parties
        ]
    )  # fmt: skip
    forms = {ids[one.code]: one.forms for one in wanted}
    fields = {ids[one.code]: one.fields for one in wanted}
    codes = [
        _codes(Agreement.forms.through, "educationform_id", forms, now, name="forms of agreements"),
        _codes(Agreement.fields.through, "fieldofeducation_id", fields, now, name="fields of agreements"),
    ]
    _refuse_two_areas()
    return [table.close(), parties.close(), *codes]


def _codes(
    through: type[models.Model], column: str, wanted: Mapping[int, tuple[str, ...]], now: dt.datetime,
    *, name: str,
) -> Report:  # fmt: skip
    table = Table(
        through,
        key=["agreement_id", column],
        now=now,
        scope=through._default_manager.filter(agreement__in=wanted),
        name=name,
        removable=True,
    )
    table.put([{"agreement_id": pk, column: code} for pk, codes in wanted.items() for code in codes])
    return table.close()


def _refuse_two_areas() -> None:
    cache.ask_again()
    places = gazetteer()
    for clash in clashes(terms.agreements(), places):
        place = places.by_id[clash.municipality_id]
        raise ReferenceDataError(
            f"{place} would be in two primary areas for {clash.form}: {' and '.join(clash.codes)}."
        )


def _stated(row: Row) -> Stated:
    begins = row.day("first_day")
    if begins is None:
        raise row.fault("first_day is empty.")
    columns: dict[str, Any] = {
        name: row[name] for name in ("code", "title_fi", "title_sv", "title_en", "source", "licence")
    }
    columns |= {
        "tier": _choice(row, "tier", Tier.values),
        "country": _choice(row, "country", Where.values),
        "is_frisok": row.yes("is_frisok"),
        "asks_for_statement": row.yes("asks_for_statement"),
        "in_force_from": begins,
        "in_force_to": row.day("last_day"),
    }
    if columns["is_frisok"] and columns["in_force_to"] is None:
        raise row.fault("an agreement on free application needs a last_day.")
    forms, fields = (tuple(row.list(column)) for column in ("forms", "fields"))
    _known(row, "forms", forms, EducationForm)
    _known(row, "fields", fields, FieldOfEducation)
    if not forms:
        raise row.fault("forms is empty.")
    return Stated(columns, forms, fields, ())


def _known(row: Row, column: str, codes: tuple[str, ...], model: type[models.Model]) -> None:
    there = set(model._default_manager.filter(pk__in=codes).values_list("pk", flat=True))
    for code in codes:
        if code not in there:
            raise row.fault(f"{column} names {code!r}, which is not in the data.")


def _choice(row: Row, column: str, choices: list[str]) -> str:
    if row[column] not in choices:
        raise row.fault(f"{column} is none of {', '.join(choices)}: {row[column]!r}.")
    return row[column]
