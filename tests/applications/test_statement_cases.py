"""A statement from its draft to after an appeal; moving; reminders and the officers' morning letter."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from applications import services
from applications.errors import (
    AskedAlready,
    DecidedAlready,
    HomeAnswersHere,
    MovedTooLate,
    NothingAsked,
    UnknownGround,
)
from applications.homes import paying_municipality
from applications.models import Application, HomeStatement
from applications.services import reminding
from applications.services.reminding import remind_overdue, write_digests
from applications.services.statements import StatementInput
from applications.states import StatementOutcome
from applications.steps import Turn, turn
from applications.tasks import remind_of_statements
from kopa.accounts.models import User
from kopa.audit.models import AuditEvent
from kopa.base.errors import ChangedMeanwhile, TransitionNotAllowed
from kopa.letters import choices
from kopa.letters.models import Letter
from municipalities.models import Municipality
from offerings.payers import Need
from providers.models import Role
from tests.applications.given import admit, apply, course, home_of, official, state, statement_given
from tests.factories import AgreementFactory, RoleAssignmentFactory, municipality, organisation_of, today

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
PAYS = StatementInput(StatementOutcome.COMMITS, "Aino", "sivistysjohtaja")
DECLINES = StatementInput(
    StatementOutcome.DECLINES, "Aino", ground="own_course", text="Sama kurssi kotona.", appeal="Valita."
)


@pytest.fixture(autouse=True)
def places(db):
    for key in ("FI-854", "FI-851", "FI-240", "SE-2583"):
        municipality(key)


@pytest.fixture
def application() -> Application:
    """A resident of Pello whom Pello is asked about."""
    return apply(course(form="basic"))


@pytest.fixture
def statement(application) -> HomeStatement:
    return application.statements.get()


@pytest.fixture
def aino() -> User:
    return officer("Aino")


def officer(name: str, key: str = "FI-854") -> User:
    role = RoleAssignmentFactory(role=Role.OFFICER, organisation=organisation_of(key), person__name=name)
    return role.person


def acting(person: User) -> dict[str, object]:
    role = person.role_assignments.get()
    return {"by": person, "role": role.role, "organisation_id": role.organisation_id}


# Writing it


def test_a_draft_is_kept_and_says_who_writes(statement, aino) -> None:
    """C7: nothing that is written gets lost, and nobody is told before it is given."""
    letters = Letter.objects.count()

    saved = services.draft_statement(statement_id=statement.pk, given=DECLINES, version=1, **acting(aino))

    assert (saved.state, saved.drafted_by, saved.version) == ("drafted", aino, 2)
    assert (saved.ground, saved.text, saved.issued_at) == ("own_course", "Sama kurssi kotona.", None)
    assert Letter.objects.count() == letters
    assert AuditEvent.objects.filter(verb="application.draft_statement", actor=aino).count() == 1


def test_the_second_of_two_officers_is_told(statement, aino) -> None:
    """C7: by the version that was read, in writing, asking and giving."""
    second = officer("Eeva")
    services.draft_statement(statement_id=statement.pk, given=DECLINES, version=1, **acting(aino))

    for act in (
        lambda: services.draft_statement(statement_id=statement.pk, given=PAYS, version=1, **acting(second)),
        lambda: services.issue_statement(statement_id=statement.pk, given=PAYS, version=1, **acting(second)),
        lambda: services.ask_for_more(
            statement_id=statement.pk, question="Miksi?", version=1, **acting(second)
        ),
    ):
        with pytest.raises(ChangedMeanwhile):
            act()
    statement.refresh_from_db()
    assert (statement.state, statement.outcome, statement.drafted_by) == ("drafted", "declines", aino)

    services.issue_statement(statement_id=statement.pk, given=DECLINES, version=2, **acting(aino))
    with pytest.raises(DecidedAlready):
        services.draft_statement(statement_id=statement.pk, given=PAYS, version=2, **acting(second))


def test_a_refusal_takes_its_ground_from_the_list_of_its_country(statement, aino) -> None:
    """R-HOME-5"""
    swedish = StatementInput(**{**_facts(DECLINES), "ground": "no_right"})

    with pytest.raises(UnknownGround):
        services.issue_statement(statement_id=statement.pk, given=swedish, **acting(aino))

    statement.refresh_from_db()
    assert statement.state == "requested"


def _facts(given: StatementInput) -> dict[str, object]:
    return {name: getattr(given, name) for name in StatementInput.__slots__}


# Asking for more


def test_the_applicant_is_asked_and_answers(application, statement, aino) -> None:
    """R-PRIV-11: the letter says nothing of the question."""
    question = "Mikä on koulutuksesi?"
    services.ask_for_more(statement_id=statement.pk, question=question, version=1, **acting(aino))

    statement.refresh_from_db()
    letter = Letter.objects.get(kind="application_news")
    assert (turn(application), statement.state, statement.drafted_by) == (Turn.LEARNER, "drafted", aino)
    assert statement.more_asked_at == timezone.now()
    assert "koulutuksesi" not in letter.text
    with pytest.raises(AskedAlready):
        services.ask_for_more(statement_id=statement.pk, question="Entä työ?", version=2, **acting(aino))

    me = application.learner.person
    services.give_more(statement_id=statement.pk, answer="Lukio.", by=me)

    statement.refresh_from_db()
    assert (turn(application), statement.more_given) == (Turn.HOME, "Lukio.")
    assert statement.more_given_at == timezone.now()
    with pytest.raises(NothingAsked):
        services.give_more(statement_id=statement.pk, answer="Ja työ.", by=me)


def test_asked_again_the_earlier_answer_is_kept(application, statement, aino) -> None:
    me = application.learner.person
    said = [("Koulutus?", "Lukio."), ("Työ?", "Kyllä."), ("Muuta?", "Ei.")]
    for number, (question, answer) in enumerate(said):
        services.ask_for_more(
            statement_id=statement.pk, question=question, version=1 + 2 * number, **acting(aino)
        )
        services.give_more(statement_id=statement.pk, answer=answer, by=me)

    statement.refresh_from_db()
    assert (statement.more_asked, statement.more_given) == ("Muuta?", "Ei.")
    assert statement.more_before == (
        "24.11.2026\nKoulutus?\n\nLukio.\n\n24.11.2026\nTyö?\n\nKyllä."
    )


def test_nothing_can_be_answered_once_it_is_decided(application, statement, aino) -> None:
    services.ask_for_more(statement_id=statement.pk, question="Miksi?", version=1, **acting(aino))
    statement_given(application)

    with pytest.raises(DecidedAlready):
        services.give_more(statement_id=statement.pk, answer="Siksi.", by=application.learner.person)


# After an appeal


def test_a_statement_that_an_appeal_sends_back_is_written_anew(application, statement, aino, clock) -> None:
    """DOMAIN.md §3.8: remitted, it is being written again; the place stays, what was given is kept."""
    statement_given(application, DECLINES)
    clock.shift(dt.timedelta(days=20))

    again = services.remit_statement(statement_id=statement.pk, **acting(aino))

    earlier = application.statements.get(state="dropped")
    assert (again.pk, again.state, again.outcome, again.text) == (statement.pk, "drafted", "", "")
    kept = (earlier.outcome, earlier.text, earlier.official_name)
    assert kept == ("declines", "Sama kurssi kotona.", "Aino")
    assert again.due_on > today()
    assert (state(application), turn(application)) == ("submitted", Turn.HOME)
    assert application.seats.get().state == "held"

    services.issue_statement(statement_id=statement.pk, given=PAYS, **acting(aino))
    assert admit(application).status == "offered"


def test_only_what_was_given_is_sent_back(application, statement, aino) -> None:
    with pytest.raises(TransitionNotAllowed):
        services.remit_statement(statement_id=statement.pk, **acting(aino))

    statement_given(application, DECLINES)
    services.withdraw(application_id=application.pk, by=application.learner.person)
    with pytest.raises(TransitionNotAllowed):
        services.remit_statement(statement_id=statement.pk, **acting(aino))


# Outside KOPA


def test_the_host_records_the_answer_of_a_municipality_that_nobody_acts_for(application, statement) -> None:
    """R-APP-11: the official's name and day as the answer has them; no appeal text has to come with it."""
    staff = application.offering.provider.role_assignments.get().person
    day = today() - dt.timedelta(days=3)
    said = StatementInput(StatementOutcome.DECLINES, "Liisa", text="D 12/2026", decided_on=day)

    recorded = services.record_answer_from_outside(statement_id=statement.pk, given=said, **acting(staff))

    assert (recorded.state, recorded.is_outside, recorded.issued_by) == ("issued", True, staff)
    assert (recorded.official_name, recorded.decided_on, recorded.document) == ("Liisa", day, None)


