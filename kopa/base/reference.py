"""Reference tables out of files: read the rows, write what differs from the database, say what happened."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from django.db import connection, models

BATCH: Final = 1000
# Keys of rows that are only counted when there are more of them than this.
NAMED_IN_REPORT: Final = 8

M = TypeVar("M", bound=models.Model)
Key = tuple[Any, ...]
Say = Callable[[str], None]


class ReferenceDataError(Exception):
    """A file of the reference data cannot be used as it is; the message names file and line."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a file."""

    file: str
    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def fault(self, what: str) -> ReferenceDataError:
        return ReferenceDataError(f"{self.file}, line {self.line}: {what}")

    def list(self, column: str) -> list[str]:
        """The values between ``|``; an empty cell is no value."""
        return [value for value in self[column].split("|") if value]

    def number(self, column: str) -> int | None:
        try:
            return int(self[column]) if self[column] else None
        except ValueError as reason:
            raise self.fault(f"{column} is not a whole number: {self[column]!r}.") from reason

    def degrees(self, column: str) -> float | None:
        try:
            return float(self[column]) if self[column] else None
        except ValueError as reason:
            raise self.fault(f"{column} is not a number: {self[column]!r}.") from reason

    def day(self, column: str) -> dt.date | None:
        try:
            return dt.date.fromisoformat(self[column]) if self[column] else None
        except ValueError as reason:
            raise self.fault(f"{column} is not a day as 2026-12-31: {self[column]!r}.") from reason

    def yes(self, column: str) -> bool:
        if self[column] not in {"yes", "no"}:
            raise self.fault(f"{column} is neither yes nor no: {self[column]!r}.")
        return self[column] == "yes"

    def among(self, column: str, known: Mapping[str, int]) -> int | None:
        """The id that ``known`` has for the cell; None for an empty cell, a fault for an unknown key."""
        if not self[column]:
            return None
        if self[column] not in known:
            raise self.fault(f"{column} names {self[column]!r}, which is not in the data.")
        return known[self[column]]

    def one_of(self, column: str, known: Mapping[str, int]) -> int:
        """As ``among``, for a cell that must not be empty."""
        found = self.among(column, known)
        if found is None:
            raise self.fault(f"{column} is empty.")
        return found


def rows(folder: Path, file: str, columns: Sequence[str]) -> Iterator[Row]:
    """The lines of a file whose header is exactly ``columns``."""
    path = folder / file
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            if list(reader.fieldnames or []) != list(columns):
                raise ReferenceDataError(f"{file}: the header must be {','.join(columns)}.")
            for cells in reader:
                row = Row(file, reader.line_num, cells)
                if None in cells or None in cells.values():
                    raise row.fault(f"the line has not {len(columns)} cells.")
                yield row
    except (OSError, UnicodeDecodeError, csv.Error) as reason:
        raise ReferenceDataError(f"{file} cannot be read: {reason}") from reason


