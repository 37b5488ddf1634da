from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from offerings.search import projection, vocabulary

SHOWN = 20


class Command(BaseCommand):
    help = "Writes the search's table anew from the offerings, or compares the two as of one instant."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="change nothing; end with an error if they differ"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        if options["check"]:
            self.check_rows()
        else:
            count = projection.rebuild(now=timezone.now(), progress=self.tell)
            self.stdout.write(f"The search holds {count} offerings.")

    def tell(self, done: int, of: int) -> None:
        self.stdout.write(f"{done} of {of} offerings")

    def check_rows(self) -> None:
        found = projection.compare(now=timezone.now())
        for one in found[:SHOWN]:
            what = one.column or "row"
            self.stdout.write(f"offering {one.offering_id}, {what}: {one.stored!r} should be {one.right!r}")
        missing = vocabulary.missing()
        for word in missing[:SHOWN]:
            self.stdout.write(f"the vocabulary lacks {word!r}")
        if found or missing:
            raise CommandError(
                f"The search differs from the offerings in {len(found) + len(missing)} places."
                " `manage.py rebuild_search` mends it."
            )
        self.stdout.write("The search says what the offerings say.")
