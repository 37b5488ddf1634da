"""How an iCalendar file is written (RFC 5545): moments in UTC, values escaped, long lines folded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final

from kopa.base.names import reader_language

CONTENT_TYPE: Final = "text/calendar; charset=utf-8"
LINE_BYTES: Final = 75  # RFC 5545 §3.1: longer lines are folded, counted in bytes


def written(events: Iterable[str]) -> bytes:
    """The file around the lines of its events, in the reader's language."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//KOPA//{reader_language()}",
        "CALSCALE:GREGORIAN",
        *events,
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines).encode()


def moment(value: dt.datetime) -> str:
    """In UTC, so no calendar can move it when summer time begins or ends."""
    return f"{value.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}"


def day(value: dt.date) -> str:
    return f"{value:%Y%m%d}"


def escaped(text: str) -> str:
    """A value of type TEXT; control characters are not allowed in a calendar and are left out."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(letter for letter in lines if letter == "\n" or (ord(letter) >= 32 and ord(letter) != 127))
    return kept.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def reminder(before: str, text: str) -> list[str]:
    """``before``: a duration, ``-P2D``."""
    return ["BEGIN:VALARM", "ACTION:DISPLAY", f"TRIGGER:{before}", f"DESCRIPTION:{escaped(text)}",
            "END:VALARM"]  # fmt: skip


def _folded(line: str) -> str:
    """The line in parts of at most 75 bytes, no letter torn; every further part begins with a space."""
    parts = [""]
    room = LINE_BYTES
    for letter in line:
        size = len(letter.encode())
        if size > room:
            parts.append(" ")
            room = LINE_BYTES - 1
        parts[-1] += letter
        room -= size
    return "\r\n".join(parts)
