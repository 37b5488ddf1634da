"""Swedish words: base forms by simplemma's dictionary, and the parts of compounds.

Compounds are cut only between known words. What is known never changes while KOPA runs: simplemma's
dictionary and ``swedish_parts.txt``, not the catalogue, so rows indexed long ago and yesterday agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from offerings.search import dictionaries

SHORT: Final = 4  # letters; parts that are as short must be listed, if the last one is not long
SHORTEST_LAST: Final = 3
SHORTEST_FIRST: Final = 3
LONG_LAST: Final = 6
LONG_COMPOUND: Final = 7
CACHED: Final = 10_000


def _listed() -> dict[str, frozenset[str]]:
    listed: dict[str, set[str]] = {}
    section: set[str] = set()
    for line in Path(__file__).with_name("swedish_parts.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = listed.setdefault(line.strip("[]"), set())
        elif not line.startswith("#"):
            section.update(line.split())
    return {name: frozenset(words) for name, words in listed.items()}


PARTS: Final = _listed()
SHORT_FIRSTS: Final = PARTS["anywhere"] | PARTS["first"]
SHORT_LASTS: Final = PARTS["anywhere"] | PARTS["last"]
OWN_BASES: Final = PARTS["own base"] | SHORT_FIRSTS | SHORT_LASTS


@dataclass(frozen=True, slots=True)
class Split:
    """One cut of a compound: the first part as it stands ("sjukvårds") and its base forms, and the last."""

    joint: str
    firsts: frozenset[str]
    last: str
    last_lemma: str


@lru_cache(maxsize=CACHED)
def base_forms(word: str) -> frozenset[str]:
    """The word, its base form, and those of nouns that are spelt like another word's form: tolkar, båtar."""
    if is_base(word):
        return frozenset({word})
    lemma = dictionaries.lemma(word, "sv")
    if lemma is None:
        joined = {split.joint + split.last_lemma for split in splits(word)}
        return frozenset({word, dictionaries.lemmatize(word, "sv")} | joined)
    genitive = base_forms(word[:-1]) if word.endswith("s") else frozenset()
    nouns = {noun for noun in (*_nouns(word), *genitive) if is_base(noun)}
    return frozenset({word, lemma} | nouns)


def is_base(word: str) -> bool:
    """The dictionary has it, and not as another word's form."""
    return word in OWN_BASES or dictionaries.lemma(word, "sv") == word


# Endings of nouns, and what the base form has instead.
NOUN_ENDINGS: Final = {
    "arna": "", "arnas": "", "ar": "", "ars": "", "erna": "", "ernas": "", "er": "", "ers": "", "orna": "a",
    "ornas": "a", "or": "a", "ningar": "an", "ningarna": "an", "en": "", "ens": "", "et": "", "ets": "",
    "s": "",
}  # fmt: skip
SHORTEST_NOUN: Final = 3


def _nouns(word: str) -> Iterator[str]:
    for ending, instead in NOUN_ENDINGS.items():
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST_NOUN:
            yield word.removesuffix(ending) + instead


@lru_cache(maxsize=CACHED)
def parts(word: str) -> frozenset[str]:
    """Base forms of everything that a compound is made of, to any depth; nothing where it is none."""
    found: set[str] = set()
    for split in splits(word):
        found |= {*split.firsts, split.last_lemma}
        for part in (*split.firsts, split.last_lemma):
            found |= parts(part)
    return frozenset(found)


@lru_cache(maxsize=CACHED)
def splits(word: str) -> tuple[Split, ...]:
    """Every cut between two known words; else the one after a name or a loan: Excel-, Pythonkurs."""
    lasts = {at: last for at in range(2, len(word) - SHORTEST_LAST + 1) if (last := _last(word[at:]))}
    known = tuple(
        Split(word[:at], firsts, word[at:], last)
        for at, last in lasts.items()
        if (firsts := _firsts(word[:at], word[at:]))
    )
    if known or dictionaries.lemma(word, "sv") is not None:
        return known
    return tuple(
        Split(word[:at], frozenset({word[:at]}), word[at:], last)
        for at, last in lasts.items()
        if at >= SHORTEST_LAST and last in PARTS["after anything"]
    )


def _last(part: str) -> str | None:
    """Its base form, where the part may end a compound."""
    lemma = part if is_base(part) else dictionaries.lemma(part, "sv")
    if lemma is None or part in PARTS["never last"] or lemma in PARTS["never last"]:
        return None
    for noun in (lemma, *_nouns(part)):
        if noun in SHORT_LASTS:
            return noun
    return lemma if len(lemma) > SHORT and len(part) > SHORT else None


def _firsts(joint: str, last: str) -> frozenset[str]:
    """The base forms of what may begin a compound, as it stands there: sjukvårds, skol, hälso, barnskötar."""
    if joint in PARTS["never first"]:
        return frozenset()
    if joint in PARTS["before long"]:
        return frozenset({joint} if len(last) >= LONG_LAST else ())
    bases = frozenset(base for base in _bases(joint) if base not in PARTS["never first"])
    stem = _without_s(joint)
    if len(stem) > SHORT:
        return bases
    if len(joint) < SHORTEST_FIRST:
        return frozenset()
    before_long = {base for base in bases if len(last) >= LONG_LAST and base.startswith(stem)}
    return bases & (SHORT_FIRSTS | before_long)


# What a first part may have lost or changed where it is joined: skol(a), häls(o), gat(u), barnskötar(e).
JOINTS: Final = (
    ("", "a"), ("o", "a"), ("u", "a"), ("e", "a"), ("", "e"), ("s", "e"), ("ie", "ium"), ("e", ""),
)  # fmt: skip


def _bases(joint: str) -> Iterator[str]:
    forms = (joint, _without_s(joint))
    changed = (joint.removesuffix(ending) + new for ending, new in JOINTS if joint.endswith(ending))
    yield from (
        [base for base in forms if is_base(base)]
        or [base for base in changed if is_base(base)]
        or [base for base in forms[::-1] if len(base) > SHORT and dictionaries.lemma(base, "sv")][:1]
        or [base for base in forms[::-1] if len(base) >= LONG_COMPOUND and splits(base)][:1]
    )


def _without_s(joint: str) -> str:
    """Sjukvårds, yrkes: the letter that joins."""
    return joint.removesuffix("s") if len(joint) > SHORTEST_NOUN else joint
