"""An appeal against a statement: recorded, decided on, and what it leaves as it is."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError
from django.utils import timezone

from applications import retention, services
from applications.errors import WrongDay
from applications.grounds import appeal_days
from applications.host_words import deeds
from applications.models import Application, HomeStatement
from applications.services.deciding import Refusal
from applications.services.statements import StatementInput
from applications.states import StatementOutcome, Turn
from applications.steps import home_declines, is_statement_in, turn
from kopa.audit.models import AuditEvent
from kopa.base import writing
from kopa.base.errors import ChangedMeanwhile, TransitionNotAllowed
from kopa.letters.models import Letter
from providers.models import Role
from tests.applications.asking import as_, pello_is_asked, url
from tests.applications.given import admit, apply, course, home_of, in_days, official, state, statement_given
from tests.factories import RoleAssignmentFactory, organisation_of, today

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
LIMITED = StatementInput(StatementOutcome.COMMITS_LIMITED, "Aino", limits="60 op", appeal="Valita.")
DECLINES = StatementInput(
    StatementOutcome.DECLINES, "Aino", ground="own_course", text="Sama kurssi kotona.", appeal="Valita."
)


@pytest.fixture
def case(db) -> SimpleNamespace:
    return pello_is_asked()


def acting(case: SimpleNamespace) -> dict[str, Any]:
    return {"by": case.aino, "role": Role.OFFICER, "organisation_id": organisation_of("FI-854").pk}


def appealed(case: SimpleNamespace, said: StatementInput = DECLINES, **given: Any) -> HomeStatement:
    version = statement_given(case.application, said).version
    given = {"on": today(), "reference": "", "version": version} | given
    return services.record_appeal(statement_id=case.statement.pk, **given, **acting(case))


def upheld(case: SimpleNamespace, **given: Any) -> HomeStatement:
    given = {"on": today(), "version": HomeStatement.objects.get(pk=case.statement.pk).version} | given
    return services.uphold_statement(statement_id=case.statement.pk, **given, **acting(case))


# What is recorded


def test_an_appeal_is_recorded_and_the_statement_stays_in_force(case, clock) -> None:
    """DOMAIN.md §3.8: issued → appealed; nothing of what was given changes, no seat moves."""
    statement_given(case.application, DECLINES)
    seats = list(case.application.seats.values_list("pk", "state"))
    clock.shift(dt.timedelta(days=20))
    Letter.objects.all().delete()

    one = services.record_appeal(
        statement_id=case.statement.pk, on=today() - dt.timedelta(days=1), reference="D 12/2026", version=2,
        **acting(case),
    )  # fmt: skip

    case.statement.refresh_from_db()
    assert (one.state, one.version, one.appealed_at) == ("appealed", 3, timezone.now())
    assert (one.appealed_on, one.appeal_reference) == (today() - dt.timedelta(days=1), "D 12/2026")
    assert (case.statement.text, case.statement.official_name) == ("Sama kurssi kotona.", "Aino")
    assert home_declines(case.statement)
    assert (state(case.application), turn(case.application)) == ("submitted", Turn.HOST)
    assert list(case.application.seats.values_list("pk", "state")) == seats
    event = AuditEvent.objects.get(verb="application.appeal_statement")
    assert event.actor == case.aino
    assert Letter.objects.get().recipient == case.sami


def test_an_appeal_that_changes_nothing_leaves_the_statement(case, clock) -> None:
    """DOMAIN.md §3.8: appealed → upheld"""
    appealed(case)
    clock.shift(dt.timedelta(days=90))

    one = upheld(case)

    assert (one.state, one.upheld_on, one.upheld_at) == ("upheld", today(), timezone.now())
    assert (one.outcome, one.text) == ("declines", "Sama kurssi kotona.")
    assert AuditEvent.objects.filter(verb="application.uphold_statement").count() == 1


def test_an_appeal_sends_the_statement_back(case, clock) -> None:
    """DOMAIN.md §3.8: appealed → drafted; what was given is kept with its appeal."""
    appealed(case, reference="D 12")
    clock.shift(dt.timedelta(days=90))

    again = services.remit_statement(statement_id=case.statement.pk, version=3, **acting(case))

    earlier = HomeStatement.objects.sent_back().get()
    assert (earlier.state, earlier.appeal_reference) == ("dropped", "D 12")
    assert earlier.appealed_on is not None
    assert earlier.remitted_at == timezone.now()
    assert (again.state, again.appealed_on, again.appealed_at, again.appeal_reference) == (
        "drafted", None, None, ""
    )  # fmt: skip
    assert turn(case.application) == Turn.HOME
    # And what is given then may be appealed against too.
    assert appealed(case, LIMITED, version=again.version + 1).state == "appealed"


@pytest.mark.parametrize("ends", [None, upheld])
def test_what_is_appealed_against_goes_on_paying(case, ends) -> None:
    """R-APP-3, R-APP-12: within limits it pays, and so she is offered her place."""
    appealed(case, LIMITED)
    if ends:
        ends(case)

    assert is_statement_in(case.application)
    found = Application.objects.filter(pk=case.application.pk)
    assert found.with_statement_in().exists()
    assert found.visible_to(case.aino, on=today()).exists()
    assert HomeStatement.objects.given().count() == 1
    assert admit(case.application).status == "offered"


@pytest.mark.parametrize("ends", [None, upheld])
def test_what_is_appealed_against_goes_on_refusing(case, ends) -> None:
    """R-APP-3: the words for one and for many agree."""
    appealed(case)
    if ends:
        ends(case)

    found = Application.objects.filter(pk=case.application.pk)
    assert not found.with_statement_in().exists()
    services.receive(application_id=case.application.pk, by=official(case.application.offering))
    assert found.whose_turn_is(Turn.HOST).exists()
    numbers = found.numbers_by_course(now=timezone.now())[case.application.offering_id]
    assert (numbers["ready"], numbers["received"]) == (1, 0)


@pytest.mark.parametrize("ends", [None, upheld])
def test_a_move_supersedes_it_too(case, ends) -> None:
    """R-HOME-1"""
    appealed(case)
    if ends:
        ends(case)

    services.record_move(
        application_id=case.application.pk, home=home_of("FI-851"), moved_on=today(), by=case.sami
    )

    case.statement.refresh_from_db()
    assert (case.statement.state, case.statement.appealed_on) == ("dropped", today())
    assert not HomeStatement.objects.sent_back().exists()


def test_who_is_refused_appeals_too(case) -> None:
    statement_given(case.application, DECLINES)
    services.withdraw(application_id=case.application.pk, by=case.sami)

    one = services.record_appeal(
        statement_id=case.statement.pk, on=today(), reference="", version=2, **acting(case)
    )

    assert one.state == "appealed"


def test_an_application_is_kept_while_an_appeal_waits(case, clock) -> None:
    """R-PRIV-7: the time begins when nobody can appeal any more."""
    appealed(case)
    services.withdraw(application_id=case.application.pk, by=case.sami)
    clock.shift(dt.timedelta(days=400))

    def until() -> dt.date | None:
        return retention.kept_until(Application.objects.with_what_counts().get(pk=case.application.pk))

    assert until() is None
    upheld(case)
    assert until() > retention.add_months(today(), 12)


def refused(case: SimpleNamespace) -> None:
    """The host refuses, since home does not pay."""
    by = official(case.application.offering)
    services.receive(application_id=case.application.pk, by=by)
    refusal = Refusal("no_payer", "Kotikunta ei maksa.", "Valita.")
    services.refuse(application_id=case.application.pk, by=by, refusal=refusal)


def set_aside(case: SimpleNamespace, **given: Any) -> HomeStatement:
    given = {"version": HomeStatement.objects.get(pk=case.statement.pk).version} | given
    return services.set_statement_aside(statement_id=case.statement.pk, **given, **acting(case))


def test_an_appeal_that_succeeds_after_the_end_sets_the_statement_aside(case, clock) -> None:
    """DOMAIN.md §3.8: appealed → remitted; no seat moves, the application stays over. Whoever applies again
    is decided on anew.
    """
    statement_given(case.application, DECLINES)
    refused(case)
    services.record_appeal(
        statement_id=case.statement.pk, on=today(), reference="D 12", version=2, **acting(case)
    )
    clock.shift(dt.timedelta(days=10))
    Letter.objects.all().delete()

    with pytest.raises(TransitionNotAllowed):
        services.remit_statement(statement_id=case.statement.pk, version=3, **acting(case))
    one = set_aside(case)

    assert (one.state, one.version, one.remitted_at) == ("remitted", 4, timezone.now())
    assert (one.outcome, one.text, one.appeal_reference) == ("declines", "Sama kurssi kotona.", "D 12")
    assert not one.is_given
    assert not one.is_awaited
    case.application.refresh_from_db()
    assert (case.application.status, turn(case.application)) == ("not_eligible", Turn.NOBODY)
    event = AuditEvent.objects.get(verb="application.set_statement_aside")
    assert (event.actor, event.from_state, event.to_state) == (case.aino, "appealed", "remitted")
    assert Letter.objects.get().recipient == case.sami
    again = apply(case.application.offering, person=case.sami)
    assert (state(again), again.statements.get().state) == ("submitted", "requested")


def test_an_application_is_kept_for_its_time_after_an_appeal_that_succeeded(case, clock) -> None:
    """R-PRIV-7: counted from the last day for an appeal after the end of this one."""
    statement_given(case.application, DECLINES)
    refused(case)
    services.record_appeal(
        statement_id=case.statement.pk, on=today(), reference="", version=2, **acting(case)
    )
    clock.shift(dt.timedelta(days=400))

    def until() -> dt.date | None:
        return retention.kept_until(Application.objects.with_what_counts().get(pk=case.application.pk))

    assert until() is None
    set_aside(case)
    last_day = today() + dt.timedelta(days=appeal_days("FI", on=today()))
    assert until() == retention.add_months(last_day, 12)


def test_who_has_studied_is_decided_on_anew_after_the_end_too(case) -> None:
    """R-HOME-1: who pays for that is still to be said."""
    appealed(case, LIMITED)
    with pytest.raises(TransitionNotAllowed):
        set_aside(case)
    application, by = admit(case.application), official(case.application.offering)
    services.accept(application_id=application.pk, by=case.sami)
    services.enrol(application_id=application.pk, by=by, on=in_days(0))
    services.interrupt(application_id=application.pk, by=by)
    with pytest.raises(TransitionNotAllowed):
        set_aside(case)

    again = services.remit_statement(statement_id=case.statement.pk, **acting(case))

    assert (state(application), again.state) == ("interrupted", "drafted")


# What is refused


def test_nothing_is_appealed_against_that_was_not_given_or_pays(case) -> None:
    given = {"on": today(), "reference": "", **acting(case)}
    with pytest.raises(TransitionNotAllowed):
        services.record_appeal(statement_id=case.statement.pk, version=1, **given)
    statement_given(case.application)
    with pytest.raises(TransitionNotAllowed):
        services.record_appeal(statement_id=case.statement.pk, version=2, **given)


def test_what_came_from_outside_is_not_appealed_against_here(db) -> None:
    pello_is_asked()
    application = apply(course(form="basic"), "FI-240")
    statement = application.statements.get()
    by = official(application.offering)
    acts = {"by": by.person, "role": by.role, "organisation_id": by.organisation_id}
    services.record_answer_from_outside(statement_id=statement.pk, given=DECLINES, **acts)

    with pytest.raises(TransitionNotAllowed):
        services.record_appeal(statement_id=statement.pk, on=today(), reference="", version=2, **acts)


def test_the_end_is_of_an_appeal_and_the_last_word(case) -> None:
    statement_given(case.application, DECLINES)
    with pytest.raises(TransitionNotAllowed):
        upheld(case)
    services.record_appeal(
        statement_id=case.statement.pk, on=today(), reference="", version=2, **acting(case)
    )
    upheld(case)
    with pytest.raises(TransitionNotAllowed):
        services.remit_statement(statement_id=case.statement.pk, **acting(case))


@pytest.mark.parametrize("days", [-1, 1])
def test_days_lie_between_the_statement_and_today(case, days) -> None:
    day = today() + dt.timedelta(days=days)
    given = {"statement_id": case.statement.pk, "reference": "", "version": 2, **acting(case)}
    statement_given(case.application, DECLINES)
    with pytest.raises(WrongDay):
        services.record_appeal(on=day, **given)
    services.record_appeal(on=today(), **given)
    with pytest.raises(WrongDay):
        upheld(case, on=day)


def test_the_second_of_two_officers_is_told(case) -> None:
    """C7: by the version that was read."""
    with pytest.raises(ChangedMeanwhile):
        appealed(case, version=1)
    services.record_appeal(
        statement_id=case.statement.pk, on=today(), reference="", version=2, **acting(case)
    )
    with pytest.raises(ChangedMeanwhile):
        upheld(case, version=2)
    with pytest.raises(ChangedMeanwhile):
        services.remit_statement(statement_id=case.statement.pk, version=2, **acting(case))
    services.withdraw(application_id=case.application.pk, by=case.sami)
    with pytest.raises(ChangedMeanwhile):
        set_aside(case, version=2)


def test_without_an_appeal_nothing_is_set_aside(case) -> None:
    statement_given(case.application, DECLINES)
    refused(case)
    with pytest.raises(TransitionNotAllowed):
        set_aside(case)


YESTERDAY = dt.timedelta(days=-1)


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        ({"state": "appealed"}, "appealed_statement_says_since_when"),
        ({"appeal_reference": "D 12"}, "appealed_statement_says_since_when"),
        ({"appealed_on": 0, "appealed_at": True}, "appealed_statement_says_since_when"),
        ({"state": "upheld", "appealed_on": 0, "appealed_at": True}, "upheld_statement_says_since_when"),
        (
            {"state": "appealed", "appealed_on": -1, "appealed_at": True},
            "appeal_comes_after_the_statement_and_before_its_end",
        ),
        (
            {"state": "upheld", "appealed_on": 0, "appealed_at": True, "upheld_on": -1, "upheld_at": True},
            "appeal_comes_after_the_statement_and_before_its_end",
        ),
        ({"state": "appealed", "appealed_on": 0}, "moments_of_an_appeal_are_known_with_its_days"),
        (
            {"state": "upheld", "appealed_on": 0, "appealed_at": True, "upheld_on": 0},
            "moments_of_an_appeal_are_known_with_its_days",
        ),
        ({"remitted_at": True}, "remitted_statement_says_since_when"),
        ({"state": "remitted", "appealed_on": 0, "appealed_at": True}, "remitted_statement_says_since_when"),
        ({"state": "remitted", "remitted_at": True}, "appealed_statement_says_since_when"),
        (
            {"state": "appealed", "appealed_on": 0, "appealed_at": True, "official_name": ""},
            "issued_statement_says_who_and_what",
        ),
        (
            {"state": "appealed", "appealed_on": 0, "appealed_at": True, "text": ""},
            "declining_statement_says_why_and_how_to_appeal",
        ),
        (
            {"state": "appealed", "appealed_on": 0, "appealed_at": True, "outcome": "commits_limited"},
            "limited_statement_says_its_limits",
        ),
    ],
)
def test_the_database_refuses(case, wrong, constraint) -> None:
    """R-HOME-5, R-APP-11: what was given says so after an appeal too."""
    statement_given(case.application, DECLINES)
    facts = {
        name: timezone.now() if value is True
        else today() + dt.timedelta(days=value) if isinstance(value, int) else value
        for name, value in wrong.items()
    }  # fmt: skip

    with pytest.raises(IntegrityError, match=constraint):
        HomeStatement.objects.filter(pk=case.statement.pk).update(**facts)


# The pages


def test_an_officer_records_it_and_its_end(case) -> None:
    statement_given(case.application, DECLINES)
    client, of_appeal = as_(case.aino), url("statement_appeal", case.statement.pk)
    assert of_appeal in client.get(case.page).content.decode()

    said = {"on": str(today()), "reference": "D 12/2026", "version": "2"}
    page = client.post(of_appeal, said, follow=True).content.decode()

    assert "The appeal is recorded." in page
    assert "Number: D 12/2026." in page
    assert of_appeal not in page
    assert "Write the decision anew" in page
    listed = client.get(url("statements"), {"state": "appealed"}).content.decode()
    assert case.application.reference in listed
    assert "; appealed against" in listed

    end = {"on": str(today()), "version": "3"}
    page = client.post(url("statement_uphold", case.statement.pk), end, follow=True).content.decode()

    assert "The end of the appeal is recorded." in page
    assert "Write the decision anew" not in page
    case.statement.refresh_from_db()
    assert case.statement.state == "upheld"


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"on": ""}, "Give the day on which the appeal arrived."),
        ({"on": str(dt.date(2099, 1, 1))}, "This day lies ahead."),
        ({"on": str(dt.date(2020, 1, 1))}, "The statement was given later than this day."),
        ({"reference": "D" * 61}, "at most 60 characters"),
    ],
)
def test_what_is_wrong_stands_at_its_field(case, facts, said) -> None:
    statement_given(case.application, DECLINES)
    sent = {"on": str(today()), "reference": "D 12/2026", "version": "2"} | facts

    page = as_(case.aino).post(url("statement_appeal", case.statement.pk), sent).content.decode()

    assert said in page
    assert f'value="{sent["reference"]}"' in page
    case.statement.refresh_from_db()
    assert case.statement.state == "issued"


def test_the_second_officer_keeps_what_she_has_typed(case) -> None:
    """C7"""
    statement_given(case.application, DECLINES)
    eeva = RoleAssignmentFactory(role=Role.OFFICER, organisation=organisation_of("FI-854")).person
    of_appeal = url("statement_appeal", case.statement.pk)
    as_(case.aino).post(of_appeal, {"on": str(today()), "reference": "D 1", "version": "2"})

    told = as_(eeva).post(of_appeal, {"on": str(today()), "reference": "Eevan D 2", "version": "2"})

    page = told.content.decode()
    assert told.status_code == 409
    assert "cannot be done in the present state" in page
    assert "Eevan D 2" in page
    assert "Number: D 1." in page


@pytest.mark.parametrize("name", ["statement_appeal", "statement_uphold"])
def test_a_neighbours_officer_finds_nothing(case, name) -> None:
    """R-PRIV-4: neither do the host's people and the applicant."""
    appealed(case)
    tornio = RoleAssignmentFactory(role=Role.OFFICER, organisation=organisation_of("FI-851")).person

    for person in (tornio, case.staff, case.sami):
        assert as_(person).get(url(name, case.statement.pk)).status_code == 404
        answer = as_(person).post(url(name, case.statement.pk), {"on": str(today()), "version": "3"})
        assert answer.status_code == 404
    case.statement.refresh_from_db()
    assert case.statement.state == "appealed"


