"""Invitations and substitutes (TESTPLAN A9, A11, A13)."""

from __future__ import annotations

import datetime as dt
import re
import threading

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, connections, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from kopa.accounts.errors import LinkOver
from kopa.accounts.models import User
from kopa.audit.models import AuditEvent
from kopa.letters import services as letters
from kopa.letters.models import Letter
from offerings.models import Offering
from providers import invitations, rules
from providers.errors import InvitedTooMany, SubstituteTooLong
from providers.models import Invitation, Role, RoleAssignment
from tests.accounts.signing_in import is_signed_in
from tests.factories import (
    InvitationFactory,
    OfferingFactory,
    OrganisationFactory,
    RoleAssignmentFactory,
    UserFactory,
    municipality,
    organisation_of,
    today,
)
from tests.smtp import mail_server
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
    letter = Letter.objects.filter(kind="invitation").first()
    return re.search(r"http://localhost:8000(/\S+)", letter.text)[1]


def invite(by: User, email: str = "eeva@example.org", **facts) -> Invitation:
    given = {"role": Role.PROVIDER_STAFF, "organisation": None, "language": "fi"} | facts
    return invitations.invite(by=by, email=email, **given)


def name_substitute(own: RoleAssignment, days: int) -> Invitation:
    day = today() + dt.timedelta(days=days)
    return invitations.name_substitute(
        assignment=own, email="x@example.org", valid_to=day, language="fi", by=own.person
    )


def test_a_coordinator_invites_and_the_person_makes_an_account(kaisa, lappia):
    facts = {"email": "Eeva@Example.org", "role": "provider_staff", "organisation": lappia.pk}
    facts |= {"valid_to": "2026-12-24", "language": "sv"}
    answer = signed_in(kaisa).post(url("list"), facts)
    assert (answer.status_code, answer["Location"]) == (302, url("list"))
    path, guest = link(), Client()

    assert guest.get(path).status_code == 200
    assert not User.objects.filter(email="eeva@example.org").exists(), "opening the link changes nothing"
    assert guest.post(path, NEW).status_code == 302

    role = User.objects.get(email="eeva@example.org", language="sv").role_assignments.get()
    assert (role.role, role.organisation, role.valid_from) == ("provider_staff", lappia, today())
    assert role.valid_to == dt.date(2026, 12, 24)
    assert is_signed_in(guest)
    assert guest.get(path).status_code == 404
    assert Client().post(path, NEW).status_code == 404
    assert set(AuditEvent.objects.values_list("verb", flat=True)) >= {"role.invite", "role.assign"}


def test_a_new_account_begins_in_a_new_session(kaisa, lappia):
    """TESTPLAN A8: whoever planted a session key in the browser is not signed in with it."""
    invite(kaisa, organisation=lappia)
    guest, attacker = Client(), Client()
    session = guest.session
    session["planted"] = True
    session.save()
    guest.cookies["kopa_session"] = attacker.cookies["kopa_session"] = session.session_key

    assert guest.post(link(), NEW).status_code == 302

    assert (is_signed_in(guest), is_signed_in(attacker)) == (True, False)


def test_who_has_an_account_signs_in_and_accepts(kaisa, lappia, olli):
    invite(kaisa, olli.email, organisation=lappia)
    path = link()
    assert f"?next={path}" in Client().get(path).content.decode()
    client = signed_in(olli)

    client.get(path)
    assert olli.role_assignments.count() == 1
    assert client.post(path).status_code == 302

    assert olli.role_assignments.filter(organisation=lappia).count() == 1


def test_another_signed_in_person_learns_and_gets_nothing(kaisa, lappia, sami):
    """TESTPLAN A11: opened by somebody else."""
    invite(kaisa, organisation=lappia)
    client = signed_in(sami)

    answers = [client.get(link()), client.post(link())]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert lappia.name_fi not in answers[0].content.decode()
    assert Invitation.objects.open(at=timezone.now()).count() == 1


def test_the_service_lets_nobody_else_accept_either(kaisa, lappia, sami):
    """TESTPLAN A11: by another person, whatever page asks for it."""
    invite(kaisa, organisation=lappia)
    key = link().split("/")[-2]

    with pytest.raises(LinkOver):
        invitations.accept(key=key, person=sami)

    assert invitations.find(key).accepted_by is None


def test_an_invitation_is_taken_back_once(kaisa, lappia):
    invitation = invite(kaisa, organisation=lappia)

    assert [invitations.take_back(invitation=invitation, by=kaisa) for _time in range(2)] == [True, False]
    assert AuditEvent.objects.filter(verb="role.take_back_invitation").count() == 1


