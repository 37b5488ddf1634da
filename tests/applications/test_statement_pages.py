"""The pages of the home municipality: its list, a case, the documents; what a host records; the overview."""

from __future__ import annotations

import datetime as dt
import re
from types import SimpleNamespace

import pytest

from applications import grounds, services
from applications.host_words import deeds
from applications.models import Application, HomeStatement, Reading
from applications.templatetags.statements import statements_at_desk
from kopa.letters.models import Letter
from providers.models import Role
from tests.applications.asking import as_, pello_is_asked, url
from tests.applications.given import apply, course, official, statement_given, student
from tests.factories import (
    AttachmentFactory,
    OfferingFactory,
    RoleAssignmentFactory,
    municipality,
    organisation_of,
    today,
)

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def places(db):
    for key in ("FI-854", "FI-851", "FI-240", "SE-2583"):
        municipality(key)


@pytest.fixture
def case(db) -> SimpleNamespace:
    return pello_is_asked()


def sent(**facts: str) -> dict[str, str]:
    return {
        "act": "preview", "outcome": "commits", "limits": "", "ground": "", "text": "", "appeal": "",
        "question": "", "official_name": "Aino", "official_title": "sivistysjohtaja",
        "decided_on": "2026-11-24", "version": "1",
    } | facts  # fmt: skip


def hidden(page: str) -> dict[str, str]:
    """What the preview carries on."""
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    return {name: value for name, value in found if name not in {"csrfmiddlewaretoken", "typed_by"}}


# The list


def test_the_list_shows_what_waits_the_overdue_first(case, clock):
    """R-HOME-4"""
    late = case.application
    clock.shift(dt.timedelta(days=21))
    apply(course(form="basic", title_fi="Toinen kurssi"), person=student("Eeva"))

    page = as_(case.aino).get(url("statements")).content.decode()

    assert page.index("Sami") < page.index("Eeva")
    assert "7 days late" in page
    assert late.reference in page
    assert "2 matters" in page
    assert "without it those that are waited for" not in page  # for whoever reads the API


def test_what_only_a_refusal_needs_is_marked(case):
    """R-HOME-5"""
    page = as_(case.aino).get(url("statement", case.statement.pk)).content.decode()

    for label in ("Ground", "Limits"):
        assert re.search(rf'{label}<span class="k-required"', page)
    assert "Needed where you do not pay." in page


def test_what_was_done_is_told_in_the_order_of_the_applicants_page(case):
    services.withdraw(application_id=case.application.pk, by=case.application.learner.person)
    told = [deed.event.verb for deed in deeds(case.application)]
    assert told == ["application.submit", "application.withdraw", "application.drop_statement"]


@pytest.mark.parametrize(("key", "word"), [("FI-854", "Utlåtanden"), ("SE-2583", "Yttranden")])
def test_the_menu_calls_them_by_one_word_in_swedish(case, key, word):
    """DOMAIN §2: utlåtande in Finland, yttrande in Sweden."""
    person = student("Oiva")
    RoleAssignmentFactory(person=person, role=Role.OFFICER, organisation=organisation_of(key))
    page = as_(person).get(url("statements", language="sv")).content.decode()
    menu = page[page.index('class="k-tabs') :]
    assert f">{word}</a>" in menu[: menu.index("</nav>")]


