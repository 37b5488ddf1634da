"""What ``up`` says: one line for each step with the seconds since the start."""

from __future__ import annotations

import contextlib
import io
import sys
import time


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
    """A file for the output of Django's commands: each whole line becomes a line of progress."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.rest = ""

    def write(self, text: str) -> int:
        *whole, self.rest = (self.rest + text).split("\n")
        for line in whole:
            if line.strip():
                self.progress.say(line.rstrip())
        return len(text)
