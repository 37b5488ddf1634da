"""The rules of the table of offerings, asked of PostgreSQL about rows that are not written yet."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from offerings.models import Offering

# Readiness says better what is missing.
NOT_ASKED: Final = frozenset({"incomplete"})


def broken_rules(wanted: Mapping[int, Mapping[str, Any]]) -> dict[int, list[str]]:
    """Sentences of the rules that offerings (by id) would break with these values in their columns. One
    statement however many they are; those that break none are left out.
    """
    known: dict[str, Any] = {
        str(one.name): one for one in Offering._meta.constraints
        if getattr(one, "violation_error_code", None) not in NOT_ASKED
    }  # fmt: skip
    given = [{"id": pk, "given": dict(values)} for pk, values in wanted.items()]
    with connection.cursor() as cursor:
        cursor.execute(
            "select conname, pg_get_expr(conbin, conrelid) from pg_constraint"
            " where conrelid = 'offerings_offering'::regclass and contype = 'c'"
        )
        rules = [(name, rule) for name, rule in cursor.fetchall() if name in known]
        said = ", ".join(f"case when not ({rule}) then '{name}' end" for name, rule in rules)
        cursor.execute(
            f"""
            select o.id, b.broken from jsonb_to_recordset(%s) as w(id bigint, given jsonb)
            join offerings_offering o on o.id = w.id
            cross join lateral (
                select array_remove(array[{said.replace("%", "%%")}], null) as broken
                from jsonb_populate_record(o, w.given) as n
            ) b
            where b.broken <> '{{}}'
            """,  # noqa: S608 - rules and names are the database's own
            [json.dumps(given, cls=DjangoJSONEncoder)],
        )
        broken = cursor.fetchall()
    return {pk: [str(known[name].get_violation_error_message()) for name in names] for pk, names in broken}
