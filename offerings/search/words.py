"""Words of Finnish, Swedish and English by their base forms: the one interface to the analysers.

Texts and queries go through the same functions, so an analyser's odd base form ("sairashoitaja") meets
itself.
A *term* is what the index holds: a word as written, its base form, a part of a compound; or a marked term:
``~stem`` of a name, for its cases, and ``^plain`` without accents. Only letters and digits and these marks.
"""

from __future__ import annotations

import importlib
import re
import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final

from municipalities.spelling import bare

LANGUAGES: Final = ("fi", "sv", "en")
MAX_WORD: Final = 64  # longer words are cut
MAX_ANALYSED: Final = 40  # longer ones are not Finnish; looking them up takes 0.3 ms a letter
CACHED_WORDS: Final = 50_000
STEM: Final = "~"
PLAIN: Final = "^"

# Words that say nothing alone; a query of nothing else keeps them.
STOP_WORDS: Final = frozenset({
    "ja", "tai", "sekä", "on", "ei", "että",
    "och", "eller", "samt", "i", "på", "för", "av", "till", "med", "en", "ett", "den", "det",
    "and", "or", "the", "a", "an", "of", "in", "for", "to", "with",
})  # fmt: skip
GENITIVE: Final = re.compile(r"['\u2019]s\b", re.IGNORECASE)
WORD: Final = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text: as it stands there, and folded for comparing."""

    shown: str
    word: str


@dataclass(frozen=True, slots=True)
class Forms:
    """What one word is found by. ``whole``: itself and its base forms; ``parts``: those of a compound."""

    whole: frozenset[str]
    parts: frozenset[str]


def tokens(text: str) -> list[Token]:
    """The words of a text: NFKC, lower case, without marks that do not compose and signs that do not show."""
    shown = "".join(_visible(unicodedata.normalize("NFKC", text)))
    return [
        Token(match[:MAX_WORD], match.lower()[:MAX_WORD]) for match in WORD.findall(GENITIVE.sub("", shown))
    ]


def _visible(text: str) -> Iterator[str]:
    for letter in text:
        if unicodedata.category(letter) not in {"Cf", "Mn", "Me", "Cs"}:
            yield letter


@lru_cache(maxsize=CACHED_WORDS)
def base_forms(word: str, language: str) -> Forms:
    """Base forms and compound parts of a folded word by the language's analyser; cached per distinct word."""
    if language == "fi":
        return _finnish(word)
    return Forms(frozenset({word, _lemma(word, language)}), frozenset())


@lru_cache(maxsize=CACHED_WORDS)
def text_terms(word: str, language: str, *, is_name: bool) -> Forms:
    """The terms that a word of a text is found by. ``language`` is empty where none tells its forms."""
    forms = base_forms(word, language) if language else Forms(frozenset({word}), frozenset())
    stems = name_stems(word) if is_name else frozenset[str]()
    return Forms(_with_plain(forms.whole) | stems, _with_plain(forms.parts))


def query_terms(word: str) -> frozenset[str]:
    """The terms that a word typed by somebody may stand for: nobody says in which language they type."""
    found = {form for language in LANGUAGES for form in base_forms(word, language).whole}
    return frozenset(found | {STEM + stem for stem in _without_case(word)})


def plain_terms(word: str) -> frozenset[str]:
    """The terms of words that are written like this one apart from accents: "lahihoitaja" → ^lahihoitaja."""
    return frozenset({bare(word), PLAIN + bare(word)})


def _with_plain(terms: frozenset[str]) -> frozenset[str]:
    """What a text is found by when accents do not count: the plain form where it differs."""
    return terms | {PLAIN + bare(term) for term in terms if bare(term) != term}


def warm_up() -> None:
    """Loads the dictionaries (about a second and 250 MB), so that the first search need not wait for them."""
    for language in LANGUAGES:
        base_forms("kurs", language)


# --- Finnish -----------------------------------------------------------------------------------------------

_loading = threading.Lock()


@cache
def _voikko() -> Any:
    with _loading:
        # Loaded on first use: reading the dictionary takes a second, and most commands need no words.
        return importlib.import_module("pyvoikko")


