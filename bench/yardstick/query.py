"""The one statement that answers a request: the page as JSON, the keys of all hits, their free places."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from zoneinfo import ZoneInfo

from bench.yardstick.keys import PARTS

FACETS: Final = ("form", "field", "mode", "language", "region", "payer")
STATE_FUNDED: Final = ("general_upper_secondary", "higher", "liberal_adult", "vocational")
PAGE_SIZE: Final = 20


@dataclass(frozen=True, slots=True)
class Home:
    id: int
    country: str
    family: list[int]


@dataclass(frozen=True)
class Lists:
    """Codes by number, sets of regions by number, and the municipalities that a student can live in."""

    codes: Mapping[str, Sequence[str]]
    region_sets: Sequence[Sequence[str]]
    homes: Mapping[str, Home]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request. ``words``: for each word the tsquery that finds it, those of weight A, B, C, and itself."""

    home: Home | None
    km: float | None
    sort: str
    page: int
    chosen: Mapping[str, frozenset[str]]  # by facet
    words: Sequence[Sequence[str]] = ()
    size: int = PAGE_SIZE
    given: dict[str, Any] = field(default_factory=dict)


def read(parameters: Mapping[str, Sequence[str]], lists: Lists) -> Asked:
    """The parameters are KOPA's, apart from ``words``, which stand for ``q``. Raises KeyError, ValueError."""
    one = {name: values[0] for name, values in parameters.items()}
    home = lists.homes[one["home"]] if one.get("home") else None
    words = json.loads(one["words"]) if one.get("words") else ()
    default = "relevance" if words else "distance" if home else "deadline"
    return Asked(
        home=home,
        km=float(one["within_km"]) if one.get("within_km") else None,
        sort=one.get("sort") or default,
        page=int(one.get("page") or 1),
        chosen={name: frozenset(parameters[name]) for name in FACETS if parameters.get(name)},
        words=words,
        size=int(one.get("page_size") or PAGE_SIZE),
    )


def statement(asked: Asked, lists: Lists, *, now: dt.datetime) -> tuple[str, dict[str, Any]]:
    """The SQL and its parameters."""
    given: dict[str, Any] = {
        "now": now.replace(microsecond=0),
        "fi": now.astimezone(ZoneInfo("Europe/Helsinki")).date(),
        "se": now.astimezone(ZoneInfo("Europe/Stockholm")).date(),
        "home": asked.home.id if asked.home else 0,
        "family": asked.home.family if asked.home else [],
        "size": asked.size,
        "skip": (asked.page - 1) * asked.size,
    }
    kept = " and ".join(_choices(asked, lists, given)) or "true"
    ctes, hits = _hits(asked, given)
    return (
        f"with {ctes} h as materialized ({hits}), page as materialized ("  # noqa: S608
        f" select id, free, row_number() over () n from (select id, free from h where {kept}"
        f" order by (free <= 0), {_order(asked)}starts, id limit %(size)s offset %(skip)s) x)"
        f" select {CARDS}, keys, free from (select array_agg(k) keys,"
        f" coalesce(sum(free) filter (where {kept}), 0)::int8 free from h) counted",
        given,
    )


# A row of the page, as little as a list needs.
CARDS: Final = """(select convert_to(coalesce(json_agg(row order by n), '[]')::text, 'UTF8') from (
  select n, card.id, title_fi, title_sv, title_en,
    json_build_object('fi', provider_fi, 'sv', provider_sv, 'en', provider_en) provider,
    near.key municipality, round(near.km::numeric, 1) distance_km, mode, languages,
    json_build_object('capacity', capacity, 'free', page.free, 'reserved', (
      select coalesce(json_agg(json_build_object('municipality', r.key, 'free', r.free)), '[]')
      from reserved r where r.id = card.id and r.free > 0
        and (quota_release_at is null or quota_release_at > %(now)s))) places,
    starts_on, applications_close_at
  from page join card using (id) left join lateral (
    select key, km from site left join distance on home = %(home)s and distance.point = site.point
    where site.id = card.id order by km nulls last, site_id limit 1) near on true) row)"""


