"""Starts the parts of one KOPA in order, watches them, and stops them all when one ends or somebody asks."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from kopa.stack import bootstrap, commands
from kopa.stack.errors import StackError
from kopa.stack.home import Home
from kopa.stack.postgres import Postgres
from kopa.stack.process import OWNER, Child
from kopa.stack.progress import Progress
from kopa.stack.signals import Signals
from kopa.stack.valkey import Valkey

LARGEST_LOG = 20 * 2**20
WEB_PATIENCE = WORKER_PATIENCE = 120
STOP_PATIENCE = 15


class Supervisor:
    def __init__(self, home: Home, progress: Progress, signals: Signals) -> None:
        self.home = home
        self.progress = progress
        self.signals = signals
        self.servers: list[Postgres | Valkey] = []
        self.programs: list[Child] = []

    def start_server(self, server: Postgres | Valkey) -> None:
        """Start a server without waiting for it."""
        self.servers.append(server)
        if isinstance(server, Postgres):
            server.prepare()
        server.child.held = self.signals.held  # also where the server starts its child a second time
        server.child.start()

    def start_program(self, name: str, command: list[str]) -> None:
        """Start one of KOPA's own programs; its output goes to a log of its own in the home."""
        environment = os.environ | {
            OWNER: str(self.home.path),
            "LOG_LEVEL": self.log_level,
            "PYTHONUNBUFFERED": "1",
        }
        child = Child(
            name,
            commands.run(command),
            log=self.home.log_of(name),
            environment=environment,
            folder=bootstrap.ROOT,
            held=self.signals.held,
        )
        self.programs.append(child)
        child.start()

    @property
    def log_level(self) -> str:
        return os.environ.get("KOPA_CHILD_LOG_LEVEL", "INFO")

    def wait_until(self, is_true: Callable[[], bool], *, patience: float, otherwise: str) -> None:
        """Return when ``is_true`` is; raises StackError when a part ends before that or patience does."""
        end = time.monotonic() + patience
        while not is_true():
            self.refuse_dead_parts()
            if time.monotonic() > end:
                raise StackError(otherwise)
            time.sleep(0.05)

    def watch(self, seconds: float | None = None) -> None:
        """Stay until a part ends (StackError) or a stop is requested; keep the logs from filling the disk."""
        end = time.monotonic() + (seconds if seconds is not None else float("inf"))
        while time.monotonic() < end:
            self.refuse_dead_parts()
            for child in self.children():
                _keep_small(child.log)
            time.sleep(0.5)

    def refuse_dead_parts(self) -> None:
        for child in self.children():
            if child.process is not None and child.ended():
                words = child.last_words()
                raise StackError(
                    f"The {child.name} ended unexpectedly ({_how(child.process.returncode)}); KOPA stops. "
                    f"Start it again with the same command; the log is {child.log}."
                    + (f"\n{words}" if words else "")
                )

    def children(self) -> list[Child]:
        return [server.child for server in self.servers] + self.programs

    def stop(self) -> None:
        """Stop the programs together, then the servers they need.

        Nothing of this start is left afterwards.
        """
        for child in self.programs:
            child.ask_to_stop()
        for child in self.programs:
            child.stop(STOP_PATIENCE)
        for server in self.servers:
            server.child.ask_to_stop()
        for server in self.servers:
            server.stop()


def answers(host: str, port: int, path: str, name: str = "localhost") -> bool:
    """Whether a request for ``path``, asked of the site called ``name``, is answered with 200."""
    connection = http.client.HTTPConnection(host, port, timeout=15)
    try:
        connection.request("GET", path, headers={"Host": name})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _how(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"


def _keep_small(log: Path) -> None:
    """Begin a log anew when it has grown large, keeping one older part.

    Its writer appends, so it can write on.
    """
    with contextlib.suppress(OSError):
        if log.stat().st_size > LARGEST_LOG:
            shutil.copyfile(log, log.with_suffix(".log.1"))
            os.truncate(log, 0)
