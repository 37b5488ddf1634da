"""Looking at a stranger's workbook before anything of it is held in memory.

A few kilobytes can unpack to gigabytes, and a small part can hold millions of elements: every part is read
through in pieces, and what a spreadsheet of so many rows never has is refused.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from typing import IO, Final

from django.utils.translation import gettext as _

from offerings.imports.errors import FileRefused, TooManyRows

MOST_ROWS: Final = 20_000
MEGABYTE: Final = 1024 * 1024
MOST_PARTS: Final = 500
MOST_UNPACKED: Final = 200 * MEGABYTE
MOST_STRINGS: Final = 40 * MEGABYTE
MOST_OTHER: Final = 8 * MEGABYTE  # styles, themes, relations: they are read as a whole
MOST_MARKS: Final = 8_000_000  # "<" of a sheet: 20,000 rows of 100 columns
MOST_MARKS_OF_STRINGS: Final = 2_500_000
LONGEST_ROW: Final = 4 * MEGABYTE
LONGEST_TEXT: Final = 128 * 1024  # between two marks: a cell's 20,000 characters, however they are written
FORBIDDEN: Final = re.compile(rb"<!(DOCTYPE|ENTITY)")
MERGED: Final = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z0-9:]{3,30})"')
ROW: Final = re.compile(rb"<(?:\w+:)?row[\s/>]")
PACKED: Final = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # spreadsheets pack in no other way
XML: Final = (".xml", ".rels")


def look_before_unpacking(content: bytes) -> dict[str, int]:
    """How many rows each part has. Raises FileRefused, or what zipfile raises. Python's zipfile stops where a
    part is longer than it says, so what the parts say of their sizes can be trusted.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        parts = packed.infolist()
        strings = sum(part.file_size for part in parts if part.filename.endswith("sharedStrings.xml"))
        everything = sum(part.file_size for part in parts)
        if len(parts) > MOST_PARTS or everything > MOST_UNPACKED or strings > MOST_STRINGS:
            raise _too_large()
        if any(part.flag_bits & 1 for part in parts):
            raise FileRefused(_("The workbook has a password. Save it without one."))
        if any(part.compress_type not in PACKED for part in parts):
            raise zipfile.BadZipFile
        rows: dict[str, int] = {}
        for part in parts:
            if part.filename.endswith(XML):
                with packed.open(part) as opened:
                    rows[part.filename] = _look_through(part, opened)
        return rows


def refuse_merged(content: bytes, path: str) -> None:
    """``path`` of the sheet that is read."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed, packed.open(path.lstrip("/")) as opened:
        for piece in _pieces(opened):
            found = MERGED.search(piece)
            if found:
                sentence = _("Cells %(cells)s are merged. Unmerge them: each row stands for itself.")
                raise FileRefused(sentence % {"cells": found[1].decode()})


def _look_through(part: zipfile.ZipInfo, opened: IO[bytes]) -> int:
    """How many rows it has, or some more: one that lies across two pieces may be counted twice."""
    holds_strings = part.filename.endswith("sharedStrings.xml")
    most_marks = MOST_MARKS_OF_STRINGS if holds_strings else MOST_MARKS
    # A large part of another kind has no rows either.
    longest_row = LONGEST_ROW if part.file_size > MOST_OTHER and not holds_strings else MOST_UNPACKED
    marks = since_row = number = 0
    for piece in _pieces(opened):
        if FORBIDDEN.search(piece) or b"\0" in piece:
            raise FileRefused(_("The workbook contains something that no spreadsheet needs."))
        between = piece.split(b"<")
        marks += len(between) - 1
        rows = [found.start() for found in ROW.finditer(piece)]
        longest = max((after - before for before, after in pairwise([-since_row, *rows])), default=0)
        number += len(rows)
        if number > 10 * MOST_ROWS + 1000:  # empty ones among them, as ``reading`` has it
            raise TooManyRows(MOST_ROWS)
        since_row = len(piece) - rows[-1] if rows else since_row + len(piece)
        if (
            marks > most_marks
            or max(map(len, between)) > LONGEST_TEXT
            or max(longest, since_row) > longest_row
        ):
            raise _too_large()
    return number


def _too_large() -> FileRefused:
    return FileRefused(_("The workbook is far larger inside than it looks. Save its rows as CSV."))


def _pieces(opened: IO[bytes]) -> Iterator[bytes]:
    """Some at a time, each with the end of the one before: what is looked for may lie across."""
    tail = b""
    while piece := opened.read(MEGABYTE):
        yield tail + piece
        tail = piece[-200:]
