"""Judged rows on their way into their table, written in COPY's own text: a file has thousands."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Final, Self

import orjson
from django.db import connection

from offerings.imports.rows import Checked
from offerings.models import ImportRun

COPY: Final = (
    "copy offerings_importrow (run_id, number, verdict, own_reference, cells, given, before, errors,"
    " publishes, offering_id, version, kept_because) from stdin"
)
AT_ONCE: Final = 50  # rows handed over together
BEHIND: Final = 4 * 1024 * 1024  # bytes that PostgreSQL may be behind before it is waited for
EMPTY: Final = b"{}"
# What COPY gives a meaning.
ESCAPES: Final = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
ESCAPED: Final = str.maketrans(ESCAPES)


class Staging:
    """Copies rows while the next ones are judged: PostgreSQL works beside.

    A connection copies or asks. A question in between, of a code list that is read at its first use, waits
    until what was written is in the table; the next row begins anew.
    """

    def __init__(self, run: ImportRun) -> None:
        self._run = str(run.pk).encode()
        self._lines: list[bytes] = []
        self._copying: Any = None
        self._copy = ExitStack()
        self._watch = ExitStack()

    def __enter__(self) -> Self:
        self._watch.enter_context(connection.execute_wrapper(self._before_a_question))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._watch:
            if kind is None:
                self._end()
            else:
                self._copy.__exit__(kind, error, trace)  # nothing of it stays

    def write(self, row: Checked) -> None:
        self._lines.append(self._line(row))
        if len(self._lines) >= AT_ONCE:
            self._hand_over()

    def _hand_over(self) -> None:
        if self._copying is None:
            cursor = self._copy.enter_context(connection.cursor())
            self._copying = self._copy.enter_context(cursor.copy(COPY))
            self._copying.writer.flush_threshold = BEHIND
        self._copying.write(b"".join(self._lines))
        self._lines.clear()

    def _end(self) -> None:
        if self._lines:
            self._hand_over()
        self._copying = None
        self._copy.close()

    def _before_a_question(
        self, ask: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]  # noqa: FBT001
    ) -> Any:
        self._end()
        return ask(sql, params, many, context)

    def _line(self, row: Checked) -> bytes:
        offering = b"\\N" if row.offering_id is None else str(row.offering_id).encode()
        version = b"\\N" if row.version is None else str(row.version).encode()
        reference = row.own_reference
        if "\\" in reference or not reference.isprintable():
            reference = reference.translate(ESCAPED)
        return b"%b\t%d\t%b\t%b\t%b\t%b\t%b\t%b\t%b\t%b\t%b\t\n" % (
            self._run, row.number, row.verdict.value.encode(), reference.encode(),
            _json(row.cells), _json(row.given), _json(row.before) if row.before else EMPTY,
            _json(row.errors) if row.errors else EMPTY, b"t" if row.publishes else b"f", offering, version,
        )  # fmt: skip


def _json(value: Any) -> bytes:
    """Without NUL, which PostgreSQL keeps nowhere; the six characters that JSON writes it with may stand."""
    written = orjson.dumps(value)
    if b"\\" in written:
        if b"\\u0000" in written:
            written = orjson.dumps(_without_nul(value))
        written = written.replace(b"\\", b"\\\\")
    return written


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, dict):
        return {key: _without_nul(one) for key, one in value.items()}
    return [_without_nul(one) for one in value] if isinstance(value, list) else value
