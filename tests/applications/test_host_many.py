"""The provider's acts on many, first as if; the selection; the list as a file."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications import services
from applications.errors import DecidedAlready, SelectionNotNeeded
from applications.models import AdmissionDecision, Application, Reading, ReceptionDecision, Selection
from applications.priorities import KOMVUX, priority_groups
from kopa.audit.models import AuditEvent
from kopa.base.errors import TransitionNotAllowed
from kopa.letters.models import Letter
from tests.applications.given import admit, apply, course, official, state, student
from tests.applications.test_host_pages import at_desk, swedish
from tests.factories import municipality
from tests.reading import main, rows, table, words

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture(autouse=True)
def places() -> None:
    for key in ("FI-854", "FI-851", "SE-2583"):
        municipality(key)


def many(offering, act="decide") -> str:
    return reverse("applications:host_together", args=[offering.pk, act])


def selection_address(offering) -> str:
    return reverse("applications:host_selection", args=[offering.pk])


def test_what_would_become_of_many_is_shown_and_nothing_is_done():
    """Acts on many are seen as if they were done before anything is sent."""
    offering = course(capacity=1)
    first, second = apply(offering), apply(offering)
    letters = Letter.objects.count()
    client = at_desk(offering)
    ticked = {"row": [first.pk, second.pk], "title": "rehtori", "preview": "1"}
    page = client.post(many(offering), ticked)
    assert "The applicant answers by" in rows(page)[0][4]
    assert "in the queue. Admitted: waits for a place." in rows(page)[1][4]
    assert (state(first), state(second)) == ("submitted", "waiting")
    assert not ReceptionDecision.objects.exists()
    assert Letter.objects.count() == letters


def test_many_are_received_and_admitted_by_a_named_official():
    """R-APP-11: those who are ticked, each with both decisions."""
    offering = course(capacity=2)
    first, second, third = (apply(offering) for _ in range(3))
    client = at_desk(offering)
    answer = client.post(
        many(offering), {"row": [first.pk, third.pk], "title": "rehtori", "do": "1"}, follow=True
    )
    assert "2 applicants decided on." in words(answer.content.decode())
    assert [state(one) for one in (first, second, third)] == ["offered", "submitted", "waiting"]
    assert set(AdmissionDecision.objects.values_list("application", "official_name", "official_title")) == {
        (first.pk, "Bengt", "rehtori"), (third.pk, "Bengt", "rehtori")
    }  # fmt: skip


def test_ticks_that_are_no_row_s_number_are_passed_over():
    """What a browser never sends is no fault of the server's."""
    offering = course(capacity=2)
    one = apply(offering)
    odd = ["9" * 5000, "²", "٣", "-1", "1.0", ""]
    answer = at_desk(offering).post(
        many(offering), {"row": [*odd, one.pk], "title": "rehtori", "do": "1"}, follow=True
    )
    assert answer.status_code == 200
    assert state(one) == "offered"


def test_only_those_who_are_ready_are_offered_and_somebody_must_be_ticked():
    offering = course()
    ready = apply(offering)
    decided = admit(apply(offering))
    client = at_desk(offering)
    page = client.get(many(offering))
    assert [row.case.application for row in page.context["rows"]] == [ready]
    assert "Tick at least one." in words(client.post(many(offering), {"preview": "1"}).content.decode())
    client.post(many(offering), {"row": [decided.pk], "do": "1", "title": ""})
    assert state(ready) == "submitted"
    assert client.get(many(offering, "nothing")).status_code == 404


def test_whoever_waits_for_home_is_not_among_the_ready():
    """R-APP-3: the host cannot decide the admission before the statement is in."""
    offering = swedish()
    application = apply(offering, "SE-0180")
    assert application.statement_need == "required"
    page = at_desk(offering).get(many(offering))
    assert "There is nobody for this now." in words(main(page))
    lines = services.decide_on(
        offering=offering, application_ids=[application.pk], by=official(offering)
    )
    assert "has not given its statement" in lines[0].refused
    assert not ReceptionDecision.objects.exists()  # each by itself: whole or not at all


def test_somebody_who_is_not_admitted_any_more_is_left_alone_by_itself():
    offering = course()
    first, second = apply(offering), apply(offering)
    by = official(offering)
    lines = services.decide_on(offering=offering, application_ids=[first.pk, second.pk], by=by)
    assert [line.refused for line in lines] == ["", ""]
    again = services.decide_on(offering=offering, application_ids=[first.pk], by=by)
    assert "present state" in again[0].refused
    other = course()
    assert services.decide_on(offering=other, application_ids=[first.pk], by=by) == []


