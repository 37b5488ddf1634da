"""``manage.py up``: from a checkout to a running portal, step by step, under one supervisor."""

from __future__ import annotations

import argparse
import contextlib
import errno
import os
import socket
import traceback
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from kopa import environment
from kopa.stack import bootstrap, commands
from kopa.stack.errors import StackError
from kopa.stack.home import Home, explain
from kopa.stack.postgres import Postgres
from kopa.stack.process import end_leftovers
from kopa.stack.programs import MINIMUM_POSTGRES
from kopa.stack.progress import Lines, Progress
from kopa.stack.signals import Signals, StopRequested
from kopa.stack.supervisor import WEB_PATIENCE, WORKER_PATIENCE, Supervisor, answers
from kopa.stack.valkey import Valkey

DEFAULT_HOME = bootstrap.ROOT / "var" / "home"
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
WILDCARDS = ("", "0.0.0.0", "::")  # noqa: S104  (named to be told apart, not bound to)
# So long --check watches that nothing ends again by itself.
CHECK_SECONDS = 2.0
OUTSIDE_PATIENCE = 5
# From this line on the output of load_demonstration is for the end of the start.
SIGN_INS = "Demonstration sign-ins"
OPEN_TO_OTHERS = (
    "Everybody who reaches this machine can sign in as each of them, officer and administrator too, "
    "for the password is known to all: where you do not trust them, start a new --home with --no-demo."
)
DESCRIPTION = "Run KOPA with everything it needs; Ctrl-C stops it."


def parser() -> argparse.ArgumentParser:
    """What ``up`` can be told; also shown by ``manage.py help up``."""
    made = argparse.ArgumentParser("manage.py up", description=DESCRIPTION)
    made.add_argument("--port", type=_port, default=8000, help="port of the web server (8000)")
    made.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (127.0.0.1: this machine only)"
    )
    made.add_argument(
        "--home",
        type=Path,
        default=chosen_home(),
        help="folder for data, logs and the secret key (KOPA_HOME, else var/home in the project)",
    )
    made.add_argument("--no-demo", action="store_true", help="load no invented offerings and people")
    made.add_argument(
        "--check", action="store_true", help="start, see that everything works, stop; exit code 0 or 1"
    )
    return made


def chosen_home() -> Path:
    """The home when none is named on the command line."""
    return Path(os.environ.get("KOPA_HOME") or DEFAULT_HOME)


def main(arguments: list[str]) -> int:
    """Run until stopped; returns the exit code. Every expected trouble is one sentence, never a traceback."""
    options = parser().parse_args(arguments)
    progress, signals = Progress(), Signals()
    home = Home.at(options.home)
    start = Start(options, home, progress, signals)
    code = 0
    try:
        try:
            with _sentences(home, signals):
                start.run()
        finally:
            signals.ignore_from_now_on()
    except StackError as reason:
        code = 1
        progress.complain(f"\n{reason}")
    except StopRequested:
        progress.plain("")
    start.stop()
    return code


