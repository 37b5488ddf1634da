"""So that ``manage.py help`` names ours: ``test`` itself runs before Django does (kopa/stack/test.py)."""

from __future__ import annotations

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Run the tests with pytest; arguments go to pytest, --nightly adds the long tests."
    requires_system_checks: list[str] = []

    def run_from_argv(self, argv: list[str]) -> None:
        # Reached by django-admin: begin again, because settings are read already and the servers are not up.
        os.execv(sys.executable, [sys.executable, str(settings.BASE_DIR / "manage.py"), *argv[1:]])

    def handle(self, *args: Any, **options: Any) -> None:
        raise CommandError("Start it on the command line: python3 manage.py test")
