"""Ctrl-C, SIGTERM and a closed terminal all mean: stop in good order."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType


class StopRequested(BaseException):
    """Somebody wants an end. Not an Exception: nothing on the way up may take it for a failure of its own."""


class Signals:
    """Raises StopRequested in the main thread at the first signal; ``held`` puts it off until it is safe."""

    def __init__(self) -> None:
        self._holding = False
        self._pending = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._receive)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup wants us to live on
            signal.signal(signal.SIGHUP, self._receive)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Nothing is interrupted within: a child that was started and not yet noted down would be lost."""
        self._holding = True
        try:
            yield
        finally:
            self._holding = False
        if self._pending:
            raise StopRequested

    @property
    def stop_wanted(self) -> bool:
        """Somebody has wanted an end, whatever has become of it since."""
        return self._pending

    def ignore_from_now_on(self) -> None:
        """The end has begun: more signals change nothing."""
        self._holding = True

    def _receive(self, _number: int, _frame: FrameType | None) -> None:
        first, self._pending = not self._pending, True
        if first and not self._holding:
            raise StopRequested
