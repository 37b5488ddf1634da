"""The page on which a move is told: by the applicant, the host, the municipality that is asked."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest

from applications import services
from applications.models import Reading
from kopa.audit.models import AuditEvent
from providers.models import Role
from tests.applications.asking import as_, pello_is_asked, url
from tests.applications.given import apply, course, home_of, statement_given
from tests.factories import RoleAssignmentFactory, organisation_of, today

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
MOVED = {"home_municipality": "FI-851", "moved_on": "2026-11-20"}


@pytest.fixture
def case(db) -> SimpleNamespace:
    case = pello_is_asked()
    case.move = url("moved", case.application.key)
    return case


@pytest.mark.parametrize(
    ("who", "role", "led_to"), [("sami", "learner", "detail"), ("staff", "provider_staff", "host_case")]
)
def test_the_applicant_and_the_host_tell_of_a_move(case, who, role, led_to):
    """R-HOME-1: the new municipality is asked, the place stays, the journal says who has told."""
    person = getattr(case, who)
    assert as_(person).get(case.move).status_code == 200

    answer = as_(person).post(case.move, MOVED)

    assert answer["Location"] == url(led_to, case.application.key)
    case.application.refresh_from_db()
    asked = case.application.statements.in_force().get()
    assert (case.application.moved_to.key, asked.municipality.key) == ("FI-851", "FI-851")
    assert case.application.seats.get().state == "held"
    told = AuditEvent.objects.get(verb="application.move")
    assert (told.actor, told.role) == (person, role)


def test_the_municipality_that_is_asked_tells_of_a_move_and_has_no_case_any_more(case):
    """R-HOME-1, R-PRIV-4, R-PRIV-10"""
    client = as_(case.aino)
    assert case.move in client.get(case.page).content.decode()
    client.get(case.move)

    page = client.post(case.move, MOVED, follow=True)

    assert page.redirect_chain == [(url("statements"), 302)]
    assert "The move is recorded." in page.content.decode()
    assert client.get(case.move).status_code == 404
    pello = organisation_of("FI-854").pk
    assert set(Reading.objects.values_list("person", "organisation")) == {(case.aino.pk, pello)}
    tornio = RoleAssignmentFactory(role=Role.OFFICER, organisation=organisation_of("FI-851")).person
    assert case.application.reference in as_(tornio).get(url("statements")).content.decode()


def test_who_moves_back_is_asked_about_at_home_again(case):
    """R-HOME-1: an officer who is still asked stays on her case."""
    as_(case.sami).post(case.move, MOVED)
    tornio = RoleAssignmentFactory(role=Role.OFFICER, organisation=organisation_of("FI-851")).person

    page = as_(tornio).post(case.move, MOVED | {"home_municipality": "FI-854"}, follow=True)

    assert page.redirect_chain == [(url("statements"), 302)]
    case.application.refresh_from_db()
    assert case.application.moved_to is None
    assert case.application.statements.in_force().get().municipality.key == "FI-854"


def test_the_page_says_who_pays_after_the_move(case):
    """R-HOME-1, R-HOME-3: across the border other words hold, and the contact is shown where nobody pays."""
    offering = case.application.offering
    services.record_move(
        application_id=case.application.pk, home=home_of("SE-2583"), moved_on=today(), by=case.sami
    )
    own = url("detail", case.application.key)
    page = as_(case.sami).get(own).content.decode()
    assert "There is no agreement between your home municipality and this provider" in page
    assert offering.contact_email in page

    abroad = apply(course(), "SE-2583", person=case.sami)
    services.record_move(application_id=abroad.pk, home=home_of("FI-851"), moved_on=today(), by=case.sami)
    abroad.refresh_from_db()
    assert abroad.statement_reason == "state_funded"
    own = url("detail", abroad.key)
    assert "The state funds the course" in as_(case.sami).get(own).content.decode()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"home_municipality": ""}, "Choose the new home municipality."),
        ({"home_municipality": "FI-854"}, "This is the home municipality already."),
        ({"moved_on": ""}, "Give the day of the move."),
        ({"moved_on": "2026-11-25"}, "This day lies ahead."),
    ],
)
def test_what_is_wrong_is_said_at_its_field(case, given, said):
    page = as_(case.sami).post(case.move, MOVED | given).content.decode()

    assert said in page
    assert case.application.statements.get().state == "requested"


def test_a_move_after_the_start_and_of_an_ended_application_changes_nothing(case, clock):
    """R-HOME-1; that an agreement says otherwise waits for the agreements' own issue."""
    starts_on = case.application.offering.starts_on
    clock.shift(starts_on + dt.timedelta(days=3) - today())
    late = as_(case.sami).post(case.move, MOVED | {"moved_on": starts_on.isoformat()}).content.decode()
    assert "not before the start of the course" in late

    services.withdraw(application_id=case.application.pk, by=case.sami)
    ended = as_(case.sami).post(case.move, MOVED).content.decode()

    assert "cannot be done in the present state" in ended
    case.application.refresh_from_db()
    assert case.application.moved_to is None


def test_nobody_else_tells_of_a_move(case):
    """R-PRIV-4"""
    neighbour = RoleAssignmentFactory(role=Role.OFFICER, organisation=organisation_of("FI-851")).person
    statement_given(case.application)

    for how in ("get", "post"):
        assert getattr(as_(neighbour), how)(case.move).status_code == 404
    assert as_(case.aino).get(case.move).status_code == 200
