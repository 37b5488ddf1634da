"""What must hold for the whole project: contracts, style, types, texts, documents."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from kopa.portal import texts
from kopa.portal.documents import DOCUMENTS
from kopa.stack.coverage_gate import CORE

ROOT = Path(__file__).resolve().parent.parent


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def tracked(*patterns: str) -> list[Path]:
    names = run("git", "ls-files", "-z", *patterns).stdout.split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


@pytest.mark.unit
def test_apps_import_one_another_in_one_direction():
    # As `lint-imports` starts it: the module has nothing to run by itself.
    lint = "from importlinter.cli import lint_imports_command as lint; lint()"
    answer = run(sys.executable, "-c", lint, "--no-cache")

    assert answer.returncode == 0, answer.stdout[-3000:] + answer.stderr[-2000:]
    assert f"Contracts: {len(project()['importlinter']['contracts'])} kept, 0 broken." in answer.stdout


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]


@pytest.mark.unit
def test_what_tests_reach_is_measured_in_every_package():
    said = project()

    assert sorted(said["coverage"]["run"]["source"]) == sorted(said["importlinter"]["root_packages"])


def modules() -> list[str]:
    """Of the apps that others build on, by their dotted names."""
    apps = (
        "kopa/accounts", "kopa/audit", "kopa/codes", "kopa/letters", "municipalities", "providers", "pilots",
        "agreements", "offerings", "applications", "corrections",
    )  # fmt: skip
    files = tracked(*(f"{app}/*.py" for app in apps))
    paths = [path.relative_to(ROOT).with_suffix("").parts for path in files]
    return [".".join(parts) for parts in paths if "migrations" not in parts and parts[-1] != "__init__"]


def beneath(name: str, packages: list[str]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


# What they carry from page to page is shown by one of their own.
BETWEEN_PAGES = {"kopa.accounts.second_step", "kopa.accounts.typed"}


@pytest.mark.unit
def test_whatever_decides_stands_in_the_contract_that_keeps_pages_out():
    contract = project()["importlinter"]["contracts"][1]
    core, pages = set(project()["kopa"]["core"]), re.compile(r"\.(api|filters|forms|urls|views)(_\w+)?(\.|$)")
    decides = core - BETWEEN_PAGES | {
        name for name in modules() if not (CORE | {"models"}).isdisjoint(name.split("."))
    }
    shows = [name for name in modules() if pages.search(name)]

    assert core - set(modules()) == set(), "no such module"
    assert sorted(name for name in decides if not beneath(name, contract["source_modules"])) == []
    assert sorted(name for name in shows if not beneath(name, contract["forbidden_modules"])) == []


@pytest.mark.unit
def test_style_is_kept():
    answer = run(sys.executable, "-m", "ruff", "check", "--no-cache", ".")
    assert answer.returncode == 0, answer.stdout[-5000:]


@pytest.mark.integration
def test_types_hold():
    apps = (
        "kopa", "municipalities", "providers", "pilots", "agreements", "offerings", "applications",
        "corrections", "bench",
    )  # fmt: skip
    answer = run(sys.executable, "-m", "mypy", *apps)
    assert answer.returncode == 0, answer.stdout[-5000:]


@pytest.mark.unit
@pytest.mark.parametrize("language", texts.TRANSLATED)
def test_every_text_is_translated(language):
    assert [str(fault) for fault in texts.faults(ROOT, language)] == []


@pytest.mark.unit
@pytest.mark.parametrize("name", DOCUMENTS)
def test_written_documents_are_up_to_date(name):
    assert (ROOT / name).read_text(encoding="utf-8") == DOCUMENTS[name](ROOT)


@pytest.mark.unit
def test_no_model_has_an_unwritten_migration():
    answer = run(sys.executable, "-m", "django", "makemigrations", "--check", "--dry-run", "--skip-checks")
    assert answer.returncode == 0, answer.stdout


@pytest.mark.unit
def test_python_files_stay_small():
    too_long = {
        path.relative_to(ROOT).as_posix(): lines
        for path in tracked("*.py")
        if "migrations" not in path.parts and "tests" not in path.parts
        if (lines := path.read_text(encoding="utf-8").count("\n")) > 500
    }
    assert too_long == {}


@pytest.mark.unit
def test_nothing_tracked_names_a_registry_or_loads_from_elsewhere():
    # Lock files hold hashes, not addresses; pages load nothing from another host.
    hosts = re.compile(r"(pypi\.|pythonhosted|npmjs\.)(org|com)|deb\.debian" + r"\.org")
    offenders = [
        path.name
        for path in tracked()
        if path.suffix not in {".png", ".woff2"}
        if hosts.search(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert offenders == []
    loads = re.compile(r"""(src|href|action)=["'](https?:)?//""")
    templates = [p for p in tracked("templates/*.html") if loads.search(p.read_text(encoding="utf-8"))]
    assert [p.name for p in templates if "<script" in p.read_text(encoding="utf-8")] == []


@pytest.mark.unit
def test_readme_is_short_and_its_links_lead_somewhere():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme.count("\n") < 120
    for document in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"


@pytest.mark.unit
def test_every_decision_stands_in_the_list_of_the_architecture():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")

    listed = re.findall(r"\(adr/([^)]+)\)", text[text.index("## Decisions") :])

    assert sorted(listed) == sorted(path.name for path in tracked("docs/adr/*.md"))
