"""What ``up`` says: one line for each step with the seconds since the start."""

from __future__ import annotations

import contextlib
import io
import sys
import time
from collections.abc import Callable


class Progress:
    def __init__(self) -> None:
        self.started = time.monotonic()

    def say(self, line: str) -> None:
        self.plain(f"{time.monotonic() - self.started:6.1f} s  {line}")

    def plain(self, line: str) -> None:
        """Print; a terminal that is gone must not keep KOPA from stopping in good order."""
        with contextlib.suppress(OSError, ValueError):
            print(line, flush=True)

    def complain(self, sentence: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            print(sentence, file=sys.stderr, flush=True)


class Lines(io.TextIOBase):
    """A file for the output of Django's commands: each whole line is said, but none that holds ``without``.

    From the line on that begins with ``until``, lines are kept in ``kept`` instead, for the end of the start.
    """

    def __init__(self, say: Callable[[str], None], *, until: str = "", without: str = "") -> None:
        self.say = say
        self.until = until
        self.without = without
        self.kept: list[str] = []
        self.rest = ""

    def write(self, text: str) -> int:
        *whole, self.rest = (self.rest + text).split("\n")
        for line in filter(str.strip, whole):
            if self.kept or (self.until and line.startswith(self.until)):
                self.kept.append(line.rstrip())
            elif not self.without or self.without not in line:
                self.say(line.rstrip())
        return len(text)
