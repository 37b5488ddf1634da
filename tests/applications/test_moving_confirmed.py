"""A move that the applicant tells of is her own word until somebody has confirmed it (R-HOME-2)."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.db import connection
from django.utils import timezone

from applications import services
from applications.cases import Case
from applications.errors import MoveUnconfirmed, NoMoveToConfirm, OwnMatter
from applications.host_lists import course_rows
from applications.models import AdmissionDecision, Application, Cause, HomeSource
from applications.own_page import OwnPage
from applications.services.deciding import Official
from applications.services.recounting import places_miscounted
from applications.services.statements import StatementInput
from applications.states import StatementOutcome, Turn
from applications.steps import turn
from kopa.audit.models import AuditEvent
from kopa.base.errors import ChangedMeanwhile, TransitionNotAllowed
from tests.applications.asking import as_, url
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
from tests.factories import in_days as at_day
from tests.factories import municipality

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]
DECLINES = StatementInput(
    StatementOutcome.DECLINES, "Aino", ground="own_course", text="Sama kurssi kotona.", appeal="Valita."
)
FREE, ASKED = "SE-2583", "FI-851"  # nobody is asked there; one is


@pytest.fixture(autouse=True)
def places(db) -> None:
    for key in ("FI-854", ASKED, FREE):
        municipality(key)


@pytest.fixture
def declined() -> Application:
    """Received, a place held, and the home municipality does not pay."""
    application = apply(course(form="basic", starts_on=in_days(60)))
    services.receive(application_id=application.pk, by=official(application.offering))
    statement_given(application, DECLINES)
    return fresh(application)


def fresh(application: Application) -> Application:
    return Application.objects.get(pk=application.pk)


def case_of(application: Application) -> Case:
    return Case(Application.objects.with_case().get(pk=application.pk), timezone.now())


def move(application: Application, key: str, by: Official | None = None) -> Application:
    """Told by the applicant, unless ``by`` says otherwise."""
    acting = by.acting if by else {"by": application.learner.person, "role": "learner"}
    services.record_move(
        application_id=application.pk, home=home_of(key), moved_on=in_days(0), **acting
    )
    return fresh(application)


def confirm(application: Application, **given) -> Application:
    seen = given.pop("seen", fresh(application).version)
    by = given.pop("by", official(application.offering))
    services.confirm_move(application_id=application.pk, by=by, seen=seen)
    return fresh(application)


def test_the_applicant_s_word_does_not_take_a_refusal_away(declined) -> None:
    """R-HOME-2: she says that she lives where nobody is asked: the host confirms it before the offer."""
    moved, by = move(declined, FREE), official(declined.offering)
    assert moved.statement_need == "no_agreement"

    with pytest.raises(MoveUnconfirmed):
        services.admit(application_id=moved.pk, by=by)
    lines = services.decide_on(offering=moved.offering, application_ids=[moved.pk], by=by)

    assert [bool(line.refused) for line in lines] == [True]
    assert not AdmissionDecision.objects.exists()
    case = case_of(moved)
    assert (case.may_be_admitted, case.is_ready, case.is_move_unconfirmed) == (False, False, True)


def test_a_move_that_the_host_has_confirmed_counts(declined) -> None:
    """R-HOME-2: the counter-proof; the journal says who and when, and twice is once."""
    by = official(declined.offering)
    moved = confirm(move(declined, FREE))

    told = AuditEvent.objects.get(verb="application.confirm_move")
    assert (told.actor, told.role, told.organisation_id) == (by.person, by.role, by.organisation_id)
    assert moved.move_confirmed_at == timezone.now()
    assert case_of(moved).may_be_admitted
    with pytest.raises(NoMoveToConfirm):
        confirm(moved)
    services.admit(application_id=moved.pk, by=by)
    assert state(moved) == "offered"


def test_a_move_that_the_host_tells_of_is_confirmed_by_that(declined) -> None:
    """R-HOME-2: a named official of the host has said it."""
    by = official(declined.offering)
    moved = move(declined, FREE, by=by)

    services.admit(application_id=moved.pk, by=by)

    assert (moved.move_confirmed_at, state(moved)) == (timezone.now(), "offered")


def test_what_the_host_does_not_believe_it_puts_right(declined) -> None:
    """R-HOME-1, R-HOME-2: the home of before is asked again."""
    moved = move(declined, FREE)

    back = move(moved, "FI-854", by=official(declined.offering))

    assert (back.moved_to, case_of(back).is_move_unconfirmed) == (None, False)
    assert back.statements.in_force().get().municipality.key == "FI-854"


def test_the_statement_of_where_she_lives_now_confirms_the_move(declined) -> None:
    """R-HOME-2: where a statement is required, it verifies the home; a refusal verifies nothing."""
    moved, by = move(declined, ASKED), official(declined.offering)
    assert not case_of(moved).is_move_unconfirmed
    with pytest.raises(NoMoveToConfirm):
        confirm(moved)

    statement_given(moved, DECLINES)
    assert fresh(moved).move_confirmed_at is None
    again = move(move(moved, "FI-854"), ASKED)
    statement_given(again)

    assert fresh(moved).move_confirmed_at == timezone.now()
    services.admit(application_id=moved.pk, by=by)
    assert state(moved) == "offered"


def test_a_place_that_becomes_free_is_held_until_the_move_is_confirmed() -> None:
    """R-HOME-2, R-APP-12: whoever is admitted already is offered it then, and not before."""
    offering = course(capacity=1, starts_on=in_days(60))
    first, second = apply(offering), admit(apply(offering))
    moved = move(second, ASKED)
    assert (moved.statement_reason, turn(moved)) == ("state_funded", Turn.HOST)

    services.withdraw(application_id=first.pk, by=first.learner.person)

    assert (state(moved), moved.seats.get().state) == ("submitted", "held")
    confirm(moved)
    assert state(moved) == "offered"
    assert places_miscounted() == []


def test_a_selection_leaves_out_whose_move_is_unconfirmed(clock) -> None:
    """R-HOME-2, R-APP-11: neither is she selected, nor admitted when she is the next in the queue."""
    offering = course(
        capacity=1, selection_rule="score", applications_close_at=at_day(5), quota_release_at=None,
        starts_on=in_days(60),
    )  # fmt: skip
    by = official(offering)
    first, second, third = (apply(offering) for _ in range(3))
    for one in (first, second, third):
        services.receive(application_id=one.pk, by=by)
    move(third, ASKED)
    clock.shift(at_day(6) - timezone.now())

    outcome = services.run_selection(offering_id=offering.pk, by=by)
    move(second, ASKED)
    services.withdraw(application_id=first.pk, by=first.learner.person)

    assert outcome.not_ready == [third.pk]
    assert (state(second), AdmissionDecision.objects.filter(application=second).exists()) == (
        "submitted", False,
    )  # fmt: skip
    confirm(second)
    assert state(second) == "offered"


def test_the_move_goes_along_to_another_course(declined) -> None:
    """R-HOME-2: moving to another course of the host does not make her word an official's."""
    moved, by = move(declined, FREE), official(declined.offering)
    to = course(provider=declined.offering.provider, form="basic", starts_on=in_days(60))
    transfer = services.offer_transfer(application_id=moved.pk, to=to, cause=Cause.ASKED, by=by)

    new = services.accept_transfer(transfer_id=transfer.pk, by=moved.learner.person)

    assert (state(new), new.home_source, turn(new)) == ("submitted", "self_declared", Turn.HOST)
    confirmed = confirm(new)
    assert (confirmed.status, confirmed.home_source) == ("offered", "verified")


