"""Rows of a file made ready for their table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kopa.base.names import LANGUAGES
from offerings.imports.columns import BY_NAME
from offerings.models import ImportRow, ImportRun, Offering

LONGEST = 120


@dataclass(frozen=True, slots=True)
class ShownCell:
    heading: str
    text: str
    errors: list[str]
    is_changed: bool


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
    return [_shown(run, row) for row in rows]


def _shown(run: ImportRun, row: ImportRow) -> ShownRow:
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
                name in changed,
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
