"""``manage.py forget_applications``: what the nightly job does, now, or only what it would do."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, no_translations

from applications import retention, services


class Command(BaseCommand):
    help = (
        "Remove what has been kept long enough (setting RETENTION): drafts, applications with everything that"
        " belongs to them, old entries of the journal. Statements and decisions are packed for the archives"
        " first. With --dry-run it says how many of what would go, by rule, and nothing goes. Safe twice."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would go")

    @no_translations
    def handle(self, *args: object, **options: Any) -> None:
        is_dry = options["dry_run"]
        gone = services.count_what_is_over() if is_dry else services.forget_what_is_over()
        self.stdout.write("Would go:" if is_dry else "Gone:")
        for rule, period in retention.periods():
            self.stdout.write(f"  {gone.pop(rule.value, 0)}  {rule.value}: {rule.label} ({period.said})")
        self.stdout.write("With them:")
        for part, number in sorted(gone.items()):
            self.stdout.write(f"  {number}  {part}")
        if not gone:
            self.stdout.write("  nothing")
