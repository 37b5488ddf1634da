"""R-PRIV-6: a protected identity is marked, holds everywhere at once, and is taken back."""

from __future__ import annotations

import io
import json
import threading

import pytest
from django.db import transaction
from django.test import Client
from openpyxl import load_workbook

from applications import archive, services
from applications.errors import OwnMatter, ProtectedByOthers
from applications.host_filters import HostFilter
from applications.models import Application, Draft, HomeSource, Learner, Reading
from applications.services import acts, protecting
from applications.services.statements import StatementInput
from applications.services.submitting import submit
from kopa.audit.models import AuditEvent
from kopa.letters.models import Letter
from offerings.models import Offering
from tests.applications.asking import as_, pello_is_asked, url
from tests.applications.given import (
    admit,
    apply,
    begun,
    course,
    official,
    statement_given,
    student,
    submission,
)
from tests.factories import municipality
from tests.together import run_together, wait_until_somebody_waits

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]
PHONE = "+358 40 765 4321"
SAID = "Kotikunnassa alkaa sama kurssi."


@pytest.fixture
def case(db):
    case = pello_is_asked()
    case.learner = case.application.learner
    Learner.objects.update(phone=PHONE)
    return case


def acting_as(person, application: Application) -> dict[str, object]:
    role = person.role_assignments.get()
    return {
        "by": person, "role": role.role, "organisation_id": role.organisation_id,
        "application_id": application.pk, "learner_id": application.learner_id,
    }  # fmt: skip


def own(case) -> dict[str, object]:
    return {"by": case.sami, "learner_id": case.learner.pk}


def sources() -> set[str]:
    return set(Application.objects.values_list("home_source", flat=True))


def mark(case) -> tuple[bool, int | None]:
    case.learner.refresh_from_db()
    return case.learner.is_protected, case.learner.protected_by_id


def verbs(application: Application) -> list[tuple[str, str]]:
    rows = AuditEvent.objects.filter(target_id=application.pk, verb__contains="protect").order_by("pk")
    return list(rows.values_list("verb", "role"))


def test_the_learner_says_so_and_takes_it_back_in_all_her_applications(case) -> None:
    """R-PRIV-6, R-HOME-1: the source of the home says so too; the journal tells of it in each case."""
    other = apply(course(), person=case.sami)

    for _time in range(2):
        services.protect(**own(case))
    assert mark(case) == (True, None)
    assert sources() == {HomeSource.PROTECTED}
    for application in (case.application, other):
        assert verbs(application) == [("application.protect", "learner")]

    for _time in range(2):
        services.unprotect(**own(case))
    assert mark(case) == (False, None)
    assert sources() == {HomeSource.SELF_DECLARED}
    assert verbs(other)[1:] == [("application.unprotect", "learner")]
    assert not Letter.objects.filter(kind="application_news").exists()


def test_an_official_says_so_in_her_own_case_and_the_applicant_is_told(case) -> None:
    """R-PRIV-6: whose official it was stands in no other case: that would tell where the person lives."""
    other = apply(course(), person=case.sami)
    officer, host = acting_as(case.aino, case.application), acting_as(case.staff, case.application)

    services.protect(**officer)
    services.protect(**officer)  # twice is once
    assert mark(case) == (True, officer["organisation_id"])
    assert verbs(case.application) == [("application.protect", "officer")]
    assert verbs(other) == []
    assert sources() == {HomeSource.PROTECTED}
    assert Letter.objects.get(kind="application_news").recipient == case.sami

    with pytest.raises(ProtectedByOthers):
        services.unprotect(**host)
    services.unprotect(**officer)
    assert mark(case) == (False, None)


def test_marked_by_two_organisations_only_the_learner_takes_it_back(case) -> None:
    """R-PRIV-6: the one who is wrong does not undo what the other knows; each has it in its own case."""
    officer, host = (acting_as(one, case.application) for one in (case.aino, case.staff))
    services.protect(**officer)
    services.protect(**host)
    services.protect(**host)
    for organisation in (officer, host):
        with pytest.raises(ProtectedByOthers):
            services.unprotect(**organisation)
    assert mark(case) == (True, None)
    assert [verb for verb, _role in verbs(case.application)] == ["application.protect"] * 2
    services.unprotect(**own(case))
    assert mark(case) == (False, None)


