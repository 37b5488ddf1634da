"""``manage.py reseal_secrets``: after SECRET_KEY was changed, and before the old one is forgotten."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations
from django.db import transaction

from applications.services import confiding
from kopa.accounts import factors
from kopa.accounts.seals import CannotBeOpened


class Command(BaseCommand):
    help = (
        "Encrypt the keys of authenticator apps, and what applicants confide, with today's SECRET_KEY. They"
        " are read with it and with those of SECRET_KEY_FALLBACKS; afterwards the old ones are not needed any"
        " more. Safe to run twice."
    )

    @no_translations
    def handle(self, *args: object, **options: Any) -> None:
        try:
            with transaction.atomic():
                count = factors.reseal() + confiding.reseal()
        except CannotBeOpened as unknown:
            raise CommandError(
                "A key was sealed with another SECRET_KEY: put that one into SECRET_KEY_FALLBACKS."
                " Nothing was changed."
            ) from unknown
        self.stdout.write(self.style.SUCCESS(f"{count} sealed with today's key."))
