"""Rows of a file made ready for their table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db.models import Count
from django.utils.translation import gettext as _

from kopa.base import writing
from kopa.base.names import LANGUAGES
from municipalities.cache import gazetteer
from offerings.imports.cells import Cells
from offerings.imports.columns import BY_NAME, Column
from offerings.imports.errors import Wrong
from offerings.imports.names import NAMED, names_of
from offerings.imports.saved import Places, sites_of
from offerings.models import CoHost, ImportRow, ImportRun, Offering, Verdict
from providers.models import Organisation, Site

LONGEST: Final = 120
WRITTEN_ANEW: Final = frozenset({"day", "opening", "closing"})


@dataclass(frozen=True, slots=True)
class ShownCell:
    heading: str
    text: str
    errors: list[str]
    is_changed: bool
    before: str  # in words; empty where nothing stood there
    note: str = ""  # what is saved beside what the cell says


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


@dataclass(frozen=True, slots=True)
class SavedRows:
    """What saving a file did: how many courses became public, how many are new drafts, how many changed."""

    published: int
    drafts: int
    changed: int

    @property
    def courses(self) -> int:
        return self.published + self.drafts + self.changed


def saved(run: ImportRun) -> SavedRows:
    kinds: dict[str, int] = dict.fromkeys(("published", "drafts", "changed"), 0)
    rows = run.rows.filter(version_after__isnull=False).order_by().values_list("verdict", "publishes")
    for verdict, publishes, number in rows.annotate(n=Count("pk")):
        if publishes:
            kinds["published"] += number
        else:
            kinds["drafts" if verdict == Verdict.NEW else "changed"] += number
    return SavedRows(**kinds)


def shown_rows(run: ImportRun, rows: Iterable[ImportRow]) -> list[ShownRow]:
    shown = list(rows)
    words, sites = Words(run, shown), Sites(run, shown)
    return [_shown(run, row, words, sites) for row in shown]


class Words:
    """Read cells in words again; what the names of a column need is asked once for all rows."""

    def __init__(self, run: ImportRun, rows: list[ImportRow]) -> None:
        self._country = run.provider.country
        self._cells = Cells(run.provider)
        self._names: dict[str, dict[Any, tuple[str, ...]]] = {}
        hosts = {pk for row in rows for pk, _part in row.before.get("co_hosts", [])}
        self._hosts = Organisation.objects.in_bulk(list(hosts)) if hosts else {}

    def cell(self, name: str, row: ImportRow) -> str:
        """As it was typed; days and moments that can be read as the reader writes them."""
        text: str = row.cells.get(name, "")
        if not text or BY_NAME[name].kind not in WRITTEN_ANEW or name in row.errors:
            return text
        read = self._cells.read(name, text)
        return text if isinstance(read, Wrong) else self.say(name, read)

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


class Sites:
    """Of the municipalities in a row, at which sites saving puts the course, or has put it."""

    def __init__(self, run: ImportRun, rows: list[ImportRow]) -> None:
        told = [row for row in rows if row.given.get("places")]
        self._of_courses = sites_of(row.offering_id for row in told)
        self._own = Places(run.provider) if told else None
        ids = {pk for row in told for pk in self._chosen(row)}
        self._sites = Site.objects.in_bulk(list(ids)) if ids else {}

    def say(self, row: ImportRow) -> str:
        named = "; ".join(str(self._sites[pk].name()) for pk in self._chosen(row))
        return _("Sites: %(sites)s") % {"sites": named} if named else ""

    def _chosen(self, row: ImportRow) -> list[int]:
        places = row.given.get("places")
        if self._own is None or not places:
            return []
        chosen: list[int] = self._own.given(places, self._of_courses.get(row.offering_id, {}))["sites"]
        return chosen


def _place(pk: int) -> str:
    places = gazetteer()
    return places.label(places.by_id[pk]) if pk in places.by_id else str(pk)


def _shown(run: ImportRun, row: ImportRow, words: Words, sites: Sites) -> ShownRow:
    is_new = row.offering_id is None or row.verdict == Verdict.NEW  # nothing is changed by it
    changed = set() if is_new else set(row.given)
    return ShownRow(
        number=row.number,
        verdict=row.verdict,
        label=row.get_verdict_display(),
        offering=row.offering,
        called=called(row),
        cells=[
            ShownCell(
                BY_NAME[name].heading(), _short(words.cell(name, row)), row.errors.get(name, []),
                name in changed, _short(words.say(name, row.before.get(name)) if name in changed else ""),
                sites.say(row) if name == "places" else "",
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
    return writing.shortened(text, LONGEST)
