"""How much of what publishing needs is there: counted for the form while it is written.

What is missing is said by ``readiness.reasons_against`` alone; here it is set beside what is there already.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from django.db.models import Q

from kopa.base.names import LANGUAGES, language_name
from offerings.errors import Reason
from offerings.models import Offering
from offerings.querysets import TEXTS
from offerings.readiness import NEEDS_A_SITE, Facts, missing_texts, needed_languages, reasons_against
from providers.models import Site

# Fields that every course needs beside its title.
ALWAYS: Final = (
    "form", "field", "languages", "mode", "starts_on", "applications_open_at", "capacity", "contact_email",
    "price_basis",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LanguageState:
    """One language of the portal: whether the course needs its texts, and whether some are missing."""

    code: str
    name: str
    is_needed: bool
    is_missing: bool


@dataclass(frozen=True, slots=True)
class Completeness:
    """``done`` of ``total`` things that the course, as it is now, needs for being public."""

    reasons: list[Reason]
    languages: list[LanguageState]
    total: int

    @property
    def done(self) -> int:
        return self.total - len(self.reasons)

    @property
    def missing_languages(self) -> list[LanguageState]:
        return [language for language in self.languages if language.is_needed and language.is_missing]


def blank_facts(offering: Offering) -> Facts:
    """Of a course of which nothing is saved yet."""
    nothing = frozenset[str]()
    return Facts(
        offering=offering,
        languages=nothing,
        has_site=False,
        site_municipalities=frozenset(),
        has_quotas=False,
        has_regions=False,
        has_municipalities=False,
        has_pilot_groups=False,
    )


def completeness(facts: Facts) -> Completeness:
    reasons = reasons_against(facts, anew=True)
    needed = needed_languages(facts.offering.provider, facts.languages)
    wanted = {*ALWAYS, *_texts(facts, set(needed))}
    if facts.offering.mode_id in NEEDS_A_SITE:
        wanted.add("sites")
    beside = [reason for reason in reasons if reason.field not in wanted]
    lacking = {language for _text, language in missing_texts(facts.offering, needed)}
    return Completeness(
        reasons=[_at_a_box_of_the_form(reason, facts.offering) for reason in reasons],
        languages=[
            LanguageState(
                code,
                language_name(code),
                is_needed=code in needed,
                is_missing=code in lacking or not getattr(facts.offering, f"title_{code}"),
            )
            for code in LANGUAGES
        ],
        total=len(wanted) + len(beside),
    )


def _at_a_box_of_the_form(reason: Reason, offering: Offering) -> Reason:
    """Without sites of its own the host has no boxes to tick, but may name municipalities."""
    if reason.field != "sites":
        return reason
    host = offering.provider_id
    own = Site.objects.filter(Q(organisation=host) | Q(institution__organisation=host))
    return reason if own.exists() else replace(reason, field="elsewhere")


def _texts(facts: Facts, needed: set[str]) -> set[str]:
    """Titles in the needed languages, and the other texts there as soon as any language has them."""
    offering = facts.offering
    used = [
        text
        for text in TEXTS
        if text == "title" or any(getattr(offering, f"{text}_{language}") for language in LANGUAGES)
    ]
    return {f"{text}_{language}" for text in used for language in needed or {"fi"}}
