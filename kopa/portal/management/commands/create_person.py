"""``manage.py create_person``: the way accounts are made."""

from __future__ import annotations

import datetime as dt
import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, no_translations
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from kopa.accounts.models import User
from kopa.accounts.services import create_person
from providers.models import ROLES_WITH_AN_ORGANISATION, Organisation, Role
from providers.services import assign_role


class Command(BaseCommand):
    help = (
        "Make an account for a person and give it a role. The password is asked for, or read from standard"
        " input with --password-stdin. A further role for somebody who has an account: --add-role."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True, help="the address the person signs in with")
        parser.add_argument("--name", help="first and last name, as others see it")
        parser.add_argument("--role", required=True, choices=Role.values, help="what the person does")
        parser.add_argument(
            "--organisation",
            help="for whom: a municipality's key (FI-854, SE-2518), a business id (2109309-0), a number of"
            " the national register (1.2.246…) or the exact name",
        )
        languages = [code for code, _ in settings.LANGUAGES]
        parser.add_argument(
            "--language", choices=languages, default="fi", help="language of letters (default: fi)"
        )
        parser.add_argument(
            "--from", dest="valid_from", type=day, help="first day of the role (default: today)"
        )
        parser.add_argument("--to", dest="valid_to", type=day, help="last day of the role (default: none)")
        parser.add_argument("--add-role", action="store_true", help="the person has an account already")
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input"
        )

    @no_translations
    def handle(self, *args: object, **options: Any) -> None:
        organisation = find_organisation(options["organisation"]) if options["organisation"] else None
        if organisation is None and options["role"] in ROLES_WITH_AN_ORGANISATION:
            raise CommandError(f"The role {options['role']} needs --organisation.")
        try:
            with transaction.atomic():
                person = self.existing(options) if options["add_role"] else self.new(options)
                assign_role(
                    person=person,
                    role=options["role"],
                    organisation=organisation,
                    valid_from=options["valid_from"] or timezone.localdate(),
                    valid_to=options["valid_to"],
                )
        except ValidationError as refused:
            raise CommandError(sentences(refused)) from refused
        where = f" for {organisation}" if organisation else ""
        self.stdout.write(self.style.SUCCESS(f"{person.name} <{person.email}> is {options['role']}{where}."))

    def existing(self, options: dict[str, Any]) -> User:
        person = User.objects.filter(email=options["email"].strip().lower()).first()
        if person is None:
            raise CommandError(f"Nobody has an account with {options['email']}: leave out --add-role.")
        return person

    def new(self, options: dict[str, Any]) -> User:
        if not options["name"]:
            raise CommandError("A new account needs --name.")
        if User.objects.filter(email=options["email"].strip().lower()).exists():
            raise CommandError(f"{options['email']} has an account: use --add-role for a further role.")
        return create_person(
            email=options["email"],
            name=options["name"],
            language=options["language"],
            password=self.password(from_stdin=options["password_stdin"]),
        )

    def password(self, *, from_stdin: bool) -> str:
        if from_stdin:
            return sys.stdin.readline().rstrip("\r\n")
        if not sys.stdin.isatty():
            raise CommandError("Nobody is there to ask for a password: use --password-stdin.")
        first = getpass.getpass("Password: ")
        if first != getpass.getpass("Once more: "):
            raise CommandError("The two passwords differ. Nothing was made.")
        return first


def day(value: str) -> dt.date:
    return dt.date.fromisoformat(value)


def find_organisation(named: str) -> Organisation:
    """The one organisation with this key, number or name. Raises CommandError for none and for several."""
    exact = Q(name_fi=named) | Q(name_sv=named) | Q(name_en=named)
    found = Organisation.objects.filter(
        Q(municipality__key=named.upper()) | Q(business_id=named) | Q(oid=named)
    )
    found = found if named and found.exists() else Organisation.objects.filter(exact)
    match list(found[:6]):
        case [organisation]:
            return organisation
        case []:
            alike = Organisation.objects.filter(
                Q(name_fi__icontains=named)
                | Q(name_sv__icontains=named)
                | Q(municipality__name_sv__icontains=named)
            )
            raise CommandError(f"No organisation is called {named!r}.{_choice(list(alike[:6]))}")
        case several:
            raise CommandError(f"Several organisations are called {named!r}.{_choice(several)}")


def _choice(organisations: list[Organisation]) -> str:
    """What to type instead; nothing if there is no candidate."""
    if not organisations:
        return ""
    rows = [
        f"  {o.municipality.key if o.municipality else o.business_id or o.oid}  {o.name('fi')}"
        for o in organisations
    ]
    return " Did you mean:\n" + "\n".join(rows)


def sentences(refused: ValidationError) -> str:
    """Every message of the error, with the field it is about."""
    if not hasattr(refused, "error_dict"):
        return " ".join(refused.messages)
    return " ".join(
        f"{'' if field == '__all__' else field + ': '}{message}"
        for field, messages in refused.message_dict.items()
        for message in messages
    )
