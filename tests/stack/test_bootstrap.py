"""The way from a checkout and a bare Python to a complete environment."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kopa.stack import bootstrap
from tests.stack.running import ROOT, environment, free_port

pytestmark = pytest.mark.unit
PIN = re.compile(r"^([a-z0-9._-]+)==(\S+)", re.IGNORECASE | re.MULTILINE)


def pins(name):
    return dict(PIN.findall((ROOT / name).read_text()))


def run_python(code):
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment(), capture_output=True, text=True, check=False
    )


def test_manage_is_readable_to_any_python_3():
    ast.parse((ROOT / "manage.py").read_text(encoding="ascii"), feature_version=(3, 3))


@pytest.mark.parametrize("version", [(2, 7), (3, 6), (3, 10)])
def test_old_python_gets_a_sentence(version):
    done = run_python(
        "import runpy, sys\n"
        f"sys.version_info = {version!r}\n"
        "sys.argv = ['manage.py', 'up']\n"
        "runpy.run_path('manage.py', run_name='__main__')"
    )
    assert done.returncode == 1
    assert done.stderr == (
        f"KOPA needs Python 3.11 or newer; this is Python {version[0]}.{version[1]} ({sys.executable}). "
        "Install a newer one and start again with it, for example: python3.11 manage.py up\n"
    )


def test_python_without_ensurepip_gets_debians_remedy():
    done = run_python(
        "import sys\n"
        "sys.modules['ensurepip'] = None\n"  # as Debian's python3 without python3-venv: find_spec says None
        "from kopa.stack import bootstrap\n"
        "bootstrap.prepare('requirements.txt')"
    )
    assert done.returncode == 1
    assert "(it has no ensurepip). On Debian or Ubuntu: apt-get install python3-venv" in done.stderr
    assert "Traceback" not in done.stderr


def test_bootstrap_needs_nothing_but_the_standard_library():
    """As long as manage.py runs outside the environment there is nothing else."""
    done = run_python(
        "import sys\n"
        "before = set(sys.modules)\n"
        "from kopa.stack import bootstrap\n"
        "print({name.partition('.')[0] for name in set(sys.modules) - before} - sys.stdlib_module_names)"
    )
    assert (done.stdout, done.stderr) == ("{'kopa'}\n", "")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An empty project with lock files of its own, as the module sees it."""
    root = tmp_path / "a project"
    (root / ".venv" / "bin").mkdir(parents=True)
    for name in (bootstrap.RUNTIME, bootstrap.TESTS):
        (root / name).write_text(f"# {name}\n")
    monkeypatch.setattr(bootstrap, "ROOT", root)
    monkeypatch.setattr(bootstrap, "VENV", root / ".venv")
    monkeypatch.setattr(bootstrap, "PYTHON", root / ".venv" / "bin" / "python")
    monkeypatch.setattr(bootstrap, "STAMP", root / ".venv" / "kopa-installed.json")
    monkeypatch.setattr(bootstrap, "UNFINISHED", root / ".venv" / "kopa-unfinished")
    return root


def stamp(project, *names):
    (project / ".venv" / "bin" / "python").touch()
    known = {name: bootstrap._fingerprint(name) for name in names}
    (project / ".venv" / "kopa-installed.json").write_text(json.dumps(known))


def test_environment_without_python_or_stamp_is_incomplete(project):
    assert not bootstrap._complete(bootstrap.RUNTIME, "up")
    (project / ".venv" / "bin" / "python").touch()
    assert not bootstrap._complete(bootstrap.RUNTIME, "up")
    (project / ".venv" / "kopa-installed.json").write_text("{half")
    assert not bootstrap._complete(bootstrap.RUNTIME, "up")


def test_environment_is_complete_until_the_lock_file_changes(project):
    stamp(project, bootstrap.RUNTIME)
    assert bootstrap._complete(bootstrap.RUNTIME, "up")
    assert not bootstrap._complete(bootstrap.TESTS, "test")
    (project / bootstrap.RUNTIME).write_text("# another\n")
    assert not bootstrap._complete(bootstrap.RUNTIME, "up")