@pytest.mark.usefixtures("aino")
def test_where_somebody_acts_for_the_municipality_the_host_records_nothing(application, statement) -> None:
    staff = application.offering.provider.role_assignments.get().person

    with pytest.raises(HomeAnswersHere):
        services.record_answer_from_outside(statement_id=statement.pk, given=PAYS, **acting(staff))


def test_who_has_an_officer(statement) -> None:
    """Somebody who may sign in, in the role today; the heir's officers count for a merged municipality."""
    alone = HomeStatement.objects.without_officer(on=today())
    pello, tornio = organisation_of("FI-854"), organisation_of("FI-851")
    gone = RoleAssignmentFactory(role=Role.OFFICER, organisation=pello, person__is_active=False)
    RoleAssignmentFactory(role=Role.OFFICER, organisation=pello, valid_to=today() - dt.timedelta(days=1))
    RoleAssignmentFactory(role=Role.COUNSELLOR, organisation=pello)
    RoleAssignmentFactory(role=Role.OFFICER, organisation=tornio)
    assert list(alone.all()) == [statement]

    Municipality.objects.filter(key="FI-854").update(
        successor=tornio.municipality, valid_to=dt.date(2025, 12, 31)
    )
    assert list(alone.all()) == []

    Municipality.objects.filter(key="FI-854").update(successor=None, valid_to=None)
    User.objects.filter(pk=gone.person_id).update(is_active=True)
    assert list(alone.all()) == []


