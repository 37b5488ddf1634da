"""The web servers that are measured: each one process of granian with as many threads as KOPA runs with."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.db import connection

from bench.client import Connection, Failed
from kopa.stack import commands
from kopa.stack.process import Child

HOST: Final = "127.0.0.1"
PATIENCE: Final = 60.0
# As a proxy in front of KOPA says it where it runs with HTTPS.
HEADERS: Final = "X-Forwarded-Proto: https\r\n"


@dataclass(frozen=True, slots=True)
class Server:
    """What is measured, and where it answers."""

    name: str
    application: str
    path: str
    ready: str  # answers once it works
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Running:
    server: Server
    port: int
    session: int  # of its processes

    def processor_seconds(self) -> float:
        """Of all its processes, since they began; of Linux."""
        ticks = 0
        for status in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):  # it has ended meanwhile
                # Behind the name, which may hold anything: session is the 6th field, the times 14 and 15.
                fields = status.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
                if int(fields[3]) == self.session:
                    ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def connection(self) -> Connection:
        return Connection(HOST, self.port, HEADERS)


YARDSTICK: Final = Server("yardstick", "bench.yardstick.app:application", "/search", "/empty", {})
KOPA: Final = Server("KOPA", "kopa.wsgi:application", "/api/v1/offerings/", "/health/live", {})
PLAIN: Final = Server(
    "plain", "bench.plain.wsgi:application", "/offerings/", "/empty",
    {"DJANGO_SETTINGS_MODULE": "bench.plain.settings"},
)  # fmt: skip


@contextmanager
def running(server: Server) -> Iterator[Running]:
    """The server until the block ends. Raises Failed with its last words where it does not come up."""
    with TemporaryDirectory(prefix="kopa-bench-") as folder:
        port = _free_port()
        command = [*commands.web(HOST, port)[:-1], server.application]
        log = Path(folder) / "log"
        child = Child(server.name, commands.run(command), log, _environment(server), Path(settings.BASE_DIR))
        child.start()
        try:
            up = Running(server, port, child.pid)
            _wait(child, up, log)
            yield up
        finally:
            child.ask_to_stop()
            child.stop(PATIENCE)


def _environment(server: Server) -> dict[str, str]:
    """This process's own, with its database; reading is not throttled, requests have their usual limit."""
    given = {name: value for name, value in os.environ.items() if name != "STATEMENT_TIMEOUT_SECONDS"}
    return given | {
        "DATABASE_URL": database_url(os.environ["DATABASE_URL"], str(connection.settings_dict["NAME"])),
        "ALLOWED_HOSTS": HOST,
        "API_READS_PER_SECOND": "1000000",
        "API_READ_BURST": "1000000",
        **server.environment,
    }


def database_url(url: str, name: str) -> str:
    """The address with another database: a test's is not the one that the environment names."""
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{parts.netloc}/{quote(name, safe='')}{query}"


def _free_port() -> int:
    with socket.socket() as one:
        one.bind((HOST, 0))
        return int(one.getsockname()[1])


def _wait(child: Child, server: Running, log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and not child.ended():
        one = server.connection()
        try:
            one.get(server.server.ready)
        except (OSError, Failed):
            time.sleep(0.1)
        else:
            return
        finally:
            one.close()
    raise Failed(f"{child.name} did not start: {log.read_text(encoding='utf-8', errors='replace')[-2000:]}")
