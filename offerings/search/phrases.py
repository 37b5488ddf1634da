"""The words of a query: what they stand for, and how PostgreSQL looks for them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from django.contrib.postgres.search import SearchQueryField
from django.db.models import BooleanField, Case, Count, F, Func, IntegerField, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast

from offerings.models import SearchRow
from offerings.search import words
from offerings.search.passages import Weight
from offerings.search.query import MAX_Q

MAX_WORDS: Final = 16  # further ones are passed over


@dataclass(frozen=True, slots=True)
class Phrase:
    """One word of a query and the terms that may stand for it; any of them is a match."""

    typed: str
    terms: frozenset[str]

    def found(self, weight: Weight | None = None) -> Func:
        """True for rows that have one of the terms, in a place of that weight when it is given."""
        return _has_any(self.terms, label=f":{weight.name}" if weight else "")

    def worth(self) -> Combinable:
        """Twice what the best place of a match is worth; one more for the very word: Lappia before Lapin."""
        places = [When(self.found(weight), then=Value(2 * weight.value)) for weight in Weight]
        exactly = When(_has_any({self.typed}), then=Value(1))
        none = Value(0)
        return Case(*places, default=none, output_field=IntegerField()) + Case(exactly, default=none)


def _has_any(terms: Collection[str], *, label: str = "") -> Func:
    """The operators go between terms that hold only letters, digits and marks: nothing to escape."""
    text = " | ".join(f"'{term}'{label}" for term in sorted(terms))
    return Func(
        F("words"), Cast(Value(text), SearchQueryField()),
        template="(%(expressions)s)", arg_joiner=" @@ ", output_field=BooleanField(),
    )  # fmt: skip


def typed_words(q: str) -> list[str]:
    """The words of a query, each once, in order. Words like "and" only if there is nothing else."""
    return _telling_words(q)[:MAX_WORDS]


def is_too_long(q: str) -> bool:
    """Whether some of the text, or some of its words, are not looked at."""
    return len(q) > MAX_Q or len(_telling_words(q)) > MAX_WORDS


def _telling_words(q: str) -> list[str]:
    found = list(dict.fromkeys(token.word for token in words.tokens(q[:MAX_Q])))
    return [word for word in found if word not in words.STOP_WORDS] or found


def understand(q: str, rows: QuerySet[SearchRow]) -> tuple[Phrase, ...]:
    """The query's words with their terms. One that no row has as it is written is read without accents.

    One statement, none where there is no word.
    """
    phrases = [Phrase(word, words.query_terms(word)) for word in typed_words(q)]
    if not phrases:
        return ()
    known = rows.filter(Q(*(phrase.found() for phrase in phrases), _connector=Q.OR)).aggregate(
        **{f"word_{n}": Count("pk", filter=Q(phrase.found())) for n, phrase in enumerate(phrases)}
    )
    return tuple(
        phrase if known[f"word_{n}"] else Phrase(phrase.typed, words.plain_terms(phrase.typed))
        for n, phrase in enumerate(phrases)
    )


def all_found(phrases: Sequence[Phrase]) -> Q:
    """Every word matches somewhere. What was typed without a single word matches nothing."""
    if not phrases:
        return Q(pk__in=[])
    return Q(*(phrase.found() for phrase in phrases))


def relevance(phrases: Sequence[Phrase]) -> Combinable:
    """How well a row matches: what the best place of each word is worth, summed; alike without words."""
    total: Combinable = Cast(Value(0), IntegerField())
    for phrase in phrases:
        total = total + phrase.worth()
    return total
