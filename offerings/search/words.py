"""Words of Finnish, Swedish and English by their base forms: the one interface to the analysers.

Texts and queries go through the same functions, so an analyser's odd base form meets itself.
A *term* is what the index holds: a word as written, its base form, a part of a compound; or a marked term:
``=root`` of what is done ("hitsaaja" and "hitsaus" share =fihitsata), ``~stem`` of a name, for its cases,
``^plain`` without accents, and ``+joined``, a Finnish compound's parts by their base forms: "sairashoitaja".
Only letters and digits and these marks.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from municipalities.spelling import bare
from offerings.search import dictionaries, english, swedish, voikko

LANGUAGES: Final = ("fi", "sv", "en")
MAX_WORD: Final = 64  # longer words are cut
MAX_ANALYSED: Final = 40  # longer ones are not Finnish; looking them up takes 0.3 ms a letter
# Each costs some kilobytes in every process that searches or publishes.
CACHED_WORDS: Final = 10_000
CACHED_TEXTS: Final = 4_000
ROOT: Final = "="
STEM: Final = "~"
JOINED: Final = "+"
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
    """What one word is found by: itself and its base forms, the parts of a compound, and the doing behind it.

    ``last_roots`` are the doing behind a compound's last part.
    """

    whole: frozenset[str]
    parts: frozenset[str] = frozenset()
    roots: frozenset[str] = frozenset()
    last_roots: frozenset[str] = frozenset()


@lru_cache(maxsize=CACHED_TEXTS)
def tokens(text: str) -> tuple[Token, ...]:
    """The words of a text: NFKC, lower case, without marks that do not compose and signs that do not show."""
    shown = "".join(_visible(unicodedata.normalize("NFKC", text)))
    found = WORD.findall(GENITIVE.sub("", shown))
    return tuple(Token(word[:MAX_WORD], word.lower()[:MAX_WORD]) for word in found)


def _visible(text: str) -> Iterator[str]:
    for letter in text:
        if unicodedata.category(letter) not in {"Cf", "Mn", "Me", "Cs"}:
            yield letter


@lru_cache(maxsize=CACHED_WORDS)
def base_forms(word: str, language: str) -> Forms:
    """Base forms and compound parts of a folded word by the language's analyser; cached per distinct word."""
    if language == "fi":
        return _finnish(word)
    if len(word) > MAX_ANALYSED:
        return Forms(frozenset({word}))
    return _swedish(word) if language == "sv" else _english(word)


@lru_cache(maxsize=CACHED_WORDS)
def text_terms(word: str, language: str, *, is_name: bool) -> Forms:
    """The terms that a word of a text is found by. ``language`` is empty where none tells its forms."""
    forms = base_forms(word, language) if language else Forms(frozenset({word}))
    if is_name:
        # Parts would find every koulutuskuntayhtymä by "kunta", and Tornionlaakso by "Tornio".
        return Forms(_with_plain(forms.whole) | name_stems(word))
    return Forms(_with_plain(forms.whole), _with_plain(forms.parts), forms.roots | forms.last_roots)


def query_terms(word: str) -> frozenset[str]:
    """The terms that a word typed by somebody may stand for: nobody says in which language they type."""
    found = {STEM + stem for stem in _without_case(word)}
    for language in LANGUAGES:
        forms = base_forms(word, language)
        found |= forms.whole | forms.roots
    return frozenset(found)


def is_base_form(word: str) -> bool:
    """A word of one of the languages, not inflected: whoever typed it meant it."""
    if swedish.is_base(word) or dictionaries.lemma(word, "en") == word:
        return True
    return any(word in _terms([analysis.BASEFORM]) for analysis in _analyses(word))


def plain_terms(word: str) -> frozenset[str]:
    """The terms of words that are written like this one apart from accents: "lahihoitaja" → ^lahihoitaja."""
    return frozenset({bare(word), PLAIN + bare(word)})


def _with_plain(terms: frozenset[str]) -> frozenset[str]:
    """What a text is found by when accents do not count: the plain form where it differs."""
    return terms | {PLAIN + bare(term) for term in terms if term[0] != JOINED and bare(term) != term}


