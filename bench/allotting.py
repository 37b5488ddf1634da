"""How fast places are given to who applies, beside a yardstick and a plain version; see docs/benchmarks.md.

Everything happens in a database of its own, which is gone afterwards. Nothing is reported unless every way of
sending has written the same rows and given no place twice.
"""

from __future__ import annotations

import json
import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

import redis
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.urls import reverse
from django.utils import translation

from bench.applicants import Attempt, Scenario, World, example_letter, make_attempts, make_world
from bench.client import Failed, nearest_rank
from bench.driving import Done, drive, work
from bench.search import environment
from bench.servers import Server, database_url, running

NAME: Final = "allot"
SHARE: Final = 0.4  # at least this share of the yardstick's applications per second
FASTER: Final = 3.0  # at least so many times the plain version's
PROCESSES: Final = 4
QUEUE: Final = 15  # Valkey's database for what workers would be told
OWN_SETTINGS: Final = {"DJANGO_SETTINGS_MODULE": "bench.plain.applying_settings"}
CONSTRAINT: Final = "places_given_are_no_more_than_the_seats"
CONDITION: Final = "check (seats >= held + taken + used + taken_elsewhere)"
# Of the courses of one run: what must be so whoever has sent.
FOUND: Final = """
with course as (
  select c.id as counter, o.id, o.capacity as places, c.held from offerings_offering o
  join offerings_placecounter c on c.offering_id = o.id where o.id = any(%(courses)s)
),
sent as materialized (
  select id, offering_id, status from applications_application where offering_id = any(%(courses)s)
),
course_sent as (
  select course.*, count(sent.id) filter (where status = 'submitted') as placed,
    count(sent.id) filter (where status = 'waiting') as waiting,
    max(sent.id) filter (where status = 'submitted') as last_placed,
    min(sent.id) filter (where status = 'waiting') as first_waiting,
    (select count(*) from applications_seat s where s.counter_id = counter and s.state = 'held') as seats
  from course left join sent on sent.offering_id = course.id
  group by course.counter, course.id, course.places, course.held
)
select coalesce(sum(placed + waiting), 0) as applications, coalesce(sum(placed), 0) as placed,
  coalesce(sum(waiting), 0) as waiting, coalesce(sum(greatest(seats - places, 0)), 0) as oversold,
  coalesce(sum(greatest(places - seats, 0)) filter (where waiting > 0), 0) as undersold,
  count(*) filter (where held <> seats or seats <> placed) as miscounted,
  count(*) filter (where last_placed > first_waiting) as passed,
  (select count(*) from applications_learner where person_id = any(%(people)s)) as learners,
  (select count(*) from audit_auditevent e join sent on sent.id = e.target_id
   where e.verb = 'application.submit' and e.to_state = sent.status) as entries,
  (select count(*) from applications_homestatement h join sent on sent.id = h.application_id) as cases,
  (select count(*) from letters_letter l join sent on sent.id = l.target_id
   where l.target = 'applications.application') as letters,
  (select count(*) from applications_draft where offering_id = any(%(courses)s)) as drafts
from course_sent
"""


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--attempts", type=int, default=10_000, help="of each run (default 10000)")
    parser.add_argument("--http-attempts", type=int, default=2_000, help="of each run through HTTP")
    parser.add_argument("--rounds", type=int, default=3, help="how often each run is repeated (default 3)")
    parser.add_argument("--connections", type=int, default=64, help="at once (default 64)")
    parser.add_argument("--seed", type=int, default=1, help="of the order in which people send")
    parser.add_argument("--without-http", action="store_true", help="leave web servers out")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--drive", type=Path, help="send what this file says: one of the sending processes")


def run(options: Mapping[str, Any]) -> None:
    """Measures and prints; raises CommandError where a place was given twice, or the proof proves nothing."""
    if options["drive"]:
        work(options["drive"])
        return
    with database_of_its_own():
        measured = measure(options)
    sys.stdout.write("\n".join(table(measured)) + "\n")
    if options["json"]:
        options["json"].write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")


def measure(options: Mapping[str, Any]) -> dict[str, Any]:
    """The figures, as they stand in the JSON file."""
    world = make_world()
    try:
        with queue_of_its_own() as redis_url:
            bench = Bench(world, options, redis_url)
            scenarios = {name: bench.scenario(name) for name in ("hot", "spread")}
            proof = bench.counter_proof()
    except Failed as reason:
        raise CommandError(str(reason)) from reason
    names = ("attempts", "http_attempts", "rounds", "connections", "seed")
    return {
        "environment": environment(),
        "options": {name: options[name] for name in names},
        "scenarios": scenarios,
        "counter_proof": proof,
    }