def test_the_learner_s_word_stands_over_an_organisation_s(case) -> None:
    """R-PRIV-6"""
    officer = acting_as(case.aino, case.application)
    services.protect(**officer)
    services.protect(**own(case))
    assert mark(case) == (True, None)
    with pytest.raises(ProtectedByOthers):
        services.unprotect(**officer)
    services.unprotect(**own(case))

    services.protect(**officer)
    services.unprotect(**own(case))
    assert mark(case) == (False, None)


def test_in_her_own_case_nobody_acts_as_an_official(case) -> None:
    """R-APP-11"""
    acting = acting_as(case.aino, case.application) | {"by": case.sami}
    for act in (services.protect, services.unprotect):
        with pytest.raises(OwnMatter):
            act(**acting)


def test_taken_back_a_home_that_was_confirmed_is_confirmed(case) -> None:
    """R-HOME-2: by the host with the reception, or by the home municipality that pays."""
    received, stated = apply(course(), person=case.sami), case.application
    told = apply(course(), person=case.sami)
    asked = apply(course(form="basic"), person=case.sami)
    services.protect(**own(case))
    for one in (received, asked):
        services.receive(application_id=one.pk, by=official(one.offering))
    statement_given(stated)
    services.unprotect(**own(case))

    found = dict(Application.objects.values_list("pk", "home_source"))
    assert found == {
        received.pk: "verified", stated.pk: "verified", told.pk: "self_declared", asked.pk: "self_declared",
    }  # fmt: skip


def test_saying_so_in_step_one_holds_for_what_was_sent_before_too(case) -> None:
    """R-PRIV-6: and not saying so later takes nothing back."""
    services.protect(**acting_as(case.aino, case.application))
    submit(submission(course(), person=case.sami, is_protected=True))
    assert mark(case) == (True, None)
    submit(submission(course(), person=case.sami))
    assert mark(case) == (True, None)
    assert sources() == {HomeSource.PROTECTED}

    services.unprotect(**own(case))
    submit(submission(course(), person=case.sami, is_protected=True))
    assert mark(case) == (True, None)
    assert sources() == {HomeSource.PROTECTED}


def test_saying_so_in_step_one_stands_in_the_history_of_each_case(case) -> None:
    """R-PRIV-6: since when a list had to be silent."""
    first = submit(submission(course(), is_protected=True))
    assert verbs(first) == [("application.protect", "learner")]

    second = submit(submission(course(), person=case.sami, is_protected=True))
    third = submit(submission(course(), person=case.sami))
    for application in (case.application, second):
        assert verbs(application) == [("application.protect", "learner")]
    assert verbs(third) == []


def test_sent_from_another_window_in_the_moment_of_saying_so_it_is_protected_too(case) -> None:
    """R-PRIV-6: the other one was written after the learner was looked for, and before she was marked."""
    Learner.objects.filter(pk=case.learner.pk).update(is_protected=True)
    protecting.protect_meanwhile(case.learner.pk, by=case.sami)
    protecting.protect_meanwhile(case.learner.pk, by=case.sami)
    assert sources() == {HomeSource.PROTECTED}
    assert verbs(case.application) == [("application.protect", "learner")]

    services.unprotect(**own(case))
    protecting.protect_meanwhile(case.learner.pk, by=case.sami)
    assert sources() == {HomeSource.SELF_DECLARED}


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_sending_with_the_mark_waits_for_no_act_that_waits_for_it() -> None:
    """R-PRIV-6: while she accepts another place. Acts take the application first, then the person."""
    municipality("FI-854")
    sami = student("Sami")
    offered, other = admit(apply(course(), person=sami)), course()
    is_locked = threading.Event()

    def accept_slowly() -> None:
        with transaction.atomic():
            acts.lock(offered.pk)
            is_locked.set()
            wait_until_somebody_waits()
            services.accept(application_id=offered.pk, by=sami)

    def act(which: int) -> None:
        if which == 0:
            accept_slowly()
        elif is_locked.wait(timeout=10):
            submit(submission(other, person=sami, is_protected=True))

    assert run_together(2, act) == [None, None]
    assert Application.objects.get(pk=offered.pk).status == "accepted"
    assert set(Application.objects.values_list("home_source", flat=True)) == {HomeSource.PROTECTED}


