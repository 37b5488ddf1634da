"""The rules of the table of offerings, asked of PostgreSQL about rows that are not written yet: they stand
there alone.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from offerings.models import Offering
from offerings.services.acts import FIELD_OF_CODE

# Readiness says better what is missing.
NOT_ASKED: Final = frozenset({"incomplete"})
RULES: Final = """
select c.conname, pg_get_expr(c.conbin, c.conrelid),
  array(
    select a.attname::text from pg_attribute a where a.attrelid = c.conrelid and a.attnum = any (c.conkey)
  )
from pg_constraint c where c.conrelid = 'offerings_offering'::regclass and c.contype = 'c' order by c.conname
"""
# Rows laid over the offerings that they are about.
LAID_OVER: Final = """
select w.id as row_key, n.* from jsonb_to_recordset(%(given)s) as w(id bigint, given jsonb)
join offerings_offering o on o.id = w.id
cross join lateral jsonb_populate_record(o, w.given) as n
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """``condition`` in SQL, of the table's ``columns``; ``field`` is where a form shows that it is broken."""

    name: str
    condition: str
    columns: Collection[str]
    constraint: Any

    @property
    def field(self) -> str:
        return FIELD_OF_CODE.get(self.constraint.violation_error_code or "", "")

    @property
    def sentence(self) -> str:
        return str(self.constraint.get_violation_error_message())


def table_rules() -> list[Rule]:
    """Every rule that is asked. One statement."""
    known: dict[str, Any] = {
        str(one.name): one for one in Offering._meta.constraints
        if getattr(one, "violation_error_code", None) not in NOT_ASKED
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(RULES)
        return [
            Rule(name, condition, columns, known[name])
            for name, condition, columns in cursor.fetchall()
            if name in known
        ]


def broken_by(rules: Iterable[Rule], rows: str, parameters: Mapping[str, Any]) -> dict[int, list[Rule]]:
    """What these rows break, by their ``row_key``; those that break nothing are left out. One statement.

    ``rows`` is a select of ours with the columns of the rules, ``parameters`` are its own.
    """
    asked = {rule.name: rule for rule in rules}
    # Parameters are marked with per cents, which conditions may have of their own.
    broken_if = {name: f"not ({rule.condition})".replace("%", "%%") for name, rule in asked.items()}
    said = ", ".join(f"case when {broken} then '{name}' end" for name, broken in broken_if.items())
    with connection.cursor() as cursor:
        cursor.execute(
            f"select row_key, array_remove(array[{said}], null) from ({rows}) as asked"  # noqa: S608 - ours
            f" where {' or '.join(broken_if.values())}",
            parameters,
        )
        return {key: [asked[name] for name in names] for key, names in cursor.fetchall()}


def broken_rules(wanted: Mapping[int, Mapping[str, Any]]) -> dict[int, list[str]]:
    """Sentences of the rules that offerings (by id) would break with these values in their columns. Two
    statements however many they are; those that break none are left out.
    """
    given = [{"id": pk, "given": dict(values)} for pk, values in wanted.items()]
    broken = broken_by(table_rules(), LAID_OVER, {"given": json.dumps(given, cls=DjangoJSONEncoder)})
    return {pk: [rule.sentence for rule in rules] for pk, rules in broken.items()}