@dataclass(frozen=True, slots=True)
class Change:
    """What a load changed in one row: field → (before, after)."""

    key: str
    fields: Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one table."""

    name: str
    added: tuple[str, ...]
    changed: tuple[Change, ...]
    unchanged: int
    kept: tuple[str, ...] = ()  # no longer in the file, but never deleted: something may point to them
    removed: tuple[str, ...] = ()

    @property
    def is_news(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    def names(self) -> tuple[str, ...]:
        """The rows that are not as they were."""
        return *self.added, *(change.key for change in self.changed), *self.removed

    def lines(self) -> Iterator[str]:
        """The report for a person, one line per fact."""
        counts = f"{len(self.added)} added, {len(self.changed)} changed, {self.unchanged} unchanged"
        yield f"{self.name}: {counts}" + (f", {len(self.removed)} removed" if self.removed else "")
        for change in self.changed[:NAMED_IN_REPORT]:
            told = "; ".join(f"{field}: {old!r} → {new!r}" for field, (old, new) in change.fields.items())
            yield f"  changed {change.key}: {told}"
        if len(self.changed) > NAMED_IN_REPORT:
            yield f"  … and {len(self.changed) - NAMED_IN_REPORT} more"
        if self.kept:
            more = " …" if len(self.kept) > NAMED_IN_REPORT else ""
            yield (
                f"  not in the file any more, kept in the database ({len(self.kept)}):"
                f" {', '.join(self.kept[:NAMED_IN_REPORT])}{more}"
            )


class Table(Generic[M]):
    """Brings one model's rows to what the file says. Must run inside a transaction.

    ``put`` may be called several times where later rows point to earlier ones; ``close`` answers the report.
    A row is known by the fields of ``key``. A model with ``updated_at`` gets ``now`` there in the rows that
    changed. Only rows of ``scope`` are compared; those missing from the file are kept, or deleted with
    ``removable``.
    """

    def __init__(
        self,
        model: type[M],
        *,
        key: Sequence[str],
        now: dt.datetime,
        scope: models.QuerySet[M] | None = None,
        name: str = "",
        removable: bool = False,
    ) -> None:
        self.model = model
        self.key_of = attrgetter(*key) if len(key) > 1 else lambda thing: (getattr(thing, key[0]),)
        self.key = tuple(key)
        self.now = now
        self.name = name or str(model._meta.verbose_name_plural)
        self.removable = removable
        self.has_clock = any(field.name == "updated_at" for field in model._meta.fields)
        found = model._default_manager.all() if scope is None else scope
        self.known: dict[Key, M] = {self.key_of(thing): thing for thing in found}
        self.seen: set[Key] = set()
        self.added: list[Key] = []
        self.changed: list[Change] = []

    def put(self, wanted: Sequence[Mapping[str, Any]]) -> None:
        """Add the rows that are new, change those that differ. Each row names all fields the file decides."""
        fresh: list[M] = []
        differing: list[M] = []
        for values in wanted:
            key = tuple(values[name] for name in self.key)
            if key in self.seen:
                raise ReferenceDataError(f"{self.name}: {_told(key)} stands twice.")
            self.seen.add(key)
            thing = self.known.get(key)
            if thing is None:
                thing = self.model(**values, **({"updated_at": self.now} if self.has_clock else {}))
                self.known[key] = thing
                self.added.append(key)
                fresh.append(thing)
            elif self._change(thing, key, values):
                differing.append(thing)
        self.model._default_manager.bulk_create(fresh, batch_size=BATCH)
        if differing:
            names = [*wanted[0], *(["updated_at"] if self.has_clock else [])]
            pk = self.model._meta.pk.name
            self.model._default_manager.bulk_create(
                differing,
                batch_size=BATCH,
                update_conflicts=True,
                unique_fields=[pk],
                update_fields=[name for name in names if name != pk],
            )

    def _change(self, thing: M, key: Key, values: Mapping[str, Any]) -> bool:
        fields = {
            name: (getattr(thing, name), value)
            for name, value in values.items()
            if getattr(thing, name) != value
        }
        if not fields:
            return False
        for name, (_, value) in fields.items():
            setattr(thing, name, value)
        if self.has_clock:
            thing.updated_at = self.now  # type: ignore[attr-defined]
        self.changed.append(Change(_told(key), fields))
        return True

    def touch(self, keys: set[Key]) -> None:
        """Mark rows as changed now because something of theirs changed; those just written are left."""
        pks = [self.known[key].pk for key in keys if self.known[key].updated_at != self.now]  # type: ignore[attr-defined]
        self.model._default_manager.filter(pk__in=pks).update(updated_at=self.now)

    def ids(self, key: Callable[[M], str]) -> dict[str, Any]:
        """Primary key of every row there is now, by what ``key`` says of it."""
        return {key(thing): thing.pk for thing in self.known.values()}

    def close(self) -> Report:
        if self.added:
            self._count()
        missing = [key for key in self.known if key not in self.seen]
        if self.removable and missing:
            self.model._default_manager.filter(pk__in=[self.known[key].pk for key in missing]).delete()
        told = tuple(sorted(_told(key) for key in missing))
        return Report(
            name=self.name,
            added=tuple(_told(key) for key in self.added),
            changed=tuple(self.changed),
            unchanged=len(self.seen) - len(self.added) - len(self.changed),
            kept=() if self.removable else told,
            removed=told if self.removable else (),
        )


    def _count(self) -> None:
        """Let PostgreSQL see the rows at once, not when autovacuum comes by.

        It takes a table that was empty a moment ago for empty, and plans its joins accordingly.
        """
        with connection.cursor() as cursor:
            cursor.execute(f"analyze {connection.ops.quote_name(self.model._meta.db_table)}")


def _told(key: Key) -> str:
    return "-".join(str(part) for part in key)
