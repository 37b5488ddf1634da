"""Two acts on a connection each, one statement at a time: the same order every time it is asked for."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from django.db import connection, connections

from tests.together import patient

# Nobody else sees any difference. What stands in memory is read by one thread while the others wait for it.
UNSEEN: Final = re.compile(
    r"(release |rollback to )?savepoint|((?!\bfrom\b).)*\bfrom \"?(codes|municipalities|agreements)_",
    re.IGNORECASE | re.DOTALL,
)
COMMIT: Final = "COMMIT"
LOCK: Final = "pg_advisory_xact_lock"
ALL: Final = 1_000_000
Act = Callable[[], Any]
# Who goes on, and past how many statements.
Plan = Sequence[tuple[int, int]]


class Actor:
    """Does one act in a thread of its own, and stands still before each statement and before it commits.

    ``is_brief``: only before and after it asks for the lock of the places, and before it commits.
    """

    def __init__(self, act: Act, *, is_brief: bool) -> None:
        self._act, self._is_brief = act, is_brief
        self._stands, self._may_go = threading.Event(), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run)
        self.said: list[str] = []
        self.is_done, self.pid = False, 0
        self.outcome: Any = None
        self._thread.start()

    @property
    def can_go(self) -> bool:
        return self._stands.is_set() and not self.is_done

    def go(self) -> None:
        self._stands.clear()
        self._may_go.release()

    def stands(self, within: float) -> bool:
        """Before its next statement, or at the end."""
        return self._stands.wait(within)

    def end(self) -> None:
        self._thread.join()

    def _run(self) -> None:
        try:
            with patient():
                self.outcome = self._stopping()
        except Exception as raised:  # noqa: BLE001 - it is the outcome that is looked at
            self.outcome = raised
        finally:
            connections.close_all()
            self.is_done = True
            self._stands.set()

    def _stopping(self) -> Any:
        own: Any = connections["default"]
        self.pid = own.connection.info.backend_pid
        commit = own.commit

        def stop_and_commit() -> None:
            self._stop(COMMIT)
            commit()

        own.commit = stop_and_commit
        try:
            with connection.execute_wrapper(self._stop_and_execute):
                return self._act()
        finally:
            del own.commit

    def _stop_and_execute(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not UNSEEN.match(str(sql)):
            self._stop(str(sql))
        return execute(sql, params, many, context)

    def _stop(self, statement: str) -> None:
        after_lock = bool(self.said) and LOCK in self.said[-1]
        self.said.append(statement)
        if self._is_brief and not after_lock and LOCK not in statement and statement != COMMIT:
            return
        self._stands.set()
        self._may_go.acquire()


@dataclass(frozen=True)
class Run:
    """What came of one order."""

    plan: Plan
    outcomes: Sequence[Any]
    lasted: Sequence[int]  # how many steps of the plan each entry has taken


def run(acts: Sequence[Act], plan: Plan, *, is_brief: bool = False) -> Run:
    """Both acts to their ends: as the plan says, then whoever can go on.

    Who waits for a lock of the other stands aside until that one has given it back.
    """
    actors = [Actor(act, is_brief=is_brief) for act in acts]
    _settle(actors)
    lasted = [_go_on(actors, who, steps) for who, steps in plan]
    while not all(actor.is_done for actor in actors):
        for who in range(len(actors)):
            _go_on(actors, who, ALL)
        _settle(actors)
    for actor in actors:
        actor.end()
    return Run(plan, [actor.outcome for actor in actors], lasted)


def orders(
    make: Callable[[], Sequence[Act]], *, is_brief: bool = False, is_deep: bool = False
) -> Iterator[Run]:
    """Either act is stopped before each of its statements in turn, and the other goes on to its end, or to
    where it waits for the first. ``is_deep``: or only to each of its own statements, where it is stopped too.

    ``make`` makes everything anew for each order, which is looked at before the next one is asked for.
    """
    for first in (0, 1):
        second = 1 - first
        for steps in count():
            done = None
            for others in count(1) if is_deep else [ALL]:
                done = run(make(), [(first, steps), (second, others), (first, ALL)], is_brief=is_brief)
                yield done
                if done.lasted[1] < others:
                    break
            if done is None or done.lasted[0] < steps:
                break


def _go_on(actors: Sequence[Actor], who: int, steps: int) -> int:
    for step in range(steps):
        if not actors[who].can_go:
            return step
        actors[who].go()
        _settle(actors)
    return steps


def _settle(actors: Sequence[Actor]) -> None:
    """Everybody stands, has come to the end, or waits for a lock."""
    for actor in actors:
        while not actor.stands(0.002):
            if actor.pid and _waits(actor.pid):
                break


def _waits(pid: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select cardinality(pg_blocking_pids(%s)) > 0", [pid])
        found = cursor.fetchone()
    return bool(found and found[0])