@pytest.mark.parametrize("change", ["old", "taken back", "last day past", "spoilt", "account by now"])
def test_a_link_is_over(kaisa, lappia, clock, change):
    """TESTPLAN A11: late, taken back, past its last day, spoilt, or no more needed."""
    invitation = invite(kaisa, organisation=lappia, valid_to=today() + dt.timedelta(days=2))
    path = link()
    match change:
        case "old":
            clock.shift(invitations.VALID)
        case "taken back":
            assert signed_in(kaisa).post(url("take_back", invitation.pk)).status_code == 302
        case "last day past":
            clock.shift(dt.timedelta(days=3))
        case "spoilt":
            path = path[:-2] + "/"
        case "account by now":
            UserFactory(email="eeva@example.org", is_active=False)

    if change == "account by now":
        assert "Make an account" not in Client().get(path).content.decode()
    else:
        assert [Client().get(path).status_code, Client().post(path, NEW).status_code] == [404, 404]
    assert not User.objects.filter(name="Eeva").exists()


@pytest.mark.parametrize("change", ["old", "taken back", "last day past"])
def test_a_letter_whose_link_is_over_is_not_sent_any_more(settings, kaisa, lappia, clock, change):
    """The mail server was away meanwhile."""
    days = dt.timedelta(days=2) if change == "last day past" else invitations.VALID
    invitation = invite(kaisa, organisation=lappia, valid_to=today() + days)
    letter = Letter.objects.get(kind="invitation")
    match change:
        case "old":
            clock.shift(invitations.VALID)
        case "taken back":
            invitations.take_back(invitation=invitation, by=kaisa)
        case "last day past":
            clock.move_to(letter.useless_after)
            assert timezone.localtime().isoformat()[:16] == "2026-11-27T00:00"

    with mail_server(settings) as server:
        letters.deliver_what_waits()

    letter.refresh_from_db()
    assert (letter.state, server.letters) == ("failed", [])


def test_until_then_it_is(settings, kaisa, lappia, clock):
    invite(kaisa, organisation=lappia)
    clock.shift(invitations.VALID - dt.timedelta(seconds=1))

    with mail_server(settings) as server:
        letters.deliver_what_waits()

    assert len(server.letters) == 1


def test_a_weak_password_leaves_the_link_working(kaisa, lappia):
    invite(kaisa, organisation=lappia)

    assert Client().post(link(), NEW | {"password": "lyhyt", "repeated": "lyhyt"}).status_code == 200
    assert Client().post(link(), NEW).status_code == 302


def test_the_key_itself_is_not_kept(kaisa, lappia):
    invitation = invite(kaisa, organisation=lappia)

    key = link().split("/")[-2]
    assert key not in str(list(Invitation.objects.filter(pk=invitation.pk).values()))
    assert Letter.objects.get().holds_secret


def test_who_invites_to_what(kaisa, anna, aino, lappia, pello):
    OrganisationFactory(home_municipality=municipality("FI-434"))
    far = organisation_of("FI-434")

    assert rules.roles_invited_to(aino, on=today()) == []
    assert rules.roles_invited_to(AnonymousUser(), on=today()) == []
    assert rules.roles_invited_to(kaisa, on=today()) == ["officer", "provider_staff", "counsellor"]
    assert set(rules.roles_invited_to(anna, on=today())) == set(Role) - {"learner", "guardian"}
    in_the_region = set(rules.organisations_invited_for(kaisa, on=today()))
    assert {lappia, pello} <= in_the_region
    assert far not in in_the_region
    assert far in rules.organisations_invited_for(anna, on=today())


@pytest.mark.parametrize(
    "facts",
    [
        {"role": "admin"},
        {"role": "coordinator"},
        {"organisation": "far"},
        {"organisation": ""},
        {"valid_to": "2026-11-23"},
    ],
)
def test_more_than_one_may_give_is_refused(kaisa, lappia, facts):
    given = {"email": "eeva@example.org", "role": "officer", "organisation": lappia.pk, "language": "fi"}
    far = organisation_of("FI-434")

    answer = signed_in(kaisa).post(
        url("list"), given | {name: far.pk if value == "far" else value for name, value in facts.items()}
    )

    assert answer.status_code == 200
    assert Invitation.objects.count() == Letter.objects.count() == 0


def test_invitations_have_a_limit(kaisa, lappia):
    InvitationFactory.create_batch(invitations.MOST_A_DAY, invited_by=kaisa, organisation=lappia)

    with pytest.raises(InvitedTooMany):
        invite(kaisa, organisation=lappia)


