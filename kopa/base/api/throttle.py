"""How much anybody may read: a token bucket per address, kept in Valkey.

Reading without signing in is never held back below ``PROMISED_RATE`` requests a second with a burst of
``PROMISED_BURST`` (docs/api.md). When Valkey is away, reading goes on unthrottled.
"""

from __future__ import annotations

import hashlib
import logging
import time
from functools import cache
from typing import Any, Final

import redis
from django.conf import settings
from django.http import HttpRequest
from redis.backoff import NoBackoff
from redis.retry import Retry
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from kopa.base.addresses import client_address

logger = logging.getLogger(__name__)

PROMISED_RATE: Final = 10
PROMISED_BURST: Final = 120
# How long nobody asks Valkey again after it did not answer.
PAUSE_SECONDS: Final = 5.0
# One round trip, atomic: refill by the server's clock, take one token, or say how long to wait for it.
TAKE: Final = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local rate, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(kept[1]) or burst
local at = tonumber(kept[2]) or now
tokens = math.min(burst, tokens + math.max(0, now - at) * rate)
local wait = 0
if tokens >= 1 then tokens = tokens - 1 else wait = (1 - tokens) / rate end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens), 'at', string.format('%.6f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil(burst / rate * 1000) + 1000)
return string.format('%.6f', wait)
"""


class TokenBucket:
    """``burst`` tokens for each key, refilled by ``rate`` a second."""

    def __init__(self, url: str, *, rate: float, burst: int, pause: float = PAUSE_SECONDS) -> None:
        self.pause = pause
        self.rate = rate
        self.burst = burst
        self.away_until = 0.0
        self.client = redis.Redis.from_url(
            url, socket_timeout=0.25, socket_connect_timeout=0.25, retry=Retry(NoBackoff(), 0)
        )
        self.script = self.client.register_script(TAKE)

    def take(self, key: str) -> float:
        """Take one token; the seconds to wait for it, 0.0 when there was one or when Valkey is away."""
        if time.monotonic() < self.away_until:
            return 0.0
        try:
            return float(self.script(keys=[key], args=[self.rate, self.burst]))
        except redis.RedisError as reason:
            self.away_until = time.monotonic() + self.pause
            logger.warning("Reading is not throttled: Valkey does not answer (%s)", type(reason).__name__)
            return 0.0


@cache
def bucket(url: str, rate: float, burst: int) -> TokenBucket:
    return TokenBucket(url, rate=rate, burst=burst)


def reader(request: HttpRequest) -> str:
    """Who reads, for counting only: the address, hashed so that Valkey holds none."""
    key = hashlib.blake2b(settings.SECRET_KEY.encode(), digest_size=32).digest()
    return hashlib.blake2b(client_address(request).encode(), digest_size=16, key=key).hexdigest()


class AnonymousReading(BaseThrottle):
    """Holds back who reads far more than a person or a well-made program would."""

    seconds: float = 0.0

    def allow_request(self, request: Request, view: Any) -> bool:  # noqa: ARG002 - the framework's signature
        rate = max(PROMISED_RATE, settings.API_READS_PER_SECOND)
        burst = max(PROMISED_BURST, settings.API_READ_BURST)
        self.seconds = bucket(settings.REDIS_URL, rate, burst).take(f"kopa:read:{reader(request)}")
        return self.seconds == 0.0

    def wait(self) -> float:
        return self.seconds
