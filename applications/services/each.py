"""What beat does to many, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import structlog

log = structlog.get_logger(__name__)
T = TypeVar("T")


def each_by_itself(job: str, pks: Iterable[int], act: Callable[[int], T]) -> list[T]:
    """Each in a transaction of its own, which ``act`` opens. One that somebody holds for too long, or that a
    fault of ours is in, stops no other: it is an alarm, and its turn comes again with the job's.
    """
    done = []
    for pk in pks:
        try:
            done.append(act(pk))
        except Exception:
            log.exception("one of many failed", job=job, pk=pk)
    return done
