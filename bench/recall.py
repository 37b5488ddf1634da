"""What typed words find: inflected forms, compounds, mistyped words; and what they must not find.

The lists in ``bench/words`` are of real words of education. Words are asked as they are written; the mistyped
ones are compared with the words of all lists.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.core.management.base import CommandError

from municipalities.spelling import bare
from offerings.search import vocabulary
from offerings.search.words import LANGUAGES, query_terms, text_terms, tokens

LISTS: Final = Path(__file__).parent / "words"
COMPOUNDED: Final = ("fi", "sv")
FORMS_GOAL: Final = 0.98
COMPOUNDS_GOAL: Final = 0.90
FALSE_LIMIT: Final = 0.01
MISTYPED_GOAL: Final = 0.90


@dataclass(frozen=True, slots=True)
class Pair:
    """Something typed and a text that it is, or is not, to be found in."""

    typed: str
    text: str
    language: str  # of the text; empty for names of places, which cases grow on in any language
    is_name: bool = False

    @property
    def is_found(self) -> bool:
        """Every typed word is met by some word of the text."""
        held: set[str] = set()
        for token in tokens(self.text):
            forms = text_terms(token.word, self.language, is_name=self.is_name)
            held |= forms.whole | forms.parts | forms.roots
        return all(query_terms(token.word) & held for token in tokens(self.typed))

    def __str__(self) -> str:
        return f"{self.typed} → {self.text}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one list went. ``wrong`` are the pairs that should have been found, or should not."""

    name: str
    pairs: int
    wrong: tuple[Pair, ...]
    allowed: float  # the share that may be wrong

    @property
    def share_right(self) -> float:
        return 1 - len(self.wrong) / self.pairs

    @property
    def is_good(self) -> bool:
        return len(self.wrong) <= self.allowed * self.pairs


def forms(language: str) -> list[Pair]:
    """Inflected forms that should find the word of a text. The other way too: texts inflect as well."""
    found = []
    for section, text, typed in _lines(f"forms_{language}.txt"):
        is_name = section != "words"
        found.append(Pair(typed, text, "" if section == "places" else language, is_name=is_name))
        if not is_name:
            found.append(Pair(text, typed, language))
    return found


def compounds(language: str) -> list[Pair]:
    """Words that should find a compound they are part of."""
    return [Pair(typed, text, language) for _, text, typed in _lines(f"compounds_{language}.txt")]


def unrelated() -> list[Pair]:
    """Words that should not find one another, however alike they look."""
    return [
        Pair(typed, text.partition(" ")[2], text.partition(" ")[0])
        for _, text, typed in _lines("unrelated.txt")
    ]


def mistyped() -> list[Pair]:
    return [Pair(typed, text, "") for _, text, typed in _lines("mistyped.txt")]


def taken_for(typed: str) -> str:
    """The word of the lists that a mistyped one is read as; empty where none is near."""
    found = [one for word in _vocabulary() if (one := vocabulary.compare(bare(typed), word, bare(word)))]
    return min(found).word if found else ""


@cache
def _vocabulary() -> frozenset[str]:
    names = [*(f"forms_{lang}.txt" for lang in LANGUAGES), *(f"compounds_{lang}.txt" for lang in COMPOUNDED)]
    texts = [text for name in [*names, "mistyped.txt"] for _, text, _ in _lines(name)]
    return frozenset(token.word for text in texts for token in tokens(text))


def outcomes() -> list[Outcome]:
    found = [_outcome(f"inflected forms, {lang}", forms(lang), 1 - FORMS_GOAL) for lang in LANGUAGES]
    found += [_outcome(f"compounds, {lang}", compounds(lang), 1 - COMPOUNDS_GOAL) for lang in COMPOUNDED]
    pairs = mistyped()
    wrong = tuple(pair for pair in pairs if taken_for(pair.typed) != pair.text.lower())
    found.append(Outcome("mistyped words", len(pairs), wrong, 1 - MISTYPED_GOAL))
    return [*found, _outcome("unrelated words", unrelated(), FALSE_LIMIT, wanted=False)]


def _outcome(name: str, pairs: list[Pair], allowed: float, *, wanted: bool = True) -> Outcome:
    return Outcome(name, len(pairs), tuple(pair for pair in pairs if pair.is_found != wanted), allowed)


def _lines(name: str) -> Iterator[tuple[str, str, str]]:
    """(section, text, typed) of every pair of a list."""
    section = ""
    for line in (LISTS / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            text, _, typed = line.partition(": ")
            yield from ((section, text, one) for one in typed.split(", "))


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--all", action="store_true", help="list what is wrong in good lists too")


def run(options: dict[str, Any]) -> None:
    """Prints how each list went and what went wrong; an error where a goal is missed."""
    found = outcomes()
    for one in found:
        verdict = "" if one.is_good else "  GOAL MISSED"
        print(f"{one.name:24} {one.pairs:5} pairs {one.share_right:7.1%} right{verdict}")  # noqa: T201
        if options["all"] or not one.is_good or one.name == "unrelated words":
            for pair in one.wrong:
                print(f"    {pair}")  # noqa: T201
    missed = [one.name for one in found if not one.is_good]
    if missed:
        raise CommandError("Missed: " + "; ".join(missed))
