from __future__ import annotations

import datetime as dt
import getpass
import io
import sys

import pytest
from django.core.management import CommandError, call_command

from kopa.accounts.models import User
from kopa.audit.models import AuditEvent
from providers.models import Role, RoleAssignment
from tests.factories import OrganisationFactory, today

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

GOOD = "pitkä-ja-oma-salasana-5"


@pytest.fixture
def create(monkeypatch):
    def run(*words: str, password: str = GOOD) -> str:
        out = io.StringIO()
        monkeypatch.setattr(sys, "stdin", io.StringIO(password + "\n"))
        call_command("create_person", *words, "--password-stdin", stdout=out)
        return out.getvalue().strip()

    return run


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


EEVA = ("--email", "Eeva@Example.ORG", "--name", "Eeva Example")


def test_an_account_is_made_with_its_role_and_journal_entries(create, pello):
    said = create(
        *EEVA, "--role", "officer", "--organisation", "fi-854", "--language", "sv",
        "--from", "2026-01-01", "--to", "2027-12-31",
    )  # fmt: skip

    assert said == "Eeva Example <eeva@example.org> is officer for Pello."
    person = User.objects.get()
    assert (person.email, person.language, person.is_demonstration) == ("eeva@example.org", "sv", False)
    assert person.check_password(GOOD)
    assignment = RoleAssignment.objects.get()
    assert (assignment.role, assignment.organisation, assignment.valid_from, assignment.valid_to) == (
        Role.OFFICER,
        pello,
        dt.date(2026, 1, 1),
        dt.date(2027, 12, 31),
    )
    assert list(AuditEvent.objects.order_by("id").values_list("verb", "organisation_id")) == [
        ("person.create", None),
        ("role.assign", pello.pk),
    ]


def test_a_role_begins_today_unless_said_otherwise(create):
    create(*EEVA, "--role", "learner")

    assignment = RoleAssignment.objects.get()
    assert (assignment.valid_from, assignment.valid_to) == (today(), None)


def test_a_further_role_is_given_to_the_same_person(create, lappia, pello):
    create(*EEVA, "--role", "officer", "--organisation", "FI-854")

    call_command(
        "create_person", "--email", "eeva@example.org", "--add-role", "--role", "provider_staff",
        "--organisation", lappia.business_id, stdout=io.StringIO(),
    )  # fmt: skip

    assert set(RoleAssignment.objects.values_list("person__email", "role", "organisation")) == {
        ("eeva@example.org", "officer", pello.pk),
        ("eeva@example.org", "provider_staff", lappia.pk),
    }


@pytest.mark.parametrize("by", ["business_id", "oid", "name_fi"])
def test_an_organisation_is_found_by_number_and_by_exact_name(create, lappia, by):
    create(*EEVA, "--role", "provider_staff", "--organisation", getattr(lappia, by))

    assert RoleAssignment.objects.get().organisation == lappia


def refusal(create, *words: str, **more: str) -> str:
    with pytest.raises(CommandError) as refused:
        create(*words, **more)
    assert not User.objects.filter(email="eeva@example.org").exists()
    return str(refused.value)


def test_an_unknown_organisation_is_answered_with_what_was_meant(create, lappia):
    said = refusal(create, *EEVA, "--role", "provider_staff", "--organisation", "lappia")

    assert said == (
        "No organisation is called 'lappia'. Did you mean:\n"
        "  2109309-0  Kemi-Tornionlaakson koulutuskuntayhtymä Lappia"
    )
    nobody = refusal(create, *EEVA, "--role", "provider_staff", "--organisation", "Xyzzy")
    assert nobody == "No organisation is called 'Xyzzy'."


def test_a_name_that_two_organisations_share_is_not_guessed(create):
    for number in ("1111111-1", "2222222-2"):
        OrganisationFactory(name_fi="Opisto", business_id=number)

    said = refusal(create, *EEVA, "--role", "provider_staff", "--organisation", "Opisto")

    assert said == (
        "Several organisations are called 'Opisto'. Did you mean:\n  1111111-1  Opisto\n  2222222-2  Opisto"
    )


@pytest.mark.parametrize(
    ("words", "password", "said"),
    [
        ((*EEVA, "--role", "officer"), GOOD, "The role officer needs --organisation."),
        (("--email", "eeva@example.org", "--role", "learner"), GOOD, "A new account needs --name."),
        (
            ("--email", "eeva@example.org", "--role", "learner", "--add-role"),
            GOOD,
            "Nobody has an account with eeva@example.org: leave out --add-role.",
        ),
        (
            ("--email", "eeva", "--name", "Eeva", "--role", "learner"),
            GOOD,
            "email: Enter a valid email address.",
        ),
        (
            (*EEVA, "--role", "learner"),
            "lyhyt",
            "This password is too short. It must contain at least 12 characters.",
        ),
        (
            (*EEVA, "--role", "learner"),
            "eeva@example.org",
            "The password is too similar to the e-mail address.",
        ),
        (
            (*EEVA, "--role", "learner", "--from", "2026-02-01", "--to", "2026-01-31"),
            GOOD,
            "The role ends before it begins.",
        ),
    ],
    ids=["no organisation", "no name", "nobody to add to", "address", "short", "similar", "dates"],
)
def test_what_is_wrong_is_said_and_nothing_is_made(create, words, password, said):
    assert refusal(create, *words, password=password) == said
    assert not AuditEvent.objects.exists()


def test_an_address_has_one_account(create):
    create(*EEVA, "--role", "learner")

    with pytest.raises(
        CommandError, match=r"EEVA@example\.org has an account: use --add-role for a further role"
    ):
        create("--email", "EEVA@example.org", "--name", "Toinen", "--role", "learner")


def test_the_password_is_asked_for_twice(monkeypatch, pello):
    answers = iter([GOOD, GOOD])
    monkeypatch.setattr(getpass, "getpass", lambda _: next(answers))
    monkeypatch.setattr(sys, "stdin", Terminal())

    call_command("create_person", *EEVA, "--role", "learner", stdout=io.StringIO())

    assert User.objects.get().check_password(GOOD)


def test_two_different_passwords_make_nothing(monkeypatch, db):
    answers = iter([GOOD, "toinen-oma-salasana-6"])
    monkeypatch.setattr(getpass, "getpass", lambda _: next(answers))
    monkeypatch.setattr(sys, "stdin", Terminal())

    with pytest.raises(CommandError, match="The two passwords differ"):
        call_command("create_person", *EEVA, "--role", "learner")
    assert not User.objects.exists()


def test_without_a_terminal_the_password_has_to_come_from_standard_input(monkeypatch, db):
    monkeypatch.setattr(sys, "stdin", io.StringIO())

    with pytest.raises(CommandError, match="use --password-stdin"):
        call_command("create_person", *EEVA, "--role", "learner")