def test_step_one_asks_and_step_three_says_it(case) -> None:
    """R-PRIV-6: the box is kept with the draft; whom one may call instead stands beside it."""
    offering = course(contact_name="Helka Varho", contact_phone="+358 40 100 2000")
    nova = student("Nova")
    draft = begun(offering, by=nova)
    client = as_(nova)
    address = url("apply_me", offering.pk, draft.key)
    page = client.get(address).content.decode()
    assert "My identity is protected by a decision of the authorities" in page
    assert "Helka Varho" in page

    said = {"birth_on": "17.5.1995", "home_municipality": "FI-854", "language": "fi", "is_protected": "on"}
    client.post(address, said)
    assert Draft.objects.get().answers["is_protected"] == "true"
    assert "checked" in client.get(address).content.decode().split('name="is_protected"')[1].split(">")[0]
    check = url("apply_check", offering.pk, draft.key)
    page = client.get(check)
    assert "Your name and your home stand in no list and no file." in page.content.decode()
    client.post(check, {"seen": page.context["seen"]})
    learner = Learner.objects.get(person=nova)
    assert (learner.is_protected, learner.protected_by) == (True, None)

    again = client.get(url("apply", course().pk)).content.decode()
    assert "that holds for this application too" in again
    assert 'name="is_protected"' not in again


def test_the_mark_is_made_and_taken_back_on_the_pages(case) -> None:
    """R-PRIV-6: the applicant's, the host's and the home municipality's; each opening is noted."""
    sami, page = as_(case.sami), url("protected_own")
    assert f'href="{page}"' in sami.get(url("detail", case.application.key)).content.decode()
    assert f'href="{page}"' in sami.get(url("my_data")).content.decode()
    answer = sami.post(page, {"act": "protect"}, follow=True)
    assert "only you take the mark back" in answer.content.decode()
    assert mark(case) == (True, None)
    assert "Your identity is marked as protected." in sami.get(
        url("detail", case.application.key)
    ).content.decode()

    address = url("protected_case", case.application.key)
    said = as_(case.staff).get(address).content.decode()
    assert "Your organisation has not marked it" in said
    assert 'value="unprotect"' not in said
    answer = as_(case.staff).post(address, {"act": "unprotect"}, follow=True).content.decode()
    assert "only who has takes it back" in answer
    assert mark(case) == (True, None)
    sami.post(page, {"act": "unprotect"})

    for person, back in ((case.aino, case.page), (case.staff, url("host_case", case.application.key))):
        client = as_(person)
        assert f'href="{address}"' in client.get(back).content.decode()
        before = Reading.objects.count()
        assert 'value="protect"' in client.get(address).content.decode()
        assert Reading.objects.count() == before + 1
        assert client.post(address, {"act": "protect"}).headers["Location"] == back
        office = person.role_assignments.get().organisation
        assert mark(case) == (True, office.pk)
        assert f"{office.label()} has marked it." in sami.get(page).content.decode()
        assert "Say so yourself as well" in sami.get(page).content.decode()
        client.post(address, {"act": "unprotect"})
        assert mark(case) == (False, None)


def test_before_anything_is_sent_there_is_nobody_to_protect(case) -> None:
    assert as_(student()).get(url("protected_own")).status_code == 404
    assert Client().get(url("protected_own")).status_code == 302


def leaks(said: str) -> set[str]:
    words = ("Sami", "sami@", "765 4321", "1995", *OF_HOME)
    return {word for word in words if word in said}


# What tells where she lives: the reason why nobody is asked too, and what a statement says.
OF_HOME = (
    "Pello", "FI-854", "Home municipality</dt>", "host_is_home", "lives in the host municipality",
    "an agreement lets residents", "primary co-operation area", "across the border", "the state funds",
    SAID, "Viranhaltija",
)  # fmt: skip


def everything_of_the_host(case) -> dict[str, str]:
    """What leaves the portal, and what lists."""
    client, pk = as_(case.staff), case.application.offering_id
    book = load_workbook(io.BytesIO(client.get(url("host_course_xlsx", pk)).content))
    listed = {name: client.get(url(name, pk)) for name in ("host_course", "host_course_print")}
    listed["case on paper"] = client.get(url("host_case_print", case.application.key))
    said = {name: page.content.decode() for name, page in listed.items()}
    said["csv"] = b"".join(client.get(url("host_course_csv", pk)).streaming_content).decode("utf-8-sig")
    said["xlsx"] = str([row for sheet in book for row in sheet.iter_rows(values_only=True)])
    said["search"] = client.get(url("host_course", pk) + "?q=sami").content.decode().replace('"sami"', "")
    for address in ("applications/", f"applications/{case.application.key}/"):
        said[address] = client.get(f"/api/v1/{address}").content.decode()
    return said


