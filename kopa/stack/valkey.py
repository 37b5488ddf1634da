"""The embedded Valkey.

Cache and wake-up calls. Nothing lives here alone, so damaged data is put aside, not mourned.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

from kopa.stack import programs
from kopa.stack.errors import StackError
from kopa.stack.home import Home
from kopa.stack.process import OWNER, Child

PATIENCE = 20
OPTIONS = {
    "port": "0",  # no TCP at all
    "unixsocketperm": "700",
    "appendonly": "yes",
    "save": "",
    # A title of its own would overwrite the environment by which the next start recognises a leftover.
    "set-proc-title": "no",
    "maxmemory": "256mb",
    "maxmemory-policy": "noeviction",  # a broker must refuse rather than forget
}


class Valkey:
    def __init__(self, home: Home, *, say: Callable[[str], None]) -> None:
        self.say = say
        self.folder = home.path / "valkey"
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.socket = home.socket_folder() / "valkey.sock"
        options = OPTIONS | {"unixsocket": str(self.socket), "dir": str(self.folder)}
        self.child = Child(
            "Valkey",
            [
                str(programs.valkey()),
                *(part for name, value in options.items() for part in (f"--{name}", value)),
            ],
            log=home.logs / "valkey.log",
            environment=os.environ | {OWNER: str(home.path)},
        )

    def url(self, database: int = 0) -> str:
        return f"unix://{self.socket}?db={database}"

    def wait(self) -> None:
        """Return when the server answers; data that it cannot read is put aside once."""
        end, put_aside = time.monotonic() + PATIENCE, False
        while not self._answers():
            if self.child.ended() and not put_aside and self._put_aside():
                put_aside = True
                self.child.start()
            elif self.child.ended() or time.monotonic() > end:
                words = self.child.last_words(1) or "no reason given"
                raise StackError(f"Valkey does not start: {words}. Its log is {self.child.log}.")
            time.sleep(0.02)

    def stop(self) -> None:
        self.child.stop(patience=15)

    def _answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(2)
                client.connect(str(self.socket))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def _put_aside(self) -> bool:
        data = self.folder / "appendonlydir"
        if not data.exists():
            return False
        broken = Path(f"{data}.unreadable-{time.time_ns()}")
        data.rename(broken)
        self.say(f"Valkey could not read its data; it starts empty, the old files are in {broken}")
        return True
