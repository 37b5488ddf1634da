"""A database cursor whose answers come in binary: arrays of integers as numpy's, JSON by orjson.

Django's own cursor binds parameters in the client, where PostgreSQL sends text alone. A search reads some
24,000 numbers at a time: as text they cost more than all the rest of it.
"""

from __future__ import annotations

import re
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
import orjson
import psycopg
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from numpy.typing import NDArray
from psycopg import postgres, pq
from psycopg.adapt import Loader

NAMED = re.compile(r"%\((\w+)\)s")
HEADER = 20  # bytes before an array's first number


class _Integers(Loader):
    """An array of integers without nulls, as PostgreSQL sends it: the header, then size and value of each."""

    format = pq.Format.BINARY
    value: str

    def load(self, data: Any) -> NDArray[Any]:
        if len(data) < HEADER:
            return np.zeros(0, self.value[1:])
        sent = np.frombuffer(data, dtype=[("size", ">i4"), ("value", self.value)], offset=HEADER)
        return sent["value"].astype(self.value[1:])


class _Wide(_Integers):
    value = ">i8"


class _Short(_Integers):
    value = ">i4"


class _Json(Loader):
    format = pq.Format.BINARY

    def load(self, data: Any) -> Any:
        return orjson.loads(data)


class _JsonB(_Json):
    def load(self, data: Any) -> Any:
        return orjson.loads(bytes(data)[1:])  # the first byte is the version of its form


LOADERS: Final = (
    (postgres.types["int8"].array_oid, _Wide),
    (postgres.types["int4"].array_oid, _Short),
    ("json", _Json),
    ("jsonb", _JsonB),
)
# A connection learns it once: each cursor copies what its connection knows.
_taught: Final = weakref.WeakSet[psycopg.Connection[Any]]()


class _PlannedAnew(psycopg.Cursor[Any]):
    def execute(self, query: Any, params: Any = None, **_: Any) -> Self:
        return super().execute(query, params, prepare=False)


@dataclass(frozen=True, slots=True)
class Numbered:
    """A statement whose parameters have numbers, as PostgreSQL's own do: psycopg need not look for them."""

    sql: str
    names: tuple[str, ...]

    @classmethod
    def of(cls, sql: str) -> Self:
        """``sql`` names its parameters as ``%(name)s``, each as often as it likes, and has no other ``%``."""
        names: dict[str, int] = {}
        numbered = NAMED.sub(lambda found: f"${names.setdefault(found[1], len(names) + 1)}", sql)
        return cls(numbered, tuple(names))

    def ordered(self, given: Mapping[str, Any]) -> list[Any]:
        """The parameters of ``given`` in the order of their numbers."""
        return [given[name] for name in self.names]


@contextmanager
def binary_cursor(*, planned_anew: bool = False, is_numbered: bool = False) -> Iterator[CursorWrapper]:
    """On Django's connection, counted and logged like every other. Parameters are bound by the server.

    PostgreSQL keeps the plan of a statement that comes again; ``planned_anew`` is for one whose best plan
    depends on its parameters. ``is_numbered``: the statement's parameters are $1, $2 ….
    """
    connection.ensure_connection()
    kind = _PlannedAnew if planned_anew else psycopg.RawCursor if is_numbered else psycopg.Cursor
    cursor = kind(connection.connection)
    cursor.format = pq.Format.BINARY
    _teach(connection.connection)
    wrapped = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    with wrapped(cursor) as ready:  # type: ignore[arg-type]  # the stubs want one that is wrapped already
        yield ready


def _teach(server: psycopg.Connection[Any]) -> None:
    """How it reads what comes in binary; what comes as text Django's own cursors read as before."""
    if server in _taught:
        return
    for name, loader in LOADERS:
        server.adapters.register_loader(name, loader)
    _taught.add(server)


@contextmanager
def in_one_trip() -> Iterator[None]:
    """What is executed in the block travels together: PostgreSQL does it all, or nothing, and answers once.

    It is a transaction that PostgreSQL begins and commits by itself, with a look of its own for each
    statement; within a transaction it is a savepoint. Answers are there when the block has ended.
    """
    connection.ensure_connection()
    savepoint = transaction.atomic() if connection.in_atomic_block else nullcontext()
    with savepoint, connection.wrap_database_errors, connection.connection.pipeline():
        yield
