"""The words that somebody looks for, and names with a word that begins so, accents or not."""

from __future__ import annotations

from typing import Any, Final

from django.db import models
from django.db.models import Lookup, Q

# Names have fewer; each word is searched for by itself, and somebody may paste a page.
MOST_WORDS: Final = 12
AROUND_WORDS: Final = "()[]{}<>,;.:!?\"'“”’„»«–-"


@models.CharField.register_lookup
@models.TextField.register_lookup
class BeginsAWord(Lookup):
    """The value has a word that begins so, whatever the case: ``name__unaccent__begins_a_word="sa"``.

    What regular expressions read as their own is escaped here, after ``unaccent``: that makes two question
    marks of ``⁇`` and three dots of ``…``.
    """

    lookup_name = "begins_a_word"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, left_values = self.process_lhs(compiler, connection)
        right, right_values = self.process_rhs(compiler, connection)
        escaped = rf"regexp_replace({right}, '([][\\(){{}}.*+?^$|])', '\\\1', 'g')"
        return rf"{left} ~* ('\m' || {escaped})", (*left_values, *right_values)


def words_of(text: str) -> list[str]:
    """``Savon ammattiopisto (SAKKY)`` has three words; marks around them are none."""
    return [word for mark in text.split() if (word := mark.strip(AROUND_WORDS))][:MOST_WORDS]


def begins_a_word(field: str, word: str) -> Q:
    return Q(**{f"{field}__unaccent__begins_a_word": word})