def test_a_substitute_acts_in_the_role_until_it_is_ended(bengt, lappia, olli):
    own = bengt.role_assignments.get()
    draft = OfferingFactory(provider=lappia, status="draft")
    day = today() + dt.timedelta(days=5)
    facts = {"email": olli.email, "valid_to": day.isoformat(), "language": "sv"}
    assert signed_in(bengt).post(url("substitute", own.pk), facts).status_code == 302
    client = signed_in(olli)
    assert client.post(link()).status_code == 302
    role = olli.role_assignments.get(organisation=lappia)
    assert (role.on_behalf_of, role.valid_to) == (own, day)
    assert draft in Offering.objects.visible_to(olli, on=today())
    assert not rules.may_name_a_substitute(olli, role, on=today()), "a substitute names no substitute"

    assert signed_in(bengt).post(url("end_substitute", role.pk)).status_code == 302

    assert draft not in Offering.objects.visible_to(olli, on=today())


def test_a_substitute_s_role_ends_with_the_other_s(bengt, lappia, olli):
    own = bengt.role_assignments.get()
    RoleAssignmentFactory(
        person=olli, organisation=lappia, on_behalf_of=own, valid_to=today() + dt.timedelta(days=5)
    )
    assert rules.organisations_published_for(olli, on=today()).filter(pk=lappia.pk).exists()

    own.valid_to = today() - dt.timedelta(days=1)
    own.save()

    assert not rules.organisations_published_for(olli, on=today()).filter(pk=lappia.pk).exists()


@pytest.mark.parametrize("days", [-1, 31, 400])
def test_a_substitute_s_last_day_has_bounds(bengt, days):
    own = bengt.role_assignments.get()
    own.valid_to = today() + dt.timedelta(days=30 if days == 31 else 999)
    own.save()

    with pytest.raises(SubstituteTooLong):
        name_substitute(own, days)


def test_a_substitute_is_invited_to_nothing_once_the_role_is_over(bengt):
    own = bengt.role_assignments.get()
    name_substitute(own, 9)
    own.valid_to = today() - dt.timedelta(days=1)
    own.save()

    assert Client().get(link()).status_code == 404


BROKEN = {
    "invitation_role_is_known": {"role": "king"},
    "invitation_has_the_organisation_that_its_role_needs": {"organisation": None},
    "invitation_of_a_substitute_has_a_last_day": {"valid_to": None},
}


@pytest.mark.parametrize("name", [*BROKEN, "invitation_that_was_accepted_is_over"])
def test_the_database_refuses(name, bengt):
    own = bengt.role_assignments.get()
    made = InvitationFactory(on_behalf_of=own, valid_to=today())

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Invitation.objects.filter(pk=made.pk).update(**BROKEN.get(name, {"accepted_by": bengt}))


@pytest.mark.django_db(transaction=True)
def test_a_link_that_somebody_is_just_using_says_so_and_works_on(kaisa, lappia, olli):
    """Another window has the invitation locked for longer than one waits."""
    invitation = invite(kaisa, olli.email, organisation=lappia)
    new = invite(kaisa, "eeva@example.org", organisation=lappia)
    path, theirs = link(), Letter.objects.get(address=olli.email).text
    own = re.search(r"http://localhost:8000(/\S+)", theirs)[1]
    is_locked, is_done = threading.Event(), threading.Event()

    def keep() -> None:
        with transaction.atomic():
            list(Invitation.objects.select_for_update().filter(pk__in=[invitation.pk, new.pk]))
            is_locked.set()
            is_done.wait(timeout=30)
        connections.close_all()

    keeper = threading.Thread(target=keep)
    keeper.start()
    assert is_locked.wait(timeout=10)
    answers = [signed_in(olli).post(own), Client().post(path, NEW)]
    is_done.set()
    keeper.join()

    assert [answer.status_code for answer in answers] == [200, 200]
    busy = "Joku muu muuttaa tätä juuri nyt."
    assert [busy in answer.content.decode() for answer in answers] == [True, True]
    assert [signed_in(olli).post(own).status_code, Client().post(path, NEW).status_code] == [302, 302]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_at_once_with_one_link_make_one_account():
    """TESTPLAN A11: two uses at the same moment."""
    admin = RoleAssignmentFactory(role="admin", organisation=None).person
    invitation = InvitationFactory(invited_by=admin)
    Invitation.objects.filter(pk=invitation.pk).update(key_digest=invitations._digest("k.x"))

    def use(number: int) -> User:
        return invitations.accept_as_new(key="k.x", name=f"Eeva {number}", password="kolmas-salasana-88")

    outcomes = run_together(2, use)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["LinkOver", "User"]
    assert isinstance(next(one for one in outcomes if not isinstance(one, User)), LinkOver)
