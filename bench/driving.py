"""Whoever sends for ``bench allot``: processes with threads, the same for all ways of sending.

Each thread has a connection of its own and sends its attempts one after another. What an attempt needs is
made before the clock runs, and some are sent before to other courses: what is measured is neither a first
connection nor a first plan.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.db import connection
from django.utils import timezone

from applications import services
from applications.models import Application
from bench.applicants import BORN, Attempt
from bench.client import Connection, Failed
from bench.servers import HEADERS, HOST
from bench.yardstick import allotting as yardstick
from kopa.accounts.models import User
from offerings.homes import find_home

PATIENCE: Final = 900.0  # seconds that a run may take
FORM: Final = "application/x-www-form-urlencoded"
# Hidden in the form: what the student was shown. She goes on whatever number in the queue she gets.
SEEN: Final = "queue.1000000.required..0"
Act = Callable[[], object]
Way = Callable[[Mapping[str, Any], Sequence[Mapping[str, Any]]], "Sender"]


@dataclass
class Done:
    """What all threads got done together, from the first act's beginning to the last one's end."""

    began: float = float("inf")
    ended: float = 0.0
    processor: float = 0.0  # seconds of who sends, or of the web server; PostgreSQL's are not in it
    taken: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return len(self.taken) / (self.ended - self.began) if self.taken else 0.0

    def add(self, other: Done) -> None:
        """What another process got done at the same time."""
        self.began, self.ended = min(self.began, other.began), max(self.ended, other.ended)
        self.processor += other.processor
        self.taken += other.taken
        self.failures += other.failures


class Sender:
    """Makes a thread's acts ready; ``open`` gives it a connection for as long as it sends."""

    @contextmanager
    def open(self) -> Iterator[Callable[[Mapping[str, Any]], Act]]:
        raise NotImplementedError


class ByService(Sender):
    """``applications.services.submit``, in a thread with a database connection of its own."""

    def __init__(self, job: Mapping[str, Any], attempts: Sequence[Mapping[str, Any]]) -> None:
        connection.ensure_connection()
        threads = job["threads"]
        connection.pool.resize(threads + 1, threads + 1)  # type: ignore[attr-defined]
        home = find_home(job["home_key"])
        assert home is not None  # noqa: S101 - made with the world
        people = User.objects.in_bulk([one["person"] for one in attempts])
        self.ready = {
            one["key"]: services.Submission(
                key=uuid.UUID(one["key"]), offering_id=one["offering"], person=people[one["person"]],
                home=home, birth_on=BORN, language="fi",
            )
            for one in attempts
        }  # fmt: skip

    @contextmanager
    def open(self) -> Iterator[Callable[[Mapping[str, Any]], Act]]:
        connection.ensure_connection()
        try:
            yield lambda attempt: lambda: self._sent(self.ready[attempt["key"]])
        finally:
            connection.close()

    def _sent(self, given: services.Submission) -> Application:
        return services.submit(given)


class ByYardstick(Sender):
    def __init__(self, job: Mapping[str, Any], attempts: Sequence[Mapping[str, Any]]) -> None:
        now = timezone.now()
        given = job["letter"] | {"home": job["home"], "now": now, "due_on": now.date() + dt.timedelta(14)}
        self.ready = {one["key"]: yardstick.values(one, given) for one in attempts}
        self.send = yardstick.send_naively if job["way"] == "naive" else yardstick.send

    @contextmanager
    def open(self) -> Iterator[Callable[[Mapping[str, Any]], Act]]:
        with yardstick.connect() as mine:
            yield lambda attempt: lambda: self.send(mine, self.ready[attempt["key"]])


class ByPage(Sender):
    """The last step's form, sent by a browser that is signed in."""

    def __init__(self, job: Mapping[str, Any], attempts: Sequence[Mapping[str, Any]]) -> None:
        self.port = job["port"]
        self.ready = {
            one["key"]: self._request(job["path"].format(**one), one["session"]) for one in attempts
        }

    def _request(self, path: str, session: str) -> bytes:
        secret = session  # any 32 letters and figures
        body = urlencode({"csrfmiddlewaretoken": secret, "seen": SEEN})
        cookies = f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={secret}"
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {HOST}:{self.port}\r\n{HEADERS}"
            f"Referer: https://{HOST}:{self.port}{path}\r\nCookie: {cookies}\r\n"
            f"Content-Type: {FORM}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return (head + body).encode("ascii")

    @contextmanager
    def open(self) -> Iterator[Callable[[Mapping[str, Any]], Act]]:
        mine = Connection(HOST, self.port, status=b"302")
        try:
            yield lambda attempt: lambda: mine.send(self.ready[attempt["key"]])
        finally:
            mine.close()


