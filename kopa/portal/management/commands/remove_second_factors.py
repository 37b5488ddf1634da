"""``manage.py remove_second_factors``: for somebody who has lost phone, passkeys and recovery codes."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations

from kopa.accounts import factors
from kopa.accounts.models import User


class Command(BaseCommand):
    help = (
        "Remove every second factor of a person who has lost them all: signing in asks for the password"
        " alone, all sessions end, the journal of acts keeps the reason and a letter tells the person. Before"
        " that, make sure of who asks in another way than by mail."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True, help="the address the person signs in with")
        parser.add_argument(
            "--reason", required=True, help="who asked, and how you made sure who it was; kept in the journal"
        )

    @no_translations
    def handle(self, *args: object, **options: Any) -> None:
        email, reason = options["email"].strip().lower(), options["reason"].strip()
        person = User.objects.filter(email=email).first()
        if person is None:
            raise CommandError(f"Nobody has an account with {email}.")
        if not reason:
            raise CommandError("Say why: --reason must not be empty.")
        if not factors.are_asked_of(person):
            raise CommandError(f"{person.name} <{email}> has no second factor.")
        count = factors.remove_all(person=person, reason=reason)
        self.stdout.write(self.style.SUCCESS(f"{person.name} <{email}>: {count} removed."))