def test_marked_by_a_page_it_holds_at_once_in_every_list_file_and_answer(case) -> None:
    """R-PRIV-6: lists, exports, search, the API, the home municipality's list. Before, each of them tells."""
    before = everything_of_the_host(case)
    assert {name for name, said in before.items() if leaks(said)} >= {
        "host_course", "host_course_print", "csv", "xlsx", "applications/",
    }  # fmt: skip

    as_(case.aino).post(url("protected_case", case.application.key), {"act": "protect"})

    for name, said in everything_of_the_host(case).items():
        assert leaks(said) == set(), name
        assert (case.application.reference in said) is (name != "search"), name
    listed = as_(case.aino).get(url("statements")).content.decode()
    assert "Sami" not in listed
    assert case.application.reference in listed


def test_a_statement_that_was_given_tells_nothing_of_the_home(case) -> None:
    """R-PRIV-6: neither on the host's page nor on paper, nor to a program, the officer's neither; whoever
    handles the case reads the document. Not protected, each of them tells.
    """
    case.statement.refresh_from_db()
    services.ask_for_more(statement_id=case.statement.pk, question=f"Miksi? {SAID}",
                          version=case.statement.version, **office_of(case.aino))  # fmt: skip
    services.give_more(statement_id=case.statement.pk, answer=SAID, by=case.sami)
    said = StatementInput("declines", "Viranhaltija", ground="own_course", text=SAID, appeal="Valita.")
    statement_given(case.application, said)
    document = url("statement_document", case.application.key)

    before = everything_of_the_host(case) | pages_of_home(case)
    telling = {name for name, page in before.items() if leaks(page) & {SAID}}
    assert telling == {"case", "case on paper", "statement/"}

    services.protect(**own(case))
    for name, page in everything_of_the_host(case).items():
        assert leaks(page) == set(), name
    shown = pages_of_home(case)
    assert leaks(shown["case"]) & set(OF_HOME) == set()
    assert f'href="{document}"' in shown["case"]
    assert SAID in as_(case.staff).get(document).content.decode()
    assert leaks(shown["statements/"]) | leaks(shown["statement/"]) <= {"Pello", "FI-854", "Viranhaltija"}
    found = json.loads(shown["statement/"])
    assert [found[name] for name in ("name", "question", "answer", "ground", "text", "limits")] == [None] * 6
    assert SAID in as_(case.aino).get(case.page).content.decode()


def office_of(person) -> dict[str, object]:
    role = person.role_assignments.get()
    return {"by": person, "role": role.role, "organisation_id": role.organisation_id}


def pages_of_home(case) -> dict[str, str]:
    """The host's page of the case, and what a program of the home municipality reads."""
    client = as_(case.aino)
    return {
        "case": as_(case.staff).get(url("host_case", case.application.key)).content.decode(),
        "statements/": client.get("/api/v1/statements/?state=given").content.decode(),
        "statement/": client.get(f"/api/v1/statements/{case.statement.pk}/").content.decode(),
    }


@pytest.mark.parametrize(
    ("need", "reason", "told", "neutral"),
    [
        ("not_required", "host_is_home", "lives in the host municipality", "it is settled who pays"),
        ("not_required", "agreement", "an agreement lets residents", "it is settled who pays"),
        ("not_required", "primary_area", "primary co-operation area", "it is settled who pays"),
        ("no_agreement", "", "across the border", "Agree with the applicant on who pays"),
    ],
)
def test_why_nobody_is_asked_does_not_tell_where_she_lives(case, need, reason, told, neutral) -> None:
    """R-PRIV-6: on page, paper and in the API; she herself reads it."""
    case.application.statements.all().delete()
    Application.objects.update(statement_need=need, statement_reason=reason)
    api = f"/api/v1/applications/{case.application.key}/"
    page, paper = (url(name, case.application.key) for name in ("host_case", "host_case_print"))
    for address in (page, paper):
        assert told in as_(case.staff).get(address).content.decode()
    services.protect(**own(case))

    for address in (page, paper):
        shown = as_(case.staff).get(address).content.decode()
        assert leaks(shown) & set(OF_HOME) == set()
        assert neutral in shown
    for name, shown in everything_of_the_host(case).items():
        assert leaks(shown) == set(), name
    said = as_(case.staff).get(api).json()
    assert (said["statement_need"], said["statement_reason"]) == (None, None)
    hers = as_(case.sami).get(api).json()
    assert (hers["statement_need"], hers["statement_reason"] or "") == (need, reason)


