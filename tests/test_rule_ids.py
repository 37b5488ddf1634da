"""Rules of the domain have ids, as R-CAP-1; what the code says of one, a test says too."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SPOKEN = {".py", ".html", ".md"}
RULE = re.compile(r"\bR-[A-Z][A-Z0-9]*-\d+\b")
# How many rules there are of each kind whose time has come; each has a test whose docstring begins with it.
HELD = {"R-CAP": 12, "R-TIME": 2, "R-APP": 13, "R-HOME": 8, "R-PRIV": 12, "R-LANG": 4}
FIRST = re.compile(rf"{RULE.pattern}((, | and ){RULE.pattern})*")

pytestmark = pytest.mark.unit


def named(files: Iterable[Path]) -> set[str]:
    return {rule for file in files for rule in RULE.findall(file.read_text(encoding="utf-8"))}


def in_tests() -> set[str]:
    return named(file for file in (ROOT / "tests").rglob("*.py") if file != Path(__file__))


def test_every_rule_that_the_code_or_a_document_names_is_named_by_a_test() -> None:
    apps = (
        "kopa", "municipalities", "providers", "pilots", "agreements", "offerings", "applications",
        "corrections",
        "templates", "docs",
    )  # fmt: skip
    files = (file for app in apps for file in (ROOT / app).rglob("*"))

    assert named(file for file in files if file.suffix in SPOKEN) - in_tests() == set()


def begun_with() -> set[str]:
    """The rules with which the docstring of a test begins, one or several."""
    found: set[str] = set()
    for file in (ROOT / "tests").rglob("test_*.py"):
        for one in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(one, ast.FunctionDef) and one.name.startswith("test_"):
                said = FIRST.match(ast.get_docstring(one) or "")
                found |= set(RULE.findall(said.group())) if said else set()
    return found


def test_every_rule_that_holds_today_begins_the_docstring_of_a_test() -> None:
    held = {f"{kind}-{number}" for kind, last in HELD.items() for number in range(1, last + 1)}

    assert held - begun_with() == set()
