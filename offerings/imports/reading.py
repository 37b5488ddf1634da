"""From the bytes of a file to rows of texts. Nothing here knows what the columns mean.

A file is a stranger's: sizes are checked before anything is unpacked, and rows are read one at a time.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from xml.etree.ElementTree import ParseError

import openpyxl
from django.utils.translation import gettext as _
from openpyxl.utils.exceptions import InvalidFileException

from offerings.imports import workbooks
from offerings.imports.columns import recognise
from offerings.imports.errors import FileRefused, TooManyRows
from offerings.imports.figures import written

MOST_BYTES: Final = 10 * 1024 * 1024
MOST_ROWS: Final = workbooks.MOST_ROWS
MOST_COLUMNS: Final = 200
LONGEST_CELL: Final = 20_000
PACKED: Final = b"PK\x03\x04"
OLD: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # workbooks of before 2007, and those with a password
# A text that a spreadsheet could take for a formula is written with an apostrophe before it.


@dataclass(frozen=True, slots=True)
class Table:
    """The first row that has anything in it, and the rows after it, each with its number in the file."""

    headings: list[str]
    rows: Iterator[tuple[int, list[str]]]
    about: int  # how many rows there may be: lines, and empty rows, count too


def read(content: bytes, *, most_rows: int = MOST_ROWS) -> Table:
    """The table in the file, whatever kind it is. Raises FileRefused, also while the rows are read."""
    if len(content) > MOST_BYTES:
        raise FileRefused(_("The file is larger than 10 megabytes. Divide it into several."))
    if content[:4] == PACKED:
        about, rows = _sheet(content)
    elif content[:8] == OLD:
        raise FileRefused(_("This is an old or a protected Excel file. Save it as .xlsx without a password."))
    else:
        about, rows = content.rstrip(b"\r\n").count(b"\n") + 1, _csv_rows(_text(content))
    filled = _filled(rows, most_rows)
    first = next(filled, None)
    if first is None:
        raise FileRefused(_("The file is empty."))
    return Table(first[1], filled, min(max(about - 1, 0), most_rows))


def is_workbook(content: bytes) -> bool:
    return content[:4] == PACKED or content[:8] == OLD


def _filled(rows: Iterable[list[str]], most: int) -> Iterator[tuple[int, list[str]]]:
    """Rows that have anything in them, with their numbers."""
    filled = 0
    for number, row in enumerate(rows, start=1):
        if len(row) > MOST_COLUMNS:
            sentence = _("Row %(row)s has more than %(most)s columns.")
            raise FileRefused(sentence % {"row": number, "most": MOST_COLUMNS})
        has_something = any(row)
        filled += has_something
        if filled > most + 1 or number > 10 * most + 1000:
            raise TooManyRows(most)
        if has_something:
            yield number, row


def _text(content: bytes) -> str:
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\0" in content:
        line = content.count(b"\n", 0, max(content.find(b"\0"), 0)) + 1
        sentence = _("Row %(row)s has characters that no text has. Save the file as CSV UTF-8 or as .xlsx.")
        raise FileRefused(sentence % {"row": line})
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError as wrong:
        line = content.count(b"\n", 0, wrong.start) + 1
        sentence = _("Row %(row)s mixes alphabets (encodings). Save the file as CSV UTF-8 or as .xlsx.")
        raise FileRefused(sentence % {"row": line}) from wrong


def _csv_rows(text: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=False)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as wrong:
            sentence = _("Row %(row)s cannot be read: a cell is too long or a quotation mark is missing.")
            raise FileRefused(sentence % {"row": reader.line_num}) from wrong
        yield list(map(str.strip, row))


def _delimiter(text: str) -> str:
    """The one by which most headings are known."""
    head = text.lstrip("\r\n")[:20_000].splitlines()[:1]

    def known(delimiter: str) -> tuple[int, int]:
        cells = next(csv.reader(head, delimiter=delimiter), [])
        return sum(recognise(cell) is not None for cell in cells), len(cells)

    return max((";", ",", "\t"), key=known)


def _sheet(content: bytes) -> tuple[int, Iterator[list[str]]]:
    """How many rows the first sheet has, and these."""
    with _refused_where_it_is_none():
        rows = workbooks.look_before_unpacking(content)
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
        sheet = book.worksheets[0]
        path = sheet._worksheet_path  # noqa: SLF001 - nothing else tells it
        workbooks.refuse_merged(content, path)
        sheet.reset_dimensions()
        return rows.get(path.lstrip("/"), 0), _sheet_rows(sheet)


def _sheet_rows(sheet: Any) -> Iterator[list[str]]:
    with _refused_where_it_is_none():
        for row in sheet.iter_rows(max_col=MOST_COLUMNS + 1):
            yield _without_tail([_said(cell) for cell in row])


@contextmanager
def _refused_where_it_is_none() -> Iterator[None]:
    """Raises FileRefused for whatever openpyxl raises on files that are no workbooks."""
    try:
        yield
    except FileRefused:
        raise
    except (
        zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, IndexError, TypeError,
        AttributeError, EOFError, OSError, NotImplementedError, OverflowError, zlib.error,
    ) as wrong:  # fmt: skip
        raise FileRefused(
            _("This is not a workbook that can be read. Save it anew as .xlsx, or as CSV.")
        ) from wrong


def _said(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        text = value.strip()
        return f"'{text}" if text.startswith("=") and cell.data_type != "f" else text
    if isinstance(value, dt.datetime):
        # Seconds are rounded: a spreadsheet keeps moments as fractions of days.
        value = (value + dt.timedelta(milliseconds=500)).replace(microsecond=0)
    if isinstance(value, dt.date):
        return written(value)
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}".removesuffix(".0")
    # What is left is a formula over several cells.
    return str(value) if isinstance(value, int | dt.time) else "="


def _without_tail(row: list[str]) -> list[str]:
    while row and not row[-1]:
        row.pop()
    return row