def _hits(asked: Asked, given: dict[str, Any]) -> tuple[str, str]:
    """All rows that the filters without counts leave."""
    by_distance = asked.home is not None and (asked.km is not None or asked.sort == "distance")
    ctes, joins, where = "", "", "(closes is null or closes >= %(now)s)"
    where += f" and starts > case {PARTS['in_sweden'].of('k')} when 1 then %(se)s::date else %(fi)s::date end"
    own, key, km = "0", "k", "null::float8"
    if asked.home:
        ctes += (
            "own as materialized (select id, sum(free)::int free from reserved"
            " where municipality = any(%(family)s) group by id), "
        )
        joins += " left join own on own.id = o.id"
        own = "coalesce(own.free, 0)"
        key = f"k | (coalesce(host = any(%(family)s), false)::int::int8 << {PARTS['is_host'].shift})"
    if by_distance:
        ctes += "d as materialized (select point, km from distance where home = %(home)s), "
        ctes += "far as (select more.id, min(d.km) km from more join d using (point) group by more.id), "
        joins += " left join d on d.point = o.point left join far on far.id = o.id"
        km = "least(d.km, far.km)"
    if asked.km is not None:
        given["km"] = asked.km
        where += f" and {km} <= %(km)s"
    if asked.words:
        given["all"] = " & ".join(f"({found})" for found, *_ in asked.words)
        where += " and words @@ %(all)s::tsquery"
    free = f"case when release <= %(now)s then free_every else free_open + {own} end"
    return ctes, (
        f"select o.id, starts, closes, {key} k, {free} free, {km} km, {_score(asked, given)} score"  # noqa: S608
        f" from {'hit' if asked.words else 'place'} o{joins} where {where}"
    )


def _score(asked: Asked, given: dict[str, Any]) -> str:
    """Twice the worth of the best place of each word, and one for the very word."""
    parts = ["0"]
    if asked.sort == "relevance":
        for n, (_found, best, good, fair, typed) in enumerate(asked.words):
            given |= {f"a{n}": best, f"b{n}": good, f"c{n}": fair, f"t{n}": typed}
            parts.append(
                f"case when words @@ %(a{n})s::tsquery then 16 when words @@ %(b{n})s::tsquery then 8"
                f" when words @@ %(c{n})s::tsquery then 4 else 2 end"
                f" + (words @@ %(t{n})s::tsquery)::int"
            )
    return " + ".join(parts)


def _order(asked: Asked) -> str:
    return {
        "relevance": "score desc, ",
        "distance": "km nulls last, ",
        "deadline": "closes nulls last, ",
        "places": "free desc, ",
        "start": "",
    }[asked.sort]


def _choices(asked: Asked, lists: Lists, given: dict[str, Any]) -> list[str]:
    """What the counted filters keep, on the packed key."""
    kept = []
    for facet, values in asked.chosen.items():
        if facet == "payer":
            kept.append(f"({' or '.join(_paid_by(payer, asked, lists) for payer in sorted(values))})")
        elif facet == "language":
            given[facet] = sum(1 << n for n, code in enumerate(lists.codes["language"]) if code in values)
            kept.append(f"{PARTS['languages'].of('k')} & %({facet})s <> 0")
        elif facet == "region":
            given[facet] = [n for n, regions in enumerate(lists.region_sets) if values & set(regions)]
            kept.append(f"{PARTS['regions'].of('k')} = any(%({facet})s)")
        else:
            # A broad field is the beginning of its narrow ones.
            wanted = {code for code in lists.codes[facet] if code in values or code[:2] in values}
            given[facet] = [n for n, code in enumerate(lists.codes[facet]) if code in wanted]
            kept.append(f"{PARTS[facet].of('k')} = any(%({facet})s)")
    return kept


def _paid_by(payer: str, asked: Asked, lists: Lists) -> str:
    if payer == "learner_fee":
        return f"{PARTS['has_fee'].of('k')} = 1"
    if asked.home is None or payer == "depends":
        return "true" if asked.home is None and payer == "depends" else "false"
    is_host = f"{PARTS['is_host'].of('k')} = 1"
    same = f"{PARTS['in_sweden'].of('k')} = {int(asked.home.country == 'SE')}"
    funded = ", ".join(str(n) for n, code in enumerate(lists.codes["form"]) if code in STATE_FUNDED)
    state = f"({PARTS['in_sweden'].of('k')} = 0 and {PARTS['form'].of('k')} in ({funded}))"
    return {
        "own_municipality": is_host,
        "no_agreement": f"(not {is_host} and not {same})",
        "state": f"(not {is_host} and {same} and {state})",
        "home_decides": f"(not {is_host} and {same} and not {state})",
    }[payer]
