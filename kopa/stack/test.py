"""``manage.py test``: a browser if one can be had, then pytest with whatever was asked for."""

from __future__ import annotations

import os
import subprocess
import sys

from kopa.stack import bootstrap, browser
from kopa.stack.errors import StackError

# Two processes pay off from about this many seconds of tests; a single file is faster without.
PROCESSES = "2"


def main(arguments: list[str]) -> int:
    """Run the tests; returns pytest's exit code. Arguments go to pytest, ``--nightly`` adds the long tests."""
    try:
        found = browser.install(_say)
    except StackError as reason:
        print(reason, file=sys.stderr)
        return 1
    if found is None and os.environ.get("CI"):
        print("There is no browser for the browser tests, and in CI they must run: set CHROMIUM.", file=sys.stderr)
        return 1
    if found:
        _say(f"browser: {found.program}")
    if not _chooses_processes_or_tests(arguments):
        arguments = ["-n", PROCESSES, "--dist", "worksteal", *arguments]
    command = [sys.executable, "-m", "pytest", *arguments]
    process = subprocess.Popen(command, cwd=bootstrap.ROOT)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # pytest got it too and ends in good order; its end is ours
            continue


def _chooses_processes_or_tests(arguments: list[str]) -> bool:
    """Whether the caller says how many processes to use, names some of the tests, or wants a debugger."""
    chosen = ("-n", "--numprocesses", "--pdb", "-k", "-m", "--lf", "--co", "--collect-only", "--help", "--version")
    return any(argument.startswith(chosen) or not argument.startswith("-") for argument in arguments)


def _say(line: str) -> None:
    print(line, flush=True)