@pytest.mark.parametrize("number", [1, 6])
def test_the_desk_leads_to_what_waits_for_the_municipality_the_first_due_first(
    case, number, clock, django_assert_num_queries
):
    """R-HOME-4: without persons; nothing of it for the host."""
    clock.shift(dt.timedelta(days=1))
    others = [apply(course(form="basic")) for _one in range(1, number)]
    clock.shift(dt.timedelta(days=15))
    desk = "/en/desk/"
    page = as_(case.aino).get(desk).content.decode()
    section = page.split('id="asked"')[1].split("</section>")[0]
    assert re.findall(r"K-\w+-\w+", section)[0] == case.application.reference
    assert "2 days late" in section
    assert section.count(">Handle<") == min(number, 5)
    assert ("Show all that wait" in section) is (number > 5)
    assert "Sami" not in section
    for one in (case.statement, *(other.statements.get() for other in others[:4])):
        assert url("statement", one.pk) in section
    with django_assert_num_queries(2 if number > 4 else 1):
        statements_at_desk(case.aino)
    assert 'id="asked"' not in as_(case.staff).get(desk).content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=overdue", set()),
        ("state=asked", {"Eeva"}),
        ("state=given", {"Olavi"}),
        ("q=toinen", {"Eeva"}),
        ("q=sami", {"Sami"}),
        ("q=avaruus", set()),
        ("", {"Sami", "Eeva"}),
    ],
)
def test_the_list_is_narrowed(case, query, found):
    other = apply(course(form="basic", title_fi="Toinen kurssi"), person=student("Eeva")).statements.get()
    role = case.aino.role_assignments.get()
    services.ask_for_more(
        statement_id=other.pk, question="Miksi?", version=1, by=case.aino, role=role.role,
        organisation_id=role.organisation_id,
    )  # fmt: skip
    given = apply(course(form="basic"), person=student("Olavi"))
    services.issue_statement(
        statement_id=given.statements.get().pk, by=case.aino, role=role.role,
        organisation_id=role.organisation_id,
        given=services.statements.StatementInput("commits", "Aino"),
    )  # fmt: skip

    page = as_(case.aino).get(f"{url('statements')}?{query}").content.decode()

    assert {name for name in ("Sami", "Eeva", "Olavi") if f'row">{name}' in page} == found
    if not found:
        assert "No statement fits." in page


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_asks_as_often_for_many_as_for_one(number, django_assert_num_queries):
    aino = RoleAssignmentFactory(role=Role.OFFICER, organisation=organisation_of("FI-854")).person
    offering = course(form="basic")
    for _ in range(number):
        apply(offering)
    client = as_(aino)
    client.get(url("statements"))

    with django_assert_num_queries(10):
        client.get(url("statements"))


def test_an_empty_list_says_how_cases_come(case):
    services.withdraw(application_id=case.application.pk, by=case.sami)

    page = as_(case.aino).get(url("statements")).content.decode()

    assert "No statement is waiting." in page
    assert "by itself" in page


def test_whose_case_has_ended_is_told_so_and_led_back_to_the_list(case):
    """Also where she was writing just then. A stranger learns nothing, nor the officer of the own matter."""
    services.withdraw(application_id=case.application.pk, by=case.sami)

    for answer in (
        as_(case.aino).get(case.page, follow=True), as_(case.aino).post(case.page, sent(), follow=True)
    ):  # fmt: skip
        assert answer.redirect_chain == [(url("statements"), 302)]
        assert "Nobody waits for that statement any more" in answer.content.decode()
    neighbour = RoleAssignmentFactory(role=Role.OFFICER, organisation=organisation_of("FI-851")).person
    for person in (neighbour, case.staff, case.sami):
        assert as_(person).get(case.page).status_code == 404


def test_a_protected_identity_stands_in_no_list(case):
    """R-PRIV-6"""
    learner = case.application.learner
    learner.is_protected = True
    learner.save()

    client = as_(case.aino)
    page = client.get(url("statements")).content.decode()

    assert 'row">Sami' not in page
    assert case.application.reference in page
    assert "No statement fits." in client.get(url("statements") + "?q=sami").content.decode()
    assert "Protected identity" in client.get(case.page).content.decode()


def test_the_document_leads_back_to_the_page_of_whoever_reads_it(case):
    statement_given(case.application)
    document = url("statement_document", case.application.key)
    for person, back in (
        (case.sami, url("detail", case.application.key)),
        (case.staff, url("host_case", case.application.key)),
        (case.aino, case.page),
    ):
        assert f'href="{back}"' in as_(person).get(document).content.decode()


def test_every_look_is_noted(case):
    """R-PRIV-10"""
    as_(case.aino).get(url("statements"))
    as_(case.aino).get(case.page)
    statement_given(case.application)
    as_(case.staff).get(url("statement_document", case.application.key))
    as_(case.sami).get(url("statement_document", case.application.key))

    pello = organisation_of("FI-854")
    looks = Reading.objects.order_by("pk").values_list("person__name", "role", "organisation", "where")
    assert list(looks) == [
        ("Aino", "officer", pello.pk, "list"),
        ("Aino", "officer", pello.pk, "page"),
        ("Bengt", "provider_staff", case.application.offering.provider_id, "page"),
    ]


