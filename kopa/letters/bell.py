"""A bell for the worker: it rings once for all letters that are written until somebody begins to look.

Telling a worker costs as much as writing an application, and in a rush it would be told of each letter alone.
Even ringing costs a tenth of it: a process that has just rung does not ring again, and whoever hears the bell
looks once more when that pause is over.
"""

from __future__ import annotations

import time
from contextlib import suppress
from functools import cache
from typing import Final

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

RUNG: Final = "kopa:letters:rung"
# A worker may have died between hearing and looking.
SECONDS: Final = 10
# Of seconds: so much later some letters leave.
PAUSE: Final = 0.05

_rung_at = float("-inf")


def ring() -> bool:
    """Whether a worker is to be told; else one has been told that has not begun to look yet, or will look
    again when the pause since this process has rung is over.

    Ring after the commit: who begins to look then sees the letter. Where Valkey is away, so is the broker,
    and whoever tells the worker says so.
    """
    global _rung_at  # noqa: PLW0603 - of this process
    now = time.monotonic()
    if now - _rung_at < PAUSE:
        return False
    _rung_at = now  # before it rings: whoever hears it hears it later
    try:
        return bool(_valkey(settings.REDIS_URL).set(RUNG, 1, nx=True, ex=SECONDS))
    except redis.RedisError:
        return True


def wait_for_the_silent() -> None:
    """After looking: whoever has a letter and has not rung, having just rung, has written it then."""
    time.sleep(PAUSE)


def answer() -> None:
    """Before looking: whoever rings from now on may have a letter that is not seen any more."""
    with suppress(redis.RedisError):
        _valkey(settings.REDIS_URL).delete(RUNG)


@cache
def _valkey(url: str) -> redis.Redis:
    """Nobody waits for it."""
    return redis.Redis.from_url(
        url, socket_timeout=0.25, socket_connect_timeout=0.25, retry=Retry(NoBackoff(), 0)
    )
