"""The provider's pages: a message to many, another course, paper, the end of a queue, the desk's figures."""

from __future__ import annotations

import ast
import datetime as dt
import uuid
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils.translation import override

from applications import services, tasks, views_host_transfer
from applications.host_words import VERBS
from applications.models import Cause, Message, Reading, Transfer
from kopa.codes.models import TeachingLanguage
from kopa.letters.models import Letter
from tests.applications.given import admit, apply, course, host, in_days, official, state, student
from tests.applications.test_host_pages import at_desk, case_address, course_page
from tests.factories import code, municipality
from tests.reading import main, rows, words

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture(autouse=True)
def places(db):
    for key in ("FI-854", "FI-851"):
        municipality(key)


@pytest.fixture
def offering():
    return course(capacity=2, title_en="Welder")


def page_of(name: str, offering) -> str:
    return reverse(f"applications:{name}", args=[offering.pk])


# A message


def test_a_message_is_seen_before_it_is_sent(offering):
    """R-PRIV-11: on the page, not in the letter; in the reader's language where it is written in it."""
    first, second = apply(offering, language="sv"), apply(offering, language="fi")
    client, address = at_desk(offering), page_of("host_message", offering)
    page = client.get(address)
    assert "1 applicant uses this language." in words(main(page))
    typed = {"to": "all", "key": str(uuid.uuid4()), "text_fi": "Tuo läppäri.", "text_sv": "Ta med en dator."}
    shown = client.post(address, typed | {"act": "preview"})
    assert "2 applicants would read this. Nothing has been sent yet." in words(main(shown))
    assert not Message.objects.exists()
    changed = client.post(address, typed | {"act": "change"})
    assert "Tuo läppäri." in changed.content.decode()

    sent = client.post(address, typed | {"act": "send"}, follow=True)
    client.post(address, typed | {"act": "send"})

    assert "The message is sent to 2 applicants." in words(sent.content.decode())
    assert Message.objects.count() == 1
    assert "to 2 applicants" in words(main(course_page(offering)))
    assert "Tuo läppäri." in words(main(client.get(case_address(second))))
    assert list(Message.objects.get().applications.order_by("pk")) == [first, second]
    assert not any("Welder" in one.text for one in Letter.objects.filter(kind="application_message"))


@pytest.mark.parametrize(
    ("to", "who"), [("all", ["placed", "queued"]), ("placed", ["placed"]), ("undecided", ["queued"])]
)
def test_to_whom_it_goes(offering, to, who):
    placed, queued, gone = (apply(offering) for _ in range(3))
    admit(placed)
    services.withdraw(application_id=gone.pk, by=gone.learner.person)
    given = {"to": to, "key": str(uuid.uuid4()), "text_fi": "Hei.", "act": "send"}
    at_desk(offering).post(page_of("host_message", offering), given)
    names = {placed.pk: "placed", queued.pk: "queued"}
    assert sorted(names[one.pk] for one in Message.objects.get().applications.all()) == who


def test_a_message_says_something(offering):
    apply(offering)
    given = {"to": "all", "key": str(uuid.uuid4()), "act": "send", "text_fi": "  "}
    page = at_desk(offering).post(page_of("host_message", offering), given)
    assert "Write the message in at least one language." in words(main(page))
    too_long = at_desk(offering).post(page_of("host_message", offering), given | {"text_fi": "x" * 2001})
    assert "at least one language" not in words(main(too_long))
    assert not Message.objects.exists()


def test_a_bilingual_host_writes_in_both_languages():
    """R-LANG-2: a notice too; which language is missing, and why, stands at its field."""
    place = municipality("FI-091")
    assert place.is_bilingual
    offering = course(provider=host(home_municipality=place, kind="municipality", municipality=place))
    apply(offering)
    client, address = at_desk(offering), page_of("host_message", offering)
    typed = {"to": "all", "key": str(uuid.uuid4()), "act": "send", "text_fi": "Tuo läppäri."}
    page = client.post(address, typed)
    assert "Needed too:" in words(main(page))
    assert "is bilingual" in words(main(page))
    assert not Message.objects.exists()
    typed |= {"text_sv": "Ta med en dator."}
    preview = words(main(client.post(address, typed | {"act": "preview"})))
    assert "Finnish Tuo läppäri." in preview
    assert "Swedish Ta med en dator." in preview
    client.post(address, typed)
    assert Message.objects.get().text_sv == "Ta med en dator."


