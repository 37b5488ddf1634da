"""What stands in a cell, as JSON keeps what the services take; or what is wrong with it.

A cell's value is worked out once for each text: most columns repeat a few.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from functools import cached_property
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, URLValidator
from django.db import models
from django.utils.translation import gettext as _

from kopa.base import writing
from kopa.base.spreadsheets import unguarded
from offerings.deadlines import closing_moment, opening_moment
from offerings.errors import TimeDoesNotExist
from offerings.forms.fields import organisation_called
from offerings.imports.columns import BY_NAME, Column, plain
from offerings.imports.errors import Wrong
from offerings.imports.figures import DAY, TIME, day_of, key, number, share, whole
from offerings.imports.names import LINES, NAMED, Names, Reader, field_of, named_reader, parts_of_hosts, split
from offerings.imports.reading import LONGEST_CELL
from offerings.models import CoHost, Offering
from providers.models import Organisation

KEPT: Final = 2_000  # so many texts of a column are remembered
OWN: Final = frozenset({"text", "web"})  # kinds of columns whose texts are seldom those of another row
LONGEST_WORD: Final = 30  # a course code
# Addresses as nearly all are: the validators, which take their time, would find nothing against them.
LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?"
USUAL: Final = {
    "web": re.compile(rf"https?://(?:{LABEL}\.){{1,4}}[a-z]{{2,20}}(?:/[\w/.~-]{{0,200}})?", re.ASCII),
    "mail": re.compile(rf"[a-z0-9]+(?:[._-][a-z0-9]+){{0,9}}@(?:{LABEL}\.){{1,4}}[a-z]{{2,20}}", re.ASCII),
}
CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


class Cells:
    """Reads the cells of one organisation's file in the active language; each text of a column once."""

    def __init__(self, provider: Organisation) -> None:
        self.country = provider.country
        # By name of the column: what its texts say.
        self.known: dict[str, dict[str, Any]] = {name: {} for name in BY_NAME}
        # How long a text may be, by name of the columns in which each row has its own.
        self.longest = {name: _longest(name) for name, column in BY_NAME.items() if column.kind in OWN}
        self._readers: dict[str, Reader] = {}
        self._typed: dict[str, dict[Any, Any]] = {name: {} for name in TYPED}

    @cached_property
    def names(self) -> Names:
        return Names()

    def read(self, name: str, text: str) -> Any:
        """What the cell says, as JSON keeps it, or Wrong."""
        column = BY_NAME[name]
        try:
            found = self._read(column, text)
        except Wrong as wrong:
            found = wrong
        known = self.known[name]
        if len(known) < KEPT and column.kind not in OWN:
            known[text] = found
        return found

    def typed(self, name: str, value: Any) -> Any:
        """What is read, as the services take it."""
        known = self._typed.get(name)
        if known is None or value is None:
            return value
        if value not in known:
            if len(known) > KEPT:
                known.clear()
            known[value] = TYPED[name].to_python(value)
        return known[value]

    def _read(self, column: Column, text: str) -> Any:
        if text.startswith("="):
            raise Wrong(_("This is a formula. Write the value itself."))
        if len(text) > LONGEST_CELL:
            raise Wrong(_("At most %(most)s characters fit here.") % {"most": writing.number(LONGEST_CELL)})
        if CONTROLS.search(text):
            raise Wrong(_("The cell has characters that no text has."))
        reader = self._readers.get(column.name)
        if reader is None:
            reader = self._readers[column.name] = self._reader(column)
        return reader(unguarded(text))

    def _reader(self, column: Column) -> Reader:
        if column.kind in {"text", "web", "mail"}:
            return _text_reader(column)
        if column.kind in NAMED:
            return named_reader(column)
        own: dict[str, Reader] = {
            "municipalities": lambda text: sorted({self.names.find(word) for word in split(text)}),
            "quotas": lambda text: _quotas(text, self.names.find),
            "opening": lambda text: self._moment(text, is_opening=True),
            "closing": lambda text: self._moment(text, is_opening=False),
            "whole": lambda text: _within_bounds(column, whole(text)),
        }
        return own.get(column.kind) or PLAIN_READERS[column.kind]

    def _moment(self, text: str, *, is_opening: bool) -> str | None:
        if not text:
            return None
        day, _gap, rest = text.replace("T", " ").partition(" ")
        at: dt.time | None = None
        if re.fullmatch(r"\d{1,2}\.", rest.strip()[:3]) and not DAY.fullmatch(day):
            day, rest = text, ""
        if rest.strip():
            clock = TIME.fullmatch(rest.strip())
            if clock is None or int(clock[1]) > 23 or int(clock[2]) > 59:
                raise Wrong(_("Write the time as 15.00 after the day."))
            at = dt.time(int(clock[1]), int(clock[2]), min(int(clock[3] or 0), 59))
        read = opening_moment if is_opening else closing_moment
        try:
            return read(day_of(day), at, self.country).isoformat()
        except TimeDoesNotExist as refused:
            raise Wrong(str(refused)) from refused


