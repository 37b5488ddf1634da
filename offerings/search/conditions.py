"""What each filter of a search keeps, as SQL on a search row ``r``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from municipalities.cache import Gazetteer, gazetteer
from offerings import payers, places, windows
from offerings.homes import Home, home_among
from offerings.search import keys, phrases
from offerings.search.keys import FORM_AND_FEE, PART_OF, PARTS, Values
from offerings.search.phrases import Phrase
from offerings.search.query import REACHABLE_KM, Payer, SearchError, SearchQuery, Sort, Window
from pilots import membership

# Of an audience: residents of the home municipality are among it.
ADMITS: Final = f"""(%(home_region)s = any(regions) or municipalities && %(family)s::bigint[]
  or pilot_groups && array({membership.GROUPS_OF_FAMILY_SQL}))"""
# Whoever of the organisations is the provider or carries the course with it.
GIVEN_BY: Final = """(r.provider_id = any(%(members)s::bigint[]) or exists (
  select from offerings_cohost c where c.offering_id = r.offering_id
  and c.organisation_id = any(%(members)s::bigint[])))"""
# Of a document ``d``: every word of the query is there.
HAS_WORDS: Final = "d.words @@ %(words)s::tsquery"
NEEDS_HOME: Final = _("Choose your home municipality first.")


@dataclass(frozen=True, slots=True)
class Condition:
    """SQL with its named parameters: true, false or null. A name stands for one value in the statement."""

    sql: str
    given: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A query with what had to be looked up for it."""

    query: SearchQuery
    now: dt.datetime
    home: Home | None
    gazetteer: Gazetteer
    municipalities: list[str]  # keys of today's
    phrases: tuple[Phrase, ...]
    values: Values
    members: list[int]  # ids of the organisations of the pilot groups asked for

    def without(self, names: tuple[str, ...]) -> Asked:
        """The same question without these filters."""
        unused = SearchQuery()
        return replace(self, query=replace(self.query, **{name: getattr(unused, name) for name in names}))

    @property
    def has_point(self) -> bool:
        return self.home is not None and self.home.latitude is not None


def wrong_with(query: SearchQuery) -> list[SearchError]:
    """What cannot be asked without a home municipality. Looks nothing up."""
    if query.home:
        return []
    wrong = [name for name in ("for_me", "reachable", "within_km") if getattr(query, name)]
    if query.within_km == 0:
        wrong.append("within_km")
    if query.sort == Sort.DISTANCE:
        wrong.append("sort")
    return [SearchError(name, "needs_home", NEEDS_HOME) for name in wrong]


def ask(query: SearchQuery, *, now: dt.datetime) -> Asked:
    """Looks up the municipalities and the values of the packed key; the words are taken as they are written.

    Raises SearchError.
    """
    for error in wrong_with(query):
        raise error
    known = gazetteer()
    home = home_among(known, query.home) if query.home else None
    if query.home and home is None:
        raise SearchError("home", "unknown_municipality", _("There is no such municipality."))
    words = phrases.as_written(query.q)
    todays = _todays(known, query.municipality)
    return Asked(query, now, home, known, todays, words, keys.values(), _members(query, now))


def understood(asked: Asked) -> Asked:
    """The same question, each word read in the first way that finds anything."""
    words = phrases.understand(asked.query.q, now=asked.now, places=asked.gazetteer)
    return replace(asked, phrases=words)


def _todays(known: Gazetteer, wanted: Iterable[str]) -> list[str]:
    """Unknown keys are left out."""
    return sorted({known.today(known.by_key[key]).key for key in wanted if key in known.by_key})


def conditions(asked: Asked) -> dict[str, Condition]:
    """What the query's filters keep, by filter; all must hold.

    Beside ``reachable``, ``within_km`` takes nothing away of its own.
    """
    query = asked.query
    kept = {name: CONDITIONS[name](asked) for name in query.filters}
    if query.reachable:
        kept.pop("within_km", None)
    return kept


def free(asked: Asked) -> Condition:
    """Free places as this viewer sees them, on ``r`` and the home municipality's own places ``own``."""
    return Condition(places.FREE_TO_HOME if asked.home else places.FREE_TO_ANYBODY, {"now": asked.now})


def open_to_home(asked: Asked) -> Condition:
    """The host lets residents of the home municipality apply; everything without one."""
    if asked.home is None:
        return Condition("true", {})
    return Condition(
        f"(r.audience_id is null or r.audience_id in (select id from offerings_audience where {ADMITS}))",
        {
            "home_region": asked.home.region_id,
            "family": list(asked.home.family),
            "today": timezone.localdate(asked.now),
        },
    )


def open_to_home_one(asked: Asked) -> Condition:
    """The same where only a page of rows is asked: each looks for its own audience."""
    if asked.home is None:
        return Condition("true", {})
    one = f"(select {ADMITS} from offerings_audience a where a.id = r.audience_id)"
    return Condition(f"coalesce({one}, true)", open_to_home(asked).given)


