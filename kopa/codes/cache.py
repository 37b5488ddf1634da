"""Reference data in this process's memory: it changes with a load only."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from django.db import connection

T = TypeVar("T")


def newest_load() -> int | None:
    """The id of the newest load that changed something; None before the first. One short statement."""
    with connection.cursor() as cursor:
        cursor.execute("select max(id) from codes_referenceload")
        newest: int | None = cursor.fetchone()[0]
    return newest


class OfLoad(Generic[T]):
    """What ``read`` finds in the reference data, kept until the next load.

    Each use asks one short question, whether there has been a load since; without any load (in tests) nothing
    is kept. Threads share what is kept: only read it.
    """

    def __init__(self, read: Callable[[], T]) -> None:
        self.read = read
        self.lock = threading.Lock()
        self.kept: tuple[int | None, T] | None = None

    def now(self) -> T:
        newest = newest_load()
        kept = self.kept
        if kept is not None and newest is not None and newest == kept[0]:
            return kept[1]
        with self.lock:
            fresh = self.read()
            self.kept = (newest, fresh)
        return fresh
