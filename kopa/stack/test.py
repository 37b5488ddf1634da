"""``manage.py test``: a browser if one can be had, then pytest with whatever was asked for."""

from __future__ import annotations

import os
import sys

from kopa.stack import bootstrap, browser
from kopa.stack.errors import StackError

# Two processes pay off for the whole; a few named tests are done sooner without.
PROCESSES = "2"


def main(arguments: list[str]) -> int:
    """Become pytest; returns only where that makes no sense.

    Arguments go to pytest; ``--nightly`` adds the long tests.
    """
    try:
        found = browser.install(_say)
    except StackError as reason:
        print(reason, file=sys.stderr)
        return 1
    if found:
        _say(f"browser: {found.program}")
    if not _chooses_processes_or_tests(arguments):
        arguments = ["-n", PROCESSES, "--dist", "loadgroup", *arguments]
    os.chdir(bootstrap.ROOT)
    # In our place, not below us: then signals reach it and its end is ours.
    return os.execv(sys.executable, [sys.executable, "-m", "pytest", *arguments])


def _chooses_processes_or_tests(arguments: list[str]) -> bool:
    """Whether the caller says how many processes to use, names some of the tests, or wants a debugger."""
    chosen = (
        "-n",
        "--numprocesses",
        "--pdb",
        "-k",
        "-m",
        "--lf",
        "--co",
        "--collect-only",
        "--help",
        "--version",
    )
    return any(
        argument.startswith(chosen) or "::" in argument or (bootstrap.ROOT / argument).exists()
        for argument in arguments
    )


def _say(line: str) -> None:
    print(line, flush=True)