def warm_up() -> None:
    """Loads the dictionaries (about a second), so that the first search need not wait for them."""
    for language in LANGUAGES:
        base_forms("xyzzy", language)  # no word of any: it is looked up everywhere


# The verb that a noun is made of, as pyvoikko tells: "[Lt][Xp]hitsata[X]hitsa[Ln][Xj]us…" of hitsaus.
VERB: Final = re.compile(r"\[Lt\]\[Xp\]([^\[]+)\[X\]")


def _finnish(word: str) -> Forms:
    whole, odd, parts = [word], list[str](), list[str]()
    roots, last_roots = list[str](), list[str]()
    analyses = _analyses(word)
    for head, last in () if analyses else _after_unknown(word):
        whole.append(head + last)
        parts += [head, last]
    for analysis in analyses:
        compound = analysis.COMPOUND_PARTS or [analysis]
        # pyvoikko puts base forms together ("sairashoitaja"); people write the first parts as they stand.
        start = "".join(part.FORM for part in compound[:-1])
        whole.append(start + compound[-1].BASEFORM)
        if len(compound) > 1:
            odd.append(analysis.BASEFORM)
        verb = VERB.match(compound[-1].FSTOUTPUT)
        if verb:
            roots.append(start + verb[1])
        if len(compound) > 1:
            parts += _within(compound)
            last_roots += [verb[1]] if verb else []
    return Forms(
        _terms(whole) | _terms(odd, mark=JOINED),
        _terms(parts),
        _terms(roots, mark=f"{ROOT}fi"),
        _terms(last_roots, mark=f"{ROOT}fi"),
    )


def _analyses(word: str) -> list[Any]:
    """Without those as "mine" or "yours" where there are others: kuusi is six or a spruce, not your moon."""
    found = voikko.analyse(word) if len(word) <= MAX_ANALYSED else []
    return [analysis for analysis in found if not analysis.POSSESSIVE] or found


# What courses are named after any name or loan that pyvoikko does not know: Excel-, Python-, baristakurssi.
LASTS: Final = (
    "kurssi", "koulutus", "opetus", "opettaja", "ohjaaja", "osaaja", "tekniikka", "valmennus", "ohjelma",
    "kortti", "työpaja",
)  # fmt: skip
SHORTEST_HEAD: Final = 3
BEGINNING: Final = 4  # letters that no case changes


def _after_unknown(word: str) -> Iterator[tuple[str, str]]:
    for last in LASTS:
        at = word.rfind(last[:BEGINNING])
        if at >= SHORTEST_HEAD and last in {one.BASEFORM for one in _analyses(word[at:])}:
            yield word[:at], last


def _within(compound: Sequence[Any]) -> Iterator[str]:
    """The parts of a compound and the compounds of some of them: sairaanhoitaja in yösairaanhoitajaksi."""
    for first in range(len(compound)):
        for last in range(first, len(compound)):
            if last - first + 1 < len(compound):
                yield "".join(part.FORM for part in compound[first:last]) + compound[last].BASEFORM


def _terms(forms: Iterable[str], *, mark: str = "") -> frozenset[str]:
    """Small letters and digits only: base forms carry hyphens ("verkko-") and capitals ("hitsausAla")."""
    return frozenset(mark + letters for form in forms if (letters := "".join(WORD.findall(form.lower()))))


def _swedish(word: str) -> Forms:
    whole = _terms(swedish.base_forms(word))
    parts = swedish.parts(word)
    lasts = {split.last_lemma for split in swedish.splits(word)}
    return Forms(
        whole,
        _terms(parts) - whole,
        frozenset(root for form in whole for root in _doing(form)),
        frozenset(root for form in lasts for root in _doing(form)),
    )


# Endings of who does something and of the doing: svetsare, svetsning.
DOING: Final = ("are", "ning", "eri", "erska")
SHORTEST_ROOT: Final = 3


def _doing(word: str) -> Iterator[str]:
    for ending in DOING:
        root = word.removesuffix(ending)
        if root != word and len(root) >= SHORTEST_ROOT:
            yield f"{ROOT}sv{root}"


def _english(word: str) -> Forms:
    return Forms(_terms(english.base_forms(word)), roots=_terms(english.roots(word), mark=f"{ROOT}en"))


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
