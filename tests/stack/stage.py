"""PostgreSQL, Valkey, a mail server, a web server and a worker of a test's own, each to be taken away.

Nobody supervises them, so that a test sees what the others do meanwhile.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
from celery import Celery

from bench.client import Connection, Failed
from kopa import environment as env
from kopa.stack import commands
from kopa.stack.home import Home
from kopa.stack.postgres import Postgres
from kopa.stack.process import Child
from kopa.stack.valkey import Valkey
from tests.smtp import MailServer, mail_server
from tests.stack.running import ROOT, free_port

HOST = "127.0.0.1"
PATIENCE = 120.0  # seconds


@dataclass
class Stage:
    """Everything runs, except that ``web`` and ``worker`` are started by whoever wants them."""

    postgres: Postgres
    valkey: Valkey
    mail: MailServer
    logs: Path
    port: int = field(default_factory=free_port)
    parts: list[Child] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        host, port = self.mail.server_address[:2]
        return os.environ | {
            "DATABASE_URL": self.postgres.url(),
            "REDIS_URL": self.valkey.url(),
            "EMAIL_URL": f"smtp://{host!s}:{port}",
            "ALLOWED_HOSTS": HOST,
        }

    def start_web(self) -> Child:
        web = self._start("web", commands.web(HOST, self.port))
        self.wait_until(self._answers)
        return web

    @contextmanager
    def worker(self) -> Iterator[Child]:
        """One that takes orders until the block ends, or until it is killed."""
        worker = self._start("worker", commands.worker())
        try:
            yield worker
        finally:
            if worker in self.parts:
                self.kill(worker)

    def _start(self, name: str, command: list[str]) -> Child:
        log = self.logs / f"{name}-{time.monotonic_ns()}.log"
        part = Child(name, commands.run(command), log, self.environment, ROOT)
        part.start()
        self.parts.append(part)
        return part

    def kill(self, part: Child) -> None:
        """With all its processes, in the middle of whatever they do."""
        assert part.process is not None
        os.killpg(part.process.pid, signal.SIGKILL)
        part.process.wait()
        self.parts.remove(part)

    def stop(self) -> None:
        for part in self.parts:
            part.stop(10)

    def _answers(self) -> bool:
        one = Connection(HOST, self.port)
        try:
            one.get("/health/live")
        except (OSError, Failed):
            return False
        else:
            return True
        finally:
            one.close()

    def restart_postgres(self) -> None:
        """At once, without a checkpoint and without asking anybody: it begins with recovery."""
        assert self.postgres.child.process is not None
        self.postgres.child.process.send_signal(signal.SIGQUIT)
        self.postgres.child.process.wait(PATIENCE)
        self.postgres.prepare()
        self.postgres.child.start()
        self.postgres.wait()

    @contextmanager
    def without_valkey(self) -> Iterator[None]:
        """It is killed, and comes back when the block ends."""
        assert self.valkey.child.process is not None
        self.valkey.child.process.kill()
        self.valkey.child.process.wait()
        try:
            yield
        finally:
            self.valkey.child.start()
            self.valkey.wait()

    def tell_worker(self, task: str, *arguments: object) -> None:
        # Otherwise every task of the tests that come after would go there.
        with Celery(broker=env.celery_url(self.valkey.url()), set_as_current=False) as app:
            app.send_task(task, list(arguments), ignore_result=True)

    def ask(self, statement: Any, given: Any = None) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.postgres.url(), autocommit=True) as connection:
            cursor = connection.execute(statement, given)
            return cursor.fetchall() if cursor.description else []

    def run(self, program: str) -> str:
        """What a program of Django's says."""
        command = [sys.executable, "-m", "django", "shell", "-v", "0", "--no-imports", "-c", program]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=PATIENCE,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def wait_until(self, is_so: Callable[[], bool], seconds: float = PATIENCE) -> None:
        end = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < end, "".join(f"\n{one.name}: {one.last_words(9)}" for one in self.parts)
            time.sleep(0.05)


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """With all tables, until the block ends."""
    home = Home.at(folder)
    home.open()
    with ExitStack() as stack:
        stack.callback(home.close)
        mail = stack.enter_context(mail_server(SimpleNamespace()))
        postgres, valkey = Postgres(home, say=print), Valkey(home, say=print)
        for server in (valkey, postgres):
            stack.callback(server.stop)
        postgres.prepare()
        for server in (valkey, postgres):
            server.child.start()
            server.wait()
        postgres.create_database()
        made = Stage(postgres, valkey, mail, home.logs)
        stack.callback(made.stop)
        subprocess.run(
            [sys.executable, "-m", "django", "migrate", "-v", "0"], cwd=ROOT, env=made.environment, check=True
        )
        yield made
