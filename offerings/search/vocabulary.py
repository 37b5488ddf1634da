"""The words that the search's rows hold, so that a mistyped word is read as one of them.

Written with the rows, in the same transaction. A word that no row holds any more does no harm: what is read
is looked up in the rows again; ``tidy`` drops it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from municipalities.spelling import bare
from offerings.search.nearness import SHORTEST, nearness
from offerings.search.words import is_base_form

# Terms without a mark; numbers and short words are not read as others.
WORD: Final = re.compile(rf"[^\W\d_]{{{SHORTEST},}}")
TERM: Final = re.compile(rf"'({WORD.pattern})':")  # as they stand in the text of a vector
MAX_PLAIN: Final = 128  # letters
LOOKED_AT: Final = 60  # words with the most three-letter groups in common, of each typed word
TIDYING: Final = 7_203_511  # the advisory lock that writers share and ``tidy`` holds alone

LEARN: Final = """
insert into offerings_searchword (word, plain)
select new.word, new.plain from unnest(%s::text[], %s::text[]) as new (word, plain)
where not exists (select from offerings_searchword as known where known.word = new.word)
"""
LIKE: Final = """
select typed.n, near.word, near.plain, near.unlikeness
from unnest(%s::text[]) with ordinality as typed (plain, n)
cross join lateral (
  select word, plain, plain <-> typed.plain as unlikeness from offerings_searchword
  order by unlikeness limit %s
) as near
"""
DROP: Final = """
delete from offerings_searchword as known where known.id = any (%s) or known.id = any (%s) and not exists (
  select from offerings_searchdocument as d where d.words @@ ('''' || known.word || '''')::tsquery
)
"""
HELD: Final = "select distinct term.lexeme from offerings_searchdocument, unnest(words) as term"


@dataclass(frozen=True, order=True, slots=True)
class Near:
    """A word of the vocabulary that may have been meant; the best sorts first."""

    cost: int  # see ``nearness``; 0 where the two differ in accents alone
    begins_otherwise: bool
    has_other_letters: bool  # not only swapped ones
    is_inflected: bool
    unlikeness: float  # by groups of three letters
    plain: str
    word: str


def learn(vectors: Iterable[str]) -> None:
    """The vocabulary has the words of these vectors, given as text. One statement, beside the lock.

    Two who learn the same word at the same moment both write it: nobody waits for anybody.
    """
    found = sorted({word for vector in vectors for word in TERM.findall(vector)})
    if not found:
        return
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock_shared(%s)", [TIDYING])
        cursor.execute(LEARN, [found, _plain(found)])


def _plain(found: Iterable[str]) -> list[str]:
    """Without accents; some letters become several, so the end may be cut."""
    return [bare(word)[:MAX_PLAIN] for word in found]


def near(typed: Sequence[str]) -> list[list[Near]]:
    """For each typed word the words that are written nearly like it, the nearest first. One statement."""
    plain = [bare(word) for word in typed]
    with connection.cursor() as cursor:
        cursor.execute(LIKE, [plain, LOOKED_AT])
        rows = cursor.fetchall()
    found: list[set[Near]] = [set() for _ in typed]
    for n, word, written, unlikeness in rows:
        one = compare(plain[n - 1], word, written, unlikeness)
        if one is not None:
            found[n - 1].add(one)
    return [sorted(one) for one in found]


def compare(asked: str, word: str, plain: str, unlikeness: float = 0) -> Near | None:
    """A word of the vocabulary, with ``plain``, as what was meant by ``asked``, given without accents."""
    cost = nearness(asked, plain)
    if cost is None:
        return None
    has_other_letters = sorted(asked) != sorted(plain)
    return Near(
        cost, asked[:1] != plain[:1], has_other_letters, not is_base_form(word), unlikeness, plain, word
    )


def tidy() -> None:
    """Drops words that no row holds, and doubles; adds what is missing.

    All rows are read before anybody is held up; only the few words to be dropped are looked up once more
    while nobody is writing.
    """
    with connection.cursor() as cursor:
        held = _held(cursor)
        cursor.execute("select id, word from offerings_searchword order by id")
        known: set[str] = set()
        doubles, unheld = [], []
        for pk, word in cursor.fetchall():
            if word in known:
                doubles.append(pk)
            elif word not in held:
                unheld.append(pk)
            known.add(word)
        lacking = held - known
    learn(f"'{word}':" for word in lacking)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [TIDYING])
        cursor.execute(DROP, [doubles, unheld])


def missing() -> list[str]:
    """Words that rows hold and the vocabulary lacks: none, ever."""
    with connection.cursor() as cursor:
        held = _held(cursor)
        cursor.execute("select word from offerings_searchword")
        return sorted(held - {word for (word,) in cursor.fetchall()})


def _held(cursor: CursorWrapper) -> set[str]:
    cursor.execute(HELD)
    return {term for (term,) in cursor.fetchall() if WORD.fullmatch(term)}
