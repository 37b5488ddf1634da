"""What somebody gave ends with the right to give it; what was ended stays ended (TESTPLAN A9, A11)."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from kopa.accounts.errors import LinkOver
from kopa.accounts.models import User
from kopa.audit.models import AuditEvent
from kopa.letters.models import Letter
from providers import invitations, rules, services
from providers.errors import NotYoursToGive, OwnAddress
from providers.models import Invitation, RoleAssignment
from tests.factories import RoleAssignmentFactory, UserFactory, organisation_of, today
from tests.together import run_together

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
NEW = {"name": "Eeva", "password": "kolmas-pitkä-salasana-8", "repeated": "kolmas-pitkä-salasana-8"}


def url(name: str, *args) -> str:
    with override("en"):
        return reverse(f"invitations:{name}", args=args)


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def link() -> str:
    letter = Letter.objects.filter(kind="invitation").order_by("-pk").first()
    return re.search(r"http://localhost:8000(/\S+)", letter.text)[1]


def key() -> str:
    return link().split("/")[-2]


def invite(by: User, organisation, email: str = "eeva@example.org", **facts) -> Invitation:
    given = {"role": "provider_staff", "language": "fi", "organisation": organisation} | facts
    return invitations.invite(by=by, email=email, **given)


def name_substitute(own: RoleAssignment, email: str, days: int = 5) -> Invitation:
    day = today() + dt.timedelta(days=days)
    return invitations.name_substitute(
        assignment=own, email=email, valid_to=day, language="fi", by=own.person
    )


def substitute_of(own: RoleAssignment, person: User) -> RoleAssignment:
    return RoleAssignmentFactory(
        person=person,
        role=own.role,
        organisation=own.organisation,
        on_behalf_of=own,
        valid_to=today() + dt.timedelta(days=5),
    )


def acts(person: User, organisation) -> bool:
    return rules.organisations_published_for(person, on=today()).filter(pk=organisation.pk).exists()


@pytest.mark.parametrize("change", ["role ended", "account closed", "another region"])
def test_an_invitation_does_not_outlive_the_right_to_invite(kaisa, lappia, change):
    invite(kaisa, lappia)
    role = kaisa.role_assignments.get()
    match change:
        case "role ended":
            services.end_role(assignment=role, by=None)
        case "account closed":
            User.objects.filter(pk=kaisa.pk).update(is_active=False)
        case "another region":
            RoleAssignment.objects.filter(pk=role.pk).update(organisation=organisation_of("FI-434"))

    assert [Client().get(link()).status_code, Client().post(link(), NEW).status_code] == [404, 404]
    assert not User.objects.filter(name="Eeva").exists()


def test_a_role_chosen_meanwhile_does_not_spoil_an_invitation(kaisa, lappia):
    """Which role is acted in is a matter of the session."""
    RoleAssignmentFactory(person=kaisa, organisation=lappia)
    invite(kaisa, lappia)

    assert Client().get(link()).status_code == 200


@pytest.mark.parametrize("role", ["coordinator", "provider_staff", "analyst", "admin"])
def test_the_service_gives_no_more_than_the_form(kaisa, role):
    far = organisation_of("FI-434") if role in {"coordinator", "provider_staff"} else None

    with pytest.raises(NotYoursToGive):
        invite(kaisa, far, role=role)


def test_an_administrator_gives_a_role_without_an_organisation(anna):
    invite(anna, None, role="analyst")

    assert Client().get(link()).status_code == 200


def test_nobody_gives_a_role_in_somebody_else_s_name(kaisa, bengt, lappia):
    own = bengt.role_assignments.get()

    with pytest.raises(NotYoursToGive):
        invite(kaisa, lappia, on_behalf_of=own, valid_to=today())


def test_administrators_take_back_everybody_s_invitations(kaisa, anna, bengt, lappia):
    one = invite(kaisa, lappia)
    other = name_substitute(bengt.role_assignments.get(), "x@example.org")

    page = signed_in(anna).get(url("list")).content.decode()
    assert "eeva@example.org" in page
    assert "Kaisa" in page
    assert signed_in(kaisa).post(url("take_back", other.pk)).status_code == 404
    for invitation in (one, other):
        answer = signed_in(anna).post(url("take_back", invitation.pk))
        assert (answer.status_code, answer["Location"]) == (302, url("list"))

    assert not Invitation.objects.open(at=timezone.now()).exists()
    told = AuditEvent.objects.filter(verb="role.take_back_invitation").values_list("role", "changes")
    assert next(iter(told.order_by("pk"))) == ("admin", {"role": ["provider_staff", ""]})


def test_who_named_a_substitute_takes_it_back_in_the_own_role(bengt):
    invitation = name_substitute(bengt.role_assignments.get(), "x@example.org")

    assert signed_in(bengt).post(url("take_back", invitation.pk)).status_code == 302

    assert AuditEvent.objects.get(verb="role.take_back_invitation").role == "provider_staff"
    assert Client().get(link()).status_code == 404


def test_a_substitute_ended_twice_on_one_day(bengt, lappia, olli):
    own = bengt.role_assignments.get()
    for _round in range(2):
        name_substitute(own, olli.email)
        assert signed_in(olli).post(link()).status_code == 302
        role = olli.role_assignments.get(organisation=lappia, ended_at=None)
        assert acts(olli, lappia)
        assert signed_in(bengt).post(url("end_substitute", role.pk)).status_code == 302
        assert not acts(olli, lappia)

    ended = olli.role_assignments.filter(organisation=lappia)
    assert {(role.valid_from, role.on_behalf_of) for role in ended} == {(today(), own)}
    assert AuditEvent.objects.filter(verb="role.end").count() == 2


def test_an_old_page_s_post_changes_nothing(bengt, olli, clock):
    role = substitute_of(bengt.role_assignments.get(), olli)
    client = signed_in(bengt)
    client.post(url("end_substitute", role.pk))
    before = RoleAssignment.objects.filter(pk=role.pk).values().get()
    clock.shift(dt.timedelta(minutes=5))

    assert client.post(url("end_substitute", role.pk)).status_code == 302

    assert RoleAssignment.objects.filter(pk=role.pk).values().get() == before
    event = AuditEvent.objects.get(verb="role.end")
    assert (event.role, event.changes) == ("provider_staff", {"role": ["provider_staff", ""]})


def test_a_role_that_is_over_is_not_ended_again(bengt):
    role = bengt.role_assignments.get()
    RoleAssignment.objects.filter(pk=role.pk).update(valid_to=today() - dt.timedelta(days=1))

    assert not services.end_role(assignment=role, by=None)
    assert not AuditEvent.objects.filter(verb="role.end").exists()


@pytest.mark.parametrize("change", ["closed", "ended"])
def test_a_substitute_acts_no_longer_than_the_other_may(bengt, lappia, olli, change):
    own = bengt.role_assignments.get()
    substitute_of(own, olli)
    assert acts(olli, lappia)

    if change == "closed":
        User.objects.filter(pk=bengt.pk).update(is_active=False)
    else:
        services.end_role(assignment=own, by=None)

    assert not acts(olli, lappia)


def test_a_browser_left_open_names_nobody(kaisa, bengt, clock):
    pages = {kaisa: url("list"), bengt: url("substitute", bengt.role_assignments.get().pk)}
    clients = {person: signed_in(person) for person in pages}
    clock.shift(dt.timedelta(minutes=11))

    for person, page in pages.items():
        for answer in (clients[person].get(page), clients[person].post(page, {"email": "x@example.org"})):
            assert (answer.status_code, "?next=" in answer["Location"]) == (302, True)
    assert not Invitation.objects.exists()


def test_letters_tell_who_is_replaced(bengt, olli):
    name_substitute(bengt.role_assignments.get(), olli.email)
    assert [letter.recipient for letter in Letter.objects.filter(kind="substitute.named")] == [bengt]
    assert not Letter.objects.filter(kind="substitute.accepted").exists()

    signed_in(olli).post(link())

    letter = Letter.objects.get(kind="substitute.accepted")
    assert (letter.recipient, olli.email in letter.text) == (bengt, True)


def test_nobody_invites_or_replaces_himself(kaisa, bengt, lappia):
    own = bengt.role_assignments.get()
    with pytest.raises(OwnAddress):
        invite(kaisa, lappia, " Kaisa@example.org")
    facts = {"role": "officer", "organisation": lappia.pk, "language": "fi", "valid_to": today().isoformat()}

    answers = [
        signed_in(kaisa).post(url("list"), facts | {"email": kaisa.email}),
        signed_in(bengt).post(url("substitute", own.pk), facts | {"email": bengt.email}),
    ]

    assert [list(answer.context["form"].errors) for answer in answers] == [["email"], ["email"]]
    assert not Invitation.objects.exists()


@pytest.mark.parametrize(
    ("held", "given", "kept"), [(3, None, None), (3, 9, 9), (9, 3, 9), (None, 3, None)]
)
def test_the_longer_of_two_holds(kaisa, lappia, held, given, kept):
    day = {None: None} | {days: today() + dt.timedelta(days=days) for days in (3, 9)}
    person = UserFactory()
    role = RoleAssignmentFactory(
        person=person, organisation=lappia, valid_from=today() - dt.timedelta(days=4), valid_to=day[held]
    )
    invite(kaisa, lappia, person.email, valid_to=day[given])

    assert invitations.accept(key=key(), person=person) == role

    role.refresh_from_db()
    assert role.valid_to == day[kept]
    assert AuditEvent.objects.filter(verb="role.extend").count() == int(kept != held)


def test_a_substitute_s_role_is_not_taken_for_one_s_own(kaisa, bengt, lappia, olli):
    stands_in = substitute_of(bengt.role_assignments.get(), olli)
    invite(kaisa, lappia, olli.email)

    role = invitations.accept(key=key(), person=olli)

    assert role != stands_in
    assert (role.on_behalf_of, role.valid_to) == (None, None)


def test_an_ended_role_is_given_anew(kaisa, lappia, olli):
    services.end_role(assignment=RoleAssignmentFactory(person=olli, organisation=lappia), by=None)
    invitation = invite(kaisa, lappia, olli.email)

    role = invitations.accept(key=key(), person=olli)

    assert acts(olli, lappia)
    event = AuditEvent.objects.filter(verb="role.assign", target_id=role.pk).get()
    assert event.changes == {"invitation": ["", invitation.pk]}
    asked = AuditEvent.objects.get(verb="role.invite")
    assert (asked.role, asked.changes) == ("coordinator", {"role": ["", "provider_staff"]})


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_links_at_once_are_taken_up_in_turn(kaisa, lappia, olli):
    keys = []
    for _number in range(2):
        invite(kaisa, lappia, olli.email)
        keys.append(key())

    outcomes = run_together(2, lambda number: signed_in(olli).post(f"/en/invitation/{keys[number]}/"))

    assert [answer.status_code for answer in outcomes] == [302, 302]
    assert olli.role_assignments.filter(organisation=lappia).count() == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_links_of_one_new_address_make_one_account(kaisa, lappia):
    keys = []
    for _number in range(2):
        invite(kaisa, lappia)
        keys.append(key())

    def use(number: int) -> User:
        return invitations.accept_as_new(key=keys[number], name="Eeva", password="kolmas-salasana-88")

    outcomes = run_together(2, use)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["User", "ValidationError"]
    refused = next(one for one in outcomes if isinstance(one, ValidationError))
    assert not isinstance(refused, IntegrityError | LinkOver)