def test_who_is_protected_stays_so_in_another_course(declined) -> None:
    """R-PRIV-6: whatever she tells of, her municipality goes into no count."""
    moved, by = move(declined, FREE), official(declined.offering)
    Application.objects.filter(pk=moved.pk).update(home_source=HomeSource.PROTECTED)
    to = course(provider=declined.offering.provider, form="basic", starts_on=in_days(60))
    transfer = services.offer_transfer(application_id=moved.pk, to=to, cause=Cause.ASKED, by=by)

    new = services.accept_transfer(transfer_id=transfer.pk, by=moved.learner.person)

    assert new.home_source == HomeSource.PROTECTED


def test_everybody_sees_whose_turn_it_is(declined) -> None:
    """R-HOME-2: the host's page and lists, the queryset, the applicant's page."""
    moved = move(declined, FREE)
    mine = Application.objects.filter(pk=moved.pk)

    for who in Turn:
        assert mine.whose_turn_is(who).exists() == (who == Turn.HOST)
    row = course_rows([moved.offering], now=timezone.now())[0]
    assert (row.numbers["ready"], row.numbers["moves"], row.numbers["to_decide"]) == (1, 1, 0)
    assert row.due == ["confirm 1 move"]
    client = as_(official(moved.offering).person)
    page = client.get(url("host_case", moved.key)).content.decode()
    assert "The applicant has told of a move" in page
    assert "Waits for the move to be confirmed." in page
    assert "it is offered at once" not in page
    listed = client.get(url("host_course", moved.offering_id)).content.decode()
    assert "Confirm the move or put it right." in listed
    own = as_(moved.learner.person).get(url("detail", moved.key)).content.decode()
    assert "The provider confirms where you live now." in own
    assert "It was told that you have moved." in own
    assert OwnPage(moved, timezone.now()).turn == Turn.HOST

    answer = client.post(url("host_case", moved.key), {"act": "confirm_move", "seen": moved.version})

    assert answer.status_code == 302
    assert fresh(moved).move_confirmed_at
    page = client.get(url("host_case", moved.key)).content.decode()
    assert "Confirm the move" not in page
    assert "confirmed that the applicant has moved" in page
    own = as_(moved.learner.person).get(url("detail", moved.key)).content.decode()
    assert "Your move was confirmed." in own


