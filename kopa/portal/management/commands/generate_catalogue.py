"""``manage.py generate_catalogue``: a catalogue of any size for measuring and trying out."""

from __future__ import annotations

import datetime as dt
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations
from django.utils import timezone

from kopa.portal.generation import loading
from offerings.search import projection

MOST = 2_000_000
TELL_SECONDS = 5.0


class Command(BaseCommand):
    help = (
        "Make a catalogue of invented offerings over the real organisations of both countries, and the"
        " search's rows for it. The same seed, day and register always make the same one; a catalogue that"
        " was generated earlier is replaced. Refused where there is anything but generated or demonstration"
        " data."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--offerings", type=int, required=True, help="how many; some 24 %% can be found")
        parser.add_argument("--seed", type=int, default=1, help="another number makes another catalogue")
        parser.add_argument(
            "--today", type=dt.date.fromisoformat, help="the day that dates count from (YYYY-MM-DD)"
        )

    @no_translations
    def handle(self, *args: object, **options: Any) -> None:
        if not 0 <= options["offerings"] <= MOST:
            raise CommandError(f"--offerings must lie between 0 and {MOST}.")
        self.began = self.told = time.monotonic()
        now = timezone.now()
        today = options["today"] or timezone.localdate(now)
        count = loading.load(
            offerings=options["offerings"], seed=options["seed"], today=today, say=self.tell
        )
        found = projection.rebuild(now=now, progress=self.tell_rows)
        loading.settle()
        made = f"{count} generated offerings of seed {options['seed']} as of {today}"
        self.tell(self.style.SUCCESS(f"{made}; the search holds {found}."))

    def tell(self, line: str) -> None:
        self.stdout.write(f"{time.monotonic() - self.began:6.1f} s  {line}")

    def tell_rows(self, done: int, of: int) -> None:
        """Every few seconds, and at the end."""
        if done == of or time.monotonic() - self.told >= TELL_SECONDS:
            self.told = time.monotonic()
            self.tell(f"{done} of {of} rows of the search")
