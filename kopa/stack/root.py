"""PostgreSQL refuses to run as root: here is who runs it then, and where that account can reach its files."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
from pathlib import Path

from kopa.stack.errors import StackError
from kopa.stack.process import Account

FOLDER_FOR_NOBODY = Path("/var/tmp")  # noqa: S108  (owner is checked before use)


def account() -> Account:
    """Ourselves; as root within a user namespace (files stay ours), else ``nobody`` where none is allowed."""
    if os.geteuid() != 0:
        return Account()
    unshare = shutil.which("unshare")
    if (
        unshare
        and subprocess.run([unshare, "--user", "true"], capture_output=True, check=False).returncode == 0
    ):
        return Account(prefix=(unshare, "--user"))
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise StackError(
            "PostgreSQL does not run as root; this system has no user namespaces and no account 'nobody': "
            "start KOPA as an ordinary user, or set DATABASE_URL to a server."
        ) from None
    return Account(uid=nobody.pw_uid, gid=nobody.pw_gid)


def folder_for(account: Account, home: Path) -> Path:
    """Where the servers of ``home`` keep their data: in the home, or where ``nobody`` can reach it."""
    top = FOLDER_FOR_NOBODY / f"kopa-root-{hashlib.sha256(os.fsencode(home)).hexdigest()[:12]}"
    other = home if account.uid is not None else top
    if (other / "postgres" / "data").exists():
        raise StackError(
            f"The data of {home} is in {other / 'postgres'}, made by another account than PostgreSQL would "
            "run as now: start KOPA as it was started then, or choose another folder with --home."
        )
    if account.uid is None:
        return home
    top.mkdir(mode=0o711, exist_ok=True)
    # /var/tmp is everybody's: nobody else may have put this folder, or a link, there before us.
    if top.is_symlink() or top.stat().st_uid != 0:
        raise StackError(f"{top} belongs to somebody else: remove it, or start KOPA as an ordinary user.")
    return top


def programs_for(account: Account, folder: Path, top: Path) -> Path:
    """The folder of PostgreSQL's programs, copied beside the data where ``nobody`` cannot reach it."""
    if account.uid is None or _runs(folder, account):
        return folder
    package = folder.parents[1]
    version = (folder / "postgres").stat()
    copies = top / f"programs-{version.st_size}-{version.st_mtime_ns}"
    # The programs find their libraries in the folder beside the package's.
    for source in (package, package.with_name(f"{package.name}.libs")):
        target = copies / source.name
        if source.is_dir() and not target.exists():
            unfinished = copies / f"{source.name}.new"
            shutil.rmtree(unfinished, ignore_errors=True)
            shutil.copytree(source, unfinished, symlinks=True)
            unfinished.rename(target)
    programs = copies / folder.relative_to(package.parent)
    if not _runs(programs, account):
        raise StackError(
            "PostgreSQL does not run as root, and the account 'nobody' cannot run it either: "
            "start KOPA as an ordinary user, or set DATABASE_URL to a server."
        )
    return programs


def _runs(folder: Path, account: Account) -> bool:
    command = [str(folder / "postgres"), "--version"]
    try:
        done = subprocess.run(command, capture_output=True, check=False, cwd="/", **account.popen_options())
    except OSError:
        return False
    return done.returncode == 0
