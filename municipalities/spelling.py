"""How names are written and compared: with or without capitals, dots, hyphens and accents."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# Letters that are not a plain letter with an accent: ø as Danish keyboards have it, đ, ŋ, ŧ of Northern Sámi.
WITHOUT_ACCENT: Final = str.maketrans({"ø": "o", "æ": "a", "đ": "d", "ð": "d", "ŋ": "n", "ŧ": "t", "þ": "t"})
DROPPED: Final = re.compile(r"[.:'’´`]")
BETWEEN: Final = re.compile(r"[^\w]+|_+")
VOWELS: Final = "aeiouyåäö"


def plain(text: str) -> str:
    """Small letters, words apart by one space, no dots: ``S:t Michel`` → ``st michel``. Å, ä and ö stay."""
    lowered = unicodedata.normalize("NFC", text).casefold()
    return BETWEEN.sub(" ", DROPPED.sub("", lowered)).strip()


def bare(text: str) -> str:
    """As ``plain``, with every accent gone: ``Övertorneå`` → ``overtornea``."""
    apart = unicodedata.normalize("NFKD", plain(text).translate(WITHOUT_ACCENT))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def with_finnish_ending(name: str) -> str:
    """The Finnish genitive of a Swedish name: ``Haparanda`` → ``Haparandan``, ``Kalix`` → ``Kalixin``."""
    return name + ("n" if name[-1:].casefold() in VOWELS else "in")
