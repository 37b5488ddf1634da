"""The packed key of a search row: one number that holds all that facets count.

Each part of the key is the number of a value in ``SearchValue``. A value is a code, or several codes with
spaces between (the languages of a course, the regions of its sites). Facets are counted from the numbers in
numpy; a filter becomes the numbers that it keeps.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from django.db import connection
from django.db.models import Max, Q

from kopa.codes import cache
from offerings.models import SearchValue


@dataclass(frozen=True, slots=True)
class Part:
    """Where in the key a value's number stands."""

    name: str
    shift: int
    bits: int

    @property
    def mask(self) -> int:
        return (1 << self.bits) - 1

    @property
    def sql(self) -> str:
        """The number in SQL, on a row ``r``."""
        return f"((r.key >> {self.shift}) & {self.mask})"


# In this order from the lowest bit on; form and fee are read together. 61 bits in all, one is the sign.
WIDTHS: Final = {"fee": 1, "form": 6, "field": 9, "mode": 4, "languages": 12, "regions": 15, "host": 14}


def _parts() -> dict[str, Part]:
    parts, shift = {}, 0
    for name, bits in WIDTHS.items():
        parts[name] = Part(name, shift, bits)
        shift += bits
    return parts


PARTS: Final = _parts()
FORM_AND_FEE: Final = Part("form and fee", 0, WIDTHS["fee"] + WIDTHS["form"])
# The part that each facet counts; who pays is told by several.
PART_OF: Final = {
    "form": "form",
    "field": "field",
    "mode": "mode",
    "language": "languages",
    "region": "regions",
}
STAMP: Final = "values of the search"
cache.STAMPS[STAMP] = "select max(id) from offerings_searchvalue"
# One number for each value, whoever gives the next one: the lock of ``numbers``.
LOCK: Final = 0x4B6F7061  # "Kopa"


@dataclass(frozen=True)
class Values:
    """All values by part and number, as of one moment. Threads share it: only read."""

    stamp: int
    by_part: Mapping[str, tuple[str, ...]]  # the position is the number

    def of(self, part: str) -> tuple[str, ...]:
        return self.by_part.get(part, ())

    @cached_property
    def codes(self) -> dict[str, tuple[frozenset[str], ...]]:
        """The codes of each value; of a narrow field also the broad one, which ISCED-F writes into it."""
        found = {part: tuple(frozenset(value.split()) for value in self.of(part)) for part in PARTS}
        return found | {"field": tuple(frozenset({code, code[:2]}) - {""} for code in self.of("field"))}

    @cached_property
    def hosts(self) -> tuple[tuple[str, int], ...]:
        """Of each host its country, and the municipality that itself is the host; 0 for others."""
        parted = (value.partition(" ") for value in self.of("host"))
        return tuple((country, int(municipality or 0)) for country, _space, municipality in parted)


class _Kept:
    values = Values(-1, {})
    lock = threading.Lock()


def values() -> Values:
    """All values there are. Kept in memory; one statement when new ones have come."""
    newest = cache.stamp(STAMP) or 0
    kept = _Kept.values
    if kept.stamp == newest:
        return kept
    with _Kept.lock:
        rows: dict[str, list[str]] = {}
        for part, value in SearchValue.objects.order_by("part", "number").values_list("part", "value"):
            rows.setdefault(part, []).append(value)
        _Kept.values = Values(newest, {part: tuple(found) for part, found in rows.items()})
        return _Kept.values


class TooManyValues(Exception):
    """A part of the key has no number left: ``WIDTHS`` must grow, and the search be built anew."""


def numbers(wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The number of each (part, value); a new value gets the part's next number.

    Call it in the transaction that writes the rows. Who brings a new value makes others with new values wait
    until the end of that transaction. Raises TooManyValues.
    """
    asked = set(wanted)
    found = _stored(asked)
    missing = sorted(asked - found.keys())
    if missing:
        _wait_for_others()
        found |= _stored(set(missing))
        found |= _add([one for one in missing if one not in found])
    return found


def _wait_for_others() -> None:
    """Whoever else brings new values has committed or given up; the next one waits for this transaction."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [LOCK])


def _stored(asked: Collection[tuple[str, str]]) -> dict[tuple[str, str], int]:
    by_part: dict[str, list[str]] = {}
    for part, value in asked:
        by_part.setdefault(part, []).append(value)
    any_of = Q(*(Q(part=part, value__in=texts) for part, texts in by_part.items()), _connector=Q.OR)
    rows = SearchValue.objects.filter(any_of).values_list("part", "value", "number") if by_part else ()
    return {(part, value): number for part, value, number in rows}


def _add(missing: list[tuple[str, str]]) -> dict[tuple[str, str], int]:
    rows = SearchValue.objects.order_by().values("part").annotate(last=Max("number"))
    last = dict(rows.values_list("part", "last"))
    added: dict[tuple[str, str], int] = {}
    for part, value in missing:
        last[part] = added[part, value] = last.get(part, -1) + 1
        if last[part] > PARTS[part].mask:
            raise TooManyValues(part)
    SearchValue.objects.bulk_create(
        SearchValue(part=part, value=value, number=number) for (part, value), number in added.items()
    )
    cache.ask_again()
    return added


def pack(parts: Mapping[str, str], found: Mapping[tuple[str, str], int]) -> int:
    """The key of a row with these values, whose numbers are ``found``."""
    key = 0
    for name, value in parts.items():
        key |= found[name, value] << PARTS[name].shift
    return key


def unpack(key: int, known: Values) -> dict[str, str | None]:
    """The inverse of ``pack``; None for a number that no value has."""
    found: dict[str, str | None] = {}
    for name, part in PARTS.items():
        number, texts = (key >> part.shift) & part.mask, known.of(name)
        found[name] = texts[number] if number < len(texts) else None
    return found
