"""So that ``manage.py help`` names it: ``up`` itself runs before Django does (kopa/stack/up.py)."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from kopa.stack import up


class Command(BaseCommand):
    help = up.DESCRIPTION
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return up.parser()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Its arguments stand in ``kopa.stack.up.parser``."""

    def run_from_argv(self, argv: list[str]) -> None:
        # Reached by django-admin: begin again, because settings are read already and the servers are not up.
        os.execv(sys.executable, [sys.executable, str(settings.BASE_DIR / "manage.py"), *argv[1:]])

    def execute(self, *args: Any, **options: Any) -> None:
        # Not handle(), before which Django reads options that this parser does not have.
        raise CommandError("Start it on the command line: python3 manage.py up")
