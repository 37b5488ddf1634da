"""The embedded PostgreSQL: its own cluster in the home, reachable through a private socket only."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from urllib.parse import quote

from kopa.stack import programs, root
from kopa.stack.errors import StackError
from kopa.stack.home import Home
from kopa.stack.process import OWNER, Child

USER = DATABASE = "kopa"
PORT = 5432
# Builtin locales need no ICU, which no packaged server has; they fold the case of ÄÖÅ as letters and sort by
# code point on every machine alike. The order of names in Finnish and Swedish comes from stored sort keys.
BUILTIN_LOCALE = {17: "C.UTF-8"}
NEWER_BUILTIN_LOCALE = "PG_UNICODE_FAST"
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": str(PORT),
    "jit": "off",
    # Its log must not repeat the values of refused rows: they are personal data.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
# For tests only: a crash of the machine would lose them, and that does not matter.
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
# The lock file of a killed server stays in the way until the system has buried the process.
STALE_LOCK_PATIENCE = 20


class Postgres:
    """One cluster and the server over it: ``prepare``, ``child.start()``, ``wait``, ``stop``."""

    def __init__(self, home: Home, *, durable: bool = True, say: Callable[[str], None]) -> None:
        self.say = say
        self.durable = durable
        self.account = root.account()
        found = programs.postgres()
        self.major = found.major
        top = root.folder_for(self.account, home.path)
        self.programs = root.programs_for(self.account, found.folder, top)
        self.sockets = home.socket_folder(None if self.account.uid is None else top)
        self.folder = top / "postgres"
        self.data = self.folder / "data"
        self.folder.mkdir(mode=0o700, exist_ok=True)
        if self.account.uid is not None and self.account.gid is not None:
            say(f"running as root: PostgreSQL runs as 'nobody' and keeps its data in {self.folder}")
            for folder in (self.folder, self.sockets):
                os.chown(folder, self.account.uid, self.account.gid)
        settings = (
            SETTINGS | {"unix_socket_directories": str(self.sockets)} | ({} if durable else NOT_DURABLE)
        )
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self.child = Child(
            "PostgreSQL",
            [str(self.programs / "postgres"), "-D", str(self.data), *options],
            log=home.logs / "postgres.log",
            environment=_environment(home),
            account=self.account,
            stop_signal=signal.SIGINT,  # "fast": ends sessions, writes a checkpoint
        )
        self._patience_ends = 0.0

    def url(self, database: str = DATABASE) -> str:
        return f"postgresql://{USER}@/{database}?host={quote(str(self.sockets), safe='')}&port={PORT}"

    def prepare(self) -> None:
        """Make the cluster unless it is there; then ``child.start()`` may follow."""
        self._make_cluster()
        self._refuse_other_major()
        self._patience_ends = time.monotonic() + STALE_LOCK_PATIENCE

    def wait(self) -> None:
        """Return when the server takes connections; recovery after a crash may take its time and says so."""
        started = told = time.monotonic()
        while not self._ready():
            if self.child.ended():
                self._start_again_or_give_up()
            if time.monotonic() - told > 10:
                told = time.monotonic()
                self.say(
                    f"PostgreSQL is still starting ({told - started:.0f} s): it reads its log after a crash"
                )
            time.sleep(0.02)

    def create_database(self, database: str = DATABASE) -> None:
        """Make the database unless it is there."""
        import psycopg  # costs a tenth of a second that `manage.py` does not have for other commands

        try:
            psycopg.connect(self.url(database)).close()
        except psycopg.OperationalError as reason:
            if "does not exist" not in str(reason):
                raise
        else:
            return
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(psycopg.sql.SQL("create database {}").format(psycopg.sql.Identifier(database)))

    def drop_databases(self, prefix: str) -> None:
        """Databases whose names begin like this are gone, and who used them is sent away."""
        import psycopg

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            names = connection.execute(
                "select datname from pg_database where starts_with(datname, %s)", [prefix]
            ).fetchall()
            for (name,) in names:
                statement = psycopg.sql.SQL("drop database {} with (force)")
                connection.execute(statement.format(psycopg.sql.Identifier(name)))

    def stop(self) -> None:
        self.child.stop(patience=60)

    def _make_cluster(self) -> None:
        if (self.data / "PG_VERSION").exists():
            return
        self.say("making the database (once)")
        # Made beside its place and moved there when it is whole, so that an interrupted start leaves nothing
        # half.
        new = self.data.with_name("data.new")
        shutil.rmtree(new, ignore_errors=True)
        locale = BUILTIN_LOCALE.get(self.major, NEWER_BUILTIN_LOCALE)
        where = ["-D", str(new), "-U", USER, "--auth=trust", "--encoding=UTF8", "--data-checksums"]
        order = ["--locale=C", "--locale-provider=builtin", f"--builtin-locale={locale}"]
        safety = [] if self.durable else ["--no-sync"]
        done = subprocess.run(
            [*self.account.prefix, str(self.programs / "initdb"), *where, *order, *safety],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            env=dict(self.child.environment),
            cwd="/",
            check=False,
            **self.account.popen_options(),
        )
        if done.returncode:
            shutil.rmtree(new, ignore_errors=True)
            raise StackError(self._explain(done.stderr, "PostgreSQL could not make its database"))
        new.rename(self.data)

    def _refuse_other_major(self) -> None:
        major = int((self.data / "PG_VERSION").read_text(encoding="ascii"))
        if major != self.major:
            raise StackError(
                f"The data in {self.data} was made by PostgreSQL {major}, the server here is {self.major}: "
                "move it with pg_dump and pg_restore (docs/operations.md, Upgrade), or choose another --home."
            )

    def _ready(self) -> bool:
        """The server writes its state into its lock file; reading it is cheaper than a client that tries."""
        with contextlib.suppress(OSError, IndexError):
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
            return lines[0].strip() == str(self.child.pid) and lines[7].strip() == "ready"
        return False

    def _start_again_or_give_up(self) -> None:
        words = self.child.last_words()
        if "postmaster.pid" in words and time.monotonic() < self._patience_ends:
            time.sleep(0.3)
            self.child.start()
            return
        raise StackError(self._explain(words, "PostgreSQL does not start"))

    def _explain(self, output: str, what: str) -> str:
        if re.search(r"No space left on device|Disk quota exceeded", output):
            return f"The disk of {self.folder} is full: make room, or choose another folder with --home."
        errors = re.findall(r"(?:FATAL|PANIC|error): +(.+)", output)
        reason = errors[-1].strip() if errors else (output.strip().splitlines() or ["no reason given"])[-1]
        return f"{what}: {reason}. Its log is {self.child.log}."


def _environment(home: Home) -> dict[str, str]:
    """Ours without what would point PostgreSQL's programs elsewhere (PGDATA, PGHOST, LC_ALL of a missing
    locale).
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    return kept | {"LC_ALL": "C", OWNER: str(home.path)}