class Bench:
    def __init__(self, world: World, options: Mapping[str, Any], redis_url: str) -> None:
        self.world, self.options = world, options
        self.processes = min(PROCESSES, options["connections"])
        name = str(connection.settings_dict["NAME"])
        self.environment = {
            "DATABASE_URL": database_url(os.environ["DATABASE_URL"], name),
            "REDIS_URL": redis_url,
            "DJANGO_SETTINGS_MODULE": "kopa.settings",
        }

    def scenario(self, name: str) -> dict[str, dict[str, Any]]:
        """Every way in turn, round by round, so that all have the same machine."""
        make = getattr(Scenario, name)
        with ExitStack() as stack:
            ways: dict[str, dict[str, Any]] = {
                way: {"way": way, "scenario": make(self.options["attempts"])}
                for way in ("yardstick", "service")
            }
            for server in [] if self.options["without_http"] else self.servers():
                up = stack.enter_context(running(server))
                ways[server.name] = {
                    "way": "page", "scenario": make(self.options["http_attempts"]), "port": up.port,
                    "path": _path(server), "meter": up.processor_seconds,
                }  # fmt: skip
            rounds = [
                {title: self.sent(**how) for title, how in ways.items()}
                for _number in range(self.options["rounds"])
            ]
        return {title: together([one[title] for one in rounds]) for title in ways}

    def servers(self) -> list[Server]:
        common = {"REDIS_URL": self.environment["REDIS_URL"]}
        return [
            Server("page", "kopa.wsgi:application", "", "/health/live", common),
            Server("plain page", "bench.plain.wsgi:application", "", "/health/live", common | OWN_SETTINGS),
        ]

    def sent(self, way: str, scenario: Scenario, **more: Any) -> Sent:
        """One run. Raises CommandError where what is found afterwards is wrong."""
        done, found = self.run(way, scenario, **more)
        refuse_unless_right(found, done, scenario, way)
        return Sent(scenario, done, found, os.getloadavg()[0])

    def run(self, way: str, scenario: Scenario, **more: Any) -> tuple[Done, dict[str, int]]:
        attempts, warm_up = (
            make_attempts(self.world, one, seed=self.options["seed"], with_pages=way == "page")
            for one in (scenario, Scenario.warm_up(self.options["connections"]))
        )
        letter = example_letter(self.world)
        done = drive(
            attempts, warm_up=warm_up, environment=self.environment, processes=self.processes,
            threads=-(-self.options["connections"] // self.processes), way=way,
            home=self.world.home.pk, home_key=self.world.home.key,
            letter={"subject": letter.subject, "text": letter.text, "html": letter.html}, **more,
        )  # fmt: skip
        return done, what_is_found(attempts)

    def counter_proof(self) -> dict[str, int]:
        """Who looks first and takes later gives places twice, or this measurement would not notice it."""
        with without_the_constraint():
            _done, found = self.run("naive", Scenario("counter-proof", 640, 1, 32))
        if not found["oversold"]:
            raise CommandError("Looking first and taking later has given no place twice: nothing is proved.")
        return found


@dataclass(frozen=True, slots=True)
class Sent:
    """One run: what it took, and what was found afterwards."""

    scenario: Scenario
    done: Done
    found: Mapping[str, int]
    load: float


def together(runs: Sequence[Sent]) -> dict[str, Any]:
    """The figures of all runs by one way, as they stand in the JSON file."""
    scenario = runs[0].scenario
    taken = [1000 * seconds for one in runs for seconds in one.done.taken]
    rounds = [one.done.per_second for one in runs]
    return {
        "attempts": len(taken), "courses": scenario.courses, "places": scenario.places,
        "per_second": median(rounds), "rounds": rounds, "p50": nearest_rank(taken, 50),
        "p95": nearest_rank(taken, 95), "p99": nearest_rank(taken, 99),
        "processor_ms": 1000 * sum(one.done.processor for one in runs) / len(taken),
        "load": max(one.load for one in runs),
        **{name: sum(one.found[name] for one in runs) for name in runs[0].found},
    }  # fmt: skip


def _path(server: Server) -> str:
    """The address that the form goes to, with names to be filled in."""
    if server.name == "plain page":
        return "/plain/{offering}/{key}"
    key = "00000000-0000-0000-0000-000000000000"
    with translation.override("fi"):
        path = reverse("applications:apply_check", kwargs={"pk": 987_654_321, "key": key})
    return path.replace("987654321", "{offering}").replace(key, "{key}")


def what_is_found(attempts: Sequence[Attempt]) -> dict[str, int]:
    given = {
        "courses": sorted({one.offering for one in attempts}),
        "people": [one.person for one in attempts],
    }
    with connection.cursor() as cursor:
        cursor.execute(FOUND, given)
        names = [column.name for column in cursor.description]
        return {name: int(value) for name, value in zip(names, cursor.fetchone(), strict=True)}


def refuse_unless_right(found: Mapping[str, int], done: Done, scenario: Scenario, way: str) -> None:
    """Placed as many as there are places, the rest in the queue in its order, each with all its rows."""
    number = scenario.attempts
    wanted = dict.fromkeys(("oversold", "undersold", "miscounted", "passed", "drafts"), 0)
    wanted |= dict.fromkeys(("applications", "learners", "entries", "cases", "letters"), number)
    each, more = divmod(number, scenario.courses)
    by_course = [each + (which < more) for which in range(scenario.courses)]
    wanted["placed"] = sum(min(scenario.places, sent) for sent in by_course)
    wanted["waiting"] = number - wanted["placed"]
    wrong = [f"{name} {found[name]}, not {value}" for name, value in wanted.items() if found[name] != value]
    if done.failures:
        wrong.append(f"{len(done.failures)} were refused: {done.failures[0]}")
    if wrong:
        raise CommandError(f"{scenario.name}, {way}: {'; '.join(wrong)}")


@contextmanager
def database_of_its_own() -> Iterator[None]:
    """An empty database with all tables beside the portal's, until the block ends."""
    before, name = str(connection.settings_dict["NAME"]), f"kopa_bench_{os.getpid()}"
    with connection.cursor() as cursor:
        cursor.execute(f'create database "{name}"')
    try:
        _use(name)
        call_command("migrate", verbosity=0, interactive=False)
        yield
    finally:
        _use(before)
        with connection.cursor() as cursor:
            cursor.execute(f'drop database "{name}" with (force)')


def _use(name: str) -> None:
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    connection.settings_dict["NAME"] = name


@contextmanager
def queue_of_its_own() -> Iterator[str]:
    """No worker of the portal is told of letters that it does not have. Raises Failed where it is in use."""
    parts = urlsplit(settings.REDIS_URL)
    if parts.scheme == "unix":
        query = urlencode({**parse_qs(parts.query), "db": str(QUEUE)})
        url = f"unix://{parts.path}?{query}"
    else:
        url = parts._replace(path=f"/{QUEUE}").geturl()
    with redis.Redis.from_url(url) as valkey:
        if valkey.dbsize():
            raise Failed(f"Valkey's database {QUEUE} is in use.")
        try:
            yield url
        finally:
            valkey.flushdb()


@contextmanager
def without_the_constraint() -> Iterator[None]:
    """PostgreSQL says nothing any more. Afterwards the counters are what they may be, and it does again."""
    with connection.cursor() as cursor:
        cursor.execute(f"alter table offerings_placecounter drop constraint {CONSTRAINT}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("update offerings_placecounter set held = seats where held > seats")
            cursor.execute(f"alter table offerings_placecounter add constraint {CONSTRAINT} {CONDITION}")


def table(measured: Mapping[str, Any]) -> Iterator[str]:
    environment, options = measured["environment"], measured["options"]
    yield (
        f"{options['connections']} connections; seed {options['seed']}; PostgreSQL"
        f" {environment['postgresql']}, Python {environment['python']}, {environment['cpus']} processors;"
        f" {environment['at']}"
    )
    for name, ways in measured["scenarios"].items():
        first = next(iter(ways.values()))
        yield f"{name}: {first['courses']} courses, {first['places']} places each"
        yield (
            f"{'':12}{'attempts':>10}{'a second':>10}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'CPU ms':>8}"
            f"{'load':>7}"
        )
        for way, one in ways.items():
            yield (
                f"{way:12}{one['attempts']:10}{one['per_second']:10.0f}{one['p50']:9.1f}{one['p95']:9.1f}"
                f"{one['p99']:9.1f}{one['processor_ms']:8.2f}{one['load']:7.1f}"
                f"   placed {one['placed']}, waiting {one['waiting']}, given twice {one['oversold']}"
            )
    proof = measured["counter_proof"]
    yield f"counter-proof: looking first and taking later gave {proof['oversold']} places twice"
    for name, ways in measured["scenarios"].items():
        yield from goals(name, {way: one["rounds"] for way, one in ways.items()})


def goals(scenario: str, rounds: Mapping[str, Sequence[float]]) -> Iterator[str]:
    """Each round is compared with itself: the machine may be half as fast in the next one."""
    share = _times(rounds["service"], rounds["yardstick"])
    yield said(share >= SHARE, f"{scenario}: service, at least {SHARE:g} × yardstick", share)
    if "plain page" in rounds:
        faster = _times(rounds["page"], rounds["plain page"])
        yield said(faster >= FASTER, f"{scenario}: one web process, at least {FASTER:g} × plain", faster)


def _times(ours: Sequence[float], others: Sequence[float]) -> float:
    return median(one / other for one, other in zip(ours, others, strict=True))


def said(is_met: bool, text: str, figure: float) -> str:  # noqa: FBT001 - of two words one
    return f"{'met   ' if is_met else 'MISSED'}  {text}: {figure:.2f}"
