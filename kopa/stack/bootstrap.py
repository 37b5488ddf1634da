"""Makes ``.venv`` from the hashed requirements and goes on inside it. Standard library only.

uv is fast but must itself be fetched, so pip brings it first; where uv cannot work (no wheel for the
platform, a package index that only pip knows), pip does the whole job. A stamp of the lock files says that
the environment is complete; it is written last, so that an interrupted installation is done again.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "kopa-installed.json"
UNFINISHED = VENV / "kopa-unfinished"
RUNTIME, TESTS, UV = "requirements.txt", "requirements-dev.txt", "requirements-uv.txt"
DISK_NEEDED_MB = {RUNTIME: 700, TESTS: 1300}
BOOTSTRAPPED = "KOPA_BOOTSTRAPPED"


def enter(arguments: list[str]) -> None:
    """Return when this process runs in a complete environment; otherwise make it and start again inside it.

    ``up`` and ``test`` see to it that the environment is what the lock files say. Every other command takes
    the environment that is there, because it must also work where another tool (an image, uv) made it.
    """
    command = arguments[1] if len(arguments) > 1 else "help"
    wanted = TESTS if command == "test" else RUNTIME
    if _inside():
        if importlib.util.find_spec("django") is not None and _complete(wanted, command):
            return
        _leave(arguments)
    if _somebody_elses_environment(command):
        return
    if not _complete(wanted, command):
        with _one_at_a_time():
            if not _complete(wanted, command):
                prepare(wanted)
    # A venv is recognised by the path of its python, so this path must not be resolved.
    os.execv(PYTHON, [str(PYTHON), *arguments])


def prepare(requirements: str) -> None:
    """Make or mend ``.venv`` so that it holds what ``requirements`` names."""
    _refuse_what_cannot_work(requirements)
    if not _usable():
        _say(f"Making the Python environment {VENV}")
        venv.create(VENV, with_pip=True, clear=True, symlinks=True)
    unfinished = UNFINISHED.exists()
    STAMP.unlink(missing_ok=True)
    UNFINISHED.touch()
    _say(f"Installing the packages of {requirements} (once; half a minute with a good connection)")
    install(requirements, python=PYTHON, again=unfinished)
    # requirements-dev.txt holds every package of requirements.txt in the same version (tests/stack compares).
    names = [RUNTIME, TESTS] if requirements == TESTS else [RUNTIME]
    STAMP.write_text(json.dumps({name: _fingerprint(name) for name in names}), encoding="ascii")
    UNFINISHED.unlink()


def install(requirements: str, *, python: Path | None = None, again: bool = False) -> None:
    """Install a hashed requirements file of the project.

    ``again`` also replaces what seems to be there already.
    """
    program = str(python or sys.executable)
    options = ["--require-hashes", "-r", str(ROOT / requirements)]
    if _has_uv(program):
        more = ["--reinstall"] if again else []
        uv = [
            program,
            "-m",
            "uv",
            "pip",
            "install",
            "--compile-bytecode",
            "--python",
            program,
            *more,
            *options,
        ]
        if not sys.stderr.isatty():
            uv.insert(5, "--quiet")
        if subprocess.run(uv, env=os.environ | _settings_of_pip(program), check=False).returncode == 0:
            return
        _say("uv could not install the packages; trying pip")
    more = ["--force-reinstall"] if again else []
    done = _pip(program, "install", *more, *options)
    if done.returncode:
        _stop(
            f"The packages of {requirements} could not be installed: {_last_line(done.stderr)} "
            "Check the network, pip's package index and the free disk space, then start again."
        )


def _inside() -> bool:
    return Path(sys.prefix).resolve() == VENV.resolve()


def _somebody_elses_environment(command: str) -> bool:
    """An environment that the caller made (an image, uv, a venv elsewhere) is used as it is."""
    if importlib.util.find_spec("django") is None:
        return False
    if sys.prefix != sys.base_prefix:
        return True
    return command not in {"up", "test"} and not PYTHON.exists()


def _leave(arguments: list[str]) -> NoReturn:
    """The environment lost its packages or is older than the lock: mend it from the Python it was made of."""
    if os.environ.get(BOOTSTRAPPED):
        _stop(f"{VENV} cannot be completed: delete this folder and start again.")
    os.environ[BOOTSTRAPPED] = "1"
    if importlib.util.find_spec("django") is None:
        with contextlib.suppress(OSError):
            STAMP.unlink()
    base = getattr(sys, "_base_executable", None) or sys.executable
    os.execv(base, [base, *arguments])


def _complete(requirements: str, command: str) -> bool:
    if not PYTHON.exists():
        return False
    if command not in {"up", "test"}:
        return not UNFINISHED.exists()
    try:
        return bool(
            json.loads(STAMP.read_text(encoding="ascii")).get(requirements) == _fingerprint(requirements)
        )
    except (OSError, ValueError):
        return False


def _fingerprint(name: str) -> str:
    return hashlib.sha256((ROOT / name).read_bytes()).hexdigest()


def _usable() -> bool:
    """Whether ``.venv`` is a working environment of a Python that is new enough."""
    if not PYTHON.exists():
        return False
    test = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    return subprocess.run([PYTHON, "-c", test], capture_output=True, check=False).returncode == 0


def _refuse_what_cannot_work(requirements: str) -> None:
    if os.name == "nt":
        _stop(
            "This command runs on Linux and macOS. On Windows start it inside WSL, or use docker compose up."
        )
    if importlib.util.find_spec("ensurepip") is None:
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        _stop(
            "This Python cannot make environments (it has no ensurepip). On Debian or Ubuntu: "
            f"apt-get install python3-venv (or python{version}-venv), then start again."
        )
    if not os.access(VENV if VENV.exists() else ROOT, os.W_OK):
        _stop(
            f"{VENV} is missing or out of date and {ROOT} cannot be written: start once as the owner of the "
            "folder, or copy the project to a folder of your own."
        )
    free = shutil.disk_usage(ROOT).free // 2**20
    if free < DISK_NEEDED_MB[requirements]:
        _stop(
            f"Only {free} MB are free in {ROOT}, the packages need {DISK_NEEDED_MB[requirements]} MB: "
            "make room and start again."
        )


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Two starts at once: the second waits until the first has made the environment."""
    import fcntl  # not on Windows, where this module must still be importable to say so

    folder = ROOT / "var"
    try:
        folder.mkdir(exist_ok=True)
        lock = (folder / "setup.lock").open("w")
    except OSError as reason:
        _stop(
            f"{folder} cannot be written ({reason.strerror}): make it writable or copy the project elsewhere."
        )
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("Another start is preparing the Python environment: waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _has_uv(program: str) -> bool:
    if subprocess.run([program, "-m", "uv", "--version"], capture_output=True, check=False).returncode == 0:
        return True
    return _pip(program, "install", "--require-hashes", "-r", str(ROOT / UV)).returncode == 0


def _pip(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [program, "-m", "pip", arguments[0], "--quiet", "--disable-pip-version-check", *arguments[1:]]
    return subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)


def _settings_of_pip(program: str) -> dict[str, str]:
    """uv does not read pip's configuration: hand over the package index and certificates set there."""
    listed = subprocess.run(
        [program, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    settings = {"UV_SYSTEM_CERTS": "1"}  # as pip does; an office's own proxy is known to the system only
    for name, theirs in (("index-url", "UV_DEFAULT_INDEX"), ("cert", "SSL_CERT_FILE")):
        found = re.search(rf"^\S*\.{name}='([^']+)'", listed.stdout, re.MULTILINE)
        if found:
            settings[theirs] = found.group(1)
    return {name: value for name, value in settings.items() if name not in os.environ}


def _last_line(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given."


def _say(sentence: str) -> None:
    print(f"{sentence} …", flush=True)


def _stop(sentence: str) -> NoReturn:
    sys.exit(sentence)
