"""The host decides: reception and admission."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from applications import services
from applications.errors import DecidedAlready, NotReceived, StatementMissing
from applications.models import AdmissionDecision, ReceptionDecision
from applications.services.deciding import Refusal
from applications.services.recounting import places_miscounted
from applications.services.statements import StatementInput
from applications.states import StatementOutcome
from kopa.audit.models import AuditEvent
from kopa.base.errors import TransitionNotAllowed
from kopa.letters.models import Letter
from tests.applications.given import admit, apply, course, official, state, statement_given
from tests.factories import municipality

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
REFUSAL = Refusal(ground="requirements", text="Pohjakoulutus puuttuu.", appeal="Hae oikaisua 14 päivässä.")


@pytest.fixture(autouse=True)
def pello(db):
    municipality("FI-854")


def test_reception_and_admission_are_two_decisions_by_a_named_official() -> None:
    """R-APP-5, R-APP-11"""
    application = apply(course())
    by = official(application.offering)

    services.receive(application_id=application.pk, by=by)
    assert not AdmissionDecision.objects.exists()
    assert state(application) == "submitted"
    services.admit(application_id=application.pk, by=by)

    for kind in (ReceptionDecision, AdmissionDecision):
        decision = kind.objects.get()
        assert (decision.is_positive, decision.official, decision.official_name, decision.official_title) == (
            True, by.person, "Bengt", "rehtori",
        )  # fmt: skip
        assert decision.decided_at == timezone.now()
    verbs = ["application.submit", "application.receive", "application.admit", "application.offer_place"]
    events = AuditEvent.objects.filter(target="applications.application").order_by("pk")
    assert [event.verb for event in events] == verbs
    assert {event.role for event in events[1:]} == {"provider_staff"}


def test_the_place_that_is_held_is_offered_when_everything_is_decided() -> None:
    """R-APP-12, R-CAP-9: on the same seat; Tuesday and seven days, 15.00 in Finland."""
    application = apply(course())
    seat = application.seats.get()

    admit(application)

    application.refresh_from_db()
    assert (application.status, application.seats.get()) == ("offered", seat)
    assert application.held_until == dt.datetime(2026, 12, 1, 13, 0, tzinfo=dt.UTC)
    letter = Letter.objects.get(kind="application_answer")
    assert "1.12.2026" in letter.subject
    assert application.offering.title_fi not in letter.text  # R-PRIV-11


def test_admission_follows_reception() -> None:
    """R-APP-5"""
    application = apply(course())

    with pytest.raises(NotReceived):
        services.admit(application_id=application.pk, by=official(application.offering))


def test_no_admission_before_the_home_municipality_has_answered() -> None:
    """R-APP-3, R-HOME-3: the host sees it at once and may receive, but not admit."""
    application = apply(course(form="basic"))
    by = official(application.offering)
    services.receive(application_id=application.pk, by=by)

    with pytest.raises(StatementMissing):
        services.admit(application_id=application.pk, by=by)

    statement_given(application)
    assert services.admit(application_id=application.pk, by=by).status == "offered"


def test_a_declining_home_municipality_is_no_consent() -> None:
    """R-HOME-3, R-HOME-4"""
    application = apply(course(form="basic"))
    by = official(application.offering)
    services.receive(application_id=application.pk, by=by)
    said = StatementInput(
        StatementOutcome.DECLINES, "Aino", ground="own_course", text="Sama kurssi kotona.", appeal="Valita."
    )
    statement_given(application, said)

    with pytest.raises(StatementMissing):
        services.admit(application_id=application.pk, by=by)


def test_the_official_who_receives_confirms_the_home() -> None:
    """R-HOME-2"""
    application = apply(course())

    services.receive(application_id=application.pk, by=official(application.offering))

    application.refresh_from_db()
    assert application.home_source == "verified"


def test_where_a_statement_is_required_that_one_confirms_the_home() -> None:
    """R-HOME-2: the reception comes first and confirms nothing; the refusal says that she does not live
    there, the paying one that she does.
    """
    offering = course(form="basic")
    stranger, resident = apply(offering), apply(offering)
    by = official(offering)
    for one in (stranger, resident):
        services.receive(application_id=one.pk, by=by)
    said = StatementInput(
        StatementOutcome.DECLINES, "Aino", ground="not_resident", text="Ei asu Pellossa.", appeal="Valita."
    )
    statement_given(stranger, said)

    for one in (stranger, resident):
        one.refresh_from_db()
    assert [stranger.home_source, resident.home_source] == ["self_declared", "self_declared"]
    statement_given(resident)
    resident.refresh_from_db()
    assert resident.home_source == "verified"


def test_a_home_that_is_confirmed_or_protected_stays_so() -> None:
    """R-HOME-1, R-PRIV-6"""
    application = apply(course())
    type(application).objects.update(home_source="protected")

    services.receive(application_id=application.pk, by=official(application.offering))

    application.refresh_from_db()
    assert application.home_source == "protected"


def test_a_refusal_frees_the_place_for_the_next() -> None:
    """R-APP-12, R-APP-5: with its ground, its text and how to appeal."""
    offering = course(capacity=1, form="basic")
    first, second = apply(offering), apply(offering)

    services.refuse(application_id=first.pk, by=official(offering), refusal=REFUSAL)

    assert (state(first), state(second)) == ("not_eligible", "submitted")
    decision = ReceptionDecision.objects.get()
    assert (decision.is_positive, decision.ground, decision.appeal) == (False, REFUSAL.ground, REFUSAL.appeal)
    assert first.statements.get().state == "dropped"
    assert places_miscounted() == []


def test_who_is_received_may_still_not_be_admitted() -> None:
    """R-APP-5: the second decision is a record of its own; one in the queue frees no place."""
    offering = course(capacity=1)
    apply(offering)
    waiting = apply(offering)
    services.receive(application_id=waiting.pk, by=official(offering))

    services.refuse(application_id=waiting.pk, by=official(offering), refusal=REFUSAL)

    assert ReceptionDecision.objects.get().is_positive
    assert not AdmissionDecision.objects.get().is_positive
    assert state(waiting) == "not_eligible"


def test_a_refusal_says_why_and_how_to_appeal() -> None:
    """R-APP-5: else nothing is written."""
    application = apply(course())
    by = official(application.offering)

    with pytest.raises(ValidationError):
        services.refuse(application_id=application.pk, by=by, refusal=Refusal("requirements", "", ""))
    assert (state(application), ReceptionDecision.objects.count()) == ("submitted", 0)


def test_two_officials_on_one_case_decide_once() -> None:
    """C7: the second is told."""
    application = apply(course())
    by = official(application.offering)
    services.receive(application_id=application.pk, by=by)

    with pytest.raises(DecidedAlready):
        services.receive(application_id=application.pk, by=by)
    services.admit(application_id=application.pk, by=by)
    for act in (services.receive, services.admit):
        with pytest.raises(TransitionNotAllowed):
            act(application_id=application.pk, by=by)
    with pytest.raises(TransitionNotAllowed):
        services.refuse(application_id=application.pk, by=by, refusal=REFUSAL)


def test_who_is_admitted_in_the_queue_waits_for_a_place() -> None:
    """R-APP-12"""
    offering = course(capacity=1)
    apply(offering)
    waiting = admit(apply(offering))

    assert (waiting.status, waiting.admissiondecision.is_positive) == ("waiting", True)
    with pytest.raises(DecidedAlready):
        services.admit(application_id=waiting.pk, by=official(offering))