def test_the_applicant_and_the_host_see_what_comes_of_it(case) -> None:
    """The number of the appeal is for the municipality alone."""
    own, desk = url("detail", case.application.key), url("host_case", case.application.key)
    day = writing.day(today(), language="en")
    arrived = f"An appeal against the municipality's answer arrived on {day}."
    appealed(case, reference="D 12/2026")

    for person, address in ((case.sami, own), (case.staff, desk)):
        page = as_(person).get(address).content.decode()
        assert f"{arrived} The answer stays in force until the appeal is decided." in page
        assert "D 12/2026" not in page
    assert f"An appeal against the answer arrived on {day}." in as_(case.sami).get(own).content.decode()

    upheld(case)
    for person, address in ((case.sami, own), (case.staff, desk)):
        page = as_(person).get(address).content.decode()
        assert f"{arrived} It was decided on {day}: the answer stands." in page
    told = [str(one.what) for one in deeds(case.application)]
    assert told[-2:] == [
        "recorded an appeal against the home municipality's statement",
        "recorded that the home municipality's statement stands after an appeal",
    ]


def test_the_applicant_sees_that_it_is_decided_anew(case) -> None:
    appealed(case)
    services.remit_statement(statement_id=case.statement.pk, **acting(case))

    page = as_(case.sami).get(url("detail", case.application.key)).content.decode()

    assert page.count("Pello was asked whether it pays.") == 1
    arrived, anew = "An appeal against the answer arrived", "Pello decides anew whether it pays."
    assert page.index(arrived) < page.index(anew)


