"""``manage.py load_demonstration``: invented offerings and people for trying the portal out."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, no_translations
from django.utils import timezone

from kopa.portal.demonstration import loading
from kopa.portal.demonstration.people import sign_ins
from offerings.models import Offering


class Command(BaseCommand):
    help = (
        "Load invented offerings and people over the real municipalities and providers of the register. Their"
        " dates count from today, so they are made anew when they are older than a week."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--if-needed", action="store_true", help="only when there is none, or an old one")
        parser.add_argument(
            "--yes-demo",
            action="store_true",
            help="also where the portal was not started by `manage.py up`: everybody knows the password",
        )

    @no_translations
    def handle(self, *args: object, **options: Any) -> None:
        if not settings.EMBEDDED and not options["yes_demo"]:
            raise CommandError(
                "This portal was not started by `manage.py up`. Demonstration data brings people whose"
                " password everybody knows: say --yes-demo if that is what you want."
            )
        today = timezone.localdate()
        if options["if_needed"] and loading.is_fresh(today):
            self.stdout.write(f"Demonstration data of {loading.loaded_on()} is there.")
            self.tell()
            return
        if loading.loaded_on() is None and Offering.objects.filter(is_demonstration=False).exists():
            real = "There are offerings here that are not of the demonstration."
            if not options["if_needed"]:
                raise CommandError(f"{real} Demonstration data is loaded into an empty portal only.")
            self.stdout.write(f"{real} Demonstration data is not loaded.")
            return
        count = loading.load(today, say=self.stdout.write)
        self.stdout.write(self.style.SUCCESS(f"Demonstration data is loaded: {count} offerings."))
        self.tell()

    def tell(self) -> None:
        for line in sign_ins():
            self.stdout.write(line)