def test_nobody_confirms_a_move_that_she_has_not_seen(declined) -> None:
    """R-HOME-2: told of another one meanwhile, the official is told."""
    seen = move(declined, FREE).version
    move(move(declined, "FI-854"), FREE)

    with pytest.raises(ChangedMeanwhile):
        confirm(declined, seen=seen)
    page = as_(official(declined.offering).person).post(
        url("host_case", declined.key), {"act": "confirm_move", "seen": "x"}, follow=True
    )

    assert "Somebody else has changed this" in page.content.decode()
    assert fresh(declined).move_confirmed_at is None


def test_nobody_confirms_her_own_move_nor_one_of_an_application_that_is_over(declined) -> None:
    """R-APP-11, R-HOME-2"""
    moved = move(declined, FREE)
    with pytest.raises(OwnMatter):
        confirm(moved, by=Official(moved.learner.person, "provider_staff", moved.offering.provider_id))
    services.withdraw(application_id=moved.pk, by=moved.learner.person)

    with pytest.raises(TransitionNotAllowed):
        confirm(moved)


def test_after_the_offer_a_move_changes_the_payer_alone(declined) -> None:
    """R-HOME-1: the place stays hers; the host may confirm the move all the same."""
    paid = apply(declined.offering)
    statement_given(paid)
    admit(paid)
    moved = move(paid, FREE)

    services.accept(application_id=moved.pk, by=moved.learner.person)

    assert (state(moved), case_of(moved).is_move_unconfirmed, turn(fresh(moved))) == (
        "accepted", True, Turn.HOST,
    )  # fmt: skip
    assert confirm(moved).move_confirmed_at


def test_moves_of_before_are_read_from_the_journal() -> None:
    """R-HOME-2: what only the applicant has said was not confirmed by being older; nor what is forgotten."""
    offering = course(form="basic", starts_on=in_days(60))
    hers, hosts, forgotten, stayed = (apply(offering) for _ in range(4))
    told = [move(hers, FREE), move(hosts, FREE, official(offering))]
    Application.objects.update(move_told_at=None, move_confirmed_at=None)
    Application.objects.filter(pk=forgotten.pk).update(moved_to=municipality(FREE))
    migration = import_module("applications.migrations.0011_moves_of_before")

    with connection.cursor() as cursor:
        cursor.execute(migration.FROM_THE_JOURNAL)
        cursor.execute(migration.FORGOTTEN)

    found = [fresh(one) for one in (hers, hosts, forgotten, stayed)]
    assert [one.move_told_at for one in found[:2]] == [one.move_told_at for one in told]
    assert [one.move_confirmed_at for one in found] == [None, told[1].move_confirmed_at, None, None]
    assert (found[2].move_told_at, found[3].move_told_at) == (forgotten.submitted_at, None)
