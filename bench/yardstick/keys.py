"""How what facets count is packed into one number: where each part lies in it, and how wide it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Part:
    shift: int
    bits: int

    @property
    def mask(self) -> int:
        return (1 << self.bits) - 1

    def of(self, key: str) -> str:
        """The part of a packed column, in SQL."""
        return f"(({key} >> {self.shift}) & {self.mask})"


# Codes by their number in the list's order; languages as a bit mask; regions by the number of their set.
# ``is_host`` is set by the query: the home municipality is the host.
PARTS: Final = {
    "form": Part(0, 5),
    "field": Part(5, 7),
    "mode": Part(12, 3),
    "languages": Part(15, 8),
    "has_fee": Part(23, 1),
    "in_sweden": Part(24, 1),
    "is_host": Part(25, 1),
    "regions": Part(26, 20),
}