# Moving


def test_a_move_before_the_start_asks_the_new_municipality(application, statement) -> None:
    """R-HOME-1: it pays and is asked, without touching the seat; what was home stays written."""
    seat = application.seats.get()

    moved = services.record_move(
        application_id=application.pk, home=home_of("FI-851"), moved_on=today(),
        by=application.learner.person, role="learner",
    )  # fmt: skip

    asked = moved.statements.in_force().get()
    statement.refresh_from_db()
    assert (asked.municipality.key, asked.state, statement.state) == ("FI-851", "requested", "dropped")
    assert (moved.home_municipality.key, paying_municipality(moved).key) == ("FI-854", "FI-851")
    assert (moved.statement_need, state(application)) == (Need.REQUIRED, "submitted")
    assert list(application.seats.values_list("pk", "state")) == [(seat.pk, "held")]
    again = services.record_move(
        application_id=application.pk, home=home_of("FI-851"), moved_on=today(), by=None
    )
    assert again.version == moved.version


def test_who_is_admitted_and_has_moved_is_offered_the_place_when_the_new_home_pays(db) -> None:
    """R-HOME-1, R-APP-12: the hold becomes an offer on the same seat as soon as the statement is in."""
    pello = organisation_of("FI-854")
    RoleAssignmentFactory(role=Role.OFFICER, organisation=pello, person__name="Aino")
    offering = course(provider=pello, form="basic", capacity=1)
    first, second = apply(offering), apply(offering)
    assert admit(second).status == "waiting"
    services.record_move(application_id=second.pk, home=home_of("FI-851"), moved_on=today(), by=None)
    services.withdraw(application_id=first.pk, by=first.learner.person)
    assert state(second) == "submitted"
    seat = second.seats.get()

    statement_given(second)

    second.refresh_from_db()
    assert (second.status, second.seats.get()) == ("offered", seat)
    assert second.held_until is not None


