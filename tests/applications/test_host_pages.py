"""The provider's pages: courses with numbers, the list of one course, one case, two decisions."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications import services
from applications.host_grounds import appeal_text, ground_text
from applications.models import AdmissionDecision, Application, Reading, ReceptionDecision
from applications.services.deciding import Official, Refusal
from applications.services.statements import StatementInput
from applications.standstill import reasons
from applications.states import UNDECIDED, StatementOutcome, Turn
from applications.steps import turn
from kopa.base.errors import ChangedMeanwhile
from tests.applications.given import (
    admit,
    apply,
    course,
    in_days,
    official,
    state,
    statement_given,
    student,
)
from tests.factories import OfferingFactory, RoleAssignmentFactory, municipality, organisation_of
from tests.reading import main, rows, words

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]
GROUPS = ("home", "ready", "admitted", "offered", "accepted", "enrolled", "over")


@pytest.fixture
def places() -> None:
    for key in ("FI-854", "FI-851", "SE-2583"):
        municipality(key)


@pytest.fixture
def offering(places):
    return course(capacity=2, title_en="Welder")


def swedish(**facts):
    """A komvux course of Haparanda's own."""
    haparanda = organisation_of("SE-2583")
    RoleAssignmentFactory(role="officer", organisation=haparanda, person__name="Bengt")
    municipality("SE-0180")
    return course(provider=haparanda, form="komvux", **facts)


def at_desk(offering) -> Client:
    client = Client()
    client.force_login(official(offering).person)
    return client


def course_page(offering, **query):
    return at_desk(offering).get(reverse("applications:host_course", args=[offering.pk]), query)


def case_address(application) -> str:
    return reverse("applications:host_case", args=[application.key])


def test_courses_stand_with_the_numbers_of_their_applications(offering):
    first, second, _third = (apply(offering) for _ in range(3))
    admit(first)
    admit(second)
    services.accept(application_id=first.pk, by=first.learner.person)
    page = at_desk(offering).get(reverse("applications:host_courses"))
    assert rows(page)[0][1:8] == ["0", "1", "0", "1", "1", "0", "0"]
    assert "1 to decide" in rows(page)[0][8]
    assert "next answer by" in rows(page)[0][8]


def test_a_course_that_is_not_applied_for_here_is_not_listed(offering):
    OfferingFactory(provider=offering.provider)
    page = at_desk(offering).get(reverse("applications:host_courses"))
    assert [row.offering for row in page.context["rows"]] == [offering]


def test_courses_with_something_to_decide_come_first(offering):
    provider = offering.provider
    late, decided, waiting = (course(provider=provider, starts_on=in_days(days)) for days in (90, 70, 65))
    admit(apply(decided))
    apply(waiting)
    page = at_desk(offering).get(reverse("applications:host_courses"))
    assert [row.offering for row in page.context["rows"]] == [waiting, decided, late, offering]


def test_courses_cost_the_same_number_of_statements(offering, django_assert_num_queries):
    client = at_desk(offering)
    apply(offering)
    client.get(reverse("applications:host_courses"))
    with django_assert_num_queries(7):
        client.get(reverse("applications:host_courses"))
    for _ in range(2):
        apply(course(provider=offering.provider))
    with django_assert_num_queries(7):
        client.get(reverse("applications:host_courses"))


def test_applications_cost_the_same_number_of_statements(offering, django_assert_num_queries):
    client = at_desk(offering)
    address = reverse("applications:host_course", args=[offering.pk])
    apply(offering)
    client.get(address)
    with django_assert_num_queries(12):
        client.get(address)
    for _ in range(2):
        apply(offering)
    with django_assert_num_queries(13):  # somebody waits now: why is asked of the counters
        client.get(address)


def test_a_list_that_is_looked_at_is_noted_for_each_applicant(offering):
    """R-PRIV-10"""
    first, second = apply(offering), apply(offering)
    course_page(offering)
    assert sorted(Reading.objects.values_list("application", "where")) == sorted(
        [(first.pk, "list"), (second.pk, "list")]
    )
    at_desk(offering).get(case_address(first))
    assert Reading.objects.filter(application=first, where="page").count() == 1


def test_the_list_says_whose_turn_it_is_and_who_is_next(offering):
    first, second, third, fourth = (apply(offering) for _ in range(4))
    admit(first)
    admit(third)
    found = {row[0].split()[-1]: row for row in rows(course_page(offering))}
    assert found[first.reference][4] == "applicant"
    assert found[second.reference][4:6] == ["provider", "Decide on the reception."]
    assert found[third.reference][3:6] == ["in the queue: 1.", "queue", "Admitted: number 1 in the queue."]
    assert found[fourth.reference][3] == "in the queue: 2."


