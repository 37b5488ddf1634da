"""Who gets which place: the order of filling, on plain values. No database, no clock.

The same function answers a preview, a first run, and every place that becomes free later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from offerings.models.choices import Precedence


@dataclass(frozen=True, slots=True)
class Source:
    """Free places of one counter; ``family`` are the municipalities they are reserved for, none: open."""

    counter: int
    free: int
    family: frozenset[int] = frozenset()

    def serves(self, home: int) -> bool:
        """R-CAP-3: a reserved place goes to a resident of that municipality only."""
        return not self.family or home in self.family


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody in the queue, in the queue's order."""

    application: int
    home: int


@dataclass(frozen=True, slots=True)
class Place:
    application: int
    counter: int


def allot(
    sources: Iterable[Source], queue: Iterable[Candidate], precedence: str
) -> Iterator[Place]:
    """Walk through the queue once; each takes the first place there is for her, or is passed over.

    Stops as soon as nothing is free. Passed over are those for whom no place is free: a reserved place stays
    empty rather than going to somebody else before its release (R-CAP-12).
    """
    own_first = precedence == Precedence.RESERVED_FIRST
    ordered = sorted(sources, key=lambda source: (bool(source.family) is not own_first, source.counter))
    free = {source.counter: source.free for source in ordered if source.free > 0}
    if not free:
        return
    for one in queue:
        chosen = next((s.counter for s in ordered if free.get(s.counter) and s.serves(one.home)), None)
        if chosen is None:
            continue
        yield Place(one.application, chosen)
        free[chosen] -= 1
        if not any(free.values()):
            return
