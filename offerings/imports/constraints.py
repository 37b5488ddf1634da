"""The rules of the table of offerings, asked of PostgreSQL about staged rows: the rules stand there alone."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.db.models import Field
from django.utils import timezone

from offerings.imports.rows import COLUMN_OF
from offerings.models import ImportRow, ImportRun, Offering, Verdict
from offerings.services.acts import FIELD_OF_CODE
from offerings.services.table_rules import NOT_ASKED
from offerings.services.writing import CURRENCY

TEXTS: Final = frozenset({"title", "description", "entry_requirements"})
EVERY: Final = 500
RULES: Final = """
select c.conname, pg_get_expr(c.conbin, c.conrelid),
  array(
    select a.attname::text from pg_attribute a where a.attrelid = c.conrelid and a.attnum = any (c.conkey)
  )
from pg_constraint c where c.conrelid = 'offerings_offering'::regclass and c.contype = 'c' order by c.conname
"""
TYPES: Final = """
select attname, format_type(atttypid, atttypmod) from pg_attribute
where attrelid = 'offerings_offering'::regclass and attnum > 0 and not attisdropped
"""
# What publishing writes beside the row's own values.
PUBLIC: Final = {
    "status": "case when r.publishes then 'published' else 'draft' end",
    "published_at": "case when r.publishes then now() end",
}


def judge_by_constraints(run: ImportRun, numbers: Iterable[int] | None = None) -> None:
    """Rows that the table of offerings would refuse are wrong, each at the cell to mend."""
    known: dict[str, Any] = {
        str(constraint.name): constraint for constraint in Offering._meta.constraints
        if getattr(constraint, "violation_error_code", None) not in NOT_ASKED
    }  # fmt: skip
    rules = _rules(set(known), {*run.columns, *PUBLIC})
    broken = _broken_by_new(run, numbers, rules) | _broken_by_changed(run, numbers, rules)
    rows = ImportRow.objects.filter(run=run, number__in=broken)
    changed = []
    for row in rows:
        for name in broken[row.number]:
            constraint = known[name]
            place = FIELD_OF_CODE.get(constraint.violation_error_code or "", "own_reference")
            place = COLUMN_OF.get(place, place)
            if place not in row.errors:
                row.errors.setdefault(place if place in run.columns else _instead(run, place), []).append(
                    str(constraint.get_violation_error_message())
                )
        if row.errors and row.verdict != Verdict.WRONG:
            row.verdict = Verdict.WRONG
        changed.append(row)
    ImportRow.objects.bulk_update(changed, ["errors", "verdict"], batch_size=EVERY)


def _instead(run: ImportRun, place: str) -> str:
    """A column of the file, where the one to mend is not in it."""
    same = [name for name in run.columns if name.rpartition("_")[0] == place.rpartition("_")[0]]
    return same[0] if same and place.rpartition("_")[0] in TEXTS else "own_reference"


@dataclass(frozen=True, slots=True)
class Rule:
    name: str
    condition: str  # in SQL, of the table's columns
    columns: list[str]


def _rules(known: set[str], written: set[str]) -> list[Rule]:
    """Those that a file with these columns could break."""
    with connection.cursor() as cursor:
        cursor.execute(RULES)
        rules = [Rule(*row) for row in cursor.fetchall()]
    return [rule for rule in rules if rule.name in known and not written.isdisjoint(rule.columns)]


def _asked(rules: list[Rule], rows: str) -> str:
    """A statement that gives the numbers of those that break something, with the rules that they break."""
    broken = ", ".join(f"case when not ({rule.condition}) then '{rule.name}' end" for rule in rules)
    is_broken = " or ".join(f"not ({rule.condition})" for rule in rules)
    said = f"array_remove(array[{broken}], null)"
    return f"select r_number, {said} from ({rows}) n where {is_broken}"  # noqa: S608 - the database's own


def _broken_by_new(
    run: ImportRun, numbers: Iterable[int] | None, rules: list[Rule]
) -> dict[int, list[str]]:
    """Each row with what a new course has where the file says nothing. Only the columns that are asked about
    are taken out of what is staged: whole rows would take thrice the time.
    """
    needed = sorted({column for rule in rules for column in rule.columns})
    with connection.cursor() as cursor:
        cursor.execute(TYPES)
        types = dict(cursor.fetchall())
        given = [name for name in needed if name in run.columns and name not in PUBLIC]
        taken = ", ".join(f'"{name}" {types[name]}' for name in given)
        from_given = f"cross join lateral jsonb_to_record(r.given) as x({taken})" if given else ""
        blank = _blank(run.provider.country)
        parameters: dict[str, Any] = {"run": run.pk, "numbers": numbers and list(numbers)}
        said = []
        for name in needed:
            parameters[f"blank_{name}"] = blank.get(name)
            there = f"%(blank_{name})s::{types[name]}"
            value = PUBLIC.get(name) or (f'coalesce(x."{name}", {there})' if name in given else there)
            said.append(f'{value} as "{name}"')
        rows = f"""
            select r.number as r_number, {", ".join(said)} from offerings_importrow r {from_given}
            where r.run_id = %(run)s and r.offering_id is null
              and (%(numbers)s::int[] is null or r.number = any (%(numbers)s::int[]))
        """  # noqa: S608 - names and types are the database's own
        cursor.execute(_asked(_escaped(rules), rows), parameters)
        return dict(cursor.fetchall())


def _broken_by_changed(
    run: ImportRun, numbers: Iterable[int] | None, rules: list[Rule]
) -> dict[int, list[str]]:
    """Each row laid over its course."""
    public = json.dumps({"status": "published", "published_at": timezone.now().isoformat()})
    rows = """
        select r.number as r_number, laid.* from offerings_importrow r
        join offerings_offering o on o.id = r.offering_id
        cross join lateral jsonb_populate_record(
          o, r.given || case when r.publishes then %(public)s::jsonb else '{}' end
        ) as laid
        where r.run_id = %(run)s and r.verdict <> 'unchanged'
          and (%(numbers)s::int[] is null or r.number = any (%(numbers)s::int[]))
    """
    parameters = {"run": run.pk, "numbers": None if numbers is None else list(numbers), "public": public}
    with connection.cursor() as cursor:
        cursor.execute(_asked(_escaped(rules), rows), parameters)
        return dict(cursor.fetchall())


def _escaped(rules: list[Rule]) -> list[Rule]:
    """For a statement with parameters."""
    return [Rule(rule.name, rule.condition.replace("%", "%%"), rule.columns) for rule in rules]


def _blank(country: str) -> dict[str, Any]:
    """What a course has of which nothing is said yet."""
    now = timezone.now()
    found = {field.attname: _default(field) for field in Offering._meta.concrete_fields}
    return found | {"currency": CURRENCY[country], "created_at": now, "updated_at": now}


def _default(field: Field[Any, Any]) -> Any:
    default = field.get_default()
    return default if isinstance(default, str | int | bool) else None
