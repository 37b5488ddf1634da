"""No regular expression of ours takes longer than its text is long (TESTPLAN I11).

What a stranger sends is read by them: an address of 50,000 letters must cost a line of the log, not a minute.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from kopa.stack.bootstrap import ROOT

pytestmark = pytest.mark.unit
# The kernel ends the program after so many seconds of its own work; it needs one, an expression that is not
# linear needs minutes.
PATIENCE = 20
LITTLE_PATIENCE = 6  # for a single one
PROGRAM = """
import importlib, pkgutil, re, resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (int(sys.argv[1]), int(sys.argv[1])))
import django
django.setup()
import agreements, corrections, kopa, municipalities, offerings, pilots, providers
from kopa import logs
from municipalities import lookup
from offerings.forms.fields import LABEL
from offerings.imports.figures import TIME
from offerings.search import words

# They read texts that were cut to this length before.
SHORT = {lookup.COUNTRY_BEHIND: lookup.LONGEST, words.STRONG: words.MAX_WORD, words.ILLATIVE: words.MAX_WORD}
WHOLE = {LABEL, TIME}  # asked for whole texts only, never looked for within one
ATTACKS = [*"a1k.-+@:? (%", "'s", "a.", "1.", "a-", "a@", "a@a.", "0:", "_a", "[Lt]", "FI-"]
OPERATORS_OWN = (".migrations", ".management", "kopa.stack")

def patterns():
    for package in (agreements, corrections, kopa, municipalities, offerings, pilots, providers):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if not any(part in module.name for part in OPERATORS_OWN):
                found = importlib.import_module(module.name)
                for one in [found, *(part for part in vars(found).values() if isinstance(part, type))]:
                    yield from (value for value in vars(one).values() if isinstance(value, re.Pattern))

seen = set(patterns())
assert {logs.EMAIL, words.WORD, *SHORT} <= seen
if len(sys.argv) > 2:
    seen = {re.compile(sys.argv[2])}
for pattern in seen:
    for attack in ATTACKS:
        text = (attack * 100_000)[: SHORT.get(pattern, 100_000)] + "\\x00"
        nothing = ""
        if isinstance(pattern.pattern, bytes):
            text, nothing = text.encode(), b""
        pattern.fullmatch(text)
        if pattern not in WHOLE:
            pattern.sub(nothing, text)
print("all linear")
"""


def try_them(patience: int, *instead: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, str(patience), *instead],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "kopa.settings"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_regular_expression_reads_long_texts_in_one_go() -> None:
    done = try_them(PATIENCE)

    assert (done.stdout.strip(), done.returncode) == ("all linear", 0), done.stderr[-2000:]


def test_an_expression_that_tries_again_and_again_would_be_found() -> None:
    """Counter-proof: every pair of a letter and a later one is tried."""
    assert try_them(LITTLE_PATIENCE, r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*").returncode < 0
