"""From a number to an offering: everything of it, always the same for the same seed, day and register."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any, Final

from kopa.base.names import LANGUAGES
from kopa.portal.generation import dates, wording
from kopa.portal.generation.register import Host, Register
from kopa.portal.generation.wording import Choice, Frame, Topic

MARK: Final = "generated"  # own references begin with it: how a generated offering is known
MODES: Final = Choice([("contact", 63), ("blended", 24), ("distance", 13)])
VIRTUAL_SHARE: Final = 0.4  # of distance courses: without any site
MORE_SITES_SHARE: Final = 0.16  # of courses with a site whose organisation has others
QUOTA_SHARE: Final = 0.28  # of courses with a closing day
OPEN_TO: Final = Choice([("all", 55), ("regions", 15), ("municipalities", 30)])
CAPACITIES: Final = Choice(
    [(8, 8), (10, 12), (12, 14), (14, 10), (16, 16), (18, 8), (20, 14), (24, 8), (30, 6), (40, 3), (100, 1)]
)
# By form of education: level, credit unit, credits, weeks; lowest and highest fee in cents, its share.
Facts = tuple[str, str | None, tuple[int, ...], tuple[int, int], tuple[int, int, float]]
FORMS: Final[Mapping[str, Facts]] = {
    "vocational": ("upper_secondary", "competence_point", (15, 30, 60, 145, 180), (10, 92), (0, 0, 0)),
    "general_upper_secondary": ("upper_secondary", "study_credit", (2, 3, 4), (5, 40), (0, 0, 0)),
    "liberal_adult": ("none", None, (), (2, 30), (2500, 24000, 0.9)),
    "non_regulated": ("none", "competence_point", (1, 5, 10), (1, 12), (4000, 90000, 0.8)),
    "higher": ("bachelor", "study_credit", (5, 10, 15, 60, 240), (8, 100), (5000, 30000, 0.5)),
    "integration": ("basic", None, (), (10, 40), (0, 0, 0)),
    "adult_basic": ("basic", "course", (1, 2, 4), (8, 40), (0, 0, 0)),
    "preparatory": ("basic", "week", (19, 38), (19, 38), (0, 0, 0)),
    "arts_basic": ("basic", "hour", (60, 90), (18, 38), (6000, 42000, 0.9)),
    "komvux": ("upper_secondary", "upper_secondary_point", (100, 400, 800, 1500), (10, 65), (0, 0, 0)),
}


@dataclass(frozen=True, slots=True)
class Reserved:
    """Places for the residents of one municipality, and how many of them are given."""

    municipality_id: int
    seats: int
    taken: int


@dataclass(frozen=True, slots=True)
class Generated:
    """One offering: the columns of its row and what stands in other tables, all by id."""

    columns: dict[str, Any]
    lists: Mapping[str, tuple[int | str, ...]]  # many-to-many fields of Offering
    reserved: tuple[Reserved, ...]
    taken: int  # of the places that nobody is reserved for


def plan(register: Register, *, offerings: int, seed: int, today: dt.date) -> Iterator[Generated]:
    """So many offerings; the first ones of a bigger catalogue are a smaller catalogue."""
    for number in range(1, offerings + 1):
        yield _offering(register, seed=seed, number=number, today=today)


def _offering(register: Register, *, seed: int, number: int, today: dt.date) -> Generated:
    random = Random(f"{MARK} {seed} {number}")  # noqa: S311 - nothing secret
    form, country = register.forms.draw(random)
    host = register.hosts[form, country].draw(random)
    mode = MODES.draw(random)
    kind = dates.KINDS.draw(random)
    days = dates.draw(kind, today, random)
    capacity = CAPACITIES.draw(random)
    reserved = _reserved(register, host, capacity, random) if days.closes else ()
    taken, reserved = _given(kind, capacity, reserved, random)
    weeks = random.randint(*FORMS[form][3])
    columns = {
        "provider_id": host.organisation_id,
        "own_reference": f"{MARK} {seed}-{number:07}",
        "capacity": capacity,
        "min_group": max(4, capacity // 3) if capacity >= 12 and random.random() < 0.5 else None,
        "currency": "SEK" if country == "SE" else "EUR",
        "open_to": OPEN_TO.draw(random),
    }
    columns |= dates.moments(days, weeks, country, reserves=bool(reserved), today=today, random=random)
    columns |= _status(kind, columns, today)
    columns |= _form(form, random) | _how(mode, random) | _money(form, country, random)
    columns |= _applying(form, country, number) | _what(form, host, mode, random)
    lists: dict[str, tuple[int | str, ...]] = {"languages": _languages(form, host, random)}
    lists["sites"] = _sites(register, host, mode, random)
    lists |= _for_whom(register, host, str(columns["open_to"]), random)
    return Generated(columns, lists, reserved, taken)


def _form(form: str, random: Random) -> dict[str, Any]:
    level, unit, points, _weeks, (lowest, highest, how_often) = FORMS[form]
    return {
        "form_id": form,
        "level": level,
        "credits": Decimal(random.choice(points)) if points else None,
        "credit_unit_id": unit,
        "learner_fee_cents": random.randrange(lowest, highest, 500) if random.random() < how_often else 0,
    }


def _status(kind: str, columns: Mapping[str, Any], today: dt.date) -> dict[str, Any]:
    """As the job that follows the days would have left it."""
    if kind == "draft":
        return {"status": "draft", "published_at": None}
    if kind == "cancelled":
        return {"status": "cancelled", "cancelled_at": columns["updated_at"], **wording.TOO_FEW}
    if columns["starts_on"] > today:
        return {"status": "published"}
    return {"status": "running" if columns["ends_on"] >= today else "completed"}


def _what(form: str, host: Host, mode: str, random: Random) -> dict[str, Any]:
    """Field and texts."""
    frame = wording.frames()[form, host.country].draw(random)
    topic = random.choice(frame.topics)
    texts = _texts(frame, topic, host, mode, random)
    code = "".join(re.findall(r"\w", topic.words["fi"]["subject"]))[: random.randint(2, 5)].upper()
    is_coded = random.random() < 0.35
    return texts | {
        "field_id": topic.field if random.random() < 0.92 else topic.field[:2],
        "course_codes": [f"{code}{random.randint(1, 99):02}"] if is_coded else [],
    }


def _texts(frame: Frame, topic: Topic, host: Host, mode: str, random: Random) -> dict[str, str]:
    """In both national languages, and more often than not in English; in Sweden not always in Finnish."""
    written = {"fi": host.country == "FI" or random.random() < 0.7, "sv": True, "en": random.random() < 0.55}
    behind = wording.qualifiers()[mode].draw(random) if random.random() < 0.4 else {}
    names_place = random.random() < 0.1
    said = random.sample(wording.sentences(), random.randint(3, 6))
    texts = {}
    for language in LANGUAGES:
        title = description = ""
        if written[language]:
            parts = [frame.title(topic, language), behind.get(language, "")]
            parts += [str(host.municipality.name(language))] if names_place else []
            title = ", ".join(part for part in parts if part)
            description = " ".join(
                sentence[language].format(subject=topic.words[language]["subject"]) for sentence in said
            )
        texts[f"title_{language}"] = title[:160]
        texts[f"description_{language}"] = description
    return texts


def _how(mode: str, random: Random) -> dict[str, Any]:
    share, days = Decimal(1), None
    if mode == "blended":
        share, days = random.choice([Decimal("0.2"), Decimal("0.3"), Decimal("0.5")]), random.randint(2, 40)
    elif mode == "distance":
        share, days = Decimal(0), 0
    study = random.choice(["full_time", "full_time", "part_time", "evening", "self_paced"])
    pace = {"full_time": 100, "part_time": 50, "evening": 25, "self_paced": None}[study]
    return {
        "mode_id": mode, "contact_share": share, "contact_days": days,
        "study_form": study, "pace_percent": pace,
    }  # fmt: skip


def _money(form: str, country: str, random: Random) -> dict[str, Any]:
    if form == "komvux" or (country == "SE" and form == "adult_basic"):
        return {"price_basis": "per_place", "price_cents": random.randrange(20_000, 110_000, 500) * 100}
    if country == "SE" and form in {"general_upper_secondary", "vocational"}:
        return {"price_basis": "per_year", "price_cents": random.randrange(90_000, 160_000, 500) * 100}
    return {"price_basis": "actual_cost" if form == "integration" else "none"}


def _applying(form: str, country: str, number: int) -> dict[str, Any]:
    """Invented addresses under example.org, and an office instead of a person."""
    office, site = ("Vuxenutbildningen", "ansokan") if country == "SE" else ("Opintotoimisto", "haku")
    email = f"{office.lower()}@example.org"
    by_mail = form == "liberal_adult"
    return {
        "contact_name": office,
        "contact_email": email,
        "apply_url": "" if by_mail else f"https://{site}.example.org/{number}",
        "apply_contact": email if by_mail else "",
    }


def _languages(form: str, host: Host, random: Random) -> tuple[str, ...]:
    if host.country == "SE":
        own = ["sv"]
    else:
        taught = [language for language in host.languages if language in {"fi", "sv"}] or ["fi"]
        own = [random.choice(taught)]
    chance = random.random()
    if chance < 0.03:
        return ("en",)
    if chance < 0.08 or (form == "integration" and chance < 0.2):
        own.append("en" if chance < 0.15 else "other")
    return tuple(own)


def _sites(register: Register, host: Host, mode: str, random: Random) -> tuple[int, ...]:
    if mode == "distance" and random.random() < VIRTUAL_SHARE:
        return ()
    others = [site for site in register.sites[host.organisation_id] if site != host.site_id]
    if not others or random.random() >= MORE_SITES_SHARE:
        return (host.site_id,)
    return (host.site_id, *random.sample(others, min(len(others), random.randint(1, 3))))


def _for_whom(
    register: Register, host: Host, open_to: str, random: Random
) -> dict[str, tuple[int | str, ...]]:
    near = register.near(host.municipality)
    listed = near[: random.randint(3, 20)] if open_to == "municipalities" else ()
    return {
        "open_to_regions": (host.municipality.region_id,) if open_to == "regions" else (),
        "open_to_municipalities": listed,
    }


def _reserved(register: Register, host: Host, capacity: int, random: Random) -> tuple[Reserved, ...]:
    if random.random() >= QUOTA_SHARE:
        return ()
    chosen = random.sample(register.near(host.municipality)[:8], random.randint(1, 4))
    return tuple(Reserved(one, random.randint(1, max(1, capacity // 8)), 0) for one in chosen)


def _given(
    kind: str, capacity: int, reserved: tuple[Reserved, ...], random: Random
) -> tuple[int, tuple[Reserved, ...]]:
    """Places given: none before applications open; else all, nearly all, or something between."""
    seats = capacity - sum(one.seats for one in reserved)
    if kind in {"later", "draft"}:
        return 0, reserved
    chance = random.random()
    if chance < 0.15:
        return seats, tuple(Reserved(one.municipality_id, one.seats, one.seats) for one in reserved)
    if chance < 0.32:
        taken = max(0, seats - random.randint(1, 3))
    else:
        taken = math.floor(seats * random.uniform(0, 0.9))
    return taken, tuple(
        Reserved(one.municipality_id, one.seats, random.randint(0, one.seats)) for one in reserved
    )
