"""What agreements say of an application: who is a party on a day, which courses they cover.

All agreements stand in this process's memory, since every search asks them. Triggers on the tables give each
state a number of its own, so every process notices a change at its next request.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from django.db import connection

from agreements.models import Tier
from kopa.codes import cache
from municipalities.cache import Gazetteer
from municipalities.models import Municipality

STAMP: Final = "agreements"
cache.STAMPS[STAMP] = "select coalesce(max(number), 0) from agreements_revision"
READ: Final = """
select a.id, a.code, a.tier, a.is_frisok, a.asks_for_statement, a.in_force_from, a.in_force_to,
  array(select f.educationform_id from agreements_agreement_forms f where f.agreement_id = a.id),
  array(select f.fieldofeducation_id from agreements_agreement_fields f where f.agreement_id = a.id),
  p.municipality_id, p.valid_from, p.valid_to
from agreements_agreement a join agreements_agreementparty p on p.agreement_id = a.id
order by a.code, p.municipality_id, p.valid_from"""


@dataclass(frozen=True, slots=True)
class Party:
    """A municipality and its days in an agreement, both included; None is an open end."""

    municipality_id: int
    first: dt.date | None
    last: dt.date | None

    def is_of(self, family: Iterable[int], day: dt.date) -> bool:
        """One of these municipalities, on the day. A family holds one of today and those merged into it."""
        if self.municipality_id not in family:
            return False
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """One agreement. Threads share it: only read. Equal to itself alone, which makes it quick to look up."""

    id: int
    code: str
    tier: str
    is_frisok: bool
    asks_for_statement: bool
    in_force_from: dt.date
    in_force_to: dt.date | None
    forms: frozenset[str]
    fields: frozenset[str]  # empty: every field
    parties: tuple[Party, ...]

    @property
    def is_primary(self) -> bool:
        return self.tier == Tier.PRIMARY

    def is_in_force(self, day: dt.date) -> bool:
        return self.in_force_from <= day and (self.in_force_to is None or day <= self.in_force_to)

    def has_party(self, family: Iterable[int], day: dt.date) -> bool:
        """In force on the day, and one of these municipalities is a party then."""
        return self.is_in_force(day) and any(party.is_of(family, day) for party in self.parties)

    def covers(self, form: str, field: str) -> bool:
        return form in self.forms and self.covers_field(field)

    def covers_field(self, field: str) -> bool:
        """The field itself, or the broad one above it: ISCED-F writes 07 into 071."""
        return not self.fields or field in self.fields or field[:2] in self.fields


def _read() -> tuple[Terms, ...]:
    with connection.cursor() as cursor:
        cursor.execute(READ)
        alike = groupby(cursor.fetchall(), key=itemgetter(slice(9)))
        return tuple(_terms(*columns, rows=list(rows)) for columns, rows in alike)


def _terms(*plain: Any, rows: Iterable[tuple[Any, ...]]) -> Terms:
    *facts, forms, fields = plain
    parties = tuple(Party(*row[9:]) for row in rows)
    return Terms(*[*facts, frozenset(forms), frozenset(fields), parties])


_kept: Final = cache.OfLoad[tuple[Terms, ...]](_read, stamp=STAMP, empty=())


def agreements() -> tuple[Terms, ...]:
    """Every agreement that has parties, in the order of codes. One statement when they are in memory."""
    return _kept.now()


def parties_on(agreement_id: int, day: dt.date, places: Gazetteer) -> set[Municipality]:
    """Its parties on the day, merged ones as their successors; none unless it is in force then."""
    found = [terms for terms in agreements() if terms.id == agreement_id and terms.is_in_force(day)]
    return {
        places.today(places.by_id[party.municipality_id])
        for terms in found
        for party in terms.parties
        if party.is_of({party.municipality_id}, day)
    }


def agreements_of(family: Iterable[int], day: dt.date) -> list[int]:
    """Ids of the agreements in force on the day to which one of these municipalities is a party then."""
    among = frozenset(family)
    return [terms.id for terms in agreements() if terms.has_party(among, day)]
