"""Keep the translations up to date with the code, or check that they are whole."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from kopa.portal import texts


class Command(BaseCommand):
    help = (
        "Collect every text of code and templates into locale/fi and locale/sv (English is the text itself)."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="change nothing; fail when something is missing"
        )

    def handle(self, *args: Any, check: bool = False, **options: Any) -> None:
        root = Path(settings.BASE_DIR)
        if check:
            found = [fault for language in texts.TRANSLATED for fault in texts.faults(root, language)]
            for fault in found:
                self.stdout.write(str(fault))
            if found:
                raise CommandError(f"{len(found)} texts need a translator.")
            self.stdout.write("Every text stands in Finnish, Swedish and English.")
            return
        for language in texts.TRANSLATED:
            missing = texts.update(root, language)
            self.stdout.write(
                f"{language}: {missing} texts to translate in {texts.catalogue_path(root, language)}"
            )
