"""The people of the demonstration: one for every role, with one password that everybody knows."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.core.management.base import CommandError
from django.utils import timezone

from kopa.accounts.models import User
from kopa.accounts.services import create_person
from providers.models import Organisation, Role
from providers.services import assign_role

PASSWORD: Final = "tervetuloa-kopaan"  # noqa: S105 - known to all; load_demonstration refuses real portals
DOMAIN: Final = "demo.kopa.example"


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    role: Role
    organisation: str  # municipality's key or number of the national register; empty for roles without one
    language: str
    who: str  # for the list of sign-ins

    @property
    def email(self) -> str:
        return f"{self.name.lower()}@{DOMAIN}"


LAPPIA: Final = "1.2.246.562.10.41253773158"
PEOPLE: Final = (
    Person("Sami", Role.LEARNER, "", "fi", "student"),
    Person("Aino", Role.OFFICER, "FI-854", "fi", "education officer of Pello"),
    Person("Bengt", Role.PROVIDER_STAFF, LAPPIA, "sv", "staff of Lappia, a provider of vocational education"),
    Person("Kaisa", Role.COORDINATOR, "FI-851", "fi", "regional coordinator"),
    Person("Olli", Role.OFFICER, "FI-434", "sv", "education officer of Loviisa"),
    Person("Hillevi", Role.OFFICER, "SE-0126", "sv", "education officer of Huddinge in Sweden"),
    Person("Nils", Role.OFFICER, "SE-0182", "sv", "education officer of Nacka in Sweden"),
    Person("Ritva", Role.COUNSELLOR, "FI-854", "fi", "guidance counsellor in Pello"),
    Person("Matti", Role.ANALYST, "", "fi", "analyst"),
    Person("Anna", Role.ADMIN, "", "en", "administrator"),
)
# In whose name the offerings of all other organisations are published. Nobody can sign in as it.
CLERK: Final = Person("Demonstration", Role.PROVIDER_STAFF, "", "fi", "")


def sign_ins() -> list[str]:
    """Lines that tell how to sign in, for whoever starts the demonstration."""
    width = max(len(person.email) for person in PEOPLE)
    return [
        f"Demonstration sign-ins, all with the password {PASSWORD}:",
        *(f"  {person.email.ljust(width)}  {person.who}" for person in PEOPLE),
    ]


def make_people() -> dict[str, User]:
    """Everybody of the demonstration, by name, with role and password as they should be; none twice."""
    return {person.name: _make(person) for person in (*PEOPLE, CLERK)}


def make_clerk() -> User:
    """In whose name offerings are published that nobody of the demonstration publishes."""
    return _make(CLERK)


def organisation_named(name: str) -> Organisation:
    """By municipality's key, or by the number of the national register."""
    by = {"municipality__key": name} if name[2:3] == "-" else {"oid": name}
    found = Organisation.objects.filter(**by).first()
    if found is None:
        raise CommandError(f"The register has no organisation {name}: run load_reference first.")
    return found


def _make(person: Person) -> User:
    user = User.objects.filter(email=person.email).first()
    if user is None:
        user = create_person(
            email=person.email,
            name=person.name,
            language=person.language,
            password=PASSWORD,
            is_demonstration=True,
        )
    elif not user.is_demonstration:
        raise CommandError(f"{person.email} belongs to a real person.")
    may_sign_in = person is not CLERK
    if user.is_active != may_sign_in or (may_sign_in and not user.check_password(PASSWORD)):
        user.is_active = may_sign_in
        user.set_password(PASSWORD if may_sign_in else None)
        user.save(update_fields=["is_active", "password"])
    if may_sign_in:
        _give_role(person, user)
    return user


def _give_role(person: Person, user: User) -> None:
    organisation = organisation_named(person.organisation) if person.organisation else None
    today = timezone.localdate()
    held = user.role_assignments.active(on=today).filter(role=person.role, organisation=organisation)
    if not held.exists():
        first = today - dt.timedelta(days=365)
        assign_role(person=user, role=person.role, organisation=organisation, valid_from=first)
