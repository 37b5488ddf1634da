"""The home municipality answers."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from applications import services
from applications.errors import DecidedAlready
from applications.services.statements import StatementInput
from applications.states import StatementOutcome
from applications.steps import Turn, turn
from kopa.audit.models import AuditEvent
from kopa.letters.models import Letter
from tests.applications.given import (
    admit,
    apply,
    course,
    home_of,
    in_days,
    official,
    state,
    statement_given,
)
from tests.factories import municipality

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def pello(db):
    municipality("FI-854")


def test_a_statement_says_who_has_decided_what() -> None:
    """R-APP-11, R-HOME-2: it also confirms where the applicant lives."""
    application = apply(course(form="basic"))

    statement = statement_given(application)

    application.refresh_from_db()
    assert (statement.state, statement.outcome, statement.official_name) == ("issued", "commits", "Aino")
    assert (statement.issued_at, statement.decided_on) == (timezone.now(), timezone.localdate())
    assert application.home_source == "verified"
    assert AuditEvent.objects.filter(verb="application.issue_statement").count() == 1


def test_a_refusal_does_not_confirm_where_she_lives() -> None:
    """R-HOME-2: it may say that she does not live there."""
    application = apply(course(form="basic"))
    said = StatementInput(
        StatementOutcome.DECLINES, "Aino", ground="not_resident", text="Ei asu Pellossa.", appeal="Näin."
    )
    statement_given(application, said)
    application.refresh_from_db()
    assert application.home_source == "self_declared"


def test_where_she_has_moved_to_is_not_where_she_lived_when_she_applied() -> None:
    """R-HOME-1, R-HOME-2: the statement of the one does not confirm the other."""
    municipality("FI-851")
    application = apply(course(form="basic"))
    person = application.learner.person
    services.record_move(
        application_id=application.pk, home=home_of("FI-851"), moved_on=in_days(0), by=person, role="learner"
    )
    statement_given(application)
    application.refresh_from_db()
    assert application.home_source == "self_declared"


def test_the_applicant_is_told_that_there_is_news_and_nothing_more() -> None:
    """R-PRIV-11"""
    application = apply(course(form="basic"))

    statement_given(application)

    letter = Letter.objects.get(kind="application_news")
    for secret in (application.offering.title_fi, str(application.offering.provider), "Pello"):
        assert secret not in letter.text


@pytest.mark.parametrize(
    "said",
    [
        StatementInput(StatementOutcome.DECLINES, "Aino"),
        StatementInput(StatementOutcome.DECLINES, "Aino", ground="own_course", text="Sama kurssi kotona."),
        StatementInput(StatementOutcome.COMMITS_LIMITED, "Aino"),
        StatementInput(StatementOutcome.COMMITS, ""),
    ],
)
def test_a_statement_that_lacks_something_is_not_given(said) -> None:
    """R-HOME-5: a refusal has a ground, a text and how to appeal; limits are said; R-APP-11: a name."""
    application = apply(course(form="basic"))

    with pytest.raises(ValidationError):
        statement_given(application, said)
    assert application.statements.get().state == "requested"


def test_two_officers_on_one_case_answer_once() -> None:
    """C7: the second is told, the first answer stands."""
    application = apply(course(form="basic"))
    statement_given(application)

    with pytest.raises(DecidedAlready):
        statement_given(
            application, StatementInput(StatementOutcome.COMMITS_LIMITED, "Aino", limits="Vain syksy.")
        )
    assert application.statements.get().outcome == "commits"


def test_no_place_moves_by_a_statement_alone() -> None:
    """DOMAIN.md §3.8; silence, R-HOME-4, moves nothing either."""
    offering = course(capacity=1, form="basic")
    application, waiting = apply(offering), apply(offering)

    said = StatementInput(
        StatementOutcome.DECLINES, "Aino", ground="own_course", text="Sama kurssi kotona.", appeal="Valita."
    )
    statement_given(application, said)

    assert (state(application), state(waiting)) == ("submitted", "waiting")


def test_whose_turn_it_is_follows_from_what_has_been_decided() -> None:
    """DOMAIN.md §3.8: steps are read, never stored."""
    offering = course(capacity=1, form="basic")
    application, waiting = apply(offering), apply(offering)
    turns = [turn(application)]
    statement = application.statements.get()
    statement.more_asked = "Mikä on koulutuksesi?"
    statement.save()
    turns.append(turn(application))
    statement.more_given = "Lukio."
    statement.save()
    turns.append(turn(application))
    statement_given(application)
    turns.append(turn(application))
    application = admit(application)
    turns.append(turn(application))
    application = services.accept(application_id=application.pk, by=application.learner.person)
    turns.append(turn(application))
    by = official(offering)
    application = services.enrol(application_id=application.pk, by=by, on=timezone.localdate())
    turns.append(turn(application))
    application = services.complete(application_id=application.pk, by=by)
    turns.append(turn(application))

    assert turns == [
        Turn.HOME, Turn.LEARNER, Turn.HOME, Turn.HOST, Turn.LEARNER, Turn.HOST, Turn.NOBODY, Turn.NOBODY,
    ]  # fmt: skip
    statement_given(waiting)
    second = apply(course(capacity=1, taken=1))
    assert admit(second).status == "waiting"
    assert turn(second) == Turn.QUEUE
