"""Invented residents: some whose home municipality is asked for a statement, some whose is not (R-HOME-3)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import F
from django.utils import timezone

from applications import services
from applications.days import statement_due
from applications.eligibility import reasons_against
from applications.models import Application, HomeStatement
from applications.services import Submission
from applications.services.statements import StatementInput
from applications.states import StatementOutcome
from kopa.accounts.models import User
from kopa.accounts.services import person_of
from kopa.portal.demonstration.people import DOMAIN, LAPPIA
from offerings.homes import Home, find_home
from offerings.models import Offering
from offerings.payers import Ground, Need, statement_rule
from providers.models import Role

BORN: Final = dt.date(1993, 9, 30)
HUDDINGE: Final = "SE-0126"
# Long enough ago that ten working days are over.
LATE: Final = 21


@dataclass(frozen=True, slots=True)
class Resident:
    """Nobody; applies to a course of the host of which R-HOME-3 says this for her home."""

    name: str
    home: str
    host: str  # a municipality's key, or the number of the national register
    need: Need
    reason: Ground | None = None
    days_ago: int = 0

    @property
    def email(self) -> str:
        return f"hakija-{self.name.split()[-1].lower()}@{DOMAIN}"


RESIDENTS: Final = (
    # Södertörn: free application among the seven, a statement for whoever lives beside them (R-HOME-7)
    Resident("Påhittad Nova", "SE-0192", HUDDINGE, Need.NOT_REQUIRED, Ground.AGREEMENT),
    Resident("Påhittad Natalie", "SE-0182", HUDDINGE, Need.REQUIRED, days_ago=8),
    # Nobody acts for Sollentuna: on paper, and on the coordinator's list
    Resident("Påhittad Solveig", "SE-0163", HUDDINGE, Need.REQUIRED, days_ago=LATE),
    # The Torne Valley: the state pays in Finland, and across the river nothing is agreed
    Resident("Keksitty Pekka", "FI-854", LAPPIA, Need.NOT_REQUIRED, Ground.STATE_FUNDED),
    Resident("Påhittad Hanna", "SE-2583", LAPPIA, Need.NO_AGREEMENT),
    # What the state does not fund: Pello is asked
    Resident("Keksitty Aamu", "FI-854", LAPPIA, Need.REQUIRED, days_ago=LATE),
    Resident("Keksitty Eino", "FI-854", LAPPIA, Need.REQUIRED, days_ago=10),
    Resident("Keksitty Lumi", "FI-854", LAPPIA, Need.REQUIRED, days_ago=3),
)
ASKED, DECLINED = "Keksitty Eino", "Keksitty Lumi"
TEXTS: Final = {
    "question": "Mihin tarvitset koulutusta, ja mitä olet opiskellut aiemmin? (Keksitty kysymys.)",
    "answer": "Haluan vaihtaa alaa. Olen käynyt kielikurssin. (Keksitty vastaus.)",
    "text": "Pellon kunta järjestää vastaavan koulutuksen tammikuussa. (Keksitty perustelu.)",
    "appeal": "Lausuntoon voi vaatia oikaisua 14 päivän kuluessa. (Keksitty ohje.)",
    "reference": "PEL/214/2026 (keksitty)",
}  # fmt: skip


def load(offering_ids: Iterable[int], people: dict[str, User]) -> None:
    """Courses are looked for among these; whoever finds none is left out."""
    rows = Offering.objects.filter(pk__in=offering_ids, takes_applications=True).for_list()
    courses = list(rows.order_by(F("applications_close_at").desc(nulls_first=True), "pk"))
    sent = {one.name: _apply(one, courses) for one in RESIDENTS}
    aino = people["Aino"]
    acting: dict[str, Any] = {
        "by": aino,
        "role": Role.OFFICER,
        "organisation_id": aino.role_assignments.get(role=Role.OFFICER).organisation_id,
    }
    asked, declined = _statement(sent[ASKED]), _statement(sent[DECLINED])
    if asked is not None:
        services.ask_for_more(
            statement_id=asked.pk, question=TEXTS["question"], version=asked.version, **acting
        )
        services.give_more(
            statement_id=asked.pk, answer=TEXTS["answer"], by=asked.application.learner.person
        )
    if declined is not None:
        said = StatementInput(
            StatementOutcome.DECLINES, aino.name, "sivistysjohtaja", ground="own_course",
            text=TEXTS["text"], appeal=TEXTS["appeal"],
        )  # fmt: skip
        given = services.issue_statement(statement_id=declined.pk, given=said, **acting)
        services.record_appeal(
            statement_id=given.pk, on=given.decided_on or timezone.localdate(), reference=TEXTS["reference"],
            version=given.version, **acting,
        )  # fmt: skip


def _apply(one: Resident, courses: Sequence[Offering]) -> Application | None:
    home, now = find_home(one.home), timezone.now()
    offering = next((course for course in courses if home and _fits(one, course, home, now)), None)
    if home is None or offering is None:
        return None
    language = "sv" if one.home.startswith("SE") else "fi"
    person = person_of(one.email, name=one.name, language=language)
    User.objects.filter(pk=person.pk).update(is_demonstration=True)
    application = services.submit(
        Submission(
            key=uuid.uuid4(), offering_id=offering.pk, person=person, home=home, birth_on=BORN,
            language=language,
        )
    )  # fmt: skip
    _let_pass(application, one.days_ago)
    return application


def _fits(one: Resident, course: Offering, home: Home, now: dt.datetime) -> bool:
    provider = course.provider
    key = provider.municipality.key if provider.municipality else provider.oid
    if key != one.host or any(reasons_against(course, now=now, home=home, birth_on=BORN)):
        return False
    rule = statement_rule(course, home, on=timezone.localdate(now))
    return (rule.need, rule.reason) == (one.need, one.reason)


def _let_pass(application: Application, days: int) -> None:
    """As if it had been sent that many days ago: courses open at different times."""
    sent = timezone.now() - dt.timedelta(days=days)
    Application.objects.filter(pk=application.pk).update(submitted_at=sent)
    for statement in application.statements.select_related("municipality"):
        due = statement_due(sent, statement.municipality.country)
        HomeStatement.objects.filter(pk=statement.pk).update(requested_at=sent, due_on=due)


def _statement(application: Application | None) -> HomeStatement | None:
    if application is None:
        return None
    rows = application.statements.awaited().select_related("application__learner__person")
    found: HomeStatement | None = rows.first()
    return found