def _longest(name: str) -> int:
    return getattr(field_of(name), "max_length", None) or LONGEST_CELL


def _text_reader(column: Column) -> Reader:
    most = _longest(column.name)
    checks: dict[str, Callable[[str], None]] = {
        "web": URLValidator(schemes=["http", "https"]),
        "mail": EmailValidator(),
    }
    check = checks.get(column.kind)

    def read(text: str) -> str:
        if len(text) > most:
            raise Wrong(_("At most %(most)s characters fit here.") % {"most": most})
        if check is not None and text and not USUAL[column.kind].fullmatch(text):
            try:
                check(text)
            except ValidationError as wrong:
                raise Wrong(" ".join(wrong.messages)) from wrong
        return text

    return read


def _within_bounds(column: Column, number: int | None) -> int | None:
    """The least and the most that the offering's own field says."""
    if number is not None:
        try:
            field_of(column.name).run_validators(number)
        except ValidationError as wrong:
            raise Wrong(" ".join(wrong.messages)) from wrong
    return number


def _quotas(text: str, find: Callable[[str], int]) -> dict[str, int]:
    """``Pello: 2; Tornio 3`` as ``{municipality's id: places}``."""
    found: dict[str, int] = {}
    for word in split(text):
        parts = re.fullmatch(r"(.+?)[\s:=]+(\d{1,5})", word)
        if parts is None:
            raise Wrong(_("Write reserved places as “Pello: 2; Tornio: 3”."))
        key = str(find(parts[1]))
        if key in found:
            raise Wrong(_("The same municipality stands twice."))
        if int(parts[2]):
            found[key] = int(parts[2])
    return found


def _hosts(text: str) -> list[list[Any]]:
    """``Pellon kunta: lends the premises`` as ``[[organisation's id, part]]``; without a part it teaches."""
    parts = {plain(word): value for value, words in parts_of_hosts().items() for word in (value, *words)}
    found = []
    for line in split(text, LINES):
        name, colon, said = line.rpartition(":")
        part = parts.get(plain(said)) if colon else CoHost.Part.TEACHES.value
        if part is None:
            allowed = ", ".join(words[0] for words in parts_of_hosts().values())
            sentence = _("Write what each does after a colon: %(allowed)s.")
            raise Wrong(sentence % {"allowed": allowed})
        try:
            found.append([organisation_called(name.strip() if colon else line), part])
        except ValidationError as wrong:
            raise Wrong(" ".join(wrong.messages)) from wrong
    return sorted(found)


def _words(text: str) -> list[str]:
    words = split(text)
    too_long = next((word for word in words if len(word) > LONGEST_WORD), None)
    if too_long is not None:
        sentence = _("“%(text)s…” is too long: each has at most %(most)s characters.")
        raise Wrong(sentence % {"text": too_long[:LONGEST_WORD], "most": LONGEST_WORD})
    return words


def from_json(name: str, value: Any) -> Any:
    """A value of the offering's own column, as the services take it."""
    return TYPED[name].to_python(value) if name in TYPED and value is not None else value


# JSON has no days, moments and decimals.
TYPED: Final[dict[str, Any]] = {
    field.name: field for field in Offering._meta.concrete_fields
    if isinstance(field, models.DateField | models.DateTimeField | models.DecimalField)
}  # fmt: skip
PLAIN_READERS: Final[dict[str, Reader]] = {
    "words": _words,
    "number": lambda text: None if not text else str(number(text, decimals=1)),
    "money": lambda text: None if not text else int(number(text, decimals=2) * 100),
    "day": lambda text: day_of(text).isoformat() if text else None,
    "hosts": _hosts,
    "share": share,
    "key": key,
}
