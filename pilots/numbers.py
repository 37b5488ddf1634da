"""A pilot group named by its number: ``4`` for the group whose code is ``kopa-4``."""

from __future__ import annotations

import re
from typing import Final

# “4”, “kopa-4”, “Pilot group 4”, “pilottiryhmä 4”, “pilotgruppen 4”
NUMBERED: Final = re.compile(
    r"(?:(?:kopa|pilot\w*)(?:\s+(?:group|ryhmä|grupp)\w*)?[\s-]*)?(?P<number>[1-9]\d{0,3})", re.IGNORECASE
)


def number_in(text: str) -> int | None:
    """The number of a pilot group that the text is, alone or behind what such a group is called."""
    found = NUMBERED.fullmatch(text.strip())
    return int(found["number"]) if found else None