def test_received_before_is_admitted_now():
    offering = course()
    application = apply(offering)
    by = official(offering)
    services.receive(application_id=application.pk, by=by)
    lines = services.decide_on(offering=offering, application_ids=[application.pk], by=by)
    assert (lines[0].refused, state(application)) == ("", "offered")


def test_all_who_accepted_are_enrolled_on_a_day():
    offering = course()
    taken = [admit(apply(offering)) for _ in range(2)]
    for one in taken:
        services.accept(application_id=one.pk, by=one.learner.person)
    client = at_desk(offering)
    ids = [one.pk for one in taken]
    wrong = client.post(many(offering, "enrol"), {"row": ids, "on": "never", "do": "1"})
    assert "on" in wrong.context["form"].errors
    page = client.post(many(offering, "enrol"), {"row": ids, "on": "2026-12-01", "preview": "1"})
    assert "studying. The studies begin on 1 December 2026." in rows(page)[0][4]
    today = client.post(many(offering, "enrol"), {"row": ids, "on": "2026-11-24", "preview": "1"})
    assert "studying. Studying since 24 November 2026." in rows(today)[0][4]
    assert state(taken[0]) == "accepted"
    client.post(many(offering, "enrol"), {"row": ids, "on": "2026-12-01", "do": "1"})
    assert set(Application.objects.values_list("status", "enrolled_on")) == {
        ("enrolled", dt.date(2026, 12, 1))
    }


def test_what_is_refused_of_many_is_said_of_each():
    offering = course()
    application = admit(apply(offering, person=student("Sami Student")))
    services.accept(application_id=application.pk, by=application.learner.person)
    client = at_desk(offering)
    page = client.get(many(offering, "enrol"))
    assert page.context["rows"][0].is_ticked
    lines = services.enrol_all(
        offering=offering, application_ids=[application.pk], by=official(offering), on=dt.date(2026, 12, 1)
    )
    assert lines[0].refused == ""
    again = services.enrol_all(
        offering=offering, application_ids=[application.pk], by=official(offering), on=dt.date(2026, 12, 1)
    )
    assert "present state" in again[0].refused


# The selection


def closed(offering) -> None:
    type(offering).objects.filter(pk=offering.pk).update(
        applications_close_at=timezone.now() - dt.timedelta(minutes=1), quota_release_at=None
    )


@pytest.fixture
def ranked():
    """Two places, three applicants with scores 1, 3 and 2, received."""
    offering = course(capacity=2, selection_rule="score")
    people = [apply(offering) for _ in range(3)]
    by = official(offering)
    for one, score in zip(people, ("1", "3", "2.5"), strict=True):
        services.rank(application_id=one.pk, by=by, priority_group=None, score=Decimal(score))
        services.receive(application_id=one.pk, by=by)
    closed(offering)
    return offering, people


def test_the_selection_is_seen_before_it_is_made(ranked):
    """R-CAP-5: with the score, the lot and the time of each; nobody is offered anything by looking."""
    offering, people = ranked
    page = at_desk(offering).get(selection_address(offering))
    assert [place.case.application for place in page.context["places"]] == [people[1], people[2], people[0]]
    assert [row[-1] for row in rows(page)] == ["a place is offered", "a place is offered", "in the queue"]
    assert [row[2] for row in rows(page)] == ["3", "2.5", "1"]
    assert {state(one) for one in people} == {"submitted"}
    assert not Selection.objects.exists()


def test_the_selection_is_made_by_a_named_official(ranked):
    """R-CAP-5, R-APP-11"""
    offering, people = ranked
    answer = at_desk(offering).post(selection_address(offering), {"title": "rehtori"}, follow=True)
    assert "2 offered a place, 1 in the queue." in words(answer.content.decode())
    assert [state(one) for one in people] == ["waiting", "offered", "offered"]
    assert Selection.objects.get().official_title == "rehtori"
    assert "Last made by Bengt" in words(main(answer))


def test_each_applicant_reads_why_she_stands_where_she_stands(ranked):
    """R-CAP-5: her own score, and nothing before the selection is made."""
    offering, people = ranked
    own = as_applicant(people[1])
    where = reverse("applications:detail", args=[people[1].key])
    assert "Your place in the selection" not in own.get(where).content.decode()
    at_desk(offering).post(selection_address(offering), {"title": ""})
    page = words(own.get(where).content.decode())
    assert "Your place in the selection" in page
    assert "Score 3 Sent" in page


