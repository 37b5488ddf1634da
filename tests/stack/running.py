"""A portal that runs as people run it: ``manage.py up`` in a process of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from kopa.stack.process import leftovers

ROOT = Path(__file__).resolve().parents[2]
OURS = ("KOPA_", "PYTEST_", "DJANGO_")
SET_BY_THE_TEST_RUN = {
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "PUBLIC_URL",
    "CI",
    "COVERAGE_PROCESS_START",
}


def environment(**more: str) -> dict[str, str]:
    """A person's environment: nothing that the test run has set for itself."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in SET_BY_THE_TEST_RUN and not name.startswith(OURS)
    }
    return kept | more


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def measured() -> list[str]:
    """In a run that measures coverage ``up`` is measured as well; what it starts runs as ever."""
    return ["-m", "coverage", "run", "--parallel-mode"] if os.environ.get("COVERAGE_FILE") else []


class Portal:
    """One ``manage.py up``; ``output`` is what it has said so far."""

    def __init__(self, home: Path, *arguments: str, **more: str) -> None:
        self.home = home
        self.port = free_port()
        self.file = home.with_name(f"{home.name}-{time.monotonic_ns()}.txt")
        command = [
            sys.executable,
            *measured(),
            "manage.py",
            "up",
            "--home",
            str(home),
            "--port",
            str(self.port),
            *arguments,
        ]
        with self.file.open("wb") as file:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment(**more),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        return self.file.read_text(encoding="utf-8", errors="replace")

    def wait_for(self, text: str, seconds: float = 300) -> None:
        end = time.monotonic() + seconds
        while text not in self.output:
            assert self.process.poll() is None, self.output
            assert time.monotonic() < end, self.output
            time.sleep(0.05)

    def ready(self) -> Portal:
        self.wait_for("Ctrl-C stops everything.")
        return self

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self, seconds: float = 300) -> int:
        """Wait for the end; returns the exit code."""
        return self.process.wait(seconds)

    def pid_of(self, words: str) -> int:
        """The process of this home that was started first with ``words`` in its command line."""
        found = []
        for pid in leftovers(self.home):
            with contextlib.suppress(OSError):
                command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
                if words in command:
                    found.append(pid)
        assert found, f"no process {words} in {list(leftovers(self.home))}"
        return min(found, key=_started)


@contextlib.contextmanager
def portal(home: Path, *arguments: str, **more: str) -> Iterator[Portal]:
    """A portal that is gone at the end whatever the test did."""
    started = Portal(home, *arguments, **more)
    try:
        yield started
    finally:
        if started.process.poll() is None:
            started.process.terminate()
            started.process.wait(60)


def manage(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run another command of manage.py to its end."""
    return subprocess.run(
        [sys.executable, *measured(), "manage.py", *arguments],
        cwd=ROOT,
        env=environment(**more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def _started(pid: int) -> int:
    """When the process began, in ticks since the machine did: process ids start over after the highest."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