def test_a_queue_that_stands_says_why(offering):
    for _ in range(3):
        admit(apply(offering))
    said = words(main(course_page(offering)))
    assert "Why the queue does not move" in said
    assert "Every place is given." in said
    assert "2 places wait for the applicants' answers." in said


def test_places_reserved_for_others_are_named_as_the_reason(places):
    """R-CAP-12: a reserved place stays empty while nobody of its municipality waits."""
    offering = course(capacity=2, quotas={"FI-851": 1})
    apply(offering), apply(offering)
    said = words(main(course_page(offering)))
    assert "1 free place is reserved for residents of" in said
    assert "1 place is held for somebody who is not decided on yet." in said


def test_a_late_start_and_a_cancelled_course_are_reasons(offering):
    assert reasons(offering, {"queue": 0}, now=timezone.now()) == []
    later = timezone.now() + dt.timedelta(days=60 + 15)
    assert reasons(offering, {"queue": 1}, now=later) == [
        "Teaching began more than two weeks ago: no place is offered any more."
    ]
    offering.status = "cancelled"
    assert "not public" in reasons(offering, {"queue": 1}, now=timezone.now())[0]


def test_the_same_name_and_birth_date_from_two_learners_is_shown(offering):
    """R-APP-13: shown to the host, never refused."""
    apply(offering, person=student("Sami Student"))
    apply(offering, person=student("SAMI Student"))
    apply(offering, person=student("Sami Other"))
    marked = ["same name and birth date twice" in row[0] for row in rows(course_page(offering))]
    assert sorted(marked) == [False, True, True]


def test_a_protected_identity_stands_in_no_list(offering):
    """R-PRIV-6: neither name nor home in lists; not found by its name."""
    person = student("Secret Person")
    application = apply(offering, person=person)
    type(application.learner).objects.update(is_protected=True)
    page = course_page(offering)
    assert "Secret" not in page.content.decode()
    assert rows(page)[0][1] == "–"
    assert not rows(course_page(offering, q="secret"))
    assert len(rows(course_page(offering, q=application.reference))) == 1


@pytest.fixture
def every_turn(offering):
    """Applications to two courses, by whose turn it is."""
    abroad = swedish()
    asked, answered, declined, waiting = (apply(abroad, "SE-0180") for _ in range(4))
    statement_given(answered)
    statement_given(
        declined,
        StatementInput(StatementOutcome.DECLINES, "Aino", ground="no_right", text="x", appeal="y"),
    )
    services.ask_for_more(
        statement_id=asked.statements.get().pk, question="Varför?", by=official(abroad).person,
        role="officer", organisation_id=abroad.provider_id, version=asked.statements.get().version,
    )  # fmt: skip
    offered, accepted, queued, undecided = (apply(offering) for _ in range(4))
    for one in (offered, accepted, queued):
        admit(one)
    services.accept(application_id=accepted.pk, by=accepted.learner.person)
    gone = apply(offering)
    services.withdraw(application_id=gone.pk, by=gone.learner.person)
    return {
        Turn.HOME: {waiting.pk},
        Turn.LEARNER: {asked.pk, offered.pk},
        Turn.HOST: {answered.pk, declined.pk, accepted.pk, undecided.pk},
        Turn.QUEUE: {queued.pk},
        Turn.NOBODY: {gone.pk},
    }


def test_the_turn_of_one_and_the_filter_of_many_agree(every_turn):
    for wanted, expected in every_turn.items():
        many = set(Application.objects.all().whose_turn_is(wanted).values_list("pk", flat=True))
        assert many == expected, wanted
        assert {one.pk for one in Application.objects.all() if turn(one) == wanted} == expected, wanted


def test_every_application_is_counted_in_one_group(every_turn, offering):
    """The figures of a course add up; "ready" is what the turn says before an offer."""
    studying = Application.objects.get(offering=offering, status="accepted")
    services.enrol(application_id=studying.pk, by=official(offering), on=timezone.localdate())
    apply(offering)
    numbers = Application.objects.all().numbers_by_course(now=timezone.now())
    for course_id, of_it in numbers.items():
        rows_of_it = Application.objects.filter(offering=course_id)
        assert sum(of_it[group] for group in GROUPS) == of_it["all"] == rows_of_it.count()
        assert of_it["over"] == of_it["all"] - of_it["live"]
        host = rows_of_it.whose_turn_is(Turn.HOST).filter(status__in=UNDECIDED)
        assert of_it["ready"] == of_it["to_decide"] + of_it["moves"] == host.count()
    here = numbers[offering.pk]
    assert [here[group] for group in GROUPS] == [0, 2, 1, 1, 0, 1, 1]
    assert here["queue"] == 3
    page = course_page(offering)
    assert page.context["row"].queue_beside == "3 applicants stand in the queue, decided on or not."
    assert page.context["row"].queue_beside in page.content.decode()


