"""A few invented error reports, so that the coordinator's list has something to show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.core.management.base import CommandError

from corrections import services, subjects
from corrections.models import ErrorKind, ErrorReport
from kopa.accounts.models import User
from kopa.audit import journal
from kopa.portal.demonstration.people import LAPPIA, organisation_named


@dataclass(frozen=True, slots=True)
class Invented:
    about: str  # as the form's address names it; ``provider:`` by its number in the national register
    kind: ErrorKind
    language: str
    text: str


REPORTS: Final = (
    Invented(
        "municipality:FI-854", ErrorKind.FACT, "fi", "Väkiluku on vuodelta 2022. Uudempi on jo saatavilla."
    ),
    Invented("institution:10069", ErrorKind.NAME, "sv", "Läroanstaltens svenska namn saknas här."),
    Invented(
        f"provider:{LAPPIA}", ErrorKind.MISSING, "fi", "Lappian Muonion toimipiste puuttuu luettelosta."
    ),
    Invented("municipality:FI-854", ErrorKind.FACT, "en", "The population is not the newest one."),
    Invented("region:FI-R19", ErrorKind.LANGUAGE, "sv", "Namnet på landskapet är inte översatt överallt."),
)  # fmt: skip
# Answers to some of them, by their place above: verb, reason, and the first report of a duplicate.
ANSWERS: Final = (
    (3, "mark_duplicate", "Sama asia kuin ensimmäisessä ilmoituksessa.", 0),
    (4, "dismiss", "Maakunnan nimi on tarkistettu: se on oikein kaikilla kielillä.", None),
)


def load(people: Mapping[str, User]) -> int:
    """The invented reports, earlier ones replaced; Kaisa has answered some. How many there are."""
    _remove()
    made = [_report(one) for one in REPORTS]
    for place, verb, answer, first in ANSWERS:
        original = None if first is None else made[first].pk
        services.handle(
            report_id=made[place].pk, verb=verb, answer=answer, by=people["Kaisa"], original_id=original
        )
    return len(made)


def _remove() -> None:
    ids = list(ErrorReport.objects.filter(is_demonstration=True).values_list("pk", flat=True))
    journal.erase("corrections.errorreport", ids)
    ErrorReport.objects.filter(pk__in=ids).delete()


def _report(one: Invented) -> ErrorReport:
    subject_type, _, key = one.about.partition(":")
    if subject_type == "provider":
        key = str(organisation_named(key).pk)
    subject = subjects.find(f"{subject_type}:{key}")
    if subject is None:
        raise CommandError(f"The register has no {one.about}: run load_reference first.")
    return services.report_error(
        kind=one.kind, subject=subject, text=one.text, language=one.language, is_demonstration=True
    )
