"""Organisations are verified and suspended by people, and stay so when the register is loaded again."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.translation import override

from kopa.audit.models import AuditEvent
from kopa.base.errors import TransitionNotAllowed
from providers import rules, services
from providers.errors import BusinessIdTaken, NoBusinessId, ReasonMissing
from providers.models import Organisation, Role
from providers.states import ORGANISATION, OrganisationStatus
from tests.factories import OrganisationFactory, RoleAssignmentFactory, UserFactory, today
from tests.people import NAMES
from tests.together import Meeting, run_together, without_locks

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
S = OrganisationStatus


@pytest.fixture
def newcomer(db):
    return OrganisationFactory(status="draft", name_fi="Uusi koulutus Oy")


def verify(organisation, by, business_id="0177619-3"):
    return services.verify(organisation_id=organisation.pk, business_id=business_id, by=by)


def suspend(organisation, by, reason="Ei enää toimintaa."):
    return services.suspend(organisation_id=organisation.pk, reason=reason, by=by)


ACTS = {"verify": verify, "suspend": suspend}


@pytest.mark.parametrize("state", S.values)
@pytest.mark.parametrize("verb", ORGANISATION.steps)
def test_every_verb_in_every_state(verb, state, kaisa):
    organisation = OrganisationFactory(status=state, business_id="0177619-3")

    if ORGANISATION.allows(verb, state):
        assert ACTS[verb](organisation, kaisa).status == ORGANISATION.steps[verb].target
    else:
        with pytest.raises(TransitionNotAllowed):
            ACTS[verb](organisation, kaisa)
        organisation.refresh_from_db()
        assert (organisation.status, AuditEvent.objects.count()) == (state, 0)


def test_who_verified_what_stands_in_the_journal(newcomer, kaisa):
    verify(newcomer, kaisa, " 177619-3")

    saved = Organisation.objects.get(pk=newcomer.pk)
    assert (saved.status, saved.business_id) == ("verified", "0177619-3")
    (act,) = AuditEvent.objects.all()
    assert (act.verb, act.actor, act.role, act.organisation_id) == (
        "organisation.verify", kaisa, "coordinator", newcomer.pk
    )  # fmt: skip
    assert (act.from_state, act.to_state) == ("draft", "verified")
    assert act.changes == {"business_id": ["", "0177619-3"]}


def test_an_id_that_was_known_is_no_change(kaisa):
    verify(OrganisationFactory(status="suspended", business_id="0177619-3"), kaisa)

    assert AuditEvent.objects.get().changes == {}


def test_why_it_is_suspended_stands_in_the_journal(lappia, anna):
    suspend(lappia, anna, "  Lupa päättyi. ")

    act = AuditEvent.objects.get()
    assert (act.verb, act.role, act.reason, act.to_state) == (
        "organisation.suspend", "admin", "Lupa päättyi.", "suspended"
    )  # fmt: skip


def test_an_act_without_a_role_of_today_names_none(newcomer):
    verify(newcomer, UserFactory())

    assert AuditEvent.objects.get().role == ""


@pytest.mark.parametrize("text", ["", "0177619-4", "Alajärvi"])
def test_what_is_no_business_id_is_refused(text, newcomer, kaisa):
    with pytest.raises(NoBusinessId):
        verify(newcomer, kaisa, text)
    assert Organisation.objects.get(pk=newcomer.pk).status == "draft"


def test_another_s_business_id_is_refused_unless_that_one_is_closed(newcomer, kaisa):
    other = OrganisationFactory(business_id="0177619-3")
    with pytest.raises(BusinessIdTaken):
        verify(newcomer, kaisa)

    Organisation.objects.filter(pk=other.pk).update(status="closed")
    assert verify(newcomer, kaisa).status == "verified"


@pytest.mark.parametrize("reason", ["", "  "])
def test_nothing_is_suspended_without_a_reason(reason, lappia, kaisa):
    with pytest.raises(ReasonMissing):
        suspend(lappia, kaisa, reason)
    assert Organisation.objects.get(pk=lappia.pk).status == "verified"


@pytest.mark.parametrize("name", NAMES)
def test_coordinators_and_the_administrator_verify(name, request):
    person = request.getfixturevalue(name)

    assert rules.may_verify(person, on=today()) == (name in {"kaisa", "anna"})


def test_without_a_user_means_that_nobody_may_act_today(lappia, pello, bengt):
    closed = OrganisationFactory()
    RoleAssignmentFactory(person=UserFactory(is_active=False), organisation=closed)
    RoleAssignmentFactory(person=UserFactory(), role=Role.ANALYST, organisation=None)

    alone = Organisation.objects.filter(pk__in=[lappia.pk, pello.pk, closed.pk]).without_a_user(on=today())

    assert set(alone) == {pello, closed}
    assert set(Organisation.objects.waiting_for_verification()) == set()


def test_states_have_names_in_every_language():
    for language in ("fi", "sv", "en"):
        with override(language):
            assert len({str(state.label) for state in S}) == len(S)


def _one_number_for_two(people):
    """Two organisations, each verified by somebody under the same business id at the same moment."""
    meeting, two = Meeting(2), [OrganisationFactory(status="draft") for _one in range(2)]

    def act(which):
        with meeting.before_writing():
            return verify(two[which], people[which])

    return sorted(type(one).__name__ for one in run_together(2, act))


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_two_with_one_business_id_at_once_one_is_told(kaisa, anna):
    assert _one_number_for_two([kaisa, anna]) == ["BusinessIdTaken", "Organisation"]
    assert Organisation.objects.filter(business_id="0177619-3").count() == 1
    assert AuditEvent.objects.count() == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_constraint_both_would_have_it(kaisa, anna):
    named = {constraint.name: constraint for constraint in Organisation._meta.constraints}
    unique = named["organisation_business_id_is_unique"]
    with connection.schema_editor() as editor:
        editor.remove_constraint(Organisation, unique)
    try:
        assert _one_number_for_two([kaisa, anna]) == ["Organisation", "Organisation"]
    finally:
        Organisation.objects.update(business_id="")
        with connection.schema_editor() as editor:
            editor.add_constraint(Organisation, unique)


def test_the_form_of_an_organisation_says_it_at_once(lappia):
    """``full_clean`` has the words of the refusal too."""
    twin = OrganisationFactory.build(
        home_municipality=lappia.home_municipality, business_id=lappia.business_id
    )

    with pytest.raises(ValidationError) as refused:
        twin.validate_constraints()

    assert refused.value.messages == [str(BusinessIdTaken())]
    twin.country = "SE"
    twin.validate_constraints()


def _both(organisation, people):
    meeting = Meeting(2)

    def act(which):
        with meeting.before_writing():
            return verify(organisation, people[which])

    return [type(one).__name__ for one in run_together(2, act)]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_two_who_verify_at_once_one_is_told(newcomer, kaisa, anna):
    assert sorted(_both(newcomer, [kaisa, anna])) == ["Organisation", "TransitionNotAllowed"]
    assert AuditEvent.objects.count() == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_both_would_stand_in_the_journal(newcomer, kaisa, anna, monkeypatch):
    without_locks(monkeypatch)

    assert _both(newcomer, [kaisa, anna]) == ["Organisation", "Organisation"]
    assert AuditEvent.objects.count() == 2
