"""Write the documents that come from the code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from kopa.portal.documents import DOCUMENTS


class Command(BaseCommand):
    help = "Write docs/glossary.md and docs/states.md anew from the tables they show."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        root = Path(settings.BASE_DIR)
        for name, write in DOCUMENTS.items():
            (root / name).write_text(write(root), encoding="utf-8")
            self.stdout.write(f"{name} written")
