"""One at a time on one database, from however many machines: an advisory lock of PostgreSQL."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper

# Any numbers that nobody else on the database uses; these are "KOPA" and one more.
PREPARE, MIGRATE = 0x4B4F5041, 0x4B4F5042


@contextlib.contextmanager
def alone(connection: BaseDatabaseWrapper, number: int, say: Callable[[str], object]) -> Iterator[None]:
    """Hold lock ``number`` within, on a connection of its own; waits for whoever has it, and says so."""
    own = connection.copy()
    try:
        told = False
        while not _ask(own, "select pg_try_advisory_lock(%s)", number):
            if not told:
                say("another start prepares the same database: waiting for it")
                told = True
            time.sleep(0.2)
        yield
    finally:
        # The connection goes back to a pool and lives on, so the lock must be given back.
        with contextlib.suppress(DatabaseError):
            _ask(own, "select pg_advisory_unlock(%s)", number)
        own.close()


def _ask(connection: BaseDatabaseWrapper, statement: str, number: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, [number])
        return bool(cursor.fetchone()[0])
