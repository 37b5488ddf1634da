"""Rows of a file made ready for their table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from kopa.base import writing
from kopa.base.names import LANGUAGES
from municipalities.cache import gazetteer
from offerings.imports.columns import BY_NAME, Column
from offerings.imports.names import NAMED, names_of
from offerings.models import CoHost, ImportRow, ImportRun, Offering
from providers.models import Organisation

LONGEST = 120


@dataclass(frozen=True, slots=True)
class ShownCell:
    heading: str
    text: str
    errors: list[str]
    is_changed: bool
    before: str  # in words; empty where nothing stood there


@dataclass(frozen=True, slots=True)
class ShownRow:
    number: int
    verdict: str
    label: str
    offering: Offering | None
    called: str
    cells: list[ShownCell]
    others: list[str]
    kept_because: str

    @property
    def wrong(self) -> list[ShownCell]:
        return [cell for cell in self.cells if cell.errors]


def shown_rows(run: ImportRun, rows: Iterable[ImportRow]) -> list[ShownRow]:
    shown = list(rows)
    words = Words(run, shown)
    return [_shown(run, row, words) for row in shown]


class Words:
    """Read cells in words again; what the names of a column need is asked once for all rows."""

    def __init__(self, run: ImportRun, rows: list[ImportRow]) -> None:
        self._country = run.provider.country
        self._names: dict[str, dict[Any, tuple[str, ...]]] = {}
        hosts = {pk for row in rows for pk, _part in row.before.get("co_hosts", [])}
        self._hosts = Organisation.objects.in_bulk(list(hosts)) if hosts else {}

    def say(self, name: str, value: Any) -> str:
        if value is None or value in ("", [], {}):
            return ""
        column = BY_NAME[name]
        say = {
            "municipalities": lambda: "; ".join(map(_place, value)),
            "quotas": lambda: "; ".join(f"{_place(int(pk))}: {seats}" for pk, seats in value.items()),
            "hosts": lambda: "; ".join(self._host(*host) for host in value),
            "words": lambda: "; ".join(value),
            "day": lambda: writing.day(dt.date.fromisoformat(value)),
            "opening": lambda: self._moment(value),
            "closing": lambda: self._moment(value),
            "share": lambda: writing.percent(Decimal(value)),
            "money": lambda: writing.number(Decimal(value) / 100),
            "number": lambda: writing.number(Decimal(value)),
            "yes": lambda: self._named(column, "yes" if value else "no"),
        }.get(column.kind)
        if say is not None:
            return say()
        if column.kind in NAMED:
            several = value if isinstance(value, list) else [value]
            return "; ".join(self._named(column, one) for one in several)
        return str(value)

    def _named(self, column: Column, value: Any) -> str:
        if column.name not in self._names:
            self._names[column.name] = names_of(column)
        return self._names[column.name].get(value, (str(value),))[0]

    def _moment(self, value: str) -> str:
        return writing.moment(dt.datetime.fromisoformat(value), country=self._country)

    def _host(self, pk: int, part: str) -> str:
        return f"{self._hosts[pk].label() if pk in self._hosts else pk}: {CoHost.Part(part).label}"


def _place(pk: int) -> str:
    places = gazetteer()
    return places.label(places.by_id[pk]) if pk in places.by_id else str(pk)


def _shown(run: ImportRun, row: ImportRow, words: Words) -> ShownRow:
    changed = set(row.given) if row.offering_id is not None else set()
    return ShownRow(
        number=row.number,
        verdict=row.verdict,
        label=row.get_verdict_display(),
        offering=row.offering,
        called=called(row),
        cells=[
            ShownCell(
                BY_NAME[name].heading(), _short(row.cells.get(name, "")), row.errors.get(name, []),
                name in changed, _short(words.say(name, row.before.get(name)) if name in changed else ""),
            )
            for name in run.columns
        ],
        others=[
            f"{BY_NAME[name].heading()}: {sentence}" if name in BY_NAME else sentence
            for name, sentences in row.errors.items()
            if name not in run.columns
            for sentence in sentences
        ],
        kept_because=row.kept_because,
    )  # fmt: skip


def called(row: ImportRow) -> str:
    """Its identifier and a title, as far as it has them."""
    titles = (row.cells.get(f"title_{language}", "") for language in LANGUAGES)
    title = next((one for one in titles if one), "")
    return _short(" · ".join(part for part in (row.cells.get("own_reference", ""), title) if part))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
