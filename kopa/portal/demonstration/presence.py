"""Whether demonstration data is loaded: every page asks, so the answer is remembered for a moment."""

from __future__ import annotations

import time
from typing import Final

from offerings.models import Offering

# Loaded data stays for long; that it has just been loaded should be seen soon.
REMEMBER_SECONDS: Final = {True: 60.0, False: 5.0}
_remembered: dict[str, tuple[bool, float]] = {}


def is_loaded() -> bool:
    """There are offerings of the demonstration. At most a minute old; one short query then."""
    answer, until = _remembered.get("answer", (False, 0.0))
    now = time.monotonic()
    if now >= until:
        answer = Offering.objects.filter(is_demonstration=True).exists()
        _remembered["answer"] = (answer, now + REMEMBER_SECONDS[answer])
    return answer


def forget() -> None:
    """Ask the database again next time, in this process."""
    _remembered.clear()
