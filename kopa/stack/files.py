"""What the pages need besides code: browser assets, compiled translations, collected static files."""

from __future__ import annotations

import contextlib
import fcntl
import filecmp
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

from kopa.stack.errors import StackError
from kopa.stack.home import explain
from kopa.stack.progress import Lines


def prepare(say: Callable[[str], None]) -> None:
    """Bring all three up to date; costs some hundredths of a second when they are. One process at a time."""
    root = Path(settings.BASE_DIR)
    try:
        with _one_at_a_time(root / "var", say):
            for command in ("assets", "compile_texts"):
                call_command(command, stdout=Lines(say, without="up to date"))
            collect(say)
    except OSError as reason:
        raise StackError(
            explain(reason, root).replace("choose another one with --home", "copy the project")
        ) from reason


def collect(say: Callable[[str], None]) -> None:
    """Run ``collectstatic`` when any of its sources changed since the last time."""
    stamp, wanted = Path(settings.STATIC_ROOT) / ".stamp", _fingerprint()
    if stamp.is_file() and stamp.read_text(encoding="ascii") == wanted:
        return
    say("collecting and compressing the static files")
    for path, source in _sources():
        target = Path(settings.STATIC_ROOT) / path
        # collectstatic looks at times in whole seconds: it would keep the old copy of a restored file.
        if target.is_file() and not filecmp.cmp(source, target, shallow=False):
            target.unlink()
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(wanted, encoding="ascii")


def _fingerprint() -> str:
    """Changes when any file that ``collectstatic`` would take does: name, size or time."""
    seen = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    for path, source in _sources():
        status = source.stat()
        seen.update(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return seen.hexdigest()


def _sources() -> Iterator[tuple[str, Path]]:
    for finder in get_finders():
        for path, storage in finder.list([]):
            yield path, Path(storage.path(path))


@contextlib.contextmanager
def _one_at_a_time(folder: Path, say: Callable[[str], None]) -> Iterator[None]:
    folder.mkdir(exist_ok=True)
    with (folder / "files.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another start is preparing the browser's files: waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
