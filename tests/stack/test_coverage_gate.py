"""The coverage gate: what no test reaches makes a green run red, with a sentence that says where."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kopa.stack import coverage_gate
from kopa.stack.test import GATE
from tests.stack.running import ROOT, environment

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="coverage is judged on Linux")

SERVICES = """\
def greet(name, loud=False):
    if loud:
        name = name.upper()
    if name:
        name += "!"
    return name


def never():
    first = 1
    return first
"""
REACHED = "assert services.greet('aino', loud=True) == 'AINO!'; assert services.greet('') == ''"
SETTINGS = """\
[tool.pytest.ini_options]
markers = ["browser"]
[tool.coverage.run]
branch = true
source = ["shop"]
relative_files = true
[tool.kopa]
core = ["shop.tills"]
"""


def report(files: dict[str, tuple[list[int], list[list[int]]]], percent: float = 100.0):
    return {
        "files": {
            name: {"missing_lines": lines, "missing_branches": branches}
            for name, (lines, branches) in files.items()
        },
        "totals": {"percent_covered": percent},
    }


@pytest.mark.unit
@pytest.mark.parametrize(
    ("name", "core"),
    [
        ("offerings/states.py", True),
        ("offerings/rules.py", True),
        ("providers/querysets.py", True),
        ("kopa/base/errors.py", True),
        ("offerings/services/places.py", True),
        ("offerings/services/__init__.py", True),
        ("offerings\\services\\places.py", True),
        ("offerings/views.py", False),
        ("offerings/errorspage.py", False),
    ],
)
def test_core_is_named_by_module_or_package(name, core):
    assert coverage_gate.is_core(name) is core


@pytest.mark.unit
@pytest.mark.parametrize(
    ("name", "core"),
    [("shop/tills.py", True), ("shop\\tills.py", True), ("shop/tills_page.py", False), ("tills.py", False)],
)
def test_core_is_named_one_by_one_as_well(name, core):
    assert coverage_gate.is_core(name, frozenset({"shop.tills"})) is core


@pytest.mark.unit
def test_gaps_of_core_are_told_and_gaps_elsewhere_only_in_the_total():
    gaps = {
        "a/services/places.py": ([3, 4, 5, 9], [[2, 3], [12, 14], [20, -18]]),
        "a/rules.py": ([], [[7, 9]]),
        "a/states.py": ([8], []),
        "a/errors.py": ([], []),
        "a/views.py": ([1, 2], []),
    }
    assert coverage_gate.judge(report(gaps, 95.0)) == [
        "a/rules.py is core and must be reached whole, but no test reaches branch 7→9.",
        "a/services/places.py is core and must be reached whole, but no test reaches lines 3–5, 9 and "
        "branches 12→14, 20→exit.",
        "a/states.py is core and must be reached whole, but no test reaches line 8.",
    ]


@pytest.mark.unit
def test_too_little_in_all_is_told_with_where_most_is_missing():
    gaps = {"a/views.py": ([1], []), "a/forms.py": ([1, 2], [[4, 5]]), "a/apps.py": ([], [])}
    assert coverage_gate.judge(report(gaps, 94.999)) == [
        "All code together is reached by 94.9 %, 95 % are needed; most is missing in "
        "a/forms.py (3), a/views.py (1)."
    ]


def judged_run(
    folder: Path, test: str, *arguments: str, mark: str = "", module: str = "services"
) -> subprocess.CompletedProcess[str]:
    """A run of pytest with the gate over a shop of one service, as ``manage.py test`` has it."""
    (folder / "shop").mkdir()
    (folder / "shop" / "__init__.py").touch()
    (folder / "shop" / f"{module}.py").write_text(SERVICES)
    (folder / "pyproject.toml").write_text(SETTINGS)
    (folder / "test_shop.py").write_text(
        f"import pytest\nfrom shop import {module} as services\n\n\n{mark}def test_greet():\n    {test}\n"
    )
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "pytest_cov", "-p", "xdist.plugin", *GATE, *arguments],
        cwd=folder,
        env=environment(
            PYTEST_DISABLE_PLUGIN_AUTOLOAD="1", PYTHONPATH=f"{ROOT}{os.pathsep}{folder}", COVERAGE_FILE="data"
        ),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.integration
@pytest.mark.parametrize("processes", ["0", "1"])
def test_green_run_with_a_gap_fails_and_says_where(tmp_path, processes):
    done = judged_run(tmp_path, "assert services.greet('aino') == 'aino!'", "-n", processes)

    assert (done.returncode, "1 passed" in done.stdout) == (1, True), done.stdout + done.stderr
    assert (
        "shop/services.py is core and must be reached whole, but no test reaches lines 3, 10–11 and "
        "branch 4→6.\n"
    ) in done.stdout
    assert "All code together is reached by 61.5 %, 95 % are needed; most is missing in shop/" in done.stdout


@pytest.mark.integration
@pytest.mark.parametrize(("module", "core"), [("tills", True), ("pictures", False)])
def test_a_module_is_core_too_where_the_project_names_it(tmp_path, module, core):
    done = judged_run(tmp_path, "assert services.greet('aino') == 'aino!'", module=module)

    assert (f"shop/{module}.py is core and must be reached whole" in done.stdout) is core, done.stdout


@pytest.mark.integration
def test_run_that_reaches_all_is_green(tmp_path):
    done = judged_run(tmp_path, f"{REACHED}; assert services.never() == 1")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Coverage: core modules whole, all code together at least 95 %.\n" in done.stdout


@pytest.mark.integration
def test_what_only_a_browser_reaches_is_not_measured(tmp_path):
    whole = f"{REACHED}; assert services.never() == 1"

    done = judged_run(tmp_path, whole, mark="@pytest.mark.browser\n")

    assert (done.returncode, "1 passed" in done.stdout) == (1, True), done.stdout + done.stderr
    assert "shop/services.py is core and must be reached whole" in done.stdout


@pytest.mark.integration
def test_failed_run_is_not_judged_as_well(tmp_path):
    done = judged_run(tmp_path, "assert services.greet('aino') == 'bengt!'")

    assert (done.returncode, "1 failed" in done.stdout) == (1, True), done.stdout + done.stderr
    assert coverage_gate.FAILED in done.stdout
    assert "is core" not in done.stdout