def test_of_a_merged_municipality_the_heir_reads(case):
    """R-HOME-8, R-PRIV-10"""
    tornio = RoleAssignmentFactory(role=Role.OFFICER, organisation=organisation_of("FI-851")).person
    place = case.statement.municipality
    place.successor, place.valid_to = municipality("FI-851"), today()
    place.save()

    page = as_(tornio).get(url("statements")).content.decode()

    assert case.application.reference in page
    assert Reading.objects.get().organisation == organisation_of("FI-851")


# The case


def test_the_case_tells_what_there_is_to_know(case):
    """UX.md wireframe 4; R-PRIV-4: what the provider was told is the provider's."""
    home = OfferingFactory(
        provider=organisation_of("FI-854"), form="basic", field=case.application.offering.field_id,
        title_fi="Oman kunnan kurssi", title_en="Course at home",
    )  # fmt: skip
    for name in ("todistus.pdf", "todistus.png"):
        AttachmentFactory(matter=case.application.key, added_by=case.sami, name=name)
    Application.objects.filter(pk=case.application.pk).update(is_late=True, motivation="Vain järjestäjälle")

    page = as_(case.aino).get(case.page).content.decode()

    for said in ("Sami", "17\u00a0May\u00a01995", case.application.reference, home.title("en").text, "Due on",
                 "km", "No agreement in force", "That alone is no ground"):  # fmt: skip
        assert said in page, said
    assert "Vain järjestäjälle" not in page
    assert "<dt>Files</dt><dd>2 " in page
    assert case.sami.email not in page


def test_a_decision_is_looked_at_in_the_applicants_language_and_then_given(case):
    """R-LANG-3, R-APP-11"""
    client = as_(case.aino)
    given = sent(outcome="declines", ground="own_course", text="Sama kurssi kotona.", appeal="Valita.")

    preview = client.post(case.page, given).content.decode()

    assert '<article class="k-panel k-document" lang="fi"' in preview
    assert "Kotikunnan lausunto" in preview
    case.statement.refresh_from_db()
    assert (case.statement.state, case.statement.outcome) == ("drafted", "declines")
    assert not Letter.objects.filter(kind="application_news").exists()

    answer = client.post(case.page, hidden(preview) | {"act": "confirm"})

    assert answer.status_code == 302
    case.statement.refresh_from_db()
    assert (case.statement.state, case.statement.ground, case.statement.official_title) == (
        "issued", "own_course", "sivistysjohtaja"
    )  # fmt: skip
    assert Letter.objects.filter(kind="application_news", recipient=case.sami).count() == 1
    document = as_(case.sami).get(url("statement_document", case.application.key)).content.decode()
    for said in ("Sama kurssi kotona.", "Valita.", "Aino, sivistysjohtaja"):
        assert said in document


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"outcome": ""}, "Choose a decision."),
        ({"outcome": "commits_limited"}, "Say what the limits are."),
        ({"outcome": "declines", "text": "x", "appeal": "y"}, "Choose a ground from the list."),
        ({"outcome": "declines", "ground": "own_course", "appeal": "y"}, "Say why"),
        ({"outcome": "declines", "ground": "own_course", "text": "x"}, "Say how to appeal."),
        ({"outcome": "declines", "ground": "no_right", "text": "x", "appeal": "y"}, "Select a valid choice"),
        ({"outcome": "ask"}, "Write the question."),
        ({"official_name": ""}, "Give the name"),
        ({"decided_on": "2026-11-25"}, "lies ahead"),
    ],
)
def test_what_is_missing_is_said_at_its_field(case, given, said):
    """R-HOME-5: a refusal needs a ground of its country's list, a text and how to appeal."""
    page = as_(case.aino).post(case.page, sent(**given)).content.decode()

    assert said in page
    case.statement.refresh_from_db()
    assert case.statement.state == "requested"