WAYS: Final[dict[str, Way]] = {
    "service": ByService, "yardstick": ByYardstick, "naive": ByYardstick, "page": ByPage,
}  # fmt: skip


def drive(
    attempts: Sequence[Attempt], *, warm_up: Sequence[Attempt], environment: Mapping[str, str],
    processes: int, threads: int, meter: Callable[[], float] | None = None, **job: Any,
) -> Done:  # fmt: skip
    """All of them sent, by so many processes with so many threads each. ``meter`` tells the processor's
    seconds of whoever does the work, where these processes do not. Raises Failed where one gives up.
    """
    with TemporaryDirectory(prefix="kopa-bench-") as folder, ExitStack() as stack:
        begun = []
        for number in range(processes):
            file = Path(folder) / f"{number}.json"
            mine = {
                name: [asdict(one) for one in all_of_them[number::processes]]
                for name, all_of_them in (("attempts", attempts), ("warm_up", warm_up))
            }
            file.write_text(json.dumps(job | {"threads": threads} | mine), encoding="utf-8")
            begun.append(stack.enter_context(_driver(file, dict(environment))))
        for one in begun:
            _wait_until_ready(one)
        before = meter() if meter else 0.0
        for one in begun:
            assert one.stdin is not None  # noqa: S101 - it is a pipe
            one.stdin.write("go\n")
            one.stdin.flush()
        for one in begun:
            if one.wait(PATIENCE):
                raise Failed("a driver has failed")
        done = Done()
        for number in range(processes):
            said = Path(folder) / f"{number}.json.done"
            done.add(Done(**json.loads(said.read_text(encoding="utf-8"))))
        if meter:
            done.processor = meter() - before
        return done


@contextmanager
def _driver(file: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "django", "bench", "allot", "--drive", str(file)]
    process = subprocess.Popen(  # noqa: S603 - ourselves
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ) | environment
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def _wait_until_ready(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    for line in process.stdout:
        if line == "ready\n":
            return
    raise Failed("a driver did not start")


def work(file: Path) -> None:
    """One of these processes: makes all ready, says so, waits for a word, sends, writes what it took."""
    job = json.loads(file.read_text(encoding="utf-8"))
    attempts, warm_up, threads = job["attempts"], job["warm_up"], job["threads"]
    sender = WAYS[job["way"]](job, [*warm_up, *attempts])
    done, lock = Done(), threading.Lock()
    is_warm, together = threading.Barrier(threads + 1), threading.Barrier(threads + 1)

    def send(before: Sequence[Mapping[str, Any]], mine: Sequence[Mapping[str, Any]]) -> None:
        try:
            with sender.open() as prepare:
                for one in before:
                    prepare(one)()
                acts = [prepare(one) for one in mine]
                is_warm.wait()
                together.wait()
                sent = _all_sent(acts)
        except BaseException:
            is_warm.abort()
            together.abort()
            raise
        with lock:
            done.add(sent)

    running = [
        threading.Thread(target=send, args=(warm_up[n::threads], attempts[n::threads]))
        for n in range(threads)
    ]
    for thread in running:
        thread.start()
    is_warm.wait()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody listens any more
    sys.stdin.readline()
    before = time.process_time()
    together.wait()
    for thread in running:
        thread.join()
    done.processor = time.process_time() - before
    Path(f"{file}.done").write_text(json.dumps(asdict(done)), encoding="utf-8")


def _all_sent(acts: Sequence[Act]) -> Done:
    """By one thread, one after another."""
    taken, failures = [], []
    first = time.perf_counter()  # of one clock for all processes of the machine
    for act in acts:
        began = time.perf_counter()
        try:
            act()
        except Exception as reason:  # noqa: BLE001 - told, and nothing is reported then
            failures.append(repr(reason)[:300])
        taken.append(time.perf_counter() - began)
    return Done(first, time.perf_counter(), 0.0, taken, failures)
