"""The rules of the table of offerings, asked about staged rows."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from django.db import connection
from django.db.models import Field
from django.utils import timezone

from offerings.imports.rows import COLUMN_OF
from offerings.models import ImportRow, ImportRun, Offering, Verdict
from offerings.services.table_rules import Rule, broken_by, table_rules
from offerings.services.writing import CURRENCY

TEXTS: Final = frozenset({"title", "description", "entry_requirements"})
TYPES: Final = """
select attname, format_type(atttypid, atttypmod) from pg_attribute
where attrelid = 'offerings_offering'::regclass and attnum > 0 and not attisdropped
"""
# What publishing writes beside the row's own values.
PUBLIC: Final = {
    "status": "case when r.publishes then 'published' else 'draft' end",
    "published_at": "case when r.publishes then now() end",
}
ASKED_ABOUT: Final = "(%(numbers)s::int[] is null or r.number = any (%(numbers)s::int[]))"
# Each changed row laid over its course.
CHANGED: Final = f"""
select r.number as row_key, laid.* from offerings_importrow r
join offerings_offering o on o.id = r.offering_id
cross join lateral jsonb_populate_record(
  o, r.given || case when r.publishes then %(public)s::jsonb else '{{}}' end
) as laid
where r.run_id = %(run)s and r.verdict <> 'unchanged' and {ASKED_ABOUT}
"""  # noqa: S608 - ours
SAID: Final = """
update offerings_importrow r set errors = said.errors::jsonb, verdict = %s
from unnest(%s::int[], %s::text[]) as said (number, errors)
where r.run_id = %s and r.number = said.number
"""


def judge_by_constraints(run: ImportRun, numbers: Iterable[int] | None = None) -> None:
    """Rows that the table of offerings would refuse are wrong, each at the cell to mend."""
    written = {*run.columns, *PUBLIC}
    rules = [rule for rule in table_rules() if not written.isdisjoint(rule.columns)]
    asked: dict[str, Any] = {"run": run.pk, "numbers": None if numbers is None else list(numbers)}
    broken = broken_by(rules, *_new(run, rules, asked)) | broken_by(rules, CHANGED, asked | _published())
    if not broken:
        return
    said: dict[int, str] = {}
    rows = ImportRow.objects.filter(run=run, number__in=broken).values_list("number", "errors")
    for number, errors in rows.iterator():
        _blame(run, errors, broken[number])
        said[number] = json.dumps(errors)
    with connection.cursor() as cursor:
        cursor.execute(SAID, [Verdict.WRONG.value, list(said), list(said.values()), run.pk])


def _blame(run: ImportRun, errors: dict[str, list[str]], broken: Iterable[Rule]) -> None:
    for rule in broken:
        field = rule.field or "own_reference"
        place = COLUMN_OF.get(field, field)
        if place not in errors:
            errors.setdefault(place if place in run.columns else _instead(run, place), []).append(
                rule.sentence
            )


def _instead(run: ImportRun, place: str) -> str:
    """A column of the file, where the one to mend is not in it."""
    same = [name for name in run.columns if name.rpartition("_")[0] == place.rpartition("_")[0]]
    return same[0] if same and place.rpartition("_")[0] in TEXTS else "own_reference"


def _new(run: ImportRun, rules: list[Rule], asked: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Each new row with what a new course has where the file says nothing; a select and its parameters.
    Only the columns that are asked about are taken out of what is staged: whole rows would take thrice the
    time.
    """
    needed = sorted({column for rule in rules for column in rule.columns})
    with connection.cursor() as cursor:
        cursor.execute(TYPES)
        types = dict(cursor.fetchall())
    given = [name for name in needed if name in run.columns and name not in PUBLIC]
    taken = ", ".join(f'"{name}" {types[name]}' for name in given)
    from_given = f"cross join lateral jsonb_to_record(r.given) as x({taken})" if given else ""
    blank = _blank(run.provider.country)
    parameters = dict(asked)
    said = []
    for name in needed:
        parameters[f"blank_{name}"] = blank.get(name)
        there = f"%(blank_{name})s::{types[name]}"
        value = PUBLIC.get(name) or (f'coalesce(x."{name}", {there})' if name in given else there)
        said.append(f'{value} as "{name}"')
    rows = f"""
        select r.number as row_key, {", ".join(said)} from offerings_importrow r {from_given}
        where r.run_id = %(run)s and r.offering_id is null and {ASKED_ABOUT}
    """  # noqa: S608 - names and types are the database's own
    return rows, parameters


def _published() -> dict[str, str]:
    return {"public": json.dumps({"status": "published", "published_at": timezone.now().isoformat()})}


def _blank(country: str) -> dict[str, Any]:
    """What a course has of which nothing is said yet."""
    now = timezone.now()
    found = {field.attname: _default(field) for field in Offering._meta.concrete_fields}
    return found | {"currency": CURRENCY[country], "created_at": now, "updated_at": now}


def _default(field: Field[Any, Any]) -> Any:
    default = field.get_default()
    return default if isinstance(default, str | int | bool) else None