def _finnish(word: str) -> Forms:
    whole, parts = {word}, set()
    for analysis in _voikko().analyse(word) if len(word) <= MAX_ANALYSED else ():
        whole.add(analysis.BASEFORM.lower())
        compound = analysis.COMPOUND_PARTS or []
        if compound:
            # pyvoikko puts base forms together ("sairashoitaja"); people write the first parts as they stand.
            start = "".join(part.FORM for part in compound[:-1])
            whole.add((start + compound[-1].BASEFORM).lower())
        parts |= {part.BASEFORM.lower() for part in compound}
    return Forms(frozenset(filter(None, map(_letters, whole))), frozenset(filter(None, map(_letters, parts))))


def _letters(form: str) -> str:
    """Base forms carry hyphens ("verkko-"); terms are letters and digits."""
    return "".join(WORD.findall(form))


# --- Swedish and English -----------------------------------------------------------------------------------


@cache
def _lemmatizer() -> Any:
    with _loading:
        simplemma = importlib.import_module("simplemma")
        strategies = importlib.import_module("simplemma.strategies")
        dictionaries = importlib.import_module("simplemma.strategies.dictionaries")
        strategy = strategies.DefaultStrategy(dictionary_factory=dictionaries.LOW_MEMORY_DICTIONARY_FACTORY)
        return simplemma.Lemmatizer(lemmatization_strategy=strategy)


def _lemma(word: str, language: str) -> str:
    return _letters(_lemmatizer().lemmatize(word, lang=language).lower()) or word


# --- Names of places and organisations ---------------------------------------------------------------------

# Endings of Finnish cases that people give names, and the Swedish genitive.
CASES: Final = (
    "seen", "ssa", "ssä", "sta", "stä", "lla", "llä", "lta", "ltä", "lle", "ksi", "na", "nä", "ta", "tä", "n",
    "a", "ä", "s",
)  # fmt: skip
ILLATIVE: Final = re.compile(
    r"^(.*([aeiouyäöå]))\2n$|^(.*([aeiouyäöå]))h\4n$"
)  # Pello → Pelloon, Suo → Suohon
# Words that end Finnish names and change inside: joki → Seinäjoella, lahti → Lahdessa.
CHANGING: Final = {
    "joki": ("joe", "joke"), "järvi": ("järve",), "lahti": ("lahde", "lahte"), "niemi": ("nieme",),
    "salmi": ("salme",), "mäki": ("mäe", "mäke"), "koski": ("koske",), "lampi": ("lamme", "lampe"),
    "vesi": ("vede", "vete"), "saari": ("saare",), "kivi": ("kive",), "nummi": ("numme",),
    "loppi": ("lope", "loppe"), "nen": ("se",), "as": ("aa",), "us": ("ude", "ute", "ukse"), "es": ("ekse",),
    "e": ("ee",),
}  # fmt: skip
GRADATION: Final = {
    "kk": "k", "pp": "p", "tt": "t", "nk": "ng", "nt": "nn", "lt": "ll", "rt": "rr", "mp": "mm", "ht": "hd",
    "lk": "l", "rk": "r", "t": "d", "p": "v", "k": "",
}  # fmt: skip
STRONG: Final = re.compile(r"^(.*?)(kk|pp|tt|nk|nt|lt|rt|mp|ht|lk|rk|(?<![st])[tpk])([aeiouyäö])$")


def name_stems(word: str) -> frozenset[str]:
    """Marked terms for the stems that the cases of a name grow on: "turku" → ~turku, ~turu."""
    stems = {word}
    for ending, changed in CHANGING.items():
        if word.endswith(ending):
            stems |= {word.removesuffix(ending) + new for new in changed}
    match = STRONG.match(word)
    if match:
        stems.add(match[1] + GRADATION[match[2]] + match[3])
    return frozenset(STEM + stem for stem in stems)


def _without_case(word: str) -> set[str]:
    """What may be left of a name when a case ending is taken off."""
    stems = {word[: -len(case)] for case in CASES if word.endswith(case)}
    illative = ILLATIVE.match(word)
    if illative:
        stems.add(illative[1] or illative[3])
    return {stem for stem in stems if len(stem) > 1}
