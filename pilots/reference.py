"""Loads pilot groups, their members, the goals and the figures that sources state from ``fixtures/``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kopa.base.reference import Report, Row, Table, rows
from municipalities.models import Country, Municipality
from pilots.models import (
    Goal,
    GroupKind,
    MemberKind,
    MembershipKind,
    PilotGroup,
    PilotMembership,
    StatedFigure,
)
from pilots.totals import MEASURES
from providers.models import Institution, JointAuthorityMember, Organisation

GROUP_COLUMNS: Final = (
    "code", "kind", "number", "country", "called_fi", "called_sv", "first_day", "last_day", "source",
)  # fmt: skip
MEMBER_COLUMNS: Final = (
    "group", "position", "kind", "member_kind", "name_fi", "name_sv", "municipality", "organisation",
    "institution", "via", "first_day", "last_day", "source",
)  # fmt: skip
GOAL_COLUMNS: Final = (
    "number", "title_fi", "title_sv", "title_en", "text_fi", "text_sv", "text_en", "source",
)  # fmt: skip
FIGURE_COLUMNS: Final = ("measure", "value", "source")


@dataclass(frozen=True, slots=True)
class _Known:
    """What a row of members may point to, by its key in the files."""

    groups: Mapping[str, int]
    municipalities: Mapping[str, int]
    organisations: Mapping[str, int]
    institutions: Mapping[str, int]
    of_joint_authorities: frozenset[tuple[int, int]]  # organisation, municipality


def load(folder: Path, *, now: dt.datetime) -> list[Report]:
    """Groups, members, goals and stated figures are as in the files.

    What a coordinator has written about a group (``EDITED``) is not in the files and stays as it is.
    """
    groups = Table(PilotGroup, key=["code"], now=now, name="pilot groups")
    groups.put([_group(row) for row in rows(folder, "pilot_groups.csv", GROUP_COLUMNS)])
    members = _load_members(folder, groups.ids(lambda group: group.code), now)
    if members.is_news:
        groups.touch(groups.seen)
    return [groups.close(), members, _load_goals(folder, now), _load_figures(folder, now)]


def _load_members(folder: Path, groups: Mapping[str, int], now: dt.datetime) -> Report:
    known = _Known(
        groups,
        {f"{one.country}-{one.code}": one.pk for one in Municipality.objects.only("pk", "country", "code")},
        dict(_pairs(Organisation, "register_key")),
        dict(_pairs(Institution, "code")),
        frozenset(JointAuthorityMember.objects.values_list("organisation_id", "municipality_id")),
    )
    table = Table(
        PilotMembership,
        key=["group_id", "municipality_id", "organisation_id", "institution_id", "valid_from"],
        now=now,
        name="members of pilot groups",
        removable=True,
    )
    table.put([_member(row, known) for row in rows(folder, "pilot_members.csv", MEMBER_COLUMNS)])
    return table.close()


def _pairs(model: type[Organisation | Institution], field: str) -> list[tuple[str, int]]:
    return list(model.objects.exclude(**{field: None}).values_list(field, "pk"))


def _load_goals(folder: Path, now: dt.datetime) -> Report:
    table = Table(Goal, key=["number"], now=now, name="goals of the pilots")
    lines = rows(folder, "pilot_goals.csv", GOAL_COLUMNS)
    table.put(
        [{name: row[name] for name in GOAL_COLUMNS} | {"number": row.number("number")} for row in lines]
    )
    return table.close()


def _load_figures(folder: Path, now: dt.datetime) -> Report:
    table = Table(StatedFigure, key=["measure"], now=now, name="stated figures", removable=True)
    lines = list(rows(folder, "pilot_figures.csv", FIGURE_COLUMNS))
    for row in lines:
        if row["measure"] not in MEASURES:
            raise row.fault(f"there is no measure {row['measure']!r}.")
    table.put(
        [{"measure": row["measure"], "value": row.number("value"), "source": row["source"]} for row in lines]
    )
    return table.close()


def _group(row: Row) -> dict[str, Any]:
    return {
        "code": row["code"],
        "kind": _choice(row, "kind", GroupKind.values),
        "number": row.number("number"),
        "country": _choice(row, "country", Country.values),
        "called_fi": row["called_fi"],
        "called_sv": row["called_sv"],
        "valid_from": row.day("first_day"),
        "valid_to": row.day("last_day"),
        "source": row["source"],
    }


def _member(row: Row, known: _Known) -> dict[str, Any]:
    values = {
        "group_id": row.one_of("group", known.groups),
        "position": row.number("position"),
        "kind": _choice(row, "kind", MembershipKind.values),
        "member_kind": _choice(row, "member_kind", MemberKind.values),
        "name_fi": row["name_fi"],
        "name_sv": row["name_sv"],
        "municipality_id": row.among("municipality", known.municipalities),
        "organisation_id": row.among("organisation", known.organisations),
        "institution_id": row.among("institution", known.institutions),
        "via_organisation_id": row.among("via", known.organisations),
        "valid_from": row.day("first_day"),
        "valid_to": row.day("last_day"),
        "source": row["source"],
    }
    via = values["via_organisation_id"]
    if via and (via, values["municipality_id"]) not in known.of_joint_authorities:
        raise row.fault(f"{row['municipality']} is no member of the joint authority {row['via']}.")
    return values


def _choice(row: Row, column: str, choices: list[str]) -> str:
    if row[column] not in choices:
        raise row.fault(f"{column} is none of {', '.join(choices)}: {row[column]!r}.")
    return row[column]
