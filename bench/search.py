"""How fast the search answers, beside a yardstick and a plain version; see docs/benchmarks.md.

The yardstick and KOPA must answer alike, else nothing is reported.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any, Final
from urllib.parse import urlencode

from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction
from django.utils import timezone

from bench import answers, report
from bench.asking import CLASSES, Request, requests, sample
from bench.client import Failed, latencies, load, nearest_rank
from bench.servers import HEADERS, HOST, KOPA, PLAIN, YARDSTICK, Running, running
from bench.yardstick import schema
from municipalities.cache import gazetteer
from offerings.models import Offering, SearchRow
from offerings.search import phrases
from offerings.search.passages import Weight

WEIGHTS: Final = (Weight.A, Weight.B, Weight.C)


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--offerings", type=int, nargs="+", default=[], metavar="N",
        help="generate catalogues of these sizes first, one after another (default: measure what is there)",
    )  # fmt: skip
    parser.add_argument("--catalogue-seed", type=int, default=1, help="of the generated catalogues")
    parser.add_argument("--seed", type=int, default=1, help="of the requests")
    names = list(CLASSES)
    parser.add_argument(
        "--classes", nargs="+", choices=names, default=names, metavar="CLASS", help=", ".join(names)
    )
    parser.add_argument("--requests", type=int, default=40, help="of each class")
    parser.add_argument("--compared", type=int, default=15, help="answers of each class that are compared")
    parser.add_argument("--connections", type=int, default=8, help="at once, for requests per second")
    parser.add_argument("--seconds", type=float, default=15.0, help="how long these connections ask")
    parser.add_argument("--plain-requests", type=int, default=8, help="of each class for the plain version")
    parser.add_argument("--without-plain", action="store_true", help="leave the plain version out")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")


def run(options: Mapping[str, Any]) -> None:
    """Measures and prints; raises CommandError where the figures would mean nothing."""
    measured = []
    for size in options["offerings"] or [None]:
        if size is not None:
            call_command("generate_catalogue", offerings=size, seed=options["catalogue_seed"])
        measured.append(measure(options))
        sys.stdout.write(report.table(measured[-1]) + "\n")
    if options["json"]:
        options["json"].write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request with its address on each server."""

    request: Request
    paths: Mapping[str, str]  # by server's name


