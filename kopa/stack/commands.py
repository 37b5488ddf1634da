"""The programs that make up a running KOPA, once: ``up`` runs them, and docker-compose.yml the same ones."""

from __future__ import annotations

import sys

# Django's own commands that come before the programs, in this order, as words for ``manage.py``.
PREPARE = (("migrate", "--noinput"), ("load_reference", "--if-needed"))
IMPORTS = "imports"  # the queue of the tasks that settings send there
ALONE = ("--without-mingle", "--without-gossip", "--loglevel", "WARNING")
DEMONSTRATION = ("load_demonstration", "--if-needed")


def web(host: str, port: int) -> list[str]:
    """The web server: one process, whose threads share a pool of database connections."""
    options = ["--interface", "wsgi", "--host", host, "--port", str(port), "--workers", "1"]
    more = ["--blocking-threads", "4", "--no-ws", "--respawn-failed-workers", "--log-level", "warning"]
    return ["granian", *options, *more, "kopa.wsgi:application"]


def worker() -> list[str]:
    """What is done outside requests. Without mingle and gossip, which only cost a second with few workers."""
    return ["celery", "-q", "-A", "kopa", "worker", "--concurrency", "2", *ALONE]


def import_worker() -> list[str]:
    """Spreadsheets, one at a time; the other worker has everything else."""
    name = ["--hostname", f"{IMPORTS}@%h", "--queues", IMPORTS]
    return ["celery", "-q", "-A", "kopa", "worker", *name, "--concurrency", "1", *ALONE]


def beat() -> list[str]:
    """What is done at set times; the timetable is in the database. The empty pid file is no pid file."""
    return ["celery", "-q", "-A", "kopa", "beat", "--loglevel", "WARNING", "--pidfile", ""]


def run(command: list[str]) -> list[str]:
    """``command`` as this Python runs it: scripts in a folder with spaces in its name would not start."""
    return [sys.executable, "-m", *command]
