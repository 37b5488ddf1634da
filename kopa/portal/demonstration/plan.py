"""From courses to offerings: dates from a day, places, reserved places and texts. No database, no chance.

What looks random comes from a generator seeded by the offering's own name: the same day gives the same plan.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any, Final

from kopa.portal.demonstration import wording
from kopa.portal.demonstration.catalogue import Course, Spot, courses, reserves
from kopa.portal.demonstration.days import school_monday, working_day
from offerings.deadlines import closing_moment, opening_moment

SEED: Final = "kopa-1"
LANGUAGES: Final = ("fi", "sv", "en")
SCHOOL_FORMS: Final = frozenset({"vocational", "general_upper_secondary"})
# window: (share of the offerings, first and last day on which applications open, and days until they close)
WINDOWS: Final = {
    "open": (0.64, (-45, -3), (12, 75)),
    "closing": (0.10, (-30, -8), (1, 8)),
    "later": (0.15, (3, 50), (18, 45)),
    "continuous": (0.11, (-60, -5), None),
}


@dataclass(frozen=True, slots=True)
class Planned:
    """One offering to be: what is typed into it, and what points elsewhere by name instead of by id."""

    course: Course
    spot: Spot
    given: dict[str, Any]  # plain columns and code lists of an OfferingInput
    open_to_municipalities: tuple[str, ...]
    opens_host_region: bool
    quotas: dict[str, int]  # municipality's key → reserved places
    taken: dict[str, int]  # municipality's key, or "open" → places given elsewhere
    window: str = field(default="open")

    @property
    def reference(self) -> str:
        """The offering's own identifier, by which it is found again."""
        return f"{self.course.key} {self.spot.word}"


def plan(today: dt.date) -> Iterator[Planned]:
    """Every offering of the demonstration as of ``today``, always the same for the same day."""
    for course in courses():
        for spot in course.spots:
            yield _planned(course, spot, today)