def test_where_the_application_is_over_the_pages_say_what_follows(case) -> None:
    """The officer is offered what can be done; the applicant and the host read the same."""
    statement_given(case.application, DECLINES)
    refused(case)
    officer, aside = as_(case.aino), url("statement_set_aside", case.statement.pk)
    page = officer.get(case.page).content.decode()
    assert aside not in page
    assert "Write the decision anew" not in page
    services.record_appeal(
        statement_id=case.statement.pk, on=today(), reference="", version=2, **acting(case)
    )
    page = officer.get(case.page).content.decode()
    assert aside in page
    assert "Write the decision anew" not in page

    page = officer.post(aside, {"version": "3"}, follow=True).content.decode()

    assert "The end of the appeal is recorded." in page
    assert aside not in page
    said = "and has set it aside: it does not count any more. The application is over and stays so."
    key = case.application.key
    for person, address in (
        (case.aino, case.page), (case.sami, url("detail", key)), (case.staff, url("host_case", key)),
        (case.sami, url("statement_document", key)),
    ):  # fmt: skip
        assert said in as_(person).get(address).content.decode()
    own = as_(case.sami).get(url("detail", key)).content.decode()
    assert "An appeal has set the answer aside: it does not count any more." in own
    listed = officer.get(url("statements"), {"state": "given"}).content.decode()
    assert "; set aside by an appeal" in listed
    what = "recorded that an appeal has set the home municipality's statement aside"
    assert [str(one.what) for one in deeds(case.application)][-1] == what