def test_a_lot_is_told_to_whom_it_was_drawn_for():
    """R-CAP-5, R-PRIV-8: on her page and in what she takes along; the seed is told to nobody."""
    offering = course(capacity=1, selection_rule="lottery")
    people = [apply(offering) for _ in range(2)]
    for one in people:
        services.receive(application_id=one.pk, by=official(offering))
    closed(offering)
    at_desk(offering).post(selection_address(offering), {"title": ""})
    for one in people:
        one.refresh_from_db()
        client = as_applicant(one)
        page = client.get(reverse("applications:detail", args=[one.key])).content.decode()
        said = client.get(reverse("applications:download", args=[one.key])).json()
        assert f"<dt>Lot</dt><dd>{one.lot}</dd>" in page
        assert said["application"]["lot"] == one.lot
        assert str(Selection.objects.get().seed) not in page


def as_applicant(application):
    client = Client()
    client.force_login(application.learner.person)
    return client


def test_lots_are_not_known_before_they_are_drawn_for_good():
    """R-CAP-5: a preview must not let anybody draw until the order pleases."""
    offering = course(capacity=1, selection_rule="lottery")
    people = [apply(offering) for _ in range(3)]
    for one in people:
        services.receive(application_id=one.pk, by=official(offering))
    closed(offering)
    client = at_desk(offering)
    page = client.get(selection_address(offering))
    assert [place.case.application for place in page.context["places"]] == people
    assert {place.lot for place in page.context["places"]} == {None}
    assert "Outcome" not in words(main(page))
    client.post(selection_address(offering), {"title": ""})
    drawn = list(Application.objects.queue(offering.pk).values_list("lot", flat=True))
    assert drawn == sorted(drawn)


def test_no_selection_before_applications_have_closed_or_where_none_is_needed():
    """R-APP-12"""
    offering = course(selection_rule="score")
    apply(offering)
    client = at_desk(offering)
    page = client.get(selection_address(offering))
    assert "the selection follows when they have closed" in words(main(page))
    answer = client.post(selection_address(offering), {"title": ""}, follow=True)
    assert not Selection.objects.exists()
    assert answer.status_code == 200
    by_registration = course(provider=offering.provider)
    assert client.get(selection_address(by_registration)).status_code == 404


def test_who_is_not_received_does_not_take_part():
    offering = course(selection_rule="score")
    application = apply(offering)
    closed(offering)
    page = at_desk(offering).get(selection_address(offering))
    assert [case.application for case in page.context["not_ready"]] == [application]
    assert "Nobody is ready for the selection." in words(main(page))
    assert "Make the selection" not in words(main(page))


def test_many_are_received_for_a_selection():
    offering = course(selection_rule="score")
    first, second = apply(offering), apply(offering)
    services.receive(application_id=second.pk, by=official(offering))
    client = at_desk(offering)
    page = client.get(many(offering))
    assert [row.case.application for row in page.context["rows"]] == [first]
    client.post(many(offering), {"row": [first.pk], "title": "", "do": "1"})
    assert ReceptionDecision.objects.count() == 2
    assert not AdmissionDecision.objects.exists()


# Priority groups and scores


def test_the_law_s_order_of_preference_is_configuration():
    """R-APP-8: komvux in Sweden prefers in this order; a legal right comes before it."""
    assert [str(KOMVUX.groups[number]) for number in sorted(KOMVUX.groups)] == [
        "has a legal right to the education",
        "continues studies under an individual study plan",
        "lacks an upper secondary diploma",
        "is unemployed or risks becoming so",
        "needs it for the present work",
        "needs it for a planned occupation",
    ]
    offering = swedish()
    assert priority_groups(offering) is KOMVUX
    offering.form_id = "vocational"
    assert not priority_groups(offering).groups
    offering.form_id, offering.starts_on = "komvux", None
    assert not priority_groups(offering).groups


def test_without_an_order_by_law_there_are_no_groups():
    """R-APP-9: Finnish liberal adult education takes students in the order of registration."""
    offering = course(form="liberal_adult")
    assert not priority_groups(offering).groups
    assert priority_groups(offering).name_of(None) == ""
    with pytest.raises(SelectionNotNeeded):
        services.rank(
            application_id=apply(offering).pk, by=official(offering), priority_group=None, score=None
        )


