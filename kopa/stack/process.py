"""A child process that never outlives us: it has a session of its own, a death signal and a hard end."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
# Every process of a home carries this name in its environment, so that the next start can find leftovers.
OWNER = "KOPA_SUPERVISED"


@dataclass(frozen=True)
class Account:
    """Who a program runs as: a command to put before it and what to tell ``Popen``."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    def popen_options(self) -> dict[str, Any]:
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


@dataclass
class Child:
    """One program under our watch.

    Start it from the main thread: the death signal follows the starting thread.
    """

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str]
    folder: Path = Path("/")
    account: Account = field(default_factory=Account)
    # What asks the program to end in good order.
    stop_signal: signal.Signals = signal.SIGTERM
    # Puts off a stop that is requested between the start and our noting it down.
    held: Callable[[], contextlib.AbstractContextManager[None]] = contextlib.nullcontext
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.held(), self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.account.prefix, *self.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(self.environment),
                cwd=self.folder,
                start_new_session=True,
                preexec_fn=_die_with_parent(self.stop_signal),  # noqa: PLW1509  (one C call, no lock)
                **self.account.popen_options(),
            )

    @property
    def pid(self) -> int:
        return self.process.pid if self.process else 0

    def ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def ask_to_stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(self.stop_signal)

    def stop(self, patience: float) -> None:
        """Wait for the end that was asked for, then end whatever is left of the process's group by force."""
        if self.process is None:
            return
        self.ask_to_stop()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(patience)
        # granian's workers survive a kill -9 of their master and would keep the port.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def last_words(self, lines: int = 4) -> str:
        """The end of the program's log, for the sentence that says why it ended."""
        try:
            with self.log.open("rb") as log:
                log.seek(max(0, self.log.stat().st_size - 4000))
                found = log.read().decode(errors="replace").splitlines()
        except OSError:
            return ""
        return "\n".join(line for line in found[-lines:] if line.strip())


def leftovers(home: Path) -> Iterator[int]:
    """Process ids that an earlier, killed supervisor of ``home`` left behind (Linux; nothing elsewhere)."""
    mark = f"{OWNER}={home}".encode()
    for entry in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if int(entry.parent.name) != os.getpid() and mark in entry.read_bytes().split(b"\0"):
                yield int(entry.parent.name)


def end_leftovers(home: Path, say: Callable[[str], None], patience: float = 10) -> None:
    """Let leftovers end by themselves (their death signal was sent), then end them by force."""
    if not list(leftovers(home)):
        return
    say("waiting for the processes of an earlier start to end")
    end = time.monotonic() + patience
    while list(leftovers(home)) and time.monotonic() < end:
        time.sleep(0.1)
    for pid in leftovers(home):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    while list(leftovers(home)) and time.monotonic() < end + 5:
        time.sleep(0.1)


def _die_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """Before the child becomes its program: ask Linux for a signal when we die, even by kill -9."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)  # loaded here: after the fork nothing may be imported
    parent = os.getpid()

    def ask() -> None:
        libc.prctl(PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:  # died in between: nobody would send the signal any more
            os.kill(os.getpid(), signal.SIGKILL)

    return ask