def test_other_commands_take_any_finished_environment(project):
    (project / ".venv" / "bin" / "python").touch()
    assert bootstrap._complete(bootstrap.RUNTIME, "migrate")
    (project / ".venv" / "kopa-unfinished").touch()
    assert not bootstrap._complete(bootstrap.RUNTIME, "migrate")


def test_too_little_room_is_told_before_anything_is_fetched(project, monkeypatch):
    monkeypatch.setitem(bootstrap.DISK_NEEDED_MB, bootstrap.RUNTIME, 2**40)
    with pytest.raises(
        SystemExit, match=r"^Only \d+ MB are free in .*a project, the packages need 1099511627776 MB"
    ):
        bootstrap.prepare(bootstrap.RUNTIME)


def test_second_start_waits_for_the_first(project):
    """A process holds the lock and lets go after a while; ours says that it waits and then goes on."""
    holder = (
        "import fcntl, sys, time\n"
        f"lock = open({str(project / 'var' / 'setup.lock')!r}, 'w')\n"
        "fcntl.flock(lock, fcntl.LOCK_EX)\n"
        "print('held', flush=True)\n"
        "sys.stdin.readline()\n"
    )
    (project / "var").mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", holder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as first:
        assert first.stdout.readline() == "held\n"
        waiter = (
            "import pathlib\n"
            "from kopa.stack import bootstrap\n"
            f"bootstrap.ROOT = pathlib.Path({str(project)!r})\n"
            "with bootstrap._one_at_a_time():\n"
            "    print('mine', flush=True)\n"
        )
        with subprocess.Popen(
            [sys.executable, "-c", waiter], cwd=ROOT, stdout=subprocess.PIPE, text=True
        ) as second:
            said = second.stdout.readline()
            assert said == "Another start is preparing the Python environment: waiting for it …\n"
            first.stdin.write("go\n")
            first.stdin.flush()
            assert second.stdout.readline() == "mine\n"


def test_test_requirements_hold_every_package_of_the_runtime_in_the_same_version():
    runtime, tests = pins(bootstrap.RUNTIME), pins(bootstrap.TESTS)
    assert len(runtime) > 40
    assert {name: tests.get(name) for name in runtime} == runtime


@pytest.mark.parametrize("name", sorted(path.name for path in ROOT.glob("requirements*.txt")))
def test_every_requirement_is_pinned_with_a_hash(name):
    text = (ROOT / name).read_text()
    entries = re.split(r"\n(?=[a-z0-9])", text.strip(), flags=re.IGNORECASE)
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry or "==" not in entry] == []


def test_lock_files_hold_no_addresses():
    for name in ("package-lock.json", "kopa/stack/browser_package/package-lock.json"):
        packages = json.loads((ROOT / name).read_text())["packages"]
        assert [place for place, package in packages.items() if "resolved" in package] == []
        assert [place for place, package in packages.items() if place and "integrity" not in package] == []
    for path in ROOT.glob("requirements*.txt"):
        assert "://" not in path.read_text()


@pytest.mark.nightly
def test_copy_of_the_project_comes_up_in_a_folder_with_spaces(tmp_path):
    """The whole way of a newcomer, from nothing but a Python; packages come from the network or a cache."""
    project = tmp_path / "a new machine" / "kopa"
    files = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    for name in filter(None, files):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).exists():
            shutil.copy2(ROOT / name, project / name)
    base = Path(getattr(sys, "_base_executable", sys.executable))
    command = [base, "manage.py", "up", "--check", "--port", str(free_port())]
    first = subprocess.run(
        command, cwd=project, env=environment(), capture_output=True, text=True, check=False
    )
    assert first.returncode == 0, first.stdout + first.stderr
    assert first.stdout.startswith(f"Making the Python environment {project / '.venv'} …\n")
    # An installation that was cut short is done again: the mark is there, a package is not.
    (project / ".venv" / "kopa-unfinished").touch()
    (project / ".venv" / "kopa-installed.json").unlink()
    shutil.rmtree(next((project / ".venv").glob("lib/python*/site-packages/django/http")))
    again = subprocess.run(
        command, cwd=project, env=environment(), capture_output=True, text=True, check=False
    )
    assert again.returncode == 0, again.stdout + again.stderr
    assert "Making the Python environment" not in again.stdout