def test_what_the_old_municipality_has_given_counts_no_more(application, statement) -> None:
    """R-HOME-1: who does not pay does not commit; an agreement may make a statement unnecessary."""
    statement_given(application)
    application.refresh_from_db()
    AgreementFactory(parties=["FI-240", "FI-851"], forms=["basic"], is_frisok=True)
    host_home = application.offering.provider
    assert host_home.municipality_id is None

    moved = services.record_move(
        application_id=application.pk, home=home_of("SE-2583"), moved_on=today(), by=None
    )

    statement.refresh_from_db()
    assert statement.state == "dropped"
    assert statement.outcome == "commits"
    assert moved.statement_need == Need.NO_AGREEMENT
    assert not moved.statements.in_force().exists()

    back = services.record_move(
        application_id=application.pk, home=home_of("FI-854"), moved_on=today(), by=None
    )
    assert (back.moved_to, back.statements.in_force().get().municipality.key) == (None, "FI-854")


def test_a_move_after_the_start_changes_nothing(application, statement) -> None:
    """R-HOME-1; that an agreement says otherwise waits for the agreements' own issue."""
    with pytest.raises(MovedTooLate):
        services.record_move(
            application_id=application.pk, home=home_of("FI-851"),
            moved_on=application.offering.starts_on, by=None,
        )  # fmt: skip
    application.refresh_from_db()
    assert (application.moved_to, statement.state) == (None, "requested")


@pytest.mark.parametrize("how", ["declined", "lapsed"])
def test_whoever_does_not_take_the_place_needs_no_statement_either(application, how, clock) -> None:
    """R-HOME-1: the new municipality was asked while the place was offered; nobody waits for it now."""
    statement_given(application)
    admit(application)
    services.record_move(application_id=application.pk, home=home_of("FI-851"), moved_on=today(), by=None)

    if how == "declined":
        services.decline(application_id=application.pk, by=application.learner.person)
    else:
        clock.shift(dt.timedelta(days=30))
        assert services.lapse_unanswered() == 1

    assert state(application) == how
    assert not application.statements.awaited().exists()
    assert AuditEvent.objects.filter(verb="application.drop_statement").count() == 1


def test_who_has_studied_is_still_paid_for(application) -> None:
    """R-HOME-1: the end of the studies does not end the question who pays."""
    statement_given(application)
    admit(application)
    services.accept(application_id=application.pk, by=application.learner.person)
    services.record_move(application_id=application.pk, home=home_of("FI-851"), moved_on=today(), by=None)
    by = official(application.offering)
    services.enrol(application_id=application.pk, by=by, on=today())
    services.interrupt(application_id=application.pk, by=by)

    statement = statement_given(application)

    assert (statement.municipality.key, statement.outcome) == ("FI-851", "commits")


def test_nobody_moves_whose_application_is_over(application) -> None:
    services.withdraw(application_id=application.pk, by=application.learner.person)

    with pytest.raises(TransitionNotAllowed):
        services.record_move(application_id=application.pk, home=home_of("FI-851"), moved_on=today(), by=None)


def test_a_municipality_merged_before_the_start_is_replaced_by_its_successor(application) -> None:
    """R-HOME-8: as payer; one that is merged on the first day or later pays itself."""
    starts_on = application.offering.starts_on
    for last_day, payer in ((starts_on - dt.timedelta(days=1), "FI-851"), (starts_on, "FI-854")):
        Municipality.objects.filter(key="FI-854").update(successor=municipality("FI-851"), valid_to=last_day)
        found = Application.objects.select_related("home_municipality", "offering").get(pk=application.pk)
        assert paying_municipality(found).key == payer
    found.offering.starts_on = None
    assert paying_municipality(found).key == "FI-854"


# Reminding


