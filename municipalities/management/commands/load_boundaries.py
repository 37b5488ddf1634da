"""``manage.py load_boundaries``: official areas of municipalities from a GeoJSON file."""

from __future__ import annotations

import datetime as dt
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from municipalities.maps import official
from municipalities.models import Country

# Municipalities without an area that are named in the report; the rest is counted.
NAMED: Final = 12

WHERE_FROM: Final = """\
Where official boundaries come from:

  Finland   Statistics Finland, WFS https://geo.stat.fi/geoserver/tilastointialueet/wfs
            layer tilastointialueet:kunta4500k_YEAR (without sea: kunta1000k_YEAR and finer), CC BY 4.0.
            National Land Survey of Finland, product "Division into administrative areas (vector)",
            layer Kunta, CC BY 4.0.
  Sweden    Statistics Sweden, open geodata "Digitala gränser", layer Kommun, CC0.

Ask the service for GeoJSON, or turn the file into it with a tool of your own. Degrees (WGS84) are expected; a
file in another coordinate system must name it in its member "crs".

  manage.py load_boundaries --file kunta2026.geojson --year 2026 \\
    --source "Tilastokeskus" --licence "CC BY 4.0"

The areas hold from their first day until those of a later load. Load an older year too, and maps as of that
year show it.
"""


class Command(BaseCommand):
    help = "Load official areas of municipalities from a GeoJSON file; safe to run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.epilog = WHERE_FROM
        parser.add_argument("--file", type=Path, required=True, help="GeoJSON: one feature per municipality")
        since = parser.add_mutually_exclusive_group(required=True)
        since.add_argument("--year", type=int, help="the division of this year: valid from 1 January")
        since.add_argument("--valid-from", type=dt.date.fromisoformat, help="first day, as 2026-01-01")
        parser.add_argument("--source", required=True, help="who publishes it; maps name it")
        parser.add_argument("--licence", required=True, help='its licence, as "CC BY 4.0"')
        parser.add_argument("--country", choices=Country.values, default="", help="where codes lack zeros")
        parser.add_argument("--code-property", default="", help="property with the municipality's code")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            valid_from = options["valid_from"] or dt.date(options["year"], 1, 1)
        except ValueError as reason:
            raise CommandError(f"There is no year {options['year']}.") from reason
        wanted = official.Wanted(
            valid_from=valid_from,
            source=options["source"],
            licence=options["licence"],
            country=options["country"],
            code_property=options["code_property"],
        )
        try:
            loaded = official.load(options["file"], wanted, now=timezone.now(), say=self.say)
        except official.BoundaryFileError as fault:
            raise CommandError(f"{fault} Nothing was written.") from fault
        self.stdout.write(
            f"Boundaries from {valid_from}: {len(loaded.added)} added, {len(loaded.changed)} changed,"
            f" {len(loaded.unchanged)} unchanged."
        )
        if loaded.without:
            names = ", ".join(f"{one.key} {one.name()}" for one in loaded.without[:NAMED])
            more = len(loaded.without) - NAMED
            rest = f" and {more} more" if more > 0 else ""
            self.stdout.write(f"Without an area: {names}{rest}.")

    def say(self, step: str) -> None:
        self.stdout.write(f"{step} …")
        self.stdout.flush()