def test_more_is_asked_with_a_look_at_the_question_first(case):
    client = as_(case.aino)
    asked = sent(outcome="ask", question="Mitä opiskelit?", official_name="")
    preview = client.post(case.page, asked).content.decode()

    answer = client.post(case.page, hidden(preview) | {"act": "confirm"})

    assert answer.status_code == 302
    case.statement.refresh_from_db()
    assert case.statement.more_asked == "Mitä opiskelit?"
    assert "has not answered yet" in client.get(case.page).content.decode()


def test_one_goes_back_from_the_preview_and_changes(case):
    client = as_(case.aino)
    preview = client.post(case.page, sent(text="Ensimmäinen")).content.decode()

    page = client.post(case.page, hidden(preview) | {"act": "edit"}).content.decode()

    assert "Ensimmäinen</textarea>" in page
    assert hidden(page)["version"] == "2"


def test_a_draft_waits_for_its_writer_and_a_colleague_is_told(case):
    eeva = RoleAssignmentFactory(
        role=Role.OFFICER, organisation=organisation_of("FI-854"), person__name="Eeva"
    ).person
    as_(case.aino).post(case.page, sent(act="save", text="Kesken"))

    own, other = as_(case.aino).get(case.page).content.decode(), as_(eeva).get(case.page).content.decode()

    assert "Kesken</textarea>" in own
    assert "Kesken</textarea>" in other
    assert "has begun to write" not in own
    assert "Aino has begun to write" in other
    assert "Aino is writing" in as_(eeva).get(url("statements")).content.decode()


def test_the_second_officer_loses_neither_the_decision_nor_the_text(case):
    """C7: told, beside what was decided; and while it is only drafted, she may press again."""
    eeva = RoleAssignmentFactory(role=Role.OFFICER, organisation=organisation_of("FI-854")).person
    as_(case.aino).post(case.page, sent(act="save", text="Ainon perustelut"))

    told = as_(eeva).post(case.page, sent(act="confirm", text="Eevan perustelut"))

    page = told.content.decode()
    assert told.status_code == 409
    assert "Eevan perustelut</textarea>" in page
    assert hidden(page)["version"] == "2"

    statement_given(case.application)
    late = as_(eeva).post(case.page, sent(act="confirm", text="Eevan perustelut", version="2"))
    page = late.content.decode()
    assert late.status_code == 409
    assert "A colleague has given the decision meanwhile" in page
    assert "Eevan perustelut" in page
    assert case.application.statements.get().text == ""


def test_a_refusal_can_be_sent_back_by_an_appeal(case):
    client = as_(case.aino)
    given = sent(outcome="declines", ground="own_course", text="Sama kurssi kotona.", appeal="Valita.")
    client.post(case.page, given | {"act": "confirm"})
    assert "Write the decision anew" in client.get(case.page).content.decode()

    remit, seen = url("statement_remit", case.statement.pk), {"version": "2"}
    client.post(remit, seen)
    again = client.post(remit, seen, follow=True).content.decode()

    case.statement.refresh_from_db()
    assert case.statement.state == "drafted"
    assert "cannot be done in the present state" in again
    page = client.get(case.page).content.decode()
    assert "no longer in force" in page
    assert "Sama kurssi kotona." in page


@pytest.mark.parametrize(
    ("key", "said"), [("FI-854", "Hemkommunens utlåtande"), ("SE-2583", "Hemkommunens yttrande")]
)
def test_swedish_follows_the_country_of_the_municipality(key, said):
    """R-LANG-3: Finland's utlåtande is Sweden's yttrande; an English reader's decision has a language too."""
    offering = course(form="basic")
    application = apply(offering, language="sv")
    HomeStatement.objects.filter(application=application).update(municipality=municipality(key))
    statement_given(application)

    page = as_(application.learner.person).get(url("statement_document", application.key, language="sv"))

    assert said in page.content.decode()


def test_the_language_of_a_decision():
    """R-LANG-3: the applicant's own where it is Finnish or Swedish, else the municipality's."""
    pello, haparanda = municipality("FI-854"), municipality("SE-2583")
    found = [
        grounds.decision_language(language, place)
        for language in ("fi", "sv", "en") for place in (pello, haparanda)
    ]  # fmt: skip
    assert found == ["fi", "fi", "sv", "sv", "fi", "sv"]


