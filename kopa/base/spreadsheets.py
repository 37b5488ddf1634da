"""Lists as files for spreadsheets: UTF-8 with its mark, commas, and no cell that is taken for a formula."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from django.http import StreamingHttpResponse

# What makes a spreadsheet compute, or run, the cell; ＝ and its like are the full-width forms of the same.
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


class _Echo:
    """What ``csv.writer`` writes comes back from ``writerow``."""

    def write(self, line: str) -> str:
        return line


def download(
    name: str, headings: Sequence[object], rows: Iterable[Sequence[object]], *, delimiter: str = ","
) -> StreamingHttpResponse:
    """The rows under their headings as the file ``name``.csv, written while it is being sent."""
    lines = _lines(headings, rows, delimiter)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _lines(
    headings: Sequence[object], rows: Iterable[Sequence[object]], delimiter: str
) -> Iterator[str]:
    writer: Any = csv.writer(_Echo(), delimiter=delimiter)
    yield "\ufeff" + writer.writerow([cell(one) for one in headings])
    for row in rows:
        yield writer.writerow([cell(one) for one in row])


def cell(value: object) -> str:
    """As text: what begins as a formula, or has such a ' already, gets a ' before it; numbers and days stay
    what they are.
    """
    if value is None:
        return ""
    if isinstance(value, int | float | dt.date):
        return str(value)
    text = str(value)
    return f"'{text}" if text.lstrip("'").startswith(FORMULA) else text


def unguarded(text: str) -> str:
    """What ``cell`` has made of a text, as it was: without the ' before what begins as a formula."""
    return text[1:] if text[:1] == "'" and text.lstrip("'").startswith(FORMULA) else text