def test_where_nobody_answers_the_host_is_led_to_the_paper_without_the_name(case) -> None:
    """R-PRIV-6: it can still print the request and record the answer."""
    case.aino.role_assignments.all().delete()
    address = url("host_case", case.application.key)
    assert "(Pello)" in as_(case.staff).get(address).content.decode()
    services.protect(**own(case))
    shown = as_(case.staff).get(address).content.decode()
    assert leaks(shown) & set(OF_HOME) == set()
    assert "Nobody in KOPA acts for the home municipality yet" in shown
    for name in ("statement_request", "statement_outside"):
        assert f'href="{url(name, case.application.key)}"' in shown


def test_the_list_shows_neither_group_nor_score_of_a_protected_identity(case) -> None:
    """R-PRIV-6: as its files; the case's page has them, for whoever ranks."""
    Offering.objects.update(selection_rule="need")
    Application.objects.update(priority_group=7, score="17.25")
    listed = url("host_course", case.application.offering_id)
    group, score = '<td data-l="Group" class="num">7</td>', "17.25"
    for word in (group, score):
        assert word in as_(case.staff).get(listed).content.decode()
    services.protect(**own(case))
    for word in (group, score):
        assert word not in as_(case.staff).get(listed).content.decode()
    assert score in as_(case.staff).get(url("host_case", case.application.key)).content.decode()


def test_the_order_of_the_list_tells_nothing_of_protected_identities(case) -> None:
    """R-PRIV-6: they stand last, and not by name or home among themselves."""
    offering = case.application.offering
    first, second = (apply(offering, home, person=student(name)) for name, home in (
        ("Åke", "FI-854"), ("Aada", "FI-240"),
    ))  # fmt: skip
    for one in (first, second):
        services.protect(by=one.learner.person, learner_id=one.learner_id)
    for sort in ("name", "home"):
        rows = HostFilter({"sort": sort}, Application.objects.filter(offering=offering)).qs
        assert list(rows) == [case.application, first, second]


def test_no_letter_names_a_protected_identity(case) -> None:
    """R-PRIV-6, R-PRIV-11: neither her own letters nor the officials'."""
    services.protect(**acting_as(case.staff, case.application))
    statement_given(case.application)
    for letter in Letter.objects.filter(recipient=case.sami):
        assert leaks(f"{letter.subject} {letter.text} {letter.html}") == set()


def test_a_protected_identity_is_nobody_s_namesake(case) -> None:
    """R-PRIV-6: the same name and birth date from two addresses would tell that she has applied; on her own
    row, which has no name, that it is the other one's.
    """
    same = student("Sami")
    second = apply(case.application.offering, person=same, home="FI-854")

    def found() -> dict[int, bool]:
        rows = Application.objects.filter(offering=second.offering).with_namesakes()
        return dict(rows.values_list("pk", "has_namesake"))

    assert found() == {case.application.pk: True, second.pk: True}
    services.protect(**own(case))
    assert found() == {case.application.pk: False, second.pk: False}


def test_the_list_does_not_say_that_a_protected_identity_lives_outside_the_agreement(case) -> None:
    """R-PRIV-6: where the home is not said, neither is what it is not."""
    Application.objects.update(is_outside=True)
    address = url("host_course", case.application.offering_id)
    assert "outside the agreement" in as_(case.staff).get(address).content.decode()
    services.protect(**own(case))
    assert "outside the agreement" not in as_(case.staff).get(address).content.decode()


def test_documents_name_a_protected_identity_on_the_page_and_not_on_paper(case) -> None:
    """R-PRIV-6: the officials' paper has the reference; the applicant's own has her name."""
    statement_given(case.application)
    services.receive(application_id=case.application.pk, by=official(case.application.offering))
    services.protect(**own(case))
    documents = {
        url("decision_document", case.application.key): case.staff,
        url("statement_document", case.application.key): case.aino,
    }
    for address, reader in documents.items():
        said = as_(reader).get(address).content.decode()
        assert f'<span class="k-noprint">: {case.sami.name}</span></dd>' in said
        assert f"<dd>{case.sami.name}</dd>" not in said
        assert f"<dd>{case.sami.name}</dd>" in as_(case.sami).get(address).content.decode()


def test_the_archive_is_told_that_an_identity_is_protected(case) -> None:
    """R-PRIV-6, R-PRIV-7: a decision keeps whose it is, and says how it is to be handled there."""
    services.protect(**own(case))
    case.application.refresh_from_db()
    said = json.loads(json.dumps(archive._about(Application.objects.get()), default=str))
    assert said["is_protected"] is True