@pytest.mark.parametrize(("key", "days"), [("FI-854", "14"), ("SE-2583", "21")])
@pytest.mark.parametrize("language", ["fi", "sv"])
def test_how_to_appeal_follows_country_and_language(key, days, language):
    """R-HOME-5, R-LANG-3"""
    said = grounds.appeal_text(municipality(key), on=today(), language=language)

    assert days in said
    assert str(municipality(key).name(language)) in said


def test_grounds_and_days_of_appeal_have_their_time(settings):
    """R-HOME-5, R-APP-4: by country; that an application came late is none of them."""
    settings.STATEMENT_APPEAL_DAYS = {"FI": {"2015-06-01": 14, "2027-01-01": 30}}
    old = grounds.Ground("old", "FI", "Old", last=dt.date(2026, 12, 31))
    new = grounds.Ground("new", "FI", "New", first=dt.date(2027, 1, 1))

    before, after = dt.date(2026, 12, 31), dt.date(2027, 1, 1)
    assert [grounds.appeal_days("FI", on=day) for day in (before, after)] == [14, 30]
    assert [one.holds_on(before) for one in (old, new)] == [True, False]
    assert [one.holds_on(after) for one in (old, new)] == [False, True]
    assert grounds.ground_text("not known", "FI") == "not known"
    assert not {one.code for one in grounds.GROUNDS} & {"late", "is_late"}


# The coordinator


def test_the_coordinator_sees_municipalities_and_numbers(case, clock):
    """R-HOME-4, R-PRIV-4: no names of persons, no courses."""
    kaisa = RoleAssignmentFactory(role=Role.COORDINATOR, organisation=organisation_of("FI-851")).person
    alone = apply(course(form="basic"), "FI-240", person=student("Eeva"))
    empty = as_(kaisa).get(url("statements_overview")).content.decode()
    assert "None is overdue." in empty
    clock.shift(dt.timedelta(days=21))

    page = as_(kaisa).get(url("statements_overview")).content.decode()

    main = page[page.index("<main") :]
    assert main.count("Pello") == 1
    assert main.count("Kemi") == 2
    assert "8\u00a0December\u00a02026" in main
    for secret in ("Sami", "Eeva", case.application.reference, alone.reference, "perusopetus"):
        assert secret not in page


@pytest.mark.parametrize("name", ["statements", "statements_overview"])
def test_the_lists_are_for_those_whose_work_it_is(name):
    assert as_(student()).get(url(name)).status_code == 403


def test_an_officer_whose_role_ended_yesterday_sees_nothing(case):
    """R-PRIV-4"""
    client = as_(case.aino)
    assert client.get(case.page).status_code == 200
    case.aino.role_assignments.update(valid_to=today() - dt.timedelta(days=1))

    statement_given(case.application)  # by a colleague
    found = {
        name: client.get(url(name, *about)).status_code
        for name, about in (
            ("statements", ()),
            ("statement", (case.statement.pk,)),
            ("statement_document", (case.application.key,)),
            ("statement_request", (case.application.key,)),
            ("statement_outside", (case.application.key,)),
        )
    }

    assert found.pop("statements") == 403
    assert set(found.values()) == {404}
    assert client.post(case.page, sent(act="confirm")).status_code == 404


def test_the_case_tells_what_was_done_and_not_what_the_host_decides(case):
    services.receive(application_id=case.application.pk, by=official(case.application.offering))
    as_(case.aino).post(case.page, sent(act="save"))

    page = as_(case.aino).get(case.page).content.decode()

    assert "Sami sent the application" in page
    assert "Aino worked on the home municipality" in page
    assert "decided: received" not in page


def test_nobody_handles_her_own_matter(case):
    """An official is disqualified from it; a colleague gives the statement."""
    eeva = RoleAssignmentFactory(role=Role.OFFICER, organisation=organisation_of("FI-854")).person
    own = apply(course(form="basic"), person=case.aino).statements.get()

    assert as_(case.aino).get(url("statement", own.pk)).status_code == 404
    assert own.application.reference not in as_(case.aino).get(url("statements")).content.decode()
    assert as_(eeva).get(url("statement", own.pk)).status_code == 200
