"""Reference data in this process's memory: it changes with a load only."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast

from django.core.signals import request_finished, request_started
from django.db import connection

T = TypeVar("T")


class _Request(threading.local):
    """What this thread's request has asked already; None outside of requests."""

    known: dict[object, Any] | None = None


_request = _Request()


def _begin(**_: Any) -> None:
    _request.known = {}


def _end(**_: Any) -> None:
    _request.known = None


request_started.connect(_begin, dispatch_uid="kopa.codes.cache")
request_finished.connect(_end, dispatch_uid="kopa.codes.cache")


def newest_load() -> int | None:
    """The id of the newest load that changed something; None before the first. One short statement."""
    with connection.cursor() as cursor:
        cursor.execute("select max(id) from codes_referenceload")
        newest: int | None = cursor.fetchone()[0]
    return newest


class OfLoad(Generic[T]):
    """What ``read`` finds in the reference data, kept until the next load.

    Once in each request it is asked whether there has been a load since; a request sees one state from
    beginning to end. Without any load (in tests) nothing is kept beyond the request. Threads share what is
    kept: only read it.
    """

    def __init__(self, read: Callable[[], T]) -> None:
        self.read = read
        self.lock = threading.Lock()
        self.kept: tuple[int | None, T] | None = None

    def now(self) -> T:
        known = _request.known
        if known is None:
            return self._newest({})
        if self not in known:
            known[self] = self._newest(known)
        return cast("T", known[self])

    def _newest(self, known: dict[object, Any]) -> T:
        if newest_load not in known:
            known[newest_load] = newest_load()
        newest = known[newest_load]
        kept = self.kept
        if kept is not None and newest is not None and newest == kept[0]:
            return kept[1]
        with self.lock:
            fresh = self.read()
            self.kept = (newest, fresh)
        return fresh