def test_a_host_of_one_language_writes_in_that_of_the_course_too(offering):
    """R-LANG-2: its own language, and the teaching language beside."""
    apply(offering)
    offering.languages.set([code(TeachingLanguage, "sv")])
    client, address = at_desk(offering), page_of("host_message", offering)
    typed = {"to": "all", "key": str(uuid.uuid4()), "act": "send", "text_fi": "Tuo läppäri."}
    assert "the course is taught in Swedish" in words(main(client.post(address, typed)))
    assert not Message.objects.exists()
    client.post(address, typed | {"text_sv": "Ta med en dator."})
    assert Message.objects.get().text_sv == "Ta med en dator."


def test_nobody_to_write_to_is_said(offering):
    given = {"to": "all", "key": str(uuid.uuid4()), "text_fi": "Hei.", "act": "preview"}
    page = at_desk(offering).post(page_of("host_message", offering), given)
    assert "0 applicants would read this." in words(main(page))
    assert 'value="send"' not in page.content.decode()


# Another course


def test_another_course_is_offered_after_seeing_what_would_become_of_each(offering):
    """DOMAIN.md §3.8, R-APP-11: as if all said yes; nothing leaves before it is done."""
    first, second = apply(offering), apply(offering)
    target = course(provider=offering.provider, capacity=1, title_en="Plater")
    client, address = at_desk(offering), page_of("host_transfer", offering)
    letters = Letter.objects.count()
    given = {"row": [first.pk, second.pk], "to": target.pk, "cause": "asked", "title": "rehtori"}
    shown = client.post(address, given | {"preview": "1"})
    assert "place accepted" in rows(shown)[0][4]
    assert "in the queue" in rows(shown)[1][4]
    assert (Transfer.objects.count(), Letter.objects.count()) == (0, letters)
    assert state(first) == "submitted"

    sent = client.post(address, given | {"do": "1"}, follow=True)

    assert "Another course is offered to 2 applicants." in words(sent.content.decode())
    assert list(Transfer.objects.values_list("official_title", flat=True)) == ["rehtori", "rehtori"]
    assert "awaits the applicant's answer" in words(main(client.get(case_address(first))))
    assert not rows(client.get(address))  # both are asked already


def test_one_applicant_is_ticked_from_her_own_page(offering):
    first, _second = apply(offering), apply(offering)
    course(provider=offering.provider)
    client = at_desk(offering)
    link = f"{page_of('host_transfer', offering)}?row={first.pk}&cause=asked"
    assert link.replace("&", "&amp;") in client.get(case_address(first)).content.decode()
    assert [row.is_ticked for row in client.get(link).context["rows"]] == [True, False]
    assert "Tick at least one." in words(client.post(link, {"preview": "1"}).content.decode())


def test_where_many_have_applied_those_who_are_ticked_are_asked_first(offering, monkeypatch):
    """What they would become is reckoned while both courses wait: not of hundreds at once."""
    monkeypatch.setattr(views_host_transfer, "MOST", 1)
    _first, second = apply(offering), apply(offering)
    course(provider=offering.provider)
    page = at_desk(offering).get(f"{page_of('host_transfer', offering)}?row={second.pk}")
    assert [row.case.application for row in page.context["rows"]] == [second]
    assert "1 at once: the others follow when these have been asked." in words(main(page))


def test_without_another_course_it_is_said(offering):
    apply(offering)
    course(provider=offering.provider, selection_rule="score")
    page = at_desk(offering).get(page_of("host_transfer", offering), follow=True)
    assert "No other course of yours can take applicants" in words(page.content.decode())


def test_both_cases_lead_to_each_other(offering):
    """DOMAIN.md §3.8: the new application is linked."""
    application = apply(offering)
    target = course(provider=offering.provider, capacity=1)
    made = services.offer_transfer(
        application_id=application.pk, to=target, cause=Cause.ASKED, by=official(offering)
    )
    new = services.accept_transfer(transfer_id=made.pk, by=application.learner.person)
    desk = at_desk(target)
    assert f"Came from another course: {application.reference}" in words(main(desk.get(case_address(new))))
    assert f"Has moved to another course: {new.reference}" in words(
        main(desk.get(case_address(application)))
    )


def test_cancelling_leads_to_offering_another_course_first(offering):
    """R-APP-10"""
    apply(offering)
    page = at_desk(offering).get(reverse("offerings:cancel", args=[offering.pk]))
    assert "Offer them another course first:" in words(main(page))
    assert f"{page_of('host_transfer', offering)}?cause=cancelled" in page.content.decode()


def test_whoever_changes_a_course_reads_what_applicants_are_told(offering):
    """R-APP-6"""
    client, address = at_desk(offering), reverse("offerings:edit", args=[offering.pk])
    assert "has applied" not in words(main(client.get(address)))
    apply(offering)
    said = words(main(client.get(address)))
    assert "1 person has applied." in said
    assert "may then leave within 7 days without owing anything" in said


