"""English words: base forms by simplemma's dictionary, and the verb behind who does it and the doing."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from offerings.search import dictionaries

CACHED: Final = 10_000
SHORTEST: Final = 3  # letters of a root
VOWELS: Final = "aeiouy"
# Nouns whose plural is another word, and those in -f: the dictionary takes them for verbs.
PLURALS: Final = {"people": "person"}
F_PLURAL: Final = "ves"


@lru_cache(maxsize=CACHED)
def base_forms(word: str) -> frozenset[str]:
    """The word and every base form it may have: as a noun, as a verb, as an adverb."""
    found = {word, dictionaries.lemmatize(word, "en")}
    if word in PLURALS:
        found.add(PLURALS[word])
    found |= {base for base in _guesses(word) if dictionaries.lemma(base, "en") == base}
    return frozenset(found)


def _guesses(word: str) -> Iterator[str]:
    if word.endswith(F_PLURAL):
        yield word.removesuffix(F_PLURAL) + "f"
        yield word.removesuffix(F_PLURAL) + "fe"
    elif word.endswith("ies"):
        yield word.removesuffix("ies") + "y"
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > SHORTEST:
        yield word.removesuffix("s")
    elif word.endswith("ly"):
        yield word.removesuffix("ly")
    elif word.endswith("ed"):
        yield from _verbs(word.removesuffix("ed"))


@lru_cache(maxsize=CACHED)
def roots(word: str) -> frozenset[str]:
    """The verbs of what is done: welder, welding and weld share weld; nurse and nursing share nurse."""
    found: set[str] = set()
    for base in base_forms(word):
        derived = {
            verb
            for ending in ("er", "ers", "ing", "ings", "or")
            if base.endswith(ending)
            for verb in _verbs(base.removesuffix(ending))
        }
        found |= derived or {base}
    return frozenset(root for root in found if len(root) >= SHORTEST)


def _verbs(stem: str) -> list[str]:
    """What is left of a word without its ending, as a verb: writ → write, runn → run, weld."""
    doubled = len(stem) > SHORTEST and stem[-1] == stem[-2] and stem[-1] not in VOWELS
    if len(stem) < SHORTEST:
        return []
    candidates = [stem + "e", stem] if _is_short(stem) else [stem, stem + "e"]
    candidates += [stem[:-1]] if doubled else []
    return [verb for verb in candidates if dictionaries.lemma(verb, "en") == verb][:1]


def _is_short(stem: str) -> bool:
    """One consonant after one vowel, as in car(e), writ(e), mak(e): the e has been dropped."""
    vowels = [letter in VOWELS for letter in stem[-3:]]
    return vowels in ([False, True, False], [True, False]) and sum(letter in VOWELS for letter in stem) == 1
