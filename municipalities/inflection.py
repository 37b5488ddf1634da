"""Municipalities as they stand in sentences: “Pellon kunta”, “Kauhajoella”, “Haparanda stad”, “Borgås”.

Only what can be said of every name without a dictionary: the genitive, which the register has for Finland,
the cases made from the same stem, the Swedish and the English genitive. A form that is no word does no harm:
nobody writes it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from municipalities.spelling import bare, with_finnish_ending

# Without accents: what they are added to is compared so too.
ENDINGS: Final = ("ssa", "sta", "lla", "lta", "lle", "ksi")
# What becomes of the end of a Finnish name before them: Haaparanta, Haaparannan.
GRADATION: Final = (("nta", "nna"), ("nki", "ngi"), ("tti", "ti"))
TYPES: Final = (
    "kaupunki", "kaupungin", "kaupungissa", "kaupungista", "kunta", "kunnan", "kunnassa", "kunnasta",
    "stad", "stads", "staden", "stadens", "kommun", "kommuns", "kommunen", "kommunens",
    "municipality", "city", "town",
)  # fmt: skip
TYPE_BEHIND: Final = re.compile(rf"(?<=\w)\s+(?:{'|'.join(TYPES)})$")
TYPE_BEFORE: Final = re.compile(
    r"^(?:(?:the )?(?:municipality|city|town) of|staden|kommunen|region)\s+(?=\w)"
)
LAST_WORD: Final = re.compile(r"(?<=\w)\s+(?P<word>\w+)$")


def without_type(written: str) -> str:
    """``kauhajoen kaupunki`` → ``kauhajoen``, ``city of pello`` → ``pello``; else the plain text as it is."""
    return TYPE_BEFORE.sub("", TYPE_BEHIND.sub("", written))


def without_beginning_of_type(written: str) -> str:
    """As ``without_type`` while the word is being typed: ``kauhajoen kau`` → ``kauhajoen``."""
    last = LAST_WORD.search(written)
    is_begun = last is not None and any(one.startswith(last["word"]) for one in TYPES)
    return written[: last.start()] if last is not None and is_begun else written


def forms_of(name: str, genitive_fi: str = "", *, written: Callable[[str], str] = bare) -> Iterator[str]:
    """The name's other forms as ``written`` writes them; ``genitive_fi`` where somebody has written it."""
    yield f"{written(name)}s"
    yield written(name).removesuffix("n")  # Falun: Falu kommun
    genitive = written(genitive_fi or with_finnish_ending(_weak(name)))
    yield genitive  # it need not end in n: Kosken Tl
    for ending in ENDINGS:
        yield genitive.removesuffix("n") + ending


def _weak(name: str) -> str:
    for strong, weak in GRADATION:
        if name.endswith(strong):
            return name.removesuffix(strong) + weak
    return name
