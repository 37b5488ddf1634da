"""Rules of the domain have ids, as R-CAP-1; what the code says of one, a test says too."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SPOKEN = {".py", ".html", ".md"}
RULE = re.compile(r"\bR-[A-Z][A-Z0-9]*-\d+\b")
# The rules that the register, publishing, the search and the reading API stand on.
HELD = {
    "R-CAP-1", "R-CAP-2", "R-CAP-4", "R-CAP-11", "R-HOME-3", "R-HOME-6", "R-HOME-7", "R-LANG-1", "R-LANG-2",
    "R-LANG-3", "R-LANG-4", "R-PRIV-4", "R-TIME-1", "R-TIME-2",
}  # fmt: skip

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


def test_every_rule_that_holds_today_is_named_by_a_test() -> None:
    assert HELD - in_tests() == set()
