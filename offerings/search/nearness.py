"""How near two words are written to one another, accents aside: for reading what was mistyped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

SHORTEST: Final = 4  # shorter words are near too many
LONG: Final = 8  # letters; two mistakes from here on
# Who writes "kampaja" made one mistake in kampaaja rather than to inflect kampa.
MISTAKE: Final = 3
ENDING: Final = 4

# Endings that a mistyped word may have, longest first, and what its base form has instead. Without accents.
ENDINGS: Final = tuple(sorted({
    # Finnish: of words in -us and -nen, of cases, of plurals
    "ksen": "s", "ksesta": "s", "ksessa": "s", "kseen": "s", "ksella": "s", "kselle": "s", "ksena": "s",
    "ksia": "s", "kset": "s", "sen": "nen", "sta": "", "sille": "nen", "seksi": "nen", "set": "nen",
    "ssa": "", "lla": "", "lta": "", "lle": "", "ksi": "", "tta": "", "seen": "", "na": "", "ta": "",
    "ien": "", "jen": "", "ja": "", "ia": "", "iksi": "", "ille": "", "illa": "", "issa": "", "ista": "",
    "iin": "", "aan": "a", "iden": "", "n": "", "t": "", "a": "",
    # Swedish and English
    "arna": "", "orna": "a", "erna": "", "ernas": "", "arnas": "", "ornas": "a", "en": "", "ens": "",
    "et": "", "ets": "", "er": "", "ar": "", "or": "a", "ns": "", "r": "", "s": "", "es": "",
}.items(), key=lambda pair: -len(pair[0])))  # fmt: skip


def mistakes_allowed(word: str) -> int:
    """None in the shortest words, one in short ones, two in long ones."""
    if len(word) < SHORTEST:
        return 0
    return 1 if len(word) < LONG else 2


def nearness(typed: str, written: str) -> int | None:
    """What it costs to take the one for the other: 0 where they are the same; None where they are not near.

    Both without accents.
    """
    best: int | None = None
    for form, cost in _forms(typed):
        limit = mistakes_allowed(form)
        if best is not None:
            limit = min(limit, (best - cost - 1) // MISTAKE)
        mistakes = distance(form, written, limit)
        if mistakes is not None and not (mistakes == 2 and form[0] != written[0]):
            best = cost + MISTAKE * mistakes
    return best


def _forms(typed: str) -> Iterator[tuple[str, int]]:
    """The word as typed and without each ending it may have, with what that costs."""
    yield typed, 0
    for ending, instead in ENDINGS:
        if typed.endswith(ending) and len(typed) - len(ending) >= SHORTEST:
            yield typed.removesuffix(ending) + instead, ENDING


def distance(one: str, other: str, limit: int) -> int | None:
    """How many letters to leave out, add, change or swap with the next; None if more than ``limit``."""
    if limit < 0 or abs(len(one) - len(other)) > limit:
        return None
    if one == other:
        return 0
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        two_before, before, row = before, row, [i]
        for j, wanted in enumerate(other, 1):
            least = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                least = min(least, two_before[j - 2] + 1)
            row.append(least)
        if min(row) > limit:
            return None
    return row[-1] if row[-1] <= limit else None
