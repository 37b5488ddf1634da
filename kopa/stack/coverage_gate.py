"""The coverage gate: a pytest plugin that judges what a full run of the tests has reached.

``manage.py test`` names it together with pytest-cov. A core module must be reached whole, every branch of it;
all code together nearly so. What is measured stands in ``[tool.coverage]`` of pyproject.toml; ``[tool.kopa]``
names modules that are core as well.
"""

from __future__ import annotations

import json
import sys
import tempfile
import tomllib
from pathlib import Path, PurePosixPath
from typing import Any

import coverage
import pytest

# Modules and packages of these names decide; a line of them that no test reaches is a rule nobody checks.
CORE = frozenset({"states", "rules", "querysets", "services", "errors"})
WHOLE = 95
FAILED = "COVERAGE IS NOT JUDGED: a run with failed tests has not reached everything it would."
ELSEWHERE = "COVERAGE IS NOT JUDGED: some of the tests run on Linux only."
sentences = pytest.StashKey[list[str]]()


def judge(report: dict[str, Any], more: frozenset[str] = frozenset()) -> list[str]:
    """What is wrong with a coverage report (coverage's JSON format), a sentence for each file."""
    found = [
        f"{name} is core and must be reached whole, but no test reaches {missing}."
        for name, file in sorted(report["files"].items())
        if is_core(name, more) and (missing := _missing(file))
    ]
    reached = report["totals"]["percent_covered"]
    if reached < WHOLE:
        least = sorted(report["files"].items(), key=lambda entry: _gaps(entry[1]), reverse=True)[:5]
        most = ", ".join(f"{name} ({_gaps(file)})" for name, file in least if _gaps(file))
        # Cut, not rounded: 94.99 must not be called 95.
        found.append(f"All code together is reached by {int(reached * 10) / 10} %, {WHOLE} % are needed; "
                     f"most is missing in {most}.")  # fmt: skip
    return found


def is_core(name: str, more: frozenset[str] = frozenset()) -> bool:
    """Whether a file is one of the modules, or lies in one of the packages, that must be reached whole."""
    parts = PurePosixPath(name.replace("\\", "/")).with_suffix("").parts
    return not CORE.isdisjoint(parts) or ".".join(parts) in more


def named_in(project: Path) -> frozenset[str]:
    """The modules that a pyproject.toml names as core."""
    said = tomllib.loads(project.read_text(encoding="utf-8"))["tool"]
    return frozenset(said.get("kopa", {}).get("core", []))


def _gaps(file: dict[str, Any]) -> int:
    return len(file["missing_lines"]) + len(file["missing_branches"])


def _missing(file: dict[str, Any]) -> str:
    """The lines and branches in words; a branch within or out of a missing line is missing with it."""
    lines = set(file["missing_lines"])
    branches = [(start, end) for start, end in file["missing_branches"] if not {start, end} & lines]
    words = [_counted("line", _ranges(sorted(lines)))] if lines else []
    words += [_counted("branch", [_branch(*ends) for ends in branches])] if branches else []
    return " and ".join(words)


def _counted(noun: str, things: list[str]) -> str:
    plural = {"line": "lines", "branch": "branches"}[noun]
    return f"{noun if len(things) == 1 and '–' not in things[0] else plural} {', '.join(things)}"


def _ranges(lines: list[int]) -> list[str]:
    """3, 4, 5, 9 → 3–5, 9."""
    found: list[list[int]] = []
    for line in lines:
        if found and line == found[-1][-1] + 1:
            found[-1].append(line)
        else:
            found.append([line])
    return [str(each[0]) if len(each) == 1 else f"{each[0]}–{each[-1]}" for each in found]


def _branch(start: int, end: int) -> str:
    return f"{start}→{end}" if end > 0 else f"{start}→exit"


def read() -> dict[str, Any]:
    """The report of what this run has measured."""
    measured = coverage.Coverage()
    measured.load()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "coverage.json"
        measured.json_report(outfile=str(file))
        report: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser walks through pages that quicker tests reach too; measuring it would cost a minute."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker("no_cover")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """pytest-cov has written the data by now, of all processes; a gap makes a green run red."""
    config = session.config
    if hasattr(config, "workerinput") or config.getoption("collectonly"):
        return
    if exitstatus != pytest.ExitCode.OK or sys.platform != "linux":
        config.stash[sentences] = [FAILED if exitstatus != pytest.ExitCode.OK else ELSEWHERE]
        return
    config.stash[sentences] = judge(read(), named_in(config.rootpath / "pyproject.toml"))
    if config.stash[sentences]:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if sentences not in config.stash:
        return
    said = config.stash[sentences]
    for sentence in said or [f"Coverage: core modules whole, all code together at least {WHOLE} %."]:
        terminalreporter.write_line(sentence, red=bool(said), green=not said, bold=bool(said))