def test_a_group_that_the_course_does_not_have_is_refused():
    offering = course(selection_rule="need")
    application = apply(offering)
    with pytest.raises(ValidationError) as refused:
        services.rank(application_id=application.pk, by=official(offering), priority_group=9, score=None)
    assert list(refused.value.message_dict) == ["priority_group"]
    assert KOMVUX.name_of(2) == KOMVUX.groups[2]


def test_scores_are_set_on_the_case_page_until_the_admission():
    offering = course(selection_rule="score")
    application = apply(offering)
    client = at_desk(offering)
    address = reverse("applications:host_case", args=[application.key])
    page = client.post(address, {"act": "rank", "rank-score": "many"})
    assert "priority_group" not in page.context["forms"]["rank"].fields
    assert "score" in page.context["form"].errors
    client.post(address, {"act": "rank", "rank-score": "12,5", "seen": application.version})
    application.refresh_from_db()
    assert application.score == Decimal("12.5")
    services.receive(application_id=application.pk, by=official(offering))
    closed(offering)
    services.run_selection(offering_id=offering.pk, by=official(offering))
    with pytest.raises(TransitionNotAllowed):
        services.rank(application_id=application.pk, by=official(offering), priority_group=None, score=None)


def test_the_second_of_two_officials_who_rank_is_told_and_loses_nothing():
    """C7: the first one's score stays, and what the second has typed stands in the form still."""
    offering = course(selection_rule="score")
    application = apply(offering)
    client = at_desk(offering)
    address = reverse("applications:host_case", args=[application.key])
    services.rank(
        application_id=application.pk, by=official(offering), priority_group=None, score=Decimal(9),
        seen=application.version,
    )  # fmt: skip

    answer = client.post(address, {"act": "rank", "rank-score": "12,5", "seen": application.version})

    assert answer.status_code == 409
    assert "Somebody else has changed this since you opened it." in answer.content.decode()
    assert answer.context["forms"]["rank"]["score"].value() == "12,5"
    application.refresh_from_db()
    assert application.score == 9
    assert client.post(
        address, {"act": "rank", "rank-score": "12,5", "seen": application.version}
    ).status_code == 302  # fmt: skip


@pytest.mark.parametrize("act", ["receive", "admit"])
def test_nobody_decides_on_what_the_applicant_has_changed_unread(act):
    """C7, R-APP-5: the page shows the application as it is now, and asks again."""
    offering = course()
    application = apply(offering)
    if act == "admit":
        services.receive(application_id=application.pk, by=official(offering))
        application.refresh_from_db()
    seen = application.version
    Application.objects.filter(pk=application.pk).update(motivation="Toisin.", version=seen + 1)
    client, address = at_desk(offering), reverse("applications:host_case", args=[application.key])

    answer = client.post(address, {"act": act, "title": "rehtori", "seen": seen})

    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Toisin." in page
    assert f'name="seen" value="{seen + 1}"' in page
    assert 'value="rehtori"' in page
    assert client.post(address, {"act": act, "title": "rehtori", "seen": seen + 1}).status_code == 302


def test_the_journal_says_that_a_rank_was_changed_and_not_to_what():
    """R-PRIV-3: a group tells who is unemployed, and the journal is kept longer than the application."""
    offering = swedish(selection_rule="need")
    application = apply(offering, "SE-2583")
    for group, score in ((3, Decimal("17.25")), (1, Decimal("17.25")), (1, Decimal("17.25"))):
        services.rank(application_id=application.pk, by=official(offering), priority_group=group, score=score)
    entries = AuditEvent.objects.filter(verb="application.rank").order_by("pk")
    assert [one.changes for one in entries] == [
        {"priority_group": [], "score": []}, {"priority_group": []}, {},
    ]  # fmt: skip


def test_groups_are_chosen_on_the_case_page_where_the_law_has_them():
    """R-APP-8"""
    offering = swedish(selection_rule="need")
    application = apply(offering, "SE-2583")
    client, address = at_desk(offering), reverse("applications:host_case", args=[application.key])
    ranked = {"act": "rank", "rank-priority_group": "2", "rank-score": "", "seen": application.version}
    client.post(address, ranked)
    application.refresh_from_db()
    assert (application.priority_group, application.score) == (2, None)
    assert "2. lacks an upper secondary diploma" in client.get(address).content.decode()
    services.receive(application_id=application.pk, by=official(offering))
    closed(offering)
    client.post(selection_address(offering), {"title": ""})
    assert "lacks an upper secondary diploma" in words(main(client.get(address)))