def test_the_list_says_what_home_has_answered(every_turn):
    offering = Application.objects.filter(statement_need="required").first().offering
    said = [row[5] for row in rows(course_page(offering))]
    assert said[0] == "The home municipality has asked the applicant for more."
    assert said[1] == "Decide on the reception."
    assert said[2] == "The home municipality does not pay. Decide."
    assert said[3].startswith("The home municipality's statement is due on")
    due = Application.objects.get(pk=next(iter(every_turn[Turn.HOME]))).statements
    due.update(due_on=dt.date(2026, 1, 2))
    page = course_page(offering)
    assert "statement was due on 2 January 2026" in rows(page)[3][5]
    assert "1 statement overdue" in page.context["row"].due


def test_nobody_is_admitted_on_a_statement_that_declines(every_turn):
    """R-APP-3"""
    declined = Application.objects.get(statements__outcome="declines")
    client, address = at_desk(declined.offering), case_address(declined)
    client.post(address, {"act": "receive", "title": "", "seen": declined.version})
    page = client.get(address).content.decode()
    assert "cannot be admitted on that statement" in page
    assert 'value="admit"' not in page
    client.post(address, {"act": "admit", "title": "", "seen": declined.version + 1})
    assert not AdmissionDecision.objects.filter(application=declined).exists()


@pytest.mark.parametrize(
    ("query", "number"),
    [({}, 2), ({"turn": "host"}, 1), ({"status": "offered"}, 1), ({"late": "yes"}, 0), ({"late": "no"}, 2),
     ({"sort": "name"}, 2), ({"sort": "wrong"}, 2)],
    ids=str,
)  # fmt: skip
def test_the_list_is_narrowed_and_sorted(offering, query, number):
    admit(apply(offering))
    apply(offering)
    assert len(rows(course_page(offering, **query))) == number


def test_reception_and_admission_are_two_decisions_of_a_named_official(offering):
    """R-APP-5, R-APP-11"""
    application = apply(offering)
    client, address = at_desk(offering), case_address(application)
    assert 'value="admit"' not in client.get(address).content.decode()
    client.post(address, {"act": "receive", "title": "rehtori", "seen": application.version})
    reception = ReceptionDecision.objects.get()
    assert (reception.is_positive, reception.official_title) == (True, "rehtori")
    assert not AdmissionDecision.objects.exists()
    page = client.get(address)
    assert 'value="rehtori"' in page.content.decode()  # the title is offered again
    application.refresh_from_db()
    client.post(address, {"act": "admit", "title": "rehtori", "seen": application.version})
    assert AdmissionDecision.objects.get().official_name == "Bengt"
    assert state(application) == "offered"


def test_a_refusal_is_shown_as_it_will_be_read_before_it_is_made(offering):
    """R-APP-5, R-LANG-3: ground and appeal in the applicant's language; nothing is decided by looking."""
    application = apply(offering, language="sv")
    client = at_desk(offering)
    address = reverse("applications:host_refuse", args=[application.key])
    form = client.get(address).context["form"]
    assert form["appeal"].value()
    given = {
        "ground": "prerequisites", "text": "Förkunskaper saknas.", "appeal": "Så här.", "title": "rektor",
        "seen": application.version,
    }  # fmt: skip
    preview = client.post(address, given | {"act": "preview"})
    assert 'lang="sv"' in preview.content.decode()
    assert state(application) == "submitted"
    back = client.post(address, given | {"act": "change"})
    assert "Förkunskaper saknas." in back.content.decode()
    client.post(address, given | {"act": "confirm"})
    assert state(application) == "not_eligible"
    decision = ReceptionDecision.objects.get()
    assert (decision.ground, decision.text, decision.appeal) == (
        "prerequisites", "Förkunskaper saknas.", "Så här."
    )  # fmt: skip
    assert "Förkunskaper saknas." in client.get(case_address(application)).content.decode()
    again = client.post(address, given | {"act": "confirm"}, follow=True)
    assert "You did this last: decided: refused." in words(again.content.decode())
    after = client.get(address, follow=True)
    assert "You did this last: decided: refused." in words(after.content.decode())


def test_a_refusal_without_reasons_is_not_made(offering):
    application = apply(offering)
    address = reverse("applications:host_refuse", args=[application.key])
    given = {"act": "confirm", "text": "", "appeal": "", "seen": application.version}
    page = at_desk(offering).post(address, given)
    assert set(page.context["form"].errors) == {"ground", "text", "appeal"}
    assert state(application) == "submitted"