def _planned(course: Course, spot: Spot, today: dt.date) -> Planned:
    random = Random(f"{SEED} {course.key} {spot.word}")  # noqa: S311 - nothing secret
    fixed = course.fixed(spot)
    window = str(fixed.get("window") or _window(course, random))
    given = _what(course) | _how(course, spot, random) | _when(course, spot, window, today, random)
    given |= _money(course, random) | _applying(course, spot)
    capacity = int(fixed.get("capacity") or random.randint(*course.facts["places"]))
    given["capacity"] = capacity
    given["min_group"] = max(4, capacity // 3) if random.random() < 0.6 and capacity >= 8 else None
    quotas = dict(fixed.get("quotas") or {}) or ({} if fixed else _quotas(spot, window, capacity, random))
    taken = dict(fixed.get("taken") or _taken(window, capacity, quotas, random))
    given |= _texts(course, spot, given["contact_days"], random)
    neighbours = reserves().get(spot.host, ())
    openness = 1.0 if fixed or quotas else random.random()
    return Planned(
        course=course,
        spot=spot,
        given=given,
        open_to_municipalities=neighbours if openness < 0.09 else (),
        opens_host_region=not neighbours and openness < 0.05,
        quotas=quotas,
        taken=taken,
        window=window,
    )


def _what(course: Course) -> dict[str, Any]:
    facts = course.facts
    points = facts.get("credits")
    return {
        "form_id": facts["form"],
        "field_id": facts["field"],
        "level": facts.get("level", ""),
        "credits": None if points is None else Decimal(points),
        "credit_unit_id": facts.get("unit"),
        "prior_education": facts.get("prior", []),
        "selection_rule": facts.get("selection", "registration_order"),
        "is_apprenticeship": facts.get("apprenticeship", False),
        "is_national_joint_application": facts.get("joint_application", False),
    }


def _how(course: Course, spot: Spot, random: Random) -> dict[str, Any]:
    share, days = Decimal(1), None
    if spot.mode == "blended":
        share = random.choice(
            [Decimal("0.2"), Decimal("0.25"), Decimal("0.3"), Decimal("0.4"), Decimal("0.5")]
        )
        days = max(2, min(60, round(course.facts["weeks"] * float(share) * 1.5)))
    elif spot.mode == "distance":
        share, days = Decimal(0), 0
    study = course.facts.get("study", "full_time")
    pace = {"full_time": 100, "part_time": 50, "evening": 25, "self_paced": None}[study]
    return {
        "mode_id": spot.mode, "contact_share": share, "contact_days": days,
        "study_form": study, "pace_percent": pace,
    }  # fmt: skip


def _window(course: Course, random: Random) -> str:
    if course.facts.get("continuous"):
        return "continuous"
    by_registration = course.facts.get("selection", "registration_order") == "registration_order"
    names = [name for name in WINDOWS if name != "continuous" or by_registration]
    return random.choices(names, weights=[WINDOWS[name][0] for name in names])[0]


def _when(course: Course, spot: Spot, window: str, today: dt.date, random: Random) -> dict[str, Any]:
    _, opens, closes = WINDOWS[window]
    opens_on = working_day(today + dt.timedelta(days=random.randint(*opens)))
    start_from = max(today, opens_on) + dt.timedelta(days=random.randint(14, 110))
    closes_on = None
    if closes is not None:
        closes_on = working_day(max(today, opens_on) + dt.timedelta(days=random.randint(*closes)))
        start_from = closes_on + dt.timedelta(days=random.randint(18, 100))
    starts_on = school_monday(start_from)
    country = spot.country
    return {
        "applications_open_at": opening_moment(opens_on, dt.time(8), country),
        "applications_close_at": None if closes_on is None else closing_moment(closes_on, None, country),
        "starts_on": starts_on,
        "ends_on": starts_on + dt.timedelta(weeks=course.facts["weeks"], days=-3),
    }


def _money(course: Course, random: Random) -> dict[str, Any]:
    facts = course.facts
    low, high = facts.get("fee", (0, 0))
    price = facts.get("price_range")
    return {
        "learner_fee_cents": random.randrange(low, high + 1, 500) if high > low else low,
        "price_basis": facts.get("price", "none"),
        "price_cents": random.randrange(price[0], price[1] + 1, 500) * 100 if price else None,
    }


def _applying(course: Course, spot: Spot) -> dict[str, Any]:
    """Invented addresses under example.org, and an office instead of a person."""
    number = spot.host.rpartition("-")[2]
    swedish = spot.country == "SE"
    language = "sv" if swedish or "sv" in spot.languages else "fi"
    school = swedish and course.facts["form"] in SCHOOL_FORMS
    office = wording.SCHOOL_OFFICE_SE if school else wording.OFFICES[spot.country, language]
    mailbox = {"FI": "opintotoimisto", "SE": "vuxenutbildningen"}[spot.country]
    site = {"FI": "haku", "SE": "ansokan"}[spot.country]
    email = f"{mailbox}-{number}@example.org"
    by_mail = course.facts["form"] == "liberal_adult"
    return {
        "contact_name": office,
        "contact_email": email,
        "apply_url": "" if by_mail else f"https://{site}.example.org/{number}/{course.key.replace('_', '-')}",
        "apply_contact": email if by_mail else "",
    }


def _quotas(spot: Spot, window: str, capacity: int, random: Random) -> dict[str, int]:
    neighbours = reserves().get(spot.host, ())
    if not neighbours or window == "continuous" or random.random() < 0.45:
        return {}
    chosen = neighbours[: random.randint(1, len(neighbours))]
    return {key: random.randint(1, max(1, capacity // 8)) for key in chosen}


def _taken(window: str, capacity: int, quotas: dict[str, int], random: Random) -> dict[str, int]:
    """Places given elsewhere: none before applications open; else all, nearly all, or something between."""
    if window == "later":
        return {"open": 0}
    seats = capacity - sum(quotas.values())
    kind = random.random()
    if kind < 0.16:
        return {"open": seats} | quotas
    if kind < 0.34:
        taken = max(0, seats - random.randint(1, 3))
    elif kind < 0.86:
        taken = math.floor(seats * random.uniform(0.2, 0.85))
    else:
        taken = math.floor(seats * random.uniform(0, 0.15))
    return {"open": taken} | {key: random.randint(0, places) for key, places in quotas.items()}


def _texts(course: Course, spot: Spot, days: int | None, random: Random) -> dict[str, str]:
    how = wording.HOW.get((spot.mode, spot.country), {})
    step_free = spot.mode != "distance" and random.random() < 0.3
    texts = {}
    for language in LANGUAGES:
        title = course.text("title", language)
        own = " ".join(course.text("text", language).split())
        sentence = how.get(language, "").format(days=days)
        texts[f"title_{language}"] = title
        texts[f"description_{language}"] = (
            "\n\n".join(part for part in (own, sentence) if part) if own else ""
        )
        texts[f"entry_requirements_{language}"] = course.text("entry", language)
        texts[f"accessibility_note_{language}"] = wording.STEP_FREE[language] if step_free and title else ""
    return texts
