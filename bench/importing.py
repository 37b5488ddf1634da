"""How fast a spreadsheet is checked and saved, beside a yardstick; see docs/benchmarks.md.

The yardstick and KOPA must name the same wrong cells, else nothing is reported. Nothing of it stays.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from django.core.management.base import CommandError
from django.db import connection, transaction
from django.utils import timezone

from bench import sheets
from bench.search import environment
from kopa.accounts.models import User
from municipalities.models import Municipality
from offerings.imports import checking, services
from offerings.models import ImportRow, ImportRun, ImportState
from offerings.search import words
from providers.models import Organisation, OrganisationKind, Role, RoleAssignment

NAME: Final = "import"
BARE: Final = "bare"  # the yardstick without the cells of its rows
SHARE: Final = 0.7  # at least this share of the yardstick's rows per second
SECONDS: Final = 120.0  # at most, for checking and saving the workbook
MEGABYTES: Final = 300.0  # at most, of the process that does it


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--rows", type=int, default=20_000, help="of the file (default 20000)")
    parser.add_argument("--seed", type=int, default=1, help="of what stands in it")
    parser.add_argument("--times", type=int, default=3, help="each is done, in turn; the best counts")
    parser.add_argument("--without-workbook", action="store_true", help="leave the .xlsx out")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--whole", type=Path, help="check and save this file, and print what it took as JSON")


def run(options: Mapping[str, Any]) -> None:
    """Measures and prints; raises CommandError where the figures would mean nothing."""
    if options["whole"]:
        sys.stdout.write(json.dumps(whole(options["whole"].read_bytes())) + "\n")
        return
    measured = measure(options)
    sys.stdout.write("\n".join(table(measured)) + "\n")
    if options["json"]:
        options["json"].write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")


def measure(options: Mapping[str, Any]) -> dict[str, Any]:
    with undone():
        codes = sheets.read_words()
        if not codes.forms or not codes.municipalities:
            raise CommandError("The code lists are empty: run load_reference first.")
        today = timezone.localdate()
        rows = list(sheets.rows(options["rows"], seed=options["seed"], words=codes, today=today))
    content = sheets.as_csv(rows)
    check = checked_in_turn(content, codes, options["times"])
    measured = {
        "environment": environment(),
        "options": {name: options[name] for name in ("rows", "seed", "times")},
        "check": check,
        "save": saved(content, len(rows)),
    }
    return measured if options["without_workbook"] else measured | {"workbook": in_a_process(rows)}


@contextmanager
def undone() -> Iterator[None]:
    """Nothing of it stays."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def checked_in_turn(content: bytes, codes: sheets.Words, times: int) -> dict[str, Any]:
    """Seconds of all, the best of several turns. Raises CommandError where they name different cells."""
    taken: dict[str, list[float]] = {"yardstick": [], BARE: [], "KOPA": []}
    wrong: dict[str, sheets.Wrong] = {}
    for _ in range(times):
        with undone():
            run_of_it = brought(content)
            with clocked(taken["KOPA"]):
                checking.check(run_of_it.pk, most_rows=10**6)
            wrong["KOPA"] = wrong_cells(run_of_it)
        for name in ("yardstick", BARE):
            with undone():
                yardstick = sheets.Yardstick(codes, keeps_cells=name != BARE)
                with clocked(taken[name]):
                    wrong[name] = yardstick.load(content)
            refuse_unless_alike(wrong["KOPA"], wrong[name])
    number = content.count(b"\n") - 1
    return {
        "wrong_rows": len(wrong["KOPA"]),
        **{
            name: {"seconds": min(each), "rows_per_second": number / min(each)}
            for name, each in taken.items()
        },
    }


@contextmanager
def clocked(taken: list[float]) -> Iterator[None]:
    """Until the rows stand in their tables, foreign keys that are asked at the end of a transaction too."""
    started = time.perf_counter()
    yield
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        taken.append(time.perf_counter() - started)
        cursor.execute("set constraints all deferred")


def refuse_unless_alike(kopa: sheets.Wrong, yardstick: sheets.Wrong) -> None:
    differing = [row for row in sorted(kopa.keys() | yardstick.keys()) if kopa.get(row) != yardstick.get(row)]
    if differing or not kopa:
        shown = "\n".join(f"    row {row}: {kopa.get(row)}, {yardstick.get(row)}" for row in differing[:5])
        raise CommandError(
            f"KOPA and the yardstick find {len(differing)} rows wrong otherwise, of {len(kopa)}:\n{shown}"
        )


def wrong_cells(of: ImportRun) -> sheets.Wrong:
    rows = ImportRow.objects.filter(run=of).exclude(errors={}).order_by("number")
    return {number: sorted(errors) for number, errors in rows.values_list("number", "errors")}


