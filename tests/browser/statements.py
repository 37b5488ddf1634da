"""Statements for the pages that show them: made when such a page is opened."""

from __future__ import annotations

from applications import services
from applications.models import Application, HomeStatement
from applications.services.statements import StatementInput
from applications.states import StatementOutcome
from providers.models import Role
from tests.applications.given import apply
from tests.browser.world import World, officer_of_pello
from tests.factories import OfferingFactory


def asked_for(world: World, home: str = "FI-854") -> Application:
    """A resident applies to a course of Lappia that asks the home municipality."""
    offering = OfferingFactory(
        provider=world.lappia, takes_applications=True, form="basic", title_fi="Aikuisten perusopetus",
        price_basis="per_place", price_cents=450_000,
    )  # fmt: skip
    return apply(offering, home)


def answered(world: World) -> HomeStatement:
    """Pello has asked the applicant for more, who has answered."""
    application = asked_for(world)
    statement: HomeStatement = application.statements.get()
    services.ask_for_more(
        statement_id=statement.pk, question="Mitä olet opiskellut?", version=1, **_office()
    )
    services.give_more(
        statement_id=statement.pk, answer="Kävin lukion.", by=application.learner.person
    )
    return statement


def declined(world: World) -> HomeStatement:
    said = StatementInput(
        StatementOutcome.DECLINES, "Aino", "sivistysjohtaja", ground="own_course", appeal="Vaadi oikaisua.",
        text="Pellossa alkaa vastaava koulutus tammikuussa.",
    )  # fmt: skip
    statement = asked_for(world).statements.get()
    return services.issue_statement(statement_id=statement.pk, given=said, **_office())


def _office() -> dict[str, object]:
    aino = officer_of_pello()
    office = aino.role_assignments.get().organisation_id
    return {"by": aino, "role": Role.OFFICER, "organisation_id": office}
