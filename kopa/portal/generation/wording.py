"""The words that invented offerings are made of, read from the tables beside this module.

``topics.csv`` says what is taught, ``frames.csv`` as what (by form of education and host's country),
``qualifiers.csv`` what may stand behind it, ``sentences.csv`` what a description says. They are content, not
interface: no gettext.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Final, Generic, TypeVar

from kopa.base.names import LANGUAGES

FOLDER: Final = Path(__file__).parent
T = TypeVar("T")
TOO_FEW: Final = {"cancel_reason_fi": "Liian vähän hakijoita.", "cancel_reason_sv": "För få sökande."}


class Choice(Generic[T]):
    """Things to draw from, each as often as its share says."""

    def __init__(self, shares: Sequence[tuple[T, float]]) -> None:
        self.things = [thing for thing, _ in shares]
        self.sums = list(accumulate(share for _, share in shares))

    def draw(self, random: Random) -> T:
        return random.choices(self.things, cum_weights=self.sums)[0]


@dataclass(frozen=True, slots=True)
class Topic:
    """What can be taught. ``words``: subject, worker and workers (its genitive in Finnish), by language."""

    field: str
    words: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Frame:
    """As what a topic is taught: ``{worker}, yrkespaket``."""

    topics: Sequence[Topic]
    texts: Mapping[str, str]

    def title(self, topic: Topic, language: str) -> str:
        text = self.texts[language].format(**topic.words[language])
        return text[:1].upper() + text[1:]


def _table(name: str) -> list[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


@cache
def topics() -> Mapping[str, Sequence[Topic]]:
    """By where they are used: ``work``, ``school``, …"""
    found = defaultdict(list)
    for row in _table("topics"):
        words = {
            language: {
                "subject": row[f"subject_{language}"],
                "worker": row[f"worker_{language}"],
                "workers": row["workers_fi"] if language == "fi" else "",
            }
            for language in LANGUAGES
        }
        found[row["used_in"]].append(Topic(row["field"], words))
    return found


@cache
def frames() -> Mapping[tuple[str, str], Choice[Frame]]:
    """By form of education and host's country."""
    found = defaultdict(list)
    for row in _table("frames"):
        texts = {language: row[language] for language in LANGUAGES}
        fitting = [topic for used_in in row["topics"].split() for topic in topics()[used_in]]
        found[row["form"], row["country"]].append((Frame(fitting, texts), float(row["share"])))
    return {key: Choice(shares) for key, shares in found.items()}


@cache
def qualifiers() -> Mapping[str, Choice[Mapping[str, str]]]:
    """By delivery mode; those without one fit each."""
    rows = _table("qualifiers")
    return {
        mode: Choice([(row, float(row["share"])) for row in rows if row["mode"] in {"", mode}])
        for mode in ("contact", "blended", "distance")
    }


@cache
def sentences() -> Sequence[Mapping[str, str]]:
    return _table("sentences")
