"""Load municipalities, providers and code lists from ``fixtures/``."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kopa.base.reference import ReferenceDataError
from kopa.portal import reference


class Command(BaseCommand):
    help = "Load municipalities, providers and code lists from fixtures/; safe to run again."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--if-needed",
            action="store_true",
            help="do nothing when the files are those that were loaded last",
        )

    def handle(self, *args: Any, if_needed: bool = False, **options: Any) -> None:
        if if_needed and reference.is_current():
            self.stdout.write("The reference data is up to date.")
            return
        try:
            reports = reference.load(self.say)
        except ReferenceDataError as fault:
            raise CommandError(str(fault)) from fault
        for report in reports:
            for line in report.lines():
                self.stdout.write(line)

    def say(self, step: str) -> None:
        self.stdout.write(f"{step} …")
        self.stdout.flush()
