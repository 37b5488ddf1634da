"""``manage.py recount``: every number of places beside the rows that it stands for."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations

from applications import services
from offerings.services import Miscount


class Command(BaseCommand):
    help = (
        "Compare the numbers of places with the rows that they stand for: held, taken and used with the"
        " applications' places, the seats of all sources with the course's places, reserved ones with what"
        " was reserved. Says each that differs with both numbers, and ends with an error then."
        " Changes nothing: which of the two is right, only a person can tell."
    )

    @no_translations
    def handle(self, *args: object, **options: Any) -> None:
        found = services.recount()
        for one in found:
            self.stdout.write(said(one))
        if found:
            raise CommandError(
                f"Numbers of places that differ from their rows: {len(found)}. Nothing has been changed."
            )
        self.stdout.write("Every number of places is what its rows say.")


def said(wrong: Miscount) -> str:
    source = {"": "all places", "open": "open places"}.get(wrong.source, f"reserved for {wrong.source}")
    return (
        f"offering {wrong.offering_id}, {source}, {wrong.column}: {wrong.counted} counted,"
        f" {wrong.right} by the rows"
    )
