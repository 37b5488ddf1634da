"""Business ids of Finland and Sweden: how they are written, and whether their last digit fits."""

from __future__ import annotations

import re
from typing import Final

WEIGHTS_FI: Final = (7, 9, 10, 5, 8, 4, 2)
WRITTEN_FI: Final = re.compile(r"(\d{6,7})-?(\d)", re.ASCII)
WRITTEN_SE: Final = re.compile(r"(?:16)?(\d{6})-?(\d{4})", re.ASCII)


def read(text: str, *, country: str) -> str:
    """As the country writes it (1234567-1, 123456-1234); empty for what is none.

    The check digit of a Y-tunnus is modulo 11, that of an organisationsnummer is Luhn's. A Finnish one of six
    digits gets its zero.
    """
    bare = "".join(text.split())
    return _finnish(bare) if country == "FI" else _swedish(bare)


def _finnish(text: str) -> str:
    found = WRITTEN_FI.fullmatch(text)
    if found is None:
        return ""
    digits, last = found[1].zfill(7), int(found[2])
    rest = sum(weight * int(digit) for weight, digit in zip(WEIGHTS_FI, digits, strict=True)) % 11
    # A rest of one is given to nobody.
    return f"{digits}-{last}" if rest != 1 and last == (11 - rest) % 11 else ""


def _swedish(text: str) -> str:
    found = WRITTEN_SE.fullmatch(text)
    if found is None or found[1][2] < "2":  # below, it is a person's number
        return ""
    digits = [int(digit) for digit in found[1] + found[2]]
    doubled = [digit * 2 - 9 * (digit > 4) if place % 2 == 0 else digit for place, digit in enumerate(digits)]
    return f"{found[1]}-{found[2]}" if sum(doubled) % 10 == 0 else ""
