"""The invented courses: read from ``courses/*.toml`` (its README says what the keys mean)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parent / "courses"
WORD: Final = re.compile(
    r"^(?P<host>[A-Z]{2}-\d+|\d{5})(@(?P<place>[A-Z]{2}-\d+))?(/(?P<mode>[a-z]+))?(\+[a-z+]+)?$"
)


@dataclass(frozen=True, slots=True)
class Spot:
    """One word of a course's ``at``: who gives it, where, how and in which languages."""

    word: str
    host: str  # institution's code, or key of the municipality that is the host itself
    place: str  # key of the municipality that lends its premises; empty: at the host's own site
    mode: str
    languages: tuple[str, ...]  # empty: the host's own

    @property
    def country(self) -> str:
        return "SE" if self.host.startswith("SE-") else "FI"


@dataclass(frozen=True, slots=True)
class Course:
    """An invented course as it stands in the files; absent keys are empty."""

    key: str
    facts: Mapping[str, Any]
    spots: tuple[Spot, ...]

    def text(self, field: str, language: str) -> str:
        return str(self.facts.get(field, {}).get(language, ""))

    def fixed(self, spot: Spot) -> Mapping[str, Any]:
        """What the files fix for this one offering."""
        found: Mapping[str, Any] = self.facts.get("set", {}).get(spot.word, {})
        return found


def spot(word: str) -> Spot:
    """Raises ValueError for a word that is none."""
    match = WORD.match(word)
    if match is None:
        raise ValueError(f"{word} is no HOST[@PLACE][/MODE][+LANGUAGE]")
    languages = tuple(word.split("+")[1:])
    return Spot(word, match["host"], match["place"] or "", match["mode"] or "contact", languages)


@cache
def courses() -> tuple[Course, ...]:
    """Every course, in the order of the files."""
    return tuple(
        Course(key, facts, tuple(spot(word) for word in facts["at"].split()))
        for path in sorted(FOLDER.glob("*.toml"))
        if path.name != "hosts.toml"
        for key, facts in tomllib.loads(path.read_text(encoding="utf-8")).items()
    )


@cache
def reserves() -> Mapping[str, tuple[str, ...]]:
    """Host → keys of the municipalities for whose residents it tends to reserve places."""
    read = tomllib.loads((FOLDER / "hosts.toml").read_text(encoding="utf-8"))
    return {host: tuple(keys) for host, keys in read["reserves"].items()}
