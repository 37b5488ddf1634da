"""What this process keeps in memory until the database says that there is something newer.

Reference data changes with a load only. Each thing that is kept has a *stamp*, a number that grows with every
change; all stamps are asked for in one short statement, once in each request.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Generic, TypeVar, cast

from django.core.signals import request_finished, request_started

from kopa.base.binary import binary_cursor

T = TypeVar("T")

LOAD: Final = "reference data"
# By name: SQL for the stamp, empty or a number. Apps add their own while they are imported.
STAMPS: Final[dict[str, str]] = {LOAD: "select max(id) from codes_referenceload"}


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


@contextmanager
def one_look() -> Iterator[None]:
    """Outside of requests too one act sees one state, and asks for the stamps once."""
    if _request.known is not None:
        yield
        return
    _begin()
    try:
        yield
    finally:
        _end()


def stamp(name: str) -> int | None:
    """The stamp as of now, or as of the first look of this request. One statement for all of them."""
    known = _request.known
    if known is not None and STAMPS.keys() <= known.keys():
        return cast("int | None", known[name])
    with binary_cursor(is_numbered=True) as cursor:
        cursor.execute(f"select {', '.join(f'({sql})' for sql in STAMPS.values())}")
        found = dict(zip(STAMPS, cursor.fetchone(), strict=True))
    if known is not None:
        known.update(found)
    return cast("int | None", found[name])


def found_along(stamps: Iterable[tuple[str, int | None]]) -> None:
    """Stamps by name, as another statement of this request has brought them along.

    What has been looked at with older ones stays as it was.
    """
    known = _request.known
    if known is not None:
        for name, number in stamps:
            known.setdefault(name, number)


def ask_again() -> None:
    """This request has changed something itself: it looks anew."""
    if _request.known is not None:
        _request.known.clear()


def once(key: object, read: Callable[[], T]) -> T:
    """What this request, or an act within ``one_look``, has read under the key already; else it is read."""
    known = _request.known
    if known is None:
        return read()
    if key not in known:
        known[key] = read()
    return cast("T", known[key])


class OfLoad(Generic[T]):
    """What ``read`` finds in the reference data, kept until the next load or until ``stamp`` grows.

    At the stamp 0 there is nothing yet: ``empty``, if given, is the answer without reading.

    A request sees one state from beginning to end. Without any load (in tests) nothing is kept beyond the
    request. Threads share what is kept: only read it.
    """

    def __init__(self, read: Callable[[], T], *, stamp: str = LOAD, empty: T | None = None) -> None:
        self.read = read
        self.empty = empty
        self.stamp = stamp
        self.lock = threading.Lock()
        self.kept: tuple[int | None, T] | None = None

    def now(self) -> T:
        return once(self, self._newest)

    def _newest(self) -> T:
        newest = stamp(self.stamp)
        if newest == 0 and self.empty is not None:
            return self.empty
        with self.lock:  # of several threads one reads, the others find it done
            if self.kept is None or newest is None or newest != self.kept[0]:
                self.kept = (newest, self.read())
            return self.kept[1]