def test_nobody_is_ranked_again_after_the_admission():
    offering = course(selection_rule="score")
    application = apply(offering)
    services.receive(application_id=application.pk, by=official(offering))
    services.admit(application_id=application.pk, by=official(offering))
    with pytest.raises(DecidedAlready):
        services.rank(application_id=application.pk, by=official(offering), priority_group=None, score=None)


# The list as a file


def file_address(offering, kind) -> str:
    return reverse(f"applications:host_course_{kind}", args=[offering.pk])


def test_the_list_as_a_file_holds_what_the_page_shows_and_notes_who_was_read():
    """R-PRIV-10: a downloaded list is a reading of each who stands in it."""
    offering = course()
    first, second = admit(apply(offering)), apply(offering)
    lines = table(at_desk(offering).get(file_address(offering, "csv"), {"turn": "host"}))
    assert lines[0][:2] == ["Reference", "Name"]
    assert [line[0] for line in lines[1:]] == [second.reference]
    assert list(Reading.objects.values_list("application", "where")) == [(second.pk, "file")]
    assert first.reference not in str(lines)


def test_no_cell_is_taken_for_a_formula():
    offering = course()
    apply(offering, person=student("=1+2"), phone="+358 40 1")
    client = at_desk(offering)
    assert table(client.get(file_address(offering, "csv")))[1][1] == "'=1+2"
    book = openpyxl.load_workbook(io.BytesIO(client.get(file_address(offering, "xlsx")).content))
    cell = book.active["B2"]
    assert (cell.value, cell.data_type) == ("=1+2", "s")


def test_a_protected_identity_gives_no_personal_data_to_a_file():
    """R-PRIV-6"""
    offering = course()
    application = apply(offering, person=student("Secret Person"))
    type(application.learner).objects.update(is_protected=True)
    line = table(at_desk(offering).get(file_address(offering, "csv")))[1]
    assert line[:6] == [application.reference, "Protected identity", "", "", "", ""]


def test_times_in_a_file_are_the_host_s():
    offering = course()
    apply(offering, now=timezone.now())
    line = table(at_desk(offering).get(file_address(offering, "csv")))[1]
    assert line[8] == f"{timezone.now().astimezone(offering.zone):%Y-%m-%d %H:%M:%S}"


# A course with applicants is cancelled


def test_cancelling_says_how_many_applications_end_and_what_happens_to_them():
    offering = course(capacity=2)
    client = at_desk(offering)
    address = reverse("offerings:cancel", args=[offering.pk])
    assert "with the course" not in words(main(client.get(address)))
    accepted, _offered, _waiting = admit(apply(offering)), admit(apply(offering)), apply(offering)
    services.accept(application_id=accepted.pk, by=accepted.learner.person)
    services.enrol(application_id=accepted.pk, by=official(offering), on=dt.date(2026, 12, 1))
    said = words(main(client.get(address)))
    assert "3 applications end with the course. 2 of these people have a place or an offer." in said
    assert "1 studies already." in said


def test_a_cancelled_course_ends_its_applications_and_tells_each_applicant():
    """R-CAP-1: no seat is left behind; the letter says neither which course nor what (R-PRIV-11)."""
    offering = course(capacity=1)
    people = [admit(apply(offering)), apply(offering)]
    letters = Letter.objects.count()
    client = at_desk(offering)
    form = client.get(reverse("offerings:cancel", args=[offering.pk])).context["form"]
    client.post(reverse("offerings:cancel", args=[offering.pk]), dict.fromkeys(form.fields, "Peruttu."))
    services.follow(offering.pk)
    assert {state(one) for one in people} == {"cancelled_by_host"}
    assert offering.counters.get().held == 0
    new = Letter.objects.order_by("pk")[letters:]
    assert len(new) == 2
    assert not any(str(offering.title()) in letter.text for letter in new)


def test_the_list_to_tick_and_the_file_cost_the_same_number_of_statements(django_assert_num_queries):
    offering = course()
    client = at_desk(offering)
    apply(offering)
    for address, number in ((many(offering), 11), (file_address(offering, "csv"), 8)):
        client.get(address)
        with django_assert_num_queries(number):
            client.get(address)
    apply(offering), apply(offering)
    for address, number in ((many(offering), 11), (file_address(offering, "csv"), 8)):
        with django_assert_num_queries(number):
            client.get(address)
