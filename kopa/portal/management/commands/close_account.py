"""``manage.py close_account``: for somebody who is to sign in no more."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations
from django.db import transaction

from kopa.accounts.models import User
from kopa.accounts.services import close_account
from providers.invitations import take_back_all_of


class Command(BaseCommand):
    help = (
        "Close a person's account: signing in is refused from now on, all sessions end, open invitations are"
        " taken back, substitutes of the person act no more, and the journal of acts keeps the reason."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True, help="the address the person signs in with")
        parser.add_argument("--reason", required=True, help="kept in the journal")

    @no_translations
    def handle(self, *args: object, **options: Any) -> None:
        email, reason = options["email"].strip().lower(), options["reason"].strip()
        person = User.objects.filter(email=email).first()
        if person is None:
            raise CommandError(f"Nobody has an account with {email}.")
        if not reason:
            raise CommandError("Say why: --reason must not be empty.")
        with transaction.atomic():
            if not close_account(person=person, reason=reason):
                raise CommandError(f"The account of {person.name} <{email}> is closed already.")
            count = take_back_all_of(person)
        said = f"{person.name} <{email}>: closed, invitations taken back: {count}."
        self.stdout.write(self.style.SUCCESS(said))