def test_of_two_officials_on_one_case_the_second_is_told(offering):
    """R-APP-11: whoever comes second sees who has decided what, and changes nothing."""
    application = apply(offering)
    other = RoleAssignmentFactory(
        role="provider_staff", organisation=offering.provider, person__name="Anneli"
    ).person
    second = Client()
    second.force_login(other)
    given = {"ground": "prerequisites", "text": "x", "appeal": "y", "seen": application.version}
    services.receive(application_id=application.pk, by=_bengt(offering))
    address = reverse("applications:host_refuse", args=[application.key])
    # What she saw was a reception; now it would be an admission.
    answer = second.post(address, given | {"act": "confirm"})
    assert "Bengt did this last: decided: received." in words(answer.content.decode())
    assert answer.context["form"]["text"].value() == "x"
    assert state(application) == "submitted"
    with pytest.raises(ChangedMeanwhile):  # also where both press at the same moment
        services.refuse(
            application_id=application.pk, by=_bengt(offering), refusal=Refusal("no_places", "x", "y"), seen=1
        )
    answer = second.post(case_address(application), {"act": "receive", "title": ""}, follow=True)
    assert "This has been decided already." in words(answer.content.decode())
    assert ReceptionDecision.objects.get().official_name == "Bengt"


def _bengt(offering):
    role = offering.provider.role_assignments.get(person__name="Bengt")
    return Official(role.person, role.role, offering.provider_id, title="rehtori")


def test_studies_begin_and_end_on_the_case_page(offering):
    application = apply(offering)
    admit(application)
    services.accept(application_id=application.pk, by=application.learner.person)
    client, address = at_desk(offering), case_address(application)
    page = client.post(address, {"act": "enrol", "on": "never"})
    assert "on" in page.context["form"].errors
    client.post(address, {"act": "enrol", "on": "2026-12-01"})
    application.refresh_from_db()
    assert (application.status, application.enrolled_on) == ("enrolled", dt.date(2026, 12, 1))
    client.post(address, {"act": "complete"})
    assert state(application) == "completed"
    answer = client.post(address, {"act": "interrupt"}, follow=True)
    assert "cannot be done in the present state" in words(answer.content.decode())


def test_interrupting_frees_the_place(offering):
    application = apply(offering)
    admit(application)
    services.accept(application_id=application.pk, by=application.learner.person)
    services.enrol(application_id=application.pk, by=official(offering), on=dt.date(2026, 12, 1))
    at_desk(offering).post(case_address(application), {"act": "interrupt"})
    assert state(application) == "interrupted"


@pytest.mark.parametrize("name", ["host_case", "host_refuse"])
def test_somebody_elses_applicant_is_not_there(offering, name):
    """R-PRIV-4: another provider's people, and the applicant herself, get 404 at the host's pages."""
    application = apply(offering)
    stranger = official(course()).person
    for person in (stranger, application.learner.person):
        client = Client()
        client.force_login(person)
        address = reverse(f"applications:{name}", args=[application.key])
        assert client.get(address).status_code == 404
        assert client.post(address, {"act": "receive"}).status_code == 404
    assert not Reading.objects.exists()


def test_a_refusal_that_is_typed_outlives_the_session(offering):
    application = apply(offering)
    address = reverse("applications:host_refuse", args=[application.key])
    answer = Client().post(address, {"text": "Pitkä teksti."})
    assert answer.status_code == 403
    assert 'name="typed"' in answer.content.decode()


@pytest.mark.parametrize(
    ("country", "language", "is_admission", "said"),
    [
        ("FI", "fi", False, "14"), ("FI", "sv", True, "14"), ("SE", "sv", False, "21"),
        ("SE", "en", True, "kan inte överklagas"), ("FI", "en", False, "oikaisua"),
    ],
)  # fmt: skip
def test_the_appeal_follows_the_host_s_country_and_the_applicant_s_language(
    places, country, language, is_admission, said
):
    """R-APP-5, R-LANG-3: in Finnish or Swedish, whatever the applicant reads KOPA in."""
    offering = OfferingFactory(provider=organisation_of("SE-2583")) if country == "SE" else course()
    application = Application(offering=offering, language=language)
    assert said in appeal_text(application, is_admission=is_admission)


def test_a_ground_that_is_unknown_by_now_is_shown_as_it_was_written(offering):
    application = apply(offering, language="sv")
    assert "saknar" in ground_text(application, "prerequisites", is_admission=False)
    assert ground_text(application, "gone", is_admission=True) == "gone"