def test_what_is_overdue_is_marked_once_and_moves_nothing(application, statement, clock) -> None:
    """R-HOME-4: due on the tenth working day; overdue after it; silence is never consent or refusal."""
    assert statement.due_on == dt.date(2026, 12, 8)  # Independence Day lies on a Sunday
    clock.move_to(dt.datetime(2026, 12, 8, 20, 0, tzinfo=dt.UTC))
    assert remind_overdue() == 0
    clock.move_to(dt.datetime(2026, 12, 9, 5, 5, tzinfo=dt.UTC))

    assert (remind_overdue(), remind_overdue()) == (1, 0)

    statement.refresh_from_db()
    assert (statement.reminded_at, statement.state) == (timezone.now(), "requested")
    assert (state(application), turn(application)) == ("submitted", Turn.HOME)
    assert AuditEvent.objects.filter(verb="application.remind_statement", actor=None).count() == 1
    assert HomeStatement.objects.overdue(now=timezone.now()).by_municipality() == [
        {"municipality": statement.municipality_id, "number": 1, "oldest": dt.date(2026, 12, 8)}
    ]


def digests(person: User) -> list[Letter]:
    return list(Letter.objects.filter(kind=choices.STATEMENTS_DIGEST, recipient=person).order_by("pk"))


def test_officers_get_one_morning_letter_with_two_numbers(application, aino, clock) -> None:
    """R-PRIV-11: neither name nor course; once a day, also where the job runs twice."""
    apply(course(form="basic"))
    clock.move_to(dt.datetime(2026, 11, 25, 5, 5, tzinfo=dt.UTC))
    stranger = officer("Olli", "FI-240")

    remind_of_statements()
    remind_of_statements()

    (letter,) = digests(aino)
    assert digests(stranger) == []
    for secret in (application.reference, application.learner.person.name, application.offering.title_fi):
        assert secret not in letter.text
    assert "2" in letter.subject
    assert letter.ending_address


def test_the_next_letter_waits_for_something_new_or_a_week(application, statement, aino, clock) -> None:
    """A digest, no flood."""
    clock.move_to(dt.datetime(2026, 11, 25, 5, 5, tzinfo=dt.UTC))
    assert write_digests() == 1
    clock.move_to(dt.datetime(2026, 11, 26, 5, 5, tzinfo=dt.UTC))
    assert write_digests() == 0
    services.ask_for_more(statement_id=statement.pk, question="Miksi?", version=1, **acting(aino))
    services.give_more(statement_id=statement.pk, answer="Siksi.", by=application.learner.person)
    clock.move_to(dt.datetime(2026, 11, 27, 5, 5, tzinfo=dt.UTC))
    assert write_digests() == 1
    clock.move_to(dt.datetime(2026, 11, 28, 5, 5, tzinfo=dt.UTC))  # Saturday
    apply(course(form="basic"))
    assert write_digests() == 0
    clock.move_to(dt.datetime(2026, 11, 30, 5, 5, tzinfo=dt.UTC))
    assert write_digests() == 1
    clock.move_to(dt.datetime(2026, 12, 7, 5, 5, tzinfo=dt.UTC))
    assert write_digests() == 1
    assert len(digests(aino)) == 4


def test_who_has_ended_the_letters_or_nothing_to_do_gets_none(application, aino, clock) -> None:
    clock.move_to(dt.datetime(2026, 11, 25, 5, 5, tzinfo=dt.UTC))
    eeva = officer("Eeva")
    choices.end(aino.pk, choices.STATEMENTS_DIGEST)

    assert write_digests() == 1
    assert (len(digests(aino)), len(digests(eeva))) == (0, 1)

    statement_given(application)
    clock.shift(dt.timedelta(days=14))
    assert write_digests() == 0


def test_who_has_reminded_or_gone_meanwhile_is_passed_over(statement) -> None:
    """Two workers with the same list: the second finds nothing to mark, and nobody to write to."""
    assert [reminding._remind(statement.pk, timezone.now()) for _ in range(2)] == [1, 0]
    assert reminding._write_digest(reminding.STATEMENTS, 0, timezone.now()) == 0


def test_who_is_not_signed_in_sees_no_statement(statement) -> None:
    """R-PRIV-4"""
    assert not HomeStatement.objects.visible_to(AnonymousUser(), on=today()).exists()