class Start:
    """One run of ``up``, as the steps it takes."""

    def __init__(self, options: argparse.Namespace, home: Home, progress: Progress, signals: Signals) -> None:
        self.options = options
        self.home = home
        self.progress = progress
        self.signals = signals
        self.supervisor = Supervisor(home, progress, signals)
        self.sign_ins: list[str] = []

    def run(self) -> None:
        self.progress.plain(f"KOPA starts; its data and logs are in {self.home.path}")
        self.home.open()
        end_leftovers(self.home.path, self.progress.say)
        self._refuse_busy_port()
        self._start_servers()
        self._configure()
        self._prepare_files()
        self._prepare_database()
        self._start_programs()
        self._load_data()
        self._see_that_it_works()
        self._tell()
        self.supervisor.watch(seconds=CHECK_SECONDS if self.options.check else None)

    def stop(self) -> None:
        if self.supervisor.servers or self.supervisor.programs:
            self.progress.say("stopping")
            self.supervisor.stop()
            self.progress.say("stopped")
        self.home.close()

    @property
    def address(self) -> str:
        host = "localhost" if self.options.host in (*LOOPBACK, *WILDCARDS) else self.options.host
        return f"http://{host}:{self.options.port}/"

    def _refuse_busy_port(self) -> None:
        host, port = self.options.host, self.options.port
        try:
            family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
            with socket.socket(family) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((host, port))
        except socket.gaierror as reason:
            raise StackError(f"--host {host} is not an address of this machine.") from reason
        except OSError as reason:
            raise StackError(_about_port(reason, host, port)) from reason

    def _start_servers(self) -> None:
        """Both start while the next steps read code; who needs them waits."""
        if not _given("REDIS_URL"):
            valkey = Valkey(self.home, say=self.progress.say)
            self.supervisor.start_server(valkey)
            os.environ["REDIS_URL"] = valkey.url()
        if not _given("DATABASE_URL"):
            postgres = Postgres(self.home, say=self.progress.say)
            self.supervisor.start_server(postgres)
            self.progress.say(f"starting PostgreSQL {postgres.major} and Valkey")
            os.environ["DATABASE_URL"] = postgres.url()

    def _configure(self) -> None:
        """Set what settings read, for this process and all that follow, and let Django read it."""
        os.environ["KOPA_EMBEDDED"] = "1"
        os.environ["KOPA_HOME"] = str(self.home.path)
        os.environ.setdefault("PUBLIC_URL", self.address.rstrip("/"))
        os.environ.setdefault("ALLOWED_HOSTS", ",".join(self._hosts()))
        if not os.environ.get("SECRET_KEY") and not os.environ.get("SECRET_KEY_FILE"):
            os.environ["SECRET_KEY_FILE"] = str(self.home.secret_key())
        os.environ["DJANGO_SETTINGS_MODULE"] = "kopa.settings"
        os.environ["KOPA_CHILD_LOG_LEVEL"] = os.environ.get("LOG_LEVEL", "INFO")
        os.environ["LOG_LEVEL"] = "CRITICAL"  # in this process people read along; its failures are sentences
        os.environ["STATEMENT_TIMEOUT_SECONDS"] = "0"
        import django

        django.setup()
        del os.environ["STATEMENT_TIMEOUT_SECONDS"]
        names = ("KOPA_EMBEDDED", "KOPA_HOME", "PUBLIC_URL", "ALLOWED_HOSTS", "SECRET_KEY", "SECRET_KEY_FILE")
        announced = {
            name: os.environ[name] for name in (*names, "DATABASE_URL", "REDIS_URL") if name in os.environ
        }
        self.home.announce(self.address, announced)

    def _hosts(self) -> list[str]:
        """Host names that requests may ask for: this machine's, and what ``--host`` adds."""
        host = self.options.host
        if host in LOOPBACK:
            return list(LOOPBACK)
        if host in WILDCARDS:
            return [*LOOPBACK, socket.gethostname(), socket.getfqdn(), *_own_addresses()]
        return [*LOOPBACK, host]

    def _prepare_files(self) -> None:
        from kopa.stack import files

        files.prepare(self.progress.say)

    def _prepare_database(self) -> None:
        for server in self.supervisor.servers:
            server.wait()
            if isinstance(server, Postgres):
                server.create_database()
        self._refuse_unfit_servers()
        with self._alone():
            from django.db import connection
            from django.db.migrations.executor import MigrationExecutor

            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                self.progress.say("applying the migrations of the database")
                self._command(commands.PREPARE[0], verbosity=0)

    def _refuse_unfit_servers(self) -> None:
        """Servers that somebody else runs may be away or too old; ours are neither."""
        import psycopg
        import redis

        database, cache = os.environ["DATABASE_URL"], os.environ["REDIS_URL"]
        try:
            with psycopg.connect(database, connect_timeout=OUTSIDE_PATIENCE) as connection:
                major = connection.info.server_version // 10000
        except psycopg.Error as reason:
            raise StackError(f"The server of DATABASE_URL does not answer: {_first_line(reason)}") from reason
        if major < MINIMUM_POSTGRES:
            raise StackError(
                f"The server of DATABASE_URL is PostgreSQL {major}; KOPA needs {MINIMUM_POSTGRES} or newer: "
                "name another one, or unset DATABASE_URL to use the embedded one."
            )
        try:
            with redis.Redis.from_url(cache, socket_connect_timeout=OUTSIDE_PATIENCE) as client:
                client.ping()
        except (redis.RedisError, ValueError) as reason:
            raise StackError(f"The server of REDIS_URL does not answer: {_first_line(reason)}") from reason

    def _start_programs(self) -> None:
        self.progress.say("starting the web server and the workers")
        self.supervisor.start_program("web server", commands.web(self.options.host, self.options.port))
        self.supervisor.start_program("worker", commands.worker())
        self.supervisor.start_program("import worker", commands.import_worker())

    def _load_data(self) -> None:
        self._load_code()
        with self._alone():
            for command in commands.PREPARE[1:]:
                self._command(command)
            if not self.options.no_demo:
                self.sign_ins = self._command(commands.DEMONSTRATION, until=SIGN_INS).kept
        from django.db import connections

        connections.close_all()

    def _load_code(self) -> None:
        """All that the commands need, without an interruption: what a module in C makes of one is its own."""
        with self.signals.held():
            import_module("kopa.urls")  # by its name: this package knows no app

    def _see_that_it_works(self) -> None:
        host = "127.0.0.1" if self.options.host in (*LOOPBACK, *WILDCARDS) else self.options.host
        self.supervisor.wait_until(
            lambda: answers(host, self.options.port, "/health/ready"),
            patience=WEB_PATIENCE,
            otherwise=f"The web server does not get ready; its log is {self.home.logs / 'web-server.log'}.",
        )
        self.progress.say("the web server is ready")
        from kopa.celery import alive

        asked = {"worker": alive.delay(), "import worker": alive.apply_async(queue=commands.IMPORTS)}
        for name, answer in asked.items():
            self.supervisor.wait_until(
                answer.ready,
                patience=WORKER_PATIENCE,
                otherwise=f"The {name} does not answer; its log is {self.home.log_of(name)}.",
            )
            answer.forget()
        # Last, because nobody waits for it: it would only slow down the start of the others.
        self.supervisor.start_program("beat", commands.beat())
        self.progress.say("the workers answer")

    def _tell(self) -> None:
        self.progress.plain(f"\nKOPA is ready: {self.address}\n")
        if self.options.host in WILDCARDS:
            others = " ".join(f"http://{address}:{self.options.port}/" for address in _own_addresses())
            self.progress.plain(f"Without HTTPS and for everybody who can reach this machine: {others}\n")
        if self.sign_ins:
            self.progress.plain("\n".join([*self.sign_ins, ""]))
            if self.options.host not in LOOPBACK:
                self.progress.plain(f"{OPEN_TO_OTHERS}\n")
        if not self.options.check:
            self.progress.plain("Ctrl-C stops everything.")

    def _command(self, words: tuple[str, ...], *, until: str = "", **more: Any) -> Lines:
        """Run a command of Django; what it writes is progress."""
        from django.core.management import call_command

        lines = Lines(self.progress.say, until=until)
        call_command(*words, stdout=lines, **more)
        return lines

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Another start on the same database waits here."""
        from django.db import connection

        from kopa.stack.alone import PREPARE, alone

        with alone(connection, PREPARE, self.progress.say):
            yield


@contextlib.contextmanager
def _stopping(signals: Signals) -> Iterator[None]:
    """Whatever goes wrong after somebody wanted an end is that end: a module may make its own of it."""
    try:
        yield
    except Exception:
        if signals.stop_wanted:
            raise StopRequested from None
        raise


@contextlib.contextmanager
def _sentences(home: Home, signals: Signals) -> Iterator[None]:
    """Turn whatever goes wrong into one sentence; what nobody expected is kept in full in a log."""
    try:
        with _stopping(signals):
            yield
    except StackError:
        raise
    except OSError as reason:
        raise StackError(explain(reason, Path(reason.filename or home.path))) from reason
    except Exception as reason:
        if type(reason).__name__ in {"CommandError", "ImproperlyConfigured"}:  # Django's own sentences
            raise StackError(str(reason)) from reason
        log = home.logs / "up.log"
        with contextlib.suppress(OSError), log.open("a", encoding="utf-8") as file:
            traceback.print_exc(file=file)
        sentence = f"KOPA could not start: {type(reason).__name__}: {_first_line(reason)} (all of it: {log})"
        raise StackError(sentence) from reason


def _given(name: str) -> bool:
    """Whether the setting is given, as a value or as a file; afterwards it is there as a value."""
    value = environment.text(name)
    os.environ.pop(f"{name}_FILE", None)
    os.environ[name] = value
    return bool(value)


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 2**16:
        raise argparse.ArgumentTypeError(f"{text} is not a port: give a number from 1 to 65535")
    return int(text)


def _about_port(reason: OSError, host: str, port: int) -> str:
    if reason.errno == errno.EADDRINUSE:
        return f"Port {port} is in use by another program: stop it, or choose another with --port {port + 1}"
    if reason.errno in {errno.EACCES, errno.EPERM}:
        return f"Port {port} needs more rights than you have: choose one above 1023, for example --port 8000"
    if reason.errno == errno.EADDRNOTAVAIL:
        return f"--host {host} is not an address of this machine."
    return f"The web server cannot listen on {host}, port {port}: {reason.strerror}."


def _own_addresses() -> list[str]:
    """The addresses under which other machines know this one, as far as its own name tells."""
    try:
        found = socket.getaddrinfo(socket.gethostname(), None, family=socket.AF_INET)
    except OSError:
        return []
    return sorted({str(entry[4][0]) for entry in found})


def _first_line(reason: BaseException) -> str:
    return (str(reason).strip().splitlines() or ["no reason given"])[0]