def measure(options: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of the catalogue that is there, as they stand in the JSON file."""
    prepare()
    servers = [YARDSTICK, KOPA] if options["without_plain"] else [YARDSTICK, KOPA, PLAIN]
    try:
        asked = prepare_requests(options)
        with ExitStack() as stack:
            up = {server.name: stack.enter_context(running(server)) for server in servers}
            hits = compare(asked, up, options["compared"])
            return {
                "environment": environment(),
                "options": {name: value for name, value in options.items() if name in report.OPTIONS},
                "catalogue": {
                    "offerings": Offering.objects.count(),
                    "in_search": Offering.objects.in_search(timezone.now()).count(),
                },
                "classes": {
                    kind: {"hits": hits[kind]} | dict(one_by_one(of_kind, up, options))
                    for kind, of_kind in asked.items()
                },
                "together": dict(together(asked, up, options)),
                "ceiling": ceiling(up["yardstick"], options),
            }
    except Failed as reason:
        raise CommandError(str(reason)) from reason
    finally:
        tidy()


def tidy() -> None:
    """Nothing of the yardstick stays in the database."""
    with connection.cursor() as cursor:
        cursor.execute(schema.REMOVE)


def prepare() -> None:
    """Builds the yardstick's tables. Raises CommandError where there is nothing to be found."""
    if not SearchRow.objects.exists():
        raise CommandError("The search holds nothing: run generate_catalogue first, or give --offerings.")
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in schema.statements():
            cursor.execute(statement)
    with connection.cursor() as cursor:
        for statement in schema.tidying() if not connection.in_atomic_block else ():
            cursor.execute(statement)


def prepare_requests(options: Mapping[str, Any]) -> dict[str, list[Asked]]:
    """By class."""
    now = timezone.now()
    seed, count = options["seed"], options["requests"]
    given = sample(Offering.objects.in_search(now), seed=seed)
    return {
        kind: [addresses(request) for request in requests(kind, count, given, seed=seed)]
        for kind in options["classes"]
    }


def addresses(request: Request) -> Asked:
    """The request for each server. The yardstick gets words as KOPA reads them: it measures the database, not
    the analysers.
    """
    parameters = [(name, value) for name, value in request.parameters if name != "q"]
    if request.words:
        read = phrases.understand(request.words, now=timezone.now(), places=gazetteer())
        parameters.append(("words", json.dumps([_texts(phrase) for phrase in read])))
    return Asked(
        request,
        {
            YARDSTICK.name: f"{YARDSTICK.path}?{urlencode(parameters)}",
            KOPA.name: f"{KOPA.path}?{request.query}",
            PLAIN.name: f"{PLAIN.path}?{request.query}",
        },
    )


def _texts(phrase: phrases.Phrase) -> list[str]:
    return [phrase.tsquery, *(phrase.tsquery_at(weight) for weight in WEIGHTS), phrase.tsquery_as_typed]


def compare(
    asked: Mapping[str, Sequence[Asked]], up: Mapping[str, Running], count: int
) -> dict[str, dict[str, float]]:
    """How many hits the compared requests have, by class. Raises CommandError where the yardstick and KOPA
    answer differently, and where most requests of a class have no hit.
    """
    hits: dict[str, dict[str, float]] = {}
    wrong: list[str] = []
    with closing(up[YARDSTICK.name].connection()) as yardstick, closing(up[KOPA.name].connection()) as kopa:
        for kind, of_kind in asked.items():
            totals = []
            for one in of_kind[:count]:
                mine = answers.of_kopa(kopa.get(one.paths[KOPA.name]))
                theirs = answers.of_yardstick(yardstick.get(one.paths[YARDSTICK.name]))
                totals.append(mine.total)
                if mine != theirs:
                    wrong.append(f"{one.request.query}\n    " + "\n    ".join(mine.differences(theirs)))
            if 2 * totals.count(0) > len(totals):
                raise CommandError(f"Most requests of the class {kind} find nothing: nothing is measured.")
            hits[kind] = {"mean": mean(totals), "without": sum(total == 0 for total in totals)}
    if wrong:
        shown = "\n".join(wrong[:5])
        raise CommandError(f"KOPA and the yardstick answer {len(wrong)} requests differently:\n{shown}")
    return hits


def one_by_one(
    asked: Sequence[Asked], up: Mapping[str, Running], options: Mapping[str, Any]
) -> Iterator[tuple[str, dict[str, float]]]:
    """Milliseconds on one connection, server after server."""
    for name, server in up.items():
        some = asked[: options["plain_requests"]] if name == PLAIN.name else asked
        with closing(server.connection()) as one:
            taken = [1000 * seconds for seconds in latencies(one, [each.paths[name] for each in some])]
        yield name, {"p50": nearest_rank(taken, 50), "p95": nearest_rank(taken, 95), "requests": len(taken)}


def together(
    asked: Mapping[str, Sequence[Asked]], up: Mapping[str, Running], options: Mapping[str, Any]
) -> Iterator[tuple[str, dict[str, float]]]:
    """Requests per second on several connections, all classes in turn."""
    mixed = [one for row in zip(*asked.values(), strict=True) for one in row]
    for name, server in up.items():
        done = load(
            HOST, server.port, [one.paths[name] for one in mixed], connections=options["connections"],
            seconds=options["seconds"], headers=HEADERS,
        )  # fmt: skip
        if done.failures:
            raise Failed(f"{name}: {done.failures[0]}")
        taken = [1000 * seconds for seconds in done.taken]
        yield name, {
            "per_second": done.per_second, "p50": nearest_rank(taken, 50), "p95": nearest_rank(taken, 95),
        }  # fmt: skip


def ceiling(server: Running, options: Mapping[str, Any]) -> float:
    """Requests per second of this client and an empty handler: neither may hold the others back."""
    done = load(HOST, server.port, ["/empty"], connections=options["connections"], seconds=2)
    return done.per_second


def environment() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('server_version'), current_setting('shared_buffers')")
        version, buffers = cursor.fetchone()
    return {
        "at": timezone.now().isoformat(timespec="seconds"),
        "cpus": os.cpu_count(),
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
        "postgresql": version,
        "shared_buffers": buffers,
    }
