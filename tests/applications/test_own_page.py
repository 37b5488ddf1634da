"""The applicant's own page: whose turn it is, by when, what was decided, and what she can do."""

from __future__ import annotations

import datetime as dt
import html
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications import services
from applications.models import Application
from applications.models.reading import Where
from applications.own_page import OwnPage
from applications.services.deciding import Refusal
from applications.services.reading import note
from applications.services.statements import StatementInput
from applications.states import StatementOutcome
from offerings.models import StudyForm
from tests.applications import given
from tests.factories import PASSWORD, municipality, organisation_of

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture(autouse=True)
def homes() -> None:
    for key in ("FI-854", "FI-851", "SE-2583"):
        municipality(key)


def own(
    client: Client, application: Application, name: str = "detail", method: str = "get", **data: str
) -> Any:
    client.force_login(application.learner.person)
    return getattr(client, method)(reverse(f"applications:{name}", args=[application.key]), data)


def said(answer: Any) -> str:
    """The words of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def sent(home: str = "FI-854", **facts: Any) -> Application:
    return given.apply(given.course(**facts), home)


def asked(application: Application) -> None:
    """The home municipality wants to know more."""
    statement = application.statements.get()
    office = organisation_of(statement.municipality.key)
    officer = given.student("Aino")
    services.ask_for_more(
        statement_id=statement.pk, question="Miksi juuri tämä?", by=officer, role="officer",
        organisation_id=office.pk, version=statement.version,
    )  # fmt: skip


def test_the_host_s_turn_with_a_place_held(client: Client) -> None:
    page = said(own(client, sent()))
    assert "The provider decides whether you can be admitted. A place is held for you meanwhile." in page
    assert "The state funds the course through its provider." in page
    assert "Who has looked at it Nobody yet." in page


def test_the_home_municipality_s_turn_and_by_when(client: Client) -> None:
    """R-HOME-4: silence decides nothing."""
    application = sent(form="basic")
    page = said(own(client, application))
    assert "Pello decides whether it pays for your place." in page
    assert "It should answer by 8 December 2026." in page
    assert "nothing is decided by silence" in page


def test_what_the_home_municipality_asks_is_answered_on_the_page(client: Client) -> None:
    application = sent(form="basic")
    asked(application)
    page = own(client, application)
    assert "It is your turn: Pello asks you for more information." in said(page)
    assert "Miksi juuri tämä?" in said(page)
    empty = own(client, application, "answer", "post", answer=" ")
    assert (empty.status_code, "Write your answer." in said(empty)) == (422, True)
    own(client, application, "answer", "post", answer="Koska.")
    assert application.statements.get().more_given == "Koska."
    page = said(own(client, application))
    assert "Pello decides whether it pays for your place." in page
    assert "You answered." in page


def test_an_answer_outlives_the_session(client: Client) -> None:
    application = sent(form="basic")
    asked(application)
    where = reverse("applications:answer", args=[application.key])
    answer = client.post(where, {"answer": "Koska."})
    assert answer.status_code == 403
    person = application.learner.person
    given_in = {"email": person.email, "password": PASSWORD, "typed": answer.context["typed"]}
    assert client.post(reverse("accounts:sign_in"), given_in).url == where
    assert "Koska." in client.get(where).content.decode()


def test_nothing_is_answered_that_was_not_asked(client: Client) -> None:
    answer = own(client, sent(), "answer", "post", answer="Koska.")
    assert "Nothing is being asked just now." in said(client.get(answer.url))


def test_the_answer_of_the_home_municipality_is_in_the_timeline(client: Client) -> None:
    application = sent(form="basic")
    given.statement_given(application)
    page = said(own(client, application))
    assert "Pello was asked whether it pays." in page
    assert "The answer came: the home municipality pays." in page
    assert "The provider decides whether you can be admitted." in page


def test_a_refused_statement_does_not_decide_on_the_application(client: Client) -> None:
    application = sent(form="basic")
    refusal = StatementInput(
        StatementOutcome.DECLINES, "Aino", ground="own_course", text="Oma kurssi.", appeal="Oikaisu."
    )
    given.statement_given(application, refusal)
    page = said(own(client, application))
    assert "The answer came: the home municipality does not pay." in page
    assert "The provider decides whether you can be admitted." in page


def test_a_number_in_the_queue(client: Client) -> None:
    offering = given.course(capacity=1)
    for _ in range(2):
        given.apply(offering)
    page = said(own(client, given.apply(offering)))
    assert "You are number 2 in the queue." in page


def test_who_is_placed_while_the_page_loads_has_no_number_and_no_error() -> None:
    """The state was read before the place became free, the queue after it."""
    offering = given.course(capacity=1)
    first, second = given.apply(offering), given.apply(offering)
    page = OwnPage(Application.objects.get(pk=second.pk), timezone.now())
    services.withdraw(application_id=first.pk, by=first.learner.person)
    assert (page.application.status, given.state(second)) == ("waiting", "submitted")
    assert page.number_in_queue == 0
    assert "number" not in page.holder_more


def test_admitted_and_without_a_place_nobody_needs_to_do_anything(client: Client) -> None:
    offering = given.course(capacity=1)
    given.apply(offering)
    page = said(own(client, given.admit(given.apply(offering))))
    assert "Nobody needs to do anything" in page
    assert "You were admitted." in page


def test_a_refusal_with_its_reasons_and_how_to_appeal(client: Client) -> None:
    """R-APP-5, R-APP-11; R-LANG-3: whoever reads English gets it in a language of the host."""
    application = sent()
    services.refuse(
        application_id=application.pk,
        by=given.official(application.offering),
        refusal=Refusal("prerequisites", "Tutkinto puuttuu.", "Pyydä oikaisua."),
    )
    answer = own(client, application)
    page = said(answer)
    ground = "Hakijalla ei ole koulutuksen edellyttämiä aiempia opintoja tai taitoja."
    assert f"{ground} Tutkinto puuttuu. How to appeal Pyydä oikaisua." in page
    assert '<p class="k-said" lang="fi">Tutkinto puuttuu.</p>' in answer.content.decode()
    assert "rehtori" in page
    assert "The provider did not receive you to the course." in page
    assert "Withdraw the application" not in page


@pytest.mark.parametrize(
    ("home", "zone"), [("FI-854", "Answer by 1 December 2026 at 15:00."), ("SE-2583", "(Finnish time).")]
)
def test_the_deadline_names_the_zone_abroad(home: str, zone: str, client: Client) -> None:
    """R-TIME-2."""
    page = said(own(client, given.admit(sent(home))))
    assert "It is your turn: a place is offered to you." in page
    assert zone in page
    assert "Accept the place Decline the place" in page


def test_the_receipt_always_names_the_zone(client: Client) -> None:
    """R-APP-2."""
    application = sent()
    page = said(own(client, application, "receipt"))
    assert f"Reference {application.reference} Arrived 24 November 2026 at 10:00 (Finnish time)" in page


def test_an_offer_is_declined_on_a_page_of_its_own(client: Client) -> None:
    application = given.admit(sent())
    assert "This cannot be undone." in said(own(client, application, "decline"))
    assert given.state(application) == "offered"
    answer = own(client, application, "decline", "post")
    assert "You declined the place." in said(client.get(answer.url))
    assert given.state(application) == "declined"


def test_too_late_is_said(client: Client, clock: Any) -> None:
    """R-CAP-9."""
    application = given.admit(sent())
    assert application.held_until is not None
    clock.move_to(application.held_until + dt.timedelta(seconds=1))
    page = said(own(client, application))
    assert "The time for answering this offer is over." in page
    assert "Accept the place" not in page
    answer = own(client, application, "accept", "post")
    assert "The time for answering this offer is over." in said(client.get(answer.url))


def test_which_place_to_give_up_is_asked(client: Client) -> None:
    """R-CAP-10."""
    person = given.student()
    courses = [given.course(study_form=StudyForm.FULL_TIME) for _ in range(2)]
    first, second = (given.admit(given.apply(course, person=person)) for course in courses)
    own(client, first, "accept", "post")
    assert "Which one do you give up for this one?" in said(own(client, second))
    for chosen in ("", "nothing"):
        answer = own(client, second, "accept", "post", instead_of=chosen)
        assert (answer.status_code, given.state(second)) == (409, "offered")
        assert "Choose which one you give up." in said(answer)
    own(client, second, "accept", "post", instead_of=str(first.key))
    assert (given.state(first), given.state(second)) == ("withdrawn", "accepted")


def test_what_is_not_possible_any_more_is_said(client: Client) -> None:
    application = sent()
    services.refuse(
        application_id=application.pk,
        by=given.official(application.offering),
        refusal=Refusal("requirements", "Tutkinto puuttuu.", "Pyydä oikaisua."),
    )
    for name in ("accept", "decline", "withdraw"):
        answer = own(client, application, name, "post")
        assert "This cannot be done in the present state." in said(client.get(answer.url))


def test_the_place_and_the_studies(client: Client) -> None:
    application = given.admit(sent())
    services.accept(application_id=application.pk, by=application.learner.person)
    assert "The place is yours." in said(own(client, application))
    by = given.official(application.offering)
    services.enrol(application_id=application.pk, by=by, on=given.in_days(0))
    assert "You study in this course." in said(own(client, application))
    services.interrupt(application_id=application.pk, by=by)
    assert "Ended: studies interrupted." in said(own(client, application))


def test_which_organisations_have_looked(client: Client) -> None:
    """R-PRIV-10: organisations, and no names."""
    application = sent()
    by = given.official(application.offering)
    for _ in range(2):
        note(
            [application], person=by.person, role=by.role, organisation_id=by.organisation_id,
            where=Where.PAGE,
        )  # fmt: skip
    page = said(own(client, application))
    assert f"{application.offering.provider.label()} , last 24 November 2026 at 10:00" in page
    assert "Bengt" not in page


@pytest.mark.parametrize(("home", "number"), [("FI-854", 17)])
def test_the_page_costs_a_known_number_of_statements(
    home: str, number: int, client: Client, django_assert_num_queries: Any
) -> None:
    application = given.admit(sent(home))
    own(client, application)
    with django_assert_num_queries(number):
        client.get(reverse("applications:detail", args=[application.key]))
