"""What each filter of a search keeps, as SQL on a search row ``r``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Final, NamedTuple, TypeVar

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agreements.terms import Terms
from municipalities.cache import Gazetteer, gazetteer
from municipalities.models import Country
from offerings import places, windows
from offerings.homes import Home, home_among
from offerings.payers import Host, Residents, is_vocational_field, payers_of, rule_of
from offerings.search import keys, phrases
from offerings.search.keys import FORM_AND_FEE, PART_OF, PARTS, Values
from offerings.search.phrases import Phrase
from offerings.search.query import REACHABLE_KM, Payer, SearchError, SearchQuery, Sort, Window
from pilots import membership

# Of an audience: residents of the home municipality are among it.
ADMITS: Final = f"""(%(home_region)s = any(regions) or municipalities && %(family)s::bigint[]
  or agreements && %(party_to)s::bigint[] or pilot_groups && array({membership.GROUPS_OF_FAMILY_SQL}))"""
# Whoever of the organisations is the provider or carries the course with it.
GIVEN_BY: Final = """(r.provider_id = any(%(members)s::bigint[]) or exists (
  select from offerings_cohost c where c.offering_id = r.offering_id
  and c.organisation_id = any(%(members)s::bigint[])))"""
# Of a document ``d``: every word of the query is there.
HAS_WORDS: Final = "d.words @@ %(words)s::tsquery"
NEEDS_HOME: Final = _("Choose your home municipality first.")

K = TypeVar("K")


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
    residents: Residents | None  # of home
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


class HostKind(NamedTuple):
    """Hosts that are alike to a home municipality: who pays does not tell them apart."""

    country: str
    is_home: bool
    shared: tuple[Terms, ...]  # agreements of both


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
    residents = Residents.applying_at(home, now) if home else None
    return Asked(query, now, home, residents, known, todays, words, keys.values(), _members(query, now))


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
    if asked.home is None or asked.residents is None:
        return Condition("true", {})
    return Condition(
        f"(r.audience_id is null or r.audience_id in (select id from offerings_audience where {ADMITS}))",
        {
            "home_region": asked.home.region_id,
            "family": list(asked.home.family),
            # Both as of today by Finland's clock, whoever is the host.
            "party_to": [terms.id for terms in asked.residents.agreements[Country.FI]],
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
    """Hosts that are alike to this home, each with fields, forms and fees for which one of them pays."""
    wanted, given = asked.query.payer, dict[str, Any]()
    hosts, fields = _by_number(kinds_of_hosts(asked)), _by_number(kinds_of_fields(asked))
    ways = []
    for n, (host, host_numbers) in enumerate(hosts.items()):
        for m, (field, field_numbers) in enumerate(fields.items()):
            by_number = payers_by_number(asked, host, field)
            paid = [number for number, found in by_number if not wanted.isdisjoint(found)]
            given |= {f"hosts_{n}": host_numbers, f"paid_{n}_{m}": paid}
            way = f"{PARTS['host'].sql} = any(%(hosts_{n})s::int[])"
            if len(fields) > 1:
                given[f"paid_fields_{m}"] = field_numbers
                way += f" and {PARTS['field'].sql} = any(%(paid_fields_{m})s::int[])"
            ways.append(f"({way} and {FORM_AND_FEE.sql} = any(%(paid_{n}_{m})s::int[]))")
    return Condition(f"({' or '.join(ways) or 'false'})", given)


def _by_number(kinds: Iterable[K]) -> dict[K, list[int]]:
    found: dict[K, list[int]] = {}
    for number, kind in enumerate(kinds):
        found.setdefault(kind, []).append(number)
    return found


def kinds_of_hosts(asked: Asked) -> list[HostKind]:
    """Of each host in the key: what of it tells who pays for this home."""
    hosts, residents = asked.values.hosts, asked.residents
    family = residents.home.family if residents else ()
    if residents is None or not any(residents.agreements.values()):
        return [HostKind(country, municipality in family, ()) for country, municipality in hosts]
    return [
        HostKind(country, municipality in family, residents.shared_with(Host(country, municipality)))
        for country, municipality in hosts
    ]


def kinds_of_fields(asked: Asked) -> list[str]:
    """For each field in the key one that stands for it: the same agreements cover both.

    All are alike where no agreement of the home municipality tells fields apart.
    """
    fields = asked.values.of("field")
    of_home = set(chain.from_iterable(asked.residents.agreements.values())) if asked.residents else ()
    telling = [terms for terms in of_home if terms.fields or terms.is_primary]
    if not telling:
        return list(fields[:1]) * len(fields)
    stand_in: dict[tuple[bool, ...], str] = {}
    return [
        stand_in.setdefault(
            (is_vocational_field(field), *(terms.covers_field(field) for terms in telling)), field
        )
        for field in fields
    ]


def payers_by_number(asked: Asked, host: HostKind, field: str) -> Iterator[tuple[int, frozenset[Payer]]]:
    """Who pays at such a host for a course of the field, for each number that form and fee have together.

    Whatever is found starts after today: a law that holds today holds for all of it.
    """
    start = timezone.localdate(asked.now)
    for form_number, form in enumerate(asked.values.of("form")):
        rule = None
        if asked.home is not None:
            rule = rule_of(
                home_country=asked.home.country,
                host_country=host.country,
                is_host=host.is_home,
                form=form,
                field=field,
                starts_on=start,
                shared=host.shared,
            )
        for fee_number, fee in enumerate(asked.values.of("fee")):
            found = payers_of(rule, has_fee=bool(fee))
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
