"""Brings the register's tables to what ``fixtures/`` says, in one transaction."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

import agreements.reference
import kopa.base.reference
import kopa.base.replacing
import kopa.codes.reference
import municipalities.maps.reference
import municipalities.reference
import municipalities.reference_divisions
import municipalities.reference_population
import municipalities.spelling
import offerings.payers
import offerings.windows
import pilots.reference
import providers.reference
from kopa.base.reference import Report, Say
from kopa.codes.models import ReferenceLoad
from municipalities import divisions
from municipalities.maps import outline
from offerings.search import projection

FOLDER: Final = Path(settings.BASE_DIR) / "fixtures"
MAPS: Final = Path(str(outline.__file__)).parent
SEARCH: Final = Path(str(projection.__file__)).parent
# The files are read by this code, and the search's tables are written by it: when it changes, all is made
# again. Of the search every file, rather than one too few.
CODE: Final = (
    *(Path(str(module.__file__)) for module in (
        kopa.base.reference,
        kopa.base.replacing,
        kopa.codes.reference,
        municipalities.reference,
        municipalities.reference_divisions,
        municipalities.reference_population,
        providers.reference,
        pilots.reference,
        agreements.reference,
        municipalities.spelling,
        offerings.payers,
        offerings.windows,
    )),
    *(MAPS / file for file in ("cells.py", "outline.py", "projections.py", "reference.py", "shapes.py")),
    *sorted(path for path in SEARCH.iterdir() if path.suffix in {".py", ".txt"}),
)  # fmt: skip
ANALYSERS: Final = ("pyvoikko", "simplemma")


def fingerprint(folder: Path = FOLDER) -> str:
    """Changes with the files, with the code that reads them and with what makes the search's words. 2 ms."""
    digest = hashlib.sha256(" ".join(version(analyser) for analyser in ANALYSERS).encode())
    digest.update(outline.stamp().encode())
    for path in [*sorted(folder.glob("*.csv")), *CODE]:
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def is_current(folder: Path = FOLDER) -> bool:
    """Whether the newest load was of the files as they are now, and in the division of today. Two queries."""
    newest = ReferenceLoad.objects.first()
    if newest is None or newest.fingerprint != fingerprint(folder):
        return False
    return divisions.is_written(timezone.localdate())


def load(say: Say, folder: Path = FOLDER) -> list[Report]:
    """The register's tables hold what the files say and the search knows it: all of it, or nothing.

    ``say`` is told each step before it begins. Rows that are no longer in the files are kept and reported.
    Raises ``ReferenceDataError`` for a file that cannot be used.
    """
    stamp = fingerprint(folder)
    now = timezone.now()
    with transaction.atomic():
        kopa.codes.reference.one_load_at_a_time()
        say("Sources and code lists")
        reports = [kopa.codes.reference.load_sources(folder, now=now)]
        reports += kopa.codes.reference.load_lists(folder, now=now)
        say("Regions and municipalities")
        reports += municipalities.reference.load(folder, now=now)
        say("Outlines and schematic areas for maps")
        reports += municipalities.maps.reference.load(now=now)
        say("Organisations, institutions and sites")
        reports += providers.reference.load(folder, now=now)
        say("Pilot groups")
        reports += pilots.reference.load(folder, now=now)
        say("Agreements")
        reports += agreements.reference.load(folder, now=now)
        newest = ReferenceLoad.objects.first()
        if newest is None or newest.fingerprint != stamp or any(report.is_news for report in reports):
            kept = {report.name: list(report.kept) for report in reports if report.kept}
            ReferenceLoad.objects.create(fingerprint=stamp, loaded_at=now, kept=kept)
            say("Search")
            projection.rebuild(now=now)
    return reports
