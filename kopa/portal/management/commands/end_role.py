"""``manage.py end_role``: a person acts in a role no more."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations
from django.db import transaction
from django.utils import timezone

from kopa.accounts.models import User
from kopa.portal.management.commands.create_person import find_organisation
from providers.models import Role, RoleAssignment
from providers.services import end_role


class Command(BaseCommand):
    help = (
        "End a person's role at once, also before its last day: the very next request has it no more, nor has"
        " a substitute's, and the journal of acts keeps the reason."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True, help="the address the person signs in with")
        parser.add_argument("--role", required=True, choices=Role.values, help="what the person does no more")
        parser.add_argument("--organisation", help="for whom, as for create_person; without: for all")
        parser.add_argument("--reason", required=True, help="kept in the journal")

    @no_translations
    def handle(self, *args: object, **options: Any) -> None:
        email, reason = options["email"].strip().lower(), options["reason"].strip()
        person = User.objects.filter(email=email).first()
        if person is None:
            raise CommandError(f"Nobody has an account with {email}.")
        if not reason:
            raise CommandError("Say why: --reason must not be empty.")
        held = RoleAssignment.objects.of(person, on=timezone.localdate()).filter(role=options["role"])
        if options["organisation"]:
            held = held.filter(organisation=find_organisation(options["organisation"]))
        with transaction.atomic():
            count = sum(end_role(assignment=one, by=None, reason=reason) for one in held)
        if not count:
            raise CommandError(f"{person.name} <{email}> has no such role today.")
        self.stdout.write(self.style.SUCCESS(f"{person.name} <{email}>: {options['role']} ended."))
