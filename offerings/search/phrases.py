"""The words of a query: how each is read, and how PostgreSQL looks for it.

A typed word is read in the first of these ways that finds anything at all: as it is written (with its base
forms), as the beginning of a word where it is the last one, without accents, and last of all as another word
that is written nearly like it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache
from typing import Any, Final

from django.db import connection

from municipalities.cache import Gazetteer
from offerings.search import vocabulary, words
from offerings.search.base import has_words
from offerings.search.passages import Weight
from offerings.search.query import MAX_Q, ReadAs
from offerings.search.vocabulary import Near

MAX_WORDS: Final = 16  # further ones are passed over
MAX_MISTYPED: Final = 4  # where more words are found in no way, none is taken for another
CANDIDATES: Final = 6  # words that a mistyped one is tried as


class Reading(Enum):
    WRITTEN = "written"
    BEGINNING = "beginning"
    PLAIN = "plain"  # accents left out
    PLAIN_BEGINNING = "plain beginning"
    NEAR = "near"  # another word, ``read_as``


@dataclass(frozen=True, slots=True)
class Phrase:
    """One word of a query as it is read: any of the terms is a match, and what begins with a beginning."""

    typed: str
    terms: frozenset[str] = frozenset()
    beginnings: tuple[str, ...] = ()
    reading: Reading = Reading.WRITTEN
    read_as: str = ""  # the word it was taken for, where that is another one

    @property
    def tsquery(self) -> str:
        """The text of a ``tsquery``: true for the vectors of rows that have the word."""
        return self._tsquery("")

    def tsquery_at(self, weight: Weight) -> str:
        """The same for one weight: true where the word stands in a place of it."""
        return self._tsquery(weight.name)

    @property
    def tsquery_as_typed(self) -> str:
        """True for rows that have the very word."""
        return f"'{self.typed}'"

    def _tsquery(self, label: str) -> str:
        # Terms hold only letters, digits and marks: there is nothing to escape.
        colon = ":" if label else ""
        exact = (f"'{term}'{colon}{label}" for term in sorted(self.terms))
        begun = (f"'{beginning}':*{label}" for beginning in self.beginnings)
        return " | ".join((*exact, *begun))

    def meets(self, terms: frozenset[str]) -> bool:
        """One of a text's terms is a match."""
        if not self.beginnings:
            return not self.terms.isdisjoint(terms)
        return any(term.startswith(self.beginnings) for term in terms)


def typed_words(q: str) -> list[str]:
    """The words of a query, each once, where it stands last: the one still being typed stays at the end.

    Words like "and" only if there is nothing else.
    """
    return _telling_words(q)[:MAX_WORDS]


def is_too_long(q: str) -> bool:
    """Whether some of the text, or some of its words, are not looked at."""
    return len(q) > MAX_Q or len(_telling_words(q)) > MAX_WORDS


def _telling_words(q: str) -> list[str]:
    found = list(dict.fromkeys(token.word for token in reversed(list(words.tokens(q[:MAX_Q])))))[::-1]
    return [word for word in found if word not in words.STOP_WORDS] or found


def as_written(q: str) -> tuple[Phrase, ...]:
    """Every word as it is written; no statement.

    Where rows of the base set have all of them, this is what ``understand`` says too.
    """
    return tuple(Phrase(word, words.query_terms(word)) for word in typed_words(q))


def understand(q: str, *, now: dt.datetime, places: Gazetteer | None = None) -> tuple[Phrase, ...]:
    """The query's words, each in the first reading that finds a row of the base set.

    The names of ``places`` are never taken for mistyped words. One statement, none where there is no word;
    two more where a word is found in no way as it is written.
    """
    typed = typed_words(q)
    if not typed:
        return ()
    readings = [list(_readings(word, is_last=n == len(typed) - 1)) for n, word in enumerate(typed)]
    found = _first_found(readings, now)
    unsure = [
        n
        for n, phrase in enumerate(found)
        if (phrase is None and not _is_right(typed[n], places))
        or (phrase is not None and phrase.reading == Reading.PLAIN)
    ]
    if unsure and len(unsure) <= MAX_MISTYPED:
        found = _read_as_others(typed, found, unsure, now)
    return tuple(phrase or word[0] for phrase, word in zip(found, readings, strict=True))


