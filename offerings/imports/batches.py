"""What the cells of several rows say, column by column: most columns repeat a few texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby, islice, repeat
from operator import is_not
from typing import Any, Final, NamedTuple

from offerings.imports.cells import USUAL, Cells
from offerings.imports.columns import BY_NAME
from offerings.imports.errors import Wrong
from offerings.models import Offering

UNREAD: Final = object()
TOGETHER: Final = 100  # rows; PostgreSQL, which takes in those before, has little to do meanwhile
ODD: Final = ("=", "'")  # a text that begins so is looked at more closely
# Where nothing is said, the value is None; elsewhere it is an empty one.
NULLABLE: Final = frozenset(field.attname for field in Offering._meta.concrete_fields if field.null)
# Kinds of columns in which any text may stand, and of which texts all is well.
PLAIN: Final[dict[str, Callable[[Sequence[str]], bool]]] = {
    "text": lambda texts: "".join(texts).isprintable() and not any(map(str.startswith, texts, repeat(ODD))),
    "web": lambda texts: all(map(USUAL["web"].fullmatch, filter(None, texts))),
}


class Read(NamedTuple):
    """What a row's cells say, and what is wrong with the others. Rows whose ``alike`` is equal have the same
    columns, the same texts in the columns that are weighed, and something in the same ones of the others.
    """

    values: dict[str, Any]
    errors: dict[str, list[str]]
    alike: tuple[Any, ...]


class Known(dict[str, Any]):
    """What the texts of a column say, each read once. ``has_wrong`` is set by a text that is wrong."""

    def __init__(self, name: str, cells: Cells) -> None:
        super().__init__()
        self._name, self._cells = name, cells
        self.has_wrong = False

    def __missing__(self, text: str) -> Any:
        found = self._cells.known[self._name].get(text, UNREAD)
        if found is UNREAD:
            found = self._cells.read(self._name, text)
        if found.__class__ is Wrong:
            self.has_wrong = True
        elif text in self._cells.known[self._name]:
            self[text] = found
        return found


class Batches:
    """Reads rows of texts by the names of their columns. An empty cell of those that ``stay`` says nothing.
    ``weighed``: see ``Read``.
    """

    def __init__(self, cells: Cells, *, stay: frozenset[str], weighed: frozenset[str]) -> None:
        self._stay, self._weighed = stay, weighed
        self._longest = cells.longest
        self._known = {name: Known(name, cells) for name in BY_NAME}

    def read(self, rows: Iterable[dict[str, str]]) -> Iterator[Read]:
        for names, alike in groupby(rows, tuple):
            while some := list(islice(alike, TOGETHER)):
                yield from self._read(names, list(zip(*map(dict.values, some), strict=True)))

    def _read(self, names: tuple[str, ...], columns: Sequence[Sequence[str]]) -> Iterator[Read]:
        found = list(map(self._column, names, columns))
        rows = [dict(zip(names, row, strict=True)) for row in zip(*found, strict=True)]
        errors = self._taken_out(names, found, rows)
        for name, texts in zip(names, columns, strict=True):
            if name in self._stay and "" in texts:
                for values, text in zip(rows, texts, strict=True):
                    if not text:
                        del values[name]
        alike = zip(repeat(names), *map(self._likeness, names, columns, found), strict=False)
        for place, (values, like) in enumerate(zip(rows, alike, strict=True)):
            yield Read(values, errors.get(place) or {}, like)

    def _column(self, name: str, texts: Sequence[str]) -> Sequence[Any]:
        known = self._known[name]
        are_plain, most = PLAIN.get(BY_NAME[name].kind), self._longest.get(name, 0)
        if are_plain is None:
            return list(map(known.__getitem__, texts))
        if max(map(len, texts)) <= most and are_plain(texts):
            return texts
        return [text if len(text) <= most and are_plain((text,)) else known[text] for text in texts]

    def _taken_out(
        self, names: Sequence[str], found: Iterable[Sequence[Any]], rows: Sequence[dict[str, Any]]
    ) -> dict[int, dict[str, list[str]]]:
        """What is wrong with the cells of these rows, by the row's place; it is none of their values."""
        errors: dict[int, dict[str, list[str]]] = {}
        for name, column in zip(names, found, strict=True):
            if not self._known[name].has_wrong:
                continue
            self._known[name].has_wrong = False
            for place, value in enumerate(column):
                if value.__class__ is Wrong:
                    errors.setdefault(place, {})[name] = [str(value)]
                    del rows[place][name]
        return errors

    def _likeness(self, name: str, texts: Sequence[str], values: Sequence[Any]) -> Iterable[Any]:
        if name in self._weighed:
            return texts
        return map(is_not, values, repeat(None)) if name in NULLABLE else map(bool, values)