def saved(content: bytes, number: int) -> dict[str, float]:
    """Rows per second of saving: difference, history, words of the search, its tables."""
    taken: list[float] = []
    with undone():
        of_it = brought(content)
        checking.check(of_it.pk, most_rows=10**6)
        with clocked(taken):
            accept(of_it)
        [once] = taken
        return {"seconds": once, "rows": of_it.good, "rows_per_second": of_it.good / once, "of": number}


def accept(of_it: ImportRun) -> None:
    services.order_saving(run_id=of_it.pk, by=of_it.by)
    services.accept(run_id=of_it.pk)
    of_it.refresh_from_db()
    if of_it.state != ImportState.ACCEPTED:
        raise CommandError(f"Nothing was saved: {of_it.refusal}")


def in_a_process(rows: Sequence[Sequence[str]]) -> dict[str, float]:
    """The same rows as a workbook, checked and saved by a process of their own, as a worker does."""
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as file:
        file.write(sheets.as_xlsx(rows))
        file.flush()
        command = [sys.executable, "-m", "django", "bench", NAME, "--whole", file.name]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=dict(os.environ))  # noqa: S603
    return dict(json.loads(done.stdout.splitlines()[-1]))


def whole(content: bytes) -> dict[str, float]:
    words.warm_up()  # every worker that has published holds the search's dictionaries
    taken: list[float] = []
    with undone():
        before = peak()
        of_it = brought(content)
        with clocked(taken):
            checking.check(of_it.pk, most_rows=10**6)
        after_check = peak()
        with clocked(taken):
            accept(of_it)
        check, save = taken
        return {
            "rows": of_it.good, "check": check, "save": save,
            "before_megabytes": before, "check_megabytes": after_check, "peak_megabytes": peak(),
        }  # fmt: skip


def peak() -> float:
    """Most memory that this process has ever held, in megabytes: all its pages, also those of programs and
    libraries that others hold too. What it held before it became this program (``ru_maxrss`` has that of its
    parent) does not count.
    """
    status = Path("/proc/self/status")
    if status.exists():
        most = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(most.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 * 1024)  # macOS counts bytes


def brought(content: bytes) -> ImportRun:
    """By somebody of an organisation that there is only for this."""
    person = User.objects.create(name="Mittaaja", email="mittaaja@example.org", language="fi")
    home = Municipality.objects.current().filter(country="FI").order_by("pk")[0]
    provider = Organisation.objects.create(
        kind=OrganisationKind.ASSOCIATION, country="FI", name_fi="Mittausopisto", home_municipality=home
    )
    RoleAssignment.objects.create(
        person=person, role=Role.PROVIDER_STAFF, organisation=provider, valid_from=timezone.localdate()
    )
    return services.bring(provider=provider, by=person, file_name="a.csv", content=content, language="fi")


def table(measured: Mapping[str, Any]) -> Iterator[str]:
    environment, options, check = (measured[name] for name in ("environment", "options", "check"))
    yield (
        f"{options['rows']} rows, {check['wrong_rows']} of them wrong; seed {options['seed']}; PostgreSQL"
        f" {environment['postgresql']}, Python {environment['python']}, {environment['cpus']} processors,"
        f" load {environment['load']:.1f}; {environment['at']}"
    )
    yield f"read, checked and staged, the best of {options['times']} in turn"
    for name in ("yardstick", BARE, "KOPA"):
        yield f"{name:12}{check[name]['rows_per_second']:10.0f} rows/s{check[name]['seconds']:9.2f} s"
    yield "saved: difference, history, words and tables of the search"
    yield f"{'KOPA':12}{measured['save']['rows_per_second']:10.0f} rows/s{measured['save']['seconds']:9.2f} s"
    share, of_bare = (
        check["KOPA"]["rows_per_second"] / check[name]["rows_per_second"] for name in ("yardstick", BARE)
    )
    yield said(share >= SHARE, f"check: rows/s, at least {SHARE:g} × yardstick", share)
    yield f"        {of_bare:.2f} × the bare one, which keeps nothing that could be mended"
    if "workbook" in measured:
        book = measured["workbook"]
        both = book["check"] + book["save"]
        yield said(both <= SECONDS, f"workbook checked and saved: seconds, at most {SECONDS:g}", both)
        most, before = book["peak_megabytes"], book["before_megabytes"]
        yield said(most <= MEGABYTES, f"workbook: megabytes, at most {MEGABYTES:g}", most)
        yield f"        of these {before:.2f} with the search's dictionaries, before the file was seen"


def said(is_met: bool, text: str, figure: float) -> str:  # noqa: FBT001 - of two words one
    return f"{'met   ' if is_met else 'MISSED'}  {text}: {figure:.2f}"
