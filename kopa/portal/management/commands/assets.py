"""``manage.py assets``: third-party files for the browser, from package-lock.json into ``var/assets``."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from kopa.stack import npm
from kopa.stack.errors import StackError

# A source map that is named but not shipped would break the hashed file names of the static storage.
SOURCE_MAP = re.compile(r"\s*(//# sourceMappingURL=\S+|/\*# sourceMappingURL=.*?\*/)\s*$")


class Command(BaseCommand):
    help = "Fetch the browser assets named in package-lock.json (npm checks their sha512)."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="only tell whether they are there and current"
        )

    def handle(self, *args: object, **options: object) -> None:
        base, out = Path(settings.BASE_DIR), Path(settings.ASSETS_ROOT)
        stamp, wanted = out / "stamp", fingerprint(base)
        if stamp.is_file() and stamp.read_text(encoding="ascii") == wanted:
            self.stdout.write("Browser assets are up to date.")
            return
        if options["check"]:
            raise CommandError(
                "Browser assets are missing or older than package-lock.json: run manage.py assets"
            )
        try:
            npm.run(
                "ci",
                "--ignore-scripts",
                "--omit=dev",
                "--no-audit",
                "--no-fund",
                folder=base,
                say=self.stdout.write,
            )
        except StackError as reason:
            raise CommandError(str(reason)) from reason
        new = out.with_name(out.name + ".new")
        shutil.rmtree(new, ignore_errors=True)
        count = copy(settings.ASSETS, base / "node_modules", new / "vendor")
        count += copy(settings.ASSETS_FOR_LOADING, base / "node_modules", new / "data")
        (new / "vendor" / "LICENCES.txt").write_text(licences(base), encoding="utf-8")
        (new / "stamp").write_text(wanted, encoding="ascii")
        shutil.rmtree(out, ignore_errors=True)
        new.rename(out)
        self.stdout.write(f"Browser assets: {count} files in {out.relative_to(base)}")


def fingerprint(base: Path) -> str:
    """Changes when the lock file or the list of wanted files does."""
    files = json.dumps([settings.ASSETS, settings.ASSETS_FOR_LOADING], sort_keys=True)
    return hashlib.sha256((base / "package-lock.json").read_bytes() + files.encode()).hexdigest()


def copy(wanted: Mapping[str, str], modules: Path, folder: Path) -> int:
    """Copy the files that are named and no others; returns how many they are."""
    for target, source in wanted.items():
        path = folder / target
        path.parent.mkdir(parents=True, exist_ok=True)
        if not (modules / source).is_file():
            raise CommandError(
                f"the settings name {source}, which is not in the packages of package-lock.json"
            )
        if path.suffix in {".css", ".js"}:
            path.write_text(
                SOURCE_MAP.sub("\n", (modules / source).read_text(encoding="utf-8")), encoding="utf-8"
            )
        else:
            shutil.copyfile(modules / source, path)
    return len(wanted)


def licences(base: Path) -> str:
    """The licence of every package that the copied files come from, with its text."""
    packages = json.loads((base / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    parts = []
    for place, package in sorted(packages.items()):
        if not place or package.get("dev") or package.get("optional"):
            continue
        name = place.rpartition("node_modules/")[2]
        parts.append(f"==== {name} {package['version']} ({package.get('license', 'see below')})\n")
        parts += [
            path.read_text(encoding="utf-8", errors="replace").strip() + "\n"
            for path in sorted((base / place).glob("[Ll][Ii][Cc][Ee]*"))
        ]
    return "\n".join(parts)
