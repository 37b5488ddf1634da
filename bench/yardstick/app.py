"""The yardstick's web process: a bare WSGI handler, a connection for each thread, no framework.

``DATABASE_URL`` names the database. ``/empty`` answers nothing: how much client and
server alone can do.
"""

from __future__ import annotations

import datetime as dt
import os
import threading
from collections.abc import Callable, Iterable
from typing import Any, Final
from urllib.parse import parse_qs

import numpy as np
import orjson
import psycopg
from psycopg.adapt import Loader
from psycopg.pq import Format

from bench.yardstick.counting import Array, Tables
from bench.yardstick.query import Home, Lists, read, statement
from bench.yardstick.schema import SCHEMA

INT8_ARRAY: Final = 1016
SETTINGS: Final = (
    f"-c search_path={SCHEMA},public -c plan_cache_mode=force_custom_plan -c jit=off"
    " -c max_parallel_workers_per_gather=0"
)
ITEM: Final = np.dtype([("length", ">i4"), ("value", ">i8")])
ARRAY_HEADER: Final = 20  # bytes before the first item

_thread = threading.local()
_lock = threading.Lock()
_tables: list[Tables] = []


class KeysLoader(Loader):
    """A binary ``int8[]`` without empty items as a numpy array, without a Python number for each."""

    format = Format.BINARY

    def load(self, data: Any) -> Array:
        items = np.frombuffer(data, dtype=ITEM, offset=ARRAY_HEADER) if len(data) > ARRAY_HEADER else None
        return np.empty(0, np.int64) if items is None else items["value"].astype(np.int64)


def connect() -> psycopg.Connection:
    """A connection as the handler uses it."""
    connection = psycopg.connect(
        os.environ["DATABASE_URL"], autocommit=True, prepare_threshold=0, options=SETTINGS
    )
    connection.adapters.register_loader(INT8_ARRAY, KeysLoader)
    return connection


def load_lists(connection: psycopg.Connection) -> Lists:
    codes: dict[str, list[str]] = {}
    for kind, code in connection.execute("select kind, code from code order by kind, id"):
        codes.setdefault(kind, []).append(code)
    sets = connection.execute("select coalesce(regions, '{}') from region_set order by id")
    homes = connection.execute("select key, id, country, family from home")
    return Lists(
        codes=codes,
        region_sets=[regions for (regions,) in sets],
        homes={key: Home(pk, country, family) for key, pk, country, family in homes},
    )


def answer(
    connection: psycopg.Connection, tables: Tables, query: str, *, now: dt.datetime | None = None
) -> bytes:
    """The answer to a query string. Raises KeyError or ValueError for one that makes no sense."""
    asked = read(parse_qs(query), tables.lists)
    sql, given = statement(asked, tables.lists, now=now or dt.datetime.now(dt.UTC))
    with psycopg.Cursor(connection) as cursor:
        row = cursor.execute(sql, given, binary=True).fetchone()
    cards, keys, free = row or (b"[]", None, 0)
    total, facets = tables.count(np.empty(0, np.int64) if keys is None else keys, asked)
    head = orjson.dumps({"count": total, "free_places": free, "facets": facets})
    return head[:-1] + b',"results":' + bytes(cards) + b"}"


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ["PATH_INFO"] == "/empty":
        return _send(start_response, "200 OK", b"{}")
    if not hasattr(_thread, "connection"):
        _thread.connection = connect()
    try:
        body = answer(_thread.connection, _shared(), environ.get("QUERY_STRING", ""))
        return _send(start_response, "200 OK", body)
    except (KeyError, ValueError) as reason:
        return _send(start_response, "400 Bad Request", orjson.dumps({"error": repr(reason)}))


def _shared() -> Tables:
    with _lock:
        if not _tables:
            _tables.append(Tables(load_lists(_thread.connection)))
    return _tables[0]


def _send(start_response: Callable[..., Any], status: str, body: bytes) -> Iterable[bytes]:
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
