"""Several at once, for race tests: real threads with a database connection each."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any

from django.db import connection, connections
from django.db.models import QuerySet
from django_prometheus.middleware import Metrics

from offerings.search.words import warm_up
from offerings.services import acts, around


def run_together(number: int, act: Callable[[int], Any]) -> list[Any]:
    """Run ``act(0)``, ``act(1)``, … at the same moment; what each returned or raised, in that order.

    The dictionaries are there before: whoever loads them within a lock keeps the others waiting for seconds.
    Everybody waits for a lock for as long as a slow machine takes: giving up is tested where it is meant.
    """
    warm_up()
    ready = threading.Barrier(number)
    Metrics.get_instance()  # the first requests of two browsers must not both make them

    def one(which: int) -> Any:
        try:
            ready.wait(timeout=10)
            with patient():
                return act(which)
        except Exception as raised:  # noqa: BLE001 - it is the outcome that the test looks at
            return raised
        finally:
            connections.close_all()

    with ThreadPoolExecutor(number) as threads:
        return list(threads.map(one, range(number)))


@contextmanager
def impatient(milliseconds: int) -> Iterator[None]:
    """This thread's connection waits only so long for a lock.

    Afterwards as the settings say: it goes back to the pool, and whoever gets it next knows nothing of this.
    """
    with connection.cursor() as cursor:
        cursor.execute("select set_config('lock_timeout', %s, false)", [f"{milliseconds}ms"])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("reset lock_timeout")


def patient() -> AbstractContextManager[None]:
    """This thread's connection waits for a lock for nearly as long as a statement may last."""
    return impatient(25_000)


def wait_until_somebody_waits() -> None:
    """For a lock of this thread's connection."""
    asked = "select exists (select from pg_stat_activity where pg_backend_pid() = any(pg_blocking_pids(pid)))"
    with connection.cursor() as cursor:
        for _time in range(200):
            cursor.execute(asked)
            if cursor.fetchone() == (True,):
                return
            time.sleep(0.05)
    raise AssertionError("nobody waits")


class Meeting:
    """Everybody has read before anybody writes: waits before each thread's first ``UPDATE`` for the others.

    Where a lock holds the others back they do not come; then the meeting goes on without them after a moment.
    ``before`` names another beginning of a statement, where others are written that do not matter.
    """

    patience = 0.7  # seconds

    def __init__(self, number: int, *, before: tuple[str, ...] = ("UPDATE", "INSERT", "DELETE")) -> None:
        self._before = before
        self._barrier = threading.Barrier(number)
        self._been = threading.local()

    def before_writing(self) -> AbstractContextManager[None]:
        return connection.execute_wrapper(self._wait)

    def _wait(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        writes = str(sql).lstrip().upper().startswith(self._before)
        if writes and not getattr(self._been, "here", False):
            self._been.here = True
            with suppress(threading.BrokenBarrierError):
                self._barrier.wait(timeout=self.patience)
        return execute(sql, params, many, context)


def without_locks(monkeypatch: Any) -> None:
    """Rows are read without being locked, and nobody keeps others from the places of a course: for the
    counter-proof of a race test.

    Nobody is held back then: who is late to a meeting is only slow, and is waited for.
    """
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_options: rows)
    for module in (acts, around):
        monkeypatch.setattr(module, "lock_places", lambda _offering_ids: None)
    monkeypatch.setattr(Meeting, "patience", 20)


def share_nothing(_offering_id: int, cursor: Any) -> None:
    """For the counter-proof of a race test: instead of the lock that applicants share."""
    cursor.execute("select 1")