def _readings(word: str, *, is_last: bool) -> Iterator[Phrase]:
    yield Phrase(word, words.query_terms(word))
    if is_last:
        yield Phrase(word, beginnings=(word,), reading=Reading.BEGINNING)
    plain = words.plain_terms(word)
    yield Phrase(word, plain, reading=Reading.PLAIN)
    if is_last:
        yield Phrase(word, beginnings=tuple(sorted(plain)), reading=Reading.PLAIN_BEGINNING)


def _first_found(readings: Sequence[Sequence[Phrase]], now: dt.datetime) -> list[Phrase | None]:
    """Of each word's readings the first that a row of the base set has. One statement."""
    choices: list[str] = []
    params: list[Any] = []
    for word in readings:
        whens = []
        for n, phrase in enumerate(word):
            has, given = has_words(phrase.tsquery, now)
            whens.append(f"when {has} then {n}")
            params += given
        choices.append(f"case {' '.join(whens)} end" if whens else "null::int")
    with connection.cursor() as cursor:
        cursor.execute(f"select {', '.join(choices)}", params)
        first = cursor.fetchone()
    return [None if n is None else word[n] for word, n in zip(readings, first or (), strict=True)]


def _is_right(word: str, places: Gazetteer | None) -> bool:
    """Nobody mistyped it: nothing is found by it because there is no such course, or none there."""
    if words.is_base_form(word):
        return True
    return places is not None and not _names(places).isdisjoint(words.query_terms(word))


@lru_cache(maxsize=1)
def _names(places: Gazetteer) -> frozenset[str]:
    """What the names of all municipalities are found by."""
    named = {token.word for name in places.names for token in words.tokens(name.text)}
    return frozenset(term for word in named for term in words.text_terms(word, "", is_name=True).whole)


def _read_as_others(
    typed: Sequence[str], phrases: Sequence[Phrase | None], unsure: Sequence[int], now: dt.datetime
) -> list[Phrase | None]:
    """Words found in no way are read as the nearest one that is; of those without accents it is told.

    At most two statements.
    """
    candidates = dict(zip(unsure, vocabulary.near([typed[n] for n in unsure]), strict=True))
    tried = [
        [_tried(typed[n], near.word) for near in _fitting(candidates.get(n, []), phrase)]
        for n, phrase in enumerate(phrases)
    ]
    if not any(tried):
        return list(phrases)
    return [
        _taken_for(other, phrase)
        for other, phrase in zip(_first_found(tried, now), phrases, strict=True)
    ]


def _fitting(candidates: Sequence[Near], phrase: Phrase | None) -> Sequence[Near]:
    """A word that is found without its accents can only be one that is written alike without them."""
    same = [near for near in candidates if near.cost == 0]
    return (candidates if phrase is None else same)[:CANDIDATES]


def _tried(typed: str, word: str) -> Phrase:
    return Phrase(typed, frozenset({word}), reading=Reading.NEAR, read_as=word)


def _taken_for(other: Phrase | None, phrase: Phrase | None) -> Phrase | None:
    if other is None or phrase is not None:
        return phrase and replace(phrase, read_as=other.read_as if other else "")
    return replace(other, terms=words.query_terms(other.read_as))


def taken_for_others(phrases: Iterable[Phrase]) -> tuple[ReadAs, ...]:
    """What a person has to be told: which typed words were read as other words."""
    return tuple(ReadAs(phrase.typed, phrase.read_as) for phrase in phrases if phrase.read_as)
