"""A small HTTP client that measures: kept-alive connections to loopback, one for each thread."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

TIMEOUT: Final = 60.0
END_OF_HEAD: Final = b"\r\n\r\n"


class Failed(Exception):
    """An answer that is none: another status than the one that is wanted, or no length."""


@dataclass
class Connection:
    """One kept-alive connection."""

    host: str
    port: int
    headers: str = ""
    _socket: socket.socket | None = None
    status: bytes = b"200"

    def get(self, path: str) -> bytes:
        """The body of the answer. Raises Failed, or OSError where nobody answers."""
        request = f"GET {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n{self.headers}\r\n"
        try:
            return self.send(request.encode("ascii"))
        except Failed as reason:
            raise Failed(f"{path}: {reason}") from reason

    def send(self, request: bytes) -> bytes:
        if self._socket is None:
            self._socket = socket.create_connection((self.host, self.port), timeout=TIMEOUT)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(request)
        return self._receive(self._socket)

    def _receive(self, connected: socket.socket) -> bytes:
        received = b""
        while END_OF_HEAD not in received:
            received += self._more(connected)
        head, body = received.split(END_OF_HEAD, 1)
        length = _length(head)
        parts, missing = [body], length - len(body)
        while missing > 0:
            parts.append(self._more(connected))
            missing -= len(parts[-1])
        whole = b"".join(parts)
        if not head.startswith(b"HTTP/1.1 " + self.status):
            raise Failed(f"{head.splitlines()[0].decode()}: {whole[:500].decode(errors='replace')}")
        return whole

    def _more(self, connected: socket.socket) -> bytes:
        part = connected.recv(262_144)
        if not part:
            raise Failed("the server closed the connection")
        return part

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise Failed("an answer without a length")


def latencies(connection: Connection, paths: Sequence[str], *, warm_up: int = 3) -> list[float]:
    """Seconds that each path took, one after another; some are asked before, unmeasured."""
    for path in paths[:warm_up]:
        connection.get(path)
    taken = []
    for path in paths:
        began = time.perf_counter()
        connection.get(path)
        taken.append(time.perf_counter() - began)
    return taken


@dataclass
class Load:
    """What several connections got done together."""

    seconds: float = 0.0
    taken: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return len(self.taken) / self.seconds if self.seconds else 0.0


def load(
    host: str, port: int, paths: Sequence[str], *, connections: int, seconds: float, headers: str = ""
) -> Load:
    """Several connections ask for the paths in turn, each from another place on, for so many seconds."""
    result, lock = Load(), threading.Lock()
    end = time.perf_counter() + seconds

    def work(first: int) -> None:
        connection, taken = Connection(host, port, headers), []
        at = first
        try:
            while (began := time.perf_counter()) < end:
                connection.get(paths[at % len(paths)])
                taken.append(time.perf_counter() - began)
                at += 1
        except (Failed, OSError) as reason:
            with lock:
                result.failures.append(str(reason))
        finally:
            connection.close()
            with lock:
                result.taken += taken

    began = time.perf_counter()
    step = max(1, len(paths) // connections)
    threads = [threading.Thread(target=work, args=(n * step,)) for n in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    result.seconds = time.perf_counter() - began
    return result


def nearest_rank(values: Sequence[float], percent: float) -> float:
    """A percentile that really happened, not one between two."""
    ordered = sorted(values)
    return ordered[max(0, -(-int(percent * len(ordered)) // 100) - 1)]