# The end of a queue


def test_the_queue_ends_two_weeks_after_the_start(clock):
    """R-CAP-8: who waits in vain is due on the desk, and is told by an official."""
    offering = course(capacity=1, starts_on=in_days(60))
    holding, waiting = apply(offering), apply(offering)
    client, address = at_desk(offering), reverse("applications:host_together", args=[offering.pk, "end"])
    assert client.get(address).status_code == 404
    clock.shift(dt.timedelta(days=75))
    client = at_desk(offering)
    said = words(main(course_page(offering)))
    assert "end the queue: 2 applicants wait in vain" in said
    assert "Teaching began more than two weeks ago: no place is offered any more." in said

    client.post(address, {"row": [holding.pk, waiting.pk], "title": "rehtori", "do": "1"})

    assert (state(holding), state(waiting)) == ("not_eligible", "not_eligible")


# Paper


def test_the_list_and_a_case_are_printed_and_noted(offering):
    """R-PRIV-10: whoever stands on the paper sees that it was printed."""
    first, _second = apply(offering, person=student("Sami Student")), apply(offering)
    client = at_desk(offering)
    page = client.get(page_of("host_course_print", offering), {"q": "student"})
    assert [row[0].split()[:2] for row in rows(page)] == [["Sami", "Student"]]
    assert "a part of the list" in words(main(page))
    assert "by Bengt" in words(main(page))
    sheet = client.get(reverse("applications:host_case_print", args=[first.key]))
    assert "Decide on the reception." in words(main(sheet))
    assert "<form" not in main(sheet)
    assert [one.where for one in Reading.objects.filter(application=first)] == ["file", "file"]
    nobody = client.get(page_of("host_course_print", offering), {"q": "nobody at all"})
    assert "No application fits." in words(main(nobody))


def test_a_protected_identity_stands_on_no_list_on_paper(offering):
    """R-PRIV-6"""
    application = apply(offering, person=student("Secret Person"))
    type(application.learner).objects.update(is_protected=True)
    page = at_desk(offering).get(page_of("host_course_print", offering))
    assert "Secret" not in page.content.decode()
    assert rows(page)[0][1] == "–"


@pytest.mark.parametrize(
    ("name", "number"), [("host_course_print", 10), ("host_message", 5), ("host_transfer", 13)]
)
def test_pages_cost_the_same_number_of_statements(name, number, offering, django_assert_num_queries):
    course(provider=offering.provider)
    client, address = at_desk(offering), page_of(name, offering)
    apply(offering)
    client.get(address)
    with django_assert_num_queries(number):
        client.get(address)
    apply(offering), apply(offering)
    with django_assert_num_queries(number):
        client.get(address)


# The history


def test_everything_that_is_told_of_an_application_has_words():
    """No deed of the services stands as "changed the application"."""
    folder, said = Path(services.__file__).parent, set()
    for path in folder.glob("*.py"):
        for call in (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                     if isinstance(node, ast.Call)):  # fmt: skip
            name = ast.unparse(call.func)
            told = call.args[:2] if name in {"acts.move", "acts.tell", "acts.entry", "_tell", "_move"} else []
            said |= {f"application.{one.value}" for one in told if isinstance(one, ast.Constant)}
    assert len(said) > 20
    assert said - set(VERBS) == set()


# The desk


def test_the_desk_shows_the_figures_and_what_is_due(offering):
    first, _second, _third = (apply(offering) for _ in range(3))
    admit(first)
    other = course(provider=offering.provider)
    desk = at_desk(offering).get(reverse("offerings:desk"))
    said = words(main(desk))
    assert "Applications 3" in said
    assert "To decide 2" in said
    assert "Offered 1" in said
    assert "Decided, in the queue 0" in said
    assert "2 to decide · next answer by" in said
    assert str(other.title()) not in said.split("To be done")[0]


def test_the_desk_in_finland_does_not_use_sweden_s_word_for_a_statement(offering):
    apply(offering)
    with override("sv"):
        desk = at_desk(offering).get(reverse("offerings:desk"))
    said = words(main(desk))
    assert "Hemkommunen säger om den betalar" in said
    assert "yttrande" not in said


def test_only_the_nearest_are_shown_on_the_desk(offering):
    for _ in range(6):
        apply(course(provider=offering.provider))
    desk = at_desk(offering).get(reverse("offerings:desk"))
    assert "Show all courses with applications" in words(main(desk))


def test_a_desk_without_applications_says_nothing_of_them(offering):
    desk = at_desk(offering).get(reverse("offerings:desk"))
    assert "Applications in figures" not in desk.content.decode()
    tasks.follow_all()
