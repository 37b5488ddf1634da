"""How many reports one address may send: a token bucket in Valkey (``kopa.base.api.throttle``).

A school's pupils share an address, so a class may report at once. When Valkey is away this gate stands open;
the service's own limits, about one thing and for all together, are counted in the database.
"""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.http import HttpRequest

from kopa.base.api.throttle import bucket, reader

AT_ONCE: Final = 20
PER_SECOND: Final = 20 / 3600


def seconds_to_wait(request: HttpRequest) -> float:
    """0.0 when the address may send a report now; else how long until it may."""
    return bucket(settings.REDIS_URL, PER_SECOND, AT_ONCE).take(f"kopa:error-report:{reader(request)}")
