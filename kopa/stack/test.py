"""``manage.py test``: a browser if one can be had, then pytest with whatever was asked for."""

from __future__ import annotations

import os
import sys

from kopa.stack import bootstrap, browser
from kopa.stack.errors import StackError

# Two processes pay off for the whole; a few named tests are done sooner without.
TOGETHER = ("-n", "2", "--dist", "loadgroup")
GATE = ("-p", "kopa.stack.coverage_gate", "--cov", "--cov-report=")
# With one of these it is not a run of all tests; what they are given follows at once or after "=".
SHORT = ("-k", "-m", "-h", "-V")
LONG = frozenset([
    "--pdb", "--trace", "--lf", "--last-failed", "--sw", "--stepwise", "--co", "--collect-only", "--deselect",
    "--ignore", "--ignore-glob", "--help", "--version", "--fixtures", "--markers",
])  # fmt: skip


def main(arguments: list[str]) -> int:
    """Become pytest; returns only where that makes no sense.

    Arguments go to pytest; ``--nightly`` adds the long tests, ``--cov`` the coverage gate (CI has it).
    """
    try:
        found = browser.install(_say)
    except StackError as reason:
        print(reason, file=sys.stderr)
        return 1
    if found:
        _say(f"browser: {found.program}")
    arguments = [*whole_run(arguments), *arguments]
    os.chdir(bootstrap.ROOT)
    # In our place, not below us: then signals reach it and its end is ours.
    return os.execv(sys.executable, [sys.executable, "-m", "pytest", *arguments])


def whole_run(arguments: list[str]) -> list[str]:
    """What a run of all tests is given besides: two processes, unless the caller says how many; in CI, and
    where it is asked for, the gate. Measuring takes a fifth of the time.

    Nothing where the caller names some of the tests or wants something else than tests.
    """
    if any(_chooses(argument) for argument in arguments):
        return []
    says_how_many = any(argument.startswith(("-n", "--numprocesses")) for argument in arguments)
    is_judged = "--no-cov" not in arguments and (os.environ.get("CI") or "--cov" in arguments)
    return [*([] if says_how_many else TOGETHER), *(GATE if is_judged else [])]


def _chooses(argument: str) -> bool:
    if argument.startswith(SHORT) or argument.partition("=")[0] in LONG:
        return True
    return "::" in argument or (bootstrap.ROOT / argument).exists()


def _say(line: str) -> None:
    print(line, flush=True)
