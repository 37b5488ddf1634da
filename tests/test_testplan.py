"""The attacks on access, accounts and sessions have numbers, A1 to A17; each is a test that names its own."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
PLANNED = {f"A{number}" for number in range(1, 18)}

pytestmark = pytest.mark.unit


def docstrings() -> Iterator[str]:
    for file in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield ast.get_docstring(node) or ""


def test_each_planned_attack_on_access_is_a_test_that_names_it() -> None:
    said = " ".join(text for text in docstrings() if "TESTPLAN" in text)

    assert PLANNED - set(re.findall(r"\bA\d+\b", said)) == set()