def _words(asked: Asked) -> Condition:
    """Every word matches somewhere. What was typed without a single word matches nothing."""
    if not asked.phrases:
        return Condition("false", {})
    text = " & ".join(f"({phrase.tsquery})" for phrase in asked.phrases)
    return Condition(HAS_WORDS, {"words": text})


def _free(asked: Asked) -> Condition:
    seen = free(asked)
    return Condition(f"{seen.sql} > 0", seen.given)


def _open(asked: Asked) -> Condition:
    if asked.query.open == Window.SOON:
        soon = asked.now + windows.OPENING_SOON
        return Condition(windows.OPENING_SOON_SQL, {"now": asked.now, "soon": soon})
    return Condition(windows.OPENED_SQL, {"now": asked.now})


def _near(asked: Asked, km: int) -> Condition:
    if not asked.has_point:
        return Condition("false", {})
    return Condition(f"near.km <= %(km_{km})s", {f"km_{km}": km})


def _reachable(asked: Asked) -> Condition:
    """Near enough, or nothing that one has to come to."""
    near = _near(asked, REACHABLE_KM if asked.query.within_km is None else asked.query.within_km)
    return Condition(f"({near.sql} or r.contact_days = 0)", near.given)


def _coded(facet: str) -> Callable[[Asked], Condition]:
    """The value has one of the chosen codes."""
    part = PART_OF[facet]

    def kept(asked: Asked) -> Condition:
        wanted: frozenset[str] = getattr(asked.query, facet)
        numbers = [n for n, codes in enumerate(asked.values.codes[part]) if not wanted.isdisjoint(codes)]
        return Condition(f"{PARTS[part].sql} = any(%({facet})s::int[])", {facet: numbers})

    return kept


def _members(query: SearchQuery, now: dt.datetime) -> list[int]:
    return sorted(membership.organisations_of_groups(query.pilot, timezone.localdate(now)))


def _of_pilot_groups(asked: Asked) -> Condition:
    """A member of one of the groups gives the course, or carries it with the provider."""
    return Condition(GIVEN_BY, {"members": asked.members})


def _paid_by_any(asked: Asked) -> Condition:
    """Hosts that are alike to this home, each with the forms and fees for which one of the payers pays."""
    alike: dict[tuple[str, bool], list[int]] = {}
    for number, kind in enumerate(kinds_of_hosts(asked)):
        alike.setdefault(kind, []).append(number)
    wanted, given = asked.query.payer, dict[str, Any]()
    ways = []
    for n, (kind, numbers) in enumerate(alike.items()):
        paid = [one for one, found in payers_by_number(asked, kind) if not wanted.isdisjoint(found)]
        given |= {f"hosts_{n}": numbers, f"paid_{n}": paid}
        ways.append(
            f"({PARTS['host'].sql} = any(%(hosts_{n})s::int[])"
            f" and {FORM_AND_FEE.sql} = any(%(paid_{n})s::int[]))"
        )
    return Condition(f"({' or '.join(ways) or 'false'})", given)


def kinds_of_hosts(asked: Asked) -> list[tuple[str, bool]]:
    """Of each host in the key: its country, and whether the home municipality itself is the host."""
    family = asked.home.family if asked.home else ()
    return [(country, municipality in family) for country, municipality in asked.values.hosts]


def payers_by_number(asked: Asked, host: tuple[str, bool]) -> Iterator[tuple[int, frozenset[Payer]]]:
    """Who pays at such a host, for each number that form and fee have together."""
    country, is_host = host
    for fee_number, fee in enumerate(asked.values.of("fee")):
        for form_number, form in enumerate(asked.values.of("form")):
            found = payers.payers_of(
                home=asked.home, is_host=is_host, host_country=country, form=form, has_fee=bool(fee)
            )
            yield fee_number | form_number << PARTS["form"].shift, frozenset(found)


CONDITIONS: Final[dict[str, Callable[[Asked], Condition]]] = {
    "q": _words,
    "free": _free,
    "open": _open,
    "for_me": open_to_home,
    "reachable": _reachable,
    "within_km": lambda asked: _near(asked, asked.query.within_km or 0),
    **{facet: _coded(facet) for facet in PART_OF},
    "municipality": lambda asked: Condition(
        "r.whereabouts_id in (select id from offerings_whereabouts"
        " where municipalities && %(municipalities)s::varchar[])",
        {"municipalities": asked.municipalities},
    ),
    "provider": lambda asked: Condition(
        "r.provider_id = any(%(providers)s::bigint[])", {"providers": sorted(asked.query.provider)}
    ),
    "pilot": _of_pilot_groups,
    "payer": _paid_by_any,
    "starts_after": lambda asked: Condition(
        "r.starts_on >= %(starts_after)s", {"starts_after": asked.query.starts_after}
    ),
}
