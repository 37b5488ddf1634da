"""What ``manage.py`` does once its environment is there: up and test here, everything else in Django."""

from __future__ import annotations

import fcntl
import json
import os
import sys

from kopa.stack.home import Home


def run(arguments: list[str]) -> int:
    """Run one command line; returns the exit code.

    ``up`` and ``test`` start servers before Django reads its settings, so they are not commands of Django.
    """
    command = arguments[1] if len(arguments) > 1 else "help"
    if command == "up":
        from kopa.stack import up

        return up.main(arguments[2:])
    if command == "test":
        from kopa.stack import test

        return test.main(arguments[2:])
    use_running_home()
    # A request must give up early, a command may take its time.
    os.environ.setdefault("STATEMENT_TIMEOUT_SECONDS", "0")
    from django.core.management import execute_from_command_line

    execute_from_command_line(arguments)
    return 0


def use_running_home() -> None:
    """Without settings of one's own, commands work on the portal that ``up`` runs at this moment.

    Nothing happens where any of the settings below is set, or no ``up`` holds the home.
    """
    from kopa.stack.up import chosen_home

    if {"KOPA_EMBEDDED", "DATABASE_URL", "SECRET_KEY", "SECRET_KEY_FILE"} & os.environ.keys():
        return
    home = Home.at(chosen_home())
    if not _is_held(home):
        return
    try:
        environment = json.loads(home.running.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SystemExit(
            f"KOPA is still starting from {home.path}: try again when it has said that it is ready."
        ) from None
    os.environ.update(environment)
    print(f"Using the portal that runs from {home.path}.", file=sys.stderr)


def _is_held(home: Home) -> bool:
    """Whether an ``up`` holds the home. A start in this very instant waits the moment that the look takes."""
    try:
        with (home.path / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
