"""Django's ``migrate``, one at a time: two servers that are upgraded at once wait for each other."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from kopa.stack.alone import MIGRATE, alone


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        with alone(connections[options["database"]], MIGRATE, self.stdout.write):
            super().handle(*args, **options)
