"""``manage.py theme``: KOPA's colours and sizes, from designsystemet.config.json into theme.css."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from kopa.stack import npm
from kopa.stack.errors import StackError

CONFIGURATION: Final = "designsystemet.config.json"
INPUTS: Final = (CONFIGURATION, "package.json", "package-lock.json")
HEAD: Final = '@charset "UTF-8";\n'


class Command(BaseCommand):
    help = "Build static/kopa/theme.css from designsystemet.config.json; needs npm and the network."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        base = Path(settings.BASE_DIR)
        with tempfile.TemporaryDirectory(prefix="kopa-theme-") as name:
            folder = Path(name)
            for source in INPUTS:
                shutil.copyfile(base / source, folder / source)
            try:
                npm.run(
                    "ci", "--ignore-scripts", "--no-audit", "--no-fund", folder=folder, say=self.stdout.write
                )
                npm.run("run", "--silent", "theme", folder=folder, say=self.stdout.write)
            except StackError as reason:
                raise CommandError(str(reason)) from reason
            built = (folder / "var" / "theme" / "kopa.css").read_text(encoding="utf-8")
        target = base / "static" / "kopa" / "theme.css"
        target.write_text(HEAD + signature(base) + built.removeprefix(HEAD), encoding="utf-8")
        self.stdout.write(f"{target.relative_to(base)} is built.")


def signature(base: Path) -> str:
    """The comment at the head of theme.css: of which configuration it is the outcome."""
    digest = hashlib.sha256((base / CONFIGURATION).read_bytes()).hexdigest()
    return f"/* Built by `manage.py theme` from {CONFIGURATION}, sha256 {digest}. Do not edit. */\n"
