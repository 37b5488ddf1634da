"""The home folder, where one running KOPA keeps its data, logs, sockets and secret key."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import pwd
import re
import secrets
import shutil
import stat
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from kopa.stack.errors import StackError

# A new database cluster takes 80 MB, its first write-ahead log and the demonstration data about as much.
FIRST_START_MB, LATER_START_MB = 400, 100
# The path of a Unix socket may hold about 100 characters; PostgreSQL adds a name of 14 to the folder's.
LONGEST_SOCKET_FOLDER = 80
# Other commands look whether the home is held; that takes them less than this.
PATIENCE_WITH_LOOKERS = 0.5  # seconds


@dataclass
class Home:
    path: Path
    _lock: IO[str] | None = field(default=None, repr=False)
    # Made outside the home because the home's path will not do for sockets.
    _far_sockets: Path | None = field(default=None, repr=False)

    @classmethod
    def at(cls, path: Path) -> Home:
        """The home at ``path`` as somebody typed it: ``~`` is theirs, a link stays a link."""
        return cls(Path(os.path.abspath(path.expanduser())))  # noqa: PTH100  (resolve would follow links)

    def log_of(self, program: str) -> Path:
        return self.logs / f"{program.replace(' ', '-')}.log"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def running(self) -> Path:
        """What a running supervisor tells other commands: see :meth:`announce`."""
        return self.path / "running.json"

    def open(self) -> None:
        """Make the folder, check that it can be used, and hold it until :meth:`close`.

        Raises StackError with the remedy when it cannot be written, is another person's, is full or is in
        use.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._refuse_strangers()
            self.path.chmod(0o700)
            self.logs.mkdir(exist_ok=True)
            self._lock = (self.path / "lock").open("a+", encoding="utf-8")
        except OSError as reason:
            raise StackError(explain(reason, self.path)) from reason
        if not self._take():
            holder = self._holder()
            self._lock.close()
            self._lock = None
            raise StackError(
                f"KOPA already runs from {self.path}{holder}: stop it there with Ctrl-C, or start a second "
                "one with another --home and --port."
            )
        try:
            self.running.unlink(missing_ok=True)  # of a supervisor that was killed
            self._refuse_full_disk()
        except StackError:
            self.close()
            raise

    def _take(self) -> bool:
        """Lock the home. A command that only looks whether it is held is gone within a moment."""
        end = time.monotonic() + PATIENCE_WITH_LOOKERS
        while self._lock is not None:
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > end:
                    return False
                time.sleep(0.02)
            else:
                return True
        return False

    def announce(self, address: str, environment: dict[str, str]) -> None:
        """Write down who holds the home, and the settings with which other commands reach its servers."""
        if self._lock is None:
            raise RuntimeError("open the home first")
        self._lock.seek(0)
        self._lock.truncate()
        self._lock.write(f"process {os.getpid()}, {address}")
        self._lock.flush()
        write_private(self.running, json.dumps(environment))

    def close(self) -> None:
        """Let the next start have the home."""
        if self._lock is None:
            return
        with contextlib.suppress(OSError):
            self.running.unlink(missing_ok=True)
            self._lock.truncate(0)
        if self._far_sockets:
            shutil.rmtree(self._far_sockets, ignore_errors=True)
        self._lock.close()
        self._lock = None

    def secret_key(self) -> Path:
        """The file with the secret key; made at the first start, readable by its owner alone."""
        path = self.path / "secret-key"
        if not path.exists() or not path.read_text(encoding="ascii").strip():
            write_private(path, secrets.token_urlsafe(50))
        return path

    def socket_folder(self, base: Path | None = None) -> Path:
        """A private folder whose path is short and plain enough for Unix sockets and their addresses."""
        folder = (base or self.path) / "run"
        if len(os.fsencode(folder)) > LONGEST_SOCKET_FOLDER or not re.fullmatch(
            r"[\w./+-]+", str(folder), re.ASCII
        ):
            name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
            folder = Path(tempfile.gettempdir()) / f"kopa-{os.geteuid()}-{name}"
            if len(os.fsencode(folder)) > LONGEST_SOCKET_FOLDER:
                folder = Path("/tmp") / folder.name  # noqa: S108  (owner and mode are checked below)
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
        if stat.S_ISLNK(status.st_mode) or (base is None and status.st_uid != os.geteuid()):
            raise StackError(
                f"{folder} belongs to somebody else: remove it, or set TMPDIR to a folder of your own."
            )
        if base is None:
            folder.chmod(0o700)
        if self.path not in folder.parents and base is None:
            self._far_sockets = folder
        return folder

    def _holder(self) -> str:
        if self._lock is None:
            return ""
        self._lock.seek(0)
        text = self._lock.read(200).strip()
        return f" ({text})" if text else ""

    def _refuse_strangers(self) -> None:
        owner = self.path.stat().st_uid
        if owner == os.geteuid():
            return
        try:
            name = pwd.getpwuid(owner).pw_name
        except KeyError:
            name = str(owner)
        raise StackError(
            f"The home {self.path} belongs to the account {name}: start KOPA as {name}, or choose another "
            "folder with --home."
        )

    def _refuse_full_disk(self) -> None:
        needed = LATER_START_MB if (self.path / "postgres").exists() else FIRST_START_MB
        free = shutil.disk_usage(self.path).free // 2**20
        if free < needed:
            raise StackError(
                f"The disk of {self.path} is full: {free} MB free, {needed} MB needed. Make room, or choose "
                "another folder with --home."
            )


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    new.rename(path)


def explain(reason: OSError, path: Path) -> str:
    """One sentence with the remedy for what the system said about ``path``."""
    if reason.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"The disk of {path} is full: make room, or choose another folder with --home."
    if reason.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return f"The folder {path} cannot be written: make it writable, or choose another one with --home."
    if reason.errno in {errno.ENOTDIR, errno.EEXIST}:
        return f"{path} is not a folder: choose another one with --home."
    return f"The folder {path} cannot be used ({reason.strerror}): choose another one with --home."
