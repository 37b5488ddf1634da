"""Who pays, from applying to the offer: the stories of Södertörn and of the Torne Valley."""

from __future__ import annotations

import pytest

from agreements.models import Agreement
from applications import services
from applications.errors import StatementMissing
from applications.models import Application
from applications.services.statements import StatementInput
from applications.states import StatementOutcome
from applications.steps import Turn, turn
from kopa.portal.demonstration import agreements as demonstration
from offerings.models import Offering
from offerings.payers import Ground, Need
from providers.models import Role
from tests.applications.asking import as_, url
from tests.applications.given import admit, apply, course, official, state, statement_given
from tests.factories import RoleAssignmentFactory, municipality, organisation_of, today

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
SODERTORN = ("SE-0127", "SE-0136", "SE-0126", "SE-0192", "SE-0181", "SE-0138", "SE-0120")


def officer(key: str, name: str) -> None:
    RoleAssignmentFactory(role=Role.OFFICER, organisation=organisation_of(key), person__name=name)


@pytest.fixture
def huddinge(db) -> Offering:
    """A course of Huddinge with vacant places, open to all; the seven's free application is in force."""
    for key in (*SODERTORN, "SE-0182", "SE-2513", "SE-2514", "SE-2518", "SE-2521", "SE-2583"):
        municipality(key)
    demonstration.load(today())
    officer("SE-0126", "Hillevi")
    return course(provider=organisation_of("SE-0126"), form="komvux", capacity=2)


@pytest.fixture
def lappia(db) -> Offering:
    """A vocational course in Tornio, of a joint authority of Finland."""
    for key in ("FI-854", "FI-851", "SE-2583"):
        municipality(key)
    return course(form="vocational", capacity=3)


def said_to(application: Application) -> str:
    """What her page says, in English."""
    client = as_(application.learner.person)
    return client.get(url("detail", application.key)).content.decode()


def test_a_nynashamn_resident_gets_a_huddinge_place_without_a_statement(huddinge) -> None:
    """R-HOME-7: nobody is asked, the agreement is stored as the reason and shown; Huddinge decides alone."""
    nova = apply(huddinge, "SE-0192", language="sv")

    assert (nova.statement_need, nova.statement_reason) == (Need.NOT_REQUIRED, Ground.AGREEMENT)
    assert nova.agreement == Agreement.objects.get(code=demonstration.FREE)
    assert not nova.statements.exists()
    assert turn(nova) == Turn.HOST
    page = said_to(nova)
    assert "have agreed that their residents apply freely" in page
    assert nova.agreement.title("en").text in page
    assert admit(nova).status == "offered"
    assert services.accept(application_id=nova.pk, by=nova.learner.person).status == "accepted"


def test_a_nacka_resident_needs_a_statement_before_she_is_admitted(huddinge) -> None:
    """R-HOME-7, R-APP-3: Nacka is beside the seven; the place is held meanwhile, and offered when it pays."""
    officer("SE-0182", "Nils")
    natalie = apply(huddinge, "SE-0182", language="sv")

    assert (natalie.statement_need, natalie.statement_reason) == (Need.REQUIRED, "")
    assert (turn(natalie), natalie.seats.get().state) == (Turn.HOME, "held")
    with pytest.raises(StatementMissing):
        admit(natalie)
    statement_given(natalie, StatementInput(StatementOutcome.COMMITS_LIMITED, "Nils", limits="Två terminer."))

    services.admit(application_id=natalie.pk, by=official(huddinge))

    assert state(natalie) == "offered"
    assert natalie.seats.get().state == "held"


def test_when_nacka_declines_huddinge_does_not_admit_on_that(huddinge) -> None:
    """R-HOME-7, R-HOME-5: with a ground of Sweden's list; what becomes of the place a named official says."""
    officer("SE-0182", "Nils")
    natalie = apply(huddinge, "SE-0182", language="sv")
    statement_given(natalie, StatementInput(
        StatementOutcome.DECLINES, "Nils", ground="no_right", text="Ingen rätt.", appeal="Överklaga.",
    ))  # fmt: skip

    with pytest.raises(StatementMissing):
        admit(natalie)

    assert (state(natalie), natalie.seats.get().state, turn(natalie)) == ("submitted", "held", Turn.HOST)


def test_from_pello_to_tornio_the_state_pays_and_nobody_is_asked(lappia) -> None:
    """R-HOME-3 (d): vocational education in Finland."""
    pekka = apply(lappia, "FI-854")

    assert (pekka.statement_need, pekka.statement_reason) == (Need.NOT_REQUIRED, Ground.STATE_FUNDED)
    assert not pekka.statements.exists()
    assert "state" in said_to(pekka)
    assert admit(pekka).status == "offered"


def test_from_haparanda_to_tornio_nothing_is_agreed_and_the_host_alone_decides(lappia) -> None:
    """R-HOME-3: said before applying, sent to the host alone, no case is opened, the contact is shown."""
    officer("SE-2583", "Hugo")
    Offering.objects.filter(pk=lappia.pk).update(contact_name="Liisa", contact_email="liisa@lappia.example")
    said = as_(RoleAssignmentFactory(role=Role.LEARNER, organisation=None).person).get(
        url("apply", lappia.pk) + "?home=SE-2583"
    )
    assert said.status_code == 200
    hanna = apply(lappia, "SE-2583", language="sv")

    assert (hanna.statement_need, hanna.statement_reason) == (Need.NO_AGREEMENT, "")
    assert not hanna.statements.exists()
    assert turn(hanna) == Turn.HOST
    assert "liisa@lappia.example" in said_to(hanna)
    hugo = organisation_of("SE-2583").role_assignments.get().person
    assert not Application.objects.visible_to(hugo, on=today()).exists()
    assert admit(hanna).status == "offered"
