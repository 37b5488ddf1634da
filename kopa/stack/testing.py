"""What the tests run on.

The embedded servers on a home of their own, or the servers named by the environment.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from kopa.stack import bootstrap
from kopa.stack.errors import StackError
from kopa.stack.home import Home
from kopa.stack.postgres import Postgres
from kopa.stack.process import end_leftovers
from kopa.stack.valkey import Valkey

HOMES = bootstrap.ROOT / "var" / "test"
# So many test runs may go on at once in one checkout.
MOST_RUNS = 16


@dataclass
class TestServers:
    """The servers of one test run. ``fresh`` says that the test databases must be made anew."""

    home: Home
    fresh: bool
    postgres: Postgres | None = None
    valkey: Valkey | None = None

    __test__ = False  # not a test class, whatever pytest thinks of the name

    def stop(self) -> None:
        for server in (self.valkey, self.postgres):
            if server:
                server.stop()
        with contextlib.suppress(OSError):
            (self.home.path / "unfinished").unlink()
        self.home.close()


def start(say: Callable[[str], None]) -> TestServers:
    """Start what ``DATABASE_URL`` and ``REDIS_URL`` do not name; set the environment that settings read."""
    home = _free_home()
    servers = TestServers(home, fresh=_must_be_fresh(home.path))
    os.environ["KOPA_EMBEDDED"] = "1"
    os.environ["KOPA_HOME"] = str(home.path)
    os.environ["SECRET_KEY"] = secrets.token_urlsafe(50)
    os.environ["PUBLIC_URL"] = "http://localhost:8000"
    try:
        end_leftovers(home.path, say)
        if not os.environ.get("REDIS_URL"):
            servers.valkey = Valkey(home, say=say)
            servers.valkey.child.start()
        if not os.environ.get("DATABASE_URL"):
            servers.postgres = Postgres(home, durable=False, say=say)
            servers.postgres.prepare()
            servers.postgres.child.start()
            servers.postgres.wait()
            servers.postgres.create_database()
            if servers.fresh:
                # All of them: this run may make only one, the next one would take the others for new.
                servers.postgres.drop_databases("test_")
            os.environ["DATABASE_URL"] = servers.postgres.url()
        if servers.valkey:
            servers.valkey.wait()
            os.environ["REDIS_URL"] = servers.valkey.url()
    except BaseException:
        servers.stop()
        raise
    return servers


def use_own_numbered_valkey(worker: str) -> None:
    """Give each process of pytest-xdist (``gw0``, ``gw1`` …) its own database in the one Valkey."""
    number = int(worker.removeprefix("gw")) + 1
    os.environ["REDIS_URL"] = with_database(os.environ["REDIS_URL"], number)


def with_database(redis_url: str, number: int) -> str:
    """The same server, another numbered database: in a socket's query, in the path after a host."""
    parts = urlsplit(redis_url)
    if parts.scheme == "unix":
        query = {**dict(parse_qsl(parts.query)), "db": number}
        return f"unix://{parts.path}?{urlencode(query)}"
    return urlunsplit(parts._replace(path=f"/{number}"))


def _free_home() -> Home:
    """The first home that no other test run holds."""
    for number in range(1, MOST_RUNS + 1):
        home = Home(HOMES / str(number))
        try:
            home.open()
        except StackError as reason:
            if "already runs" in str(reason):
                continue
            raise
        home.announce("a test run", {})
        return home
    raise StackError(f"{MOST_RUNS} test runs go on at once in {HOMES}: wait for one to end.")


def _must_be_fresh(home: Path) -> bool:
    """Whether the databases of the last run cannot be used again.

    It was killed, or migrations have changed.
    """
    unfinished, stamp, wanted = home / "unfinished", home / "migrations", _fingerprint()
    fresh = unfinished.exists() or not stamp.exists() or stamp.read_text(encoding="ascii") != wanted
    unfinished.touch()
    stamp.write_text(wanted, encoding="ascii")
    return fresh


def _fingerprint() -> str:
    seen = hashlib.sha256((bootstrap.ROOT / bootstrap.RUNTIME).read_bytes())
    folders = (path for path in bootstrap.ROOT.glob("*/**/migrations") if ".venv" not in path.parts)
    for file in sorted(file for folder in folders for file in folder.glob("*.py")):
        seen.update(str(file).encode() + file.read_bytes())
    return seen.hexdigest()
