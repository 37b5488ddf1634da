"""The home folder: one owner, one start at a time, and a sentence for whatever is wrong with it."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import stat
import threading
from pathlib import Path

import pytest

from kopa.stack import commandline
from kopa.stack import home as home_module
from kopa.stack.errors import StackError
from kopa.stack.home import Home, explain, write_private

pytestmark = pytest.mark.unit


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path / "home")
    home.open()
    yield home
    home.close()


def test_home_is_its_owners_alone(home):
    assert stat.S_IMODE(home.path.stat().st_mode) == 0o700


def test_second_start_on_one_home_is_refused_and_told_who_holds_it(home):
    home.announce("http://localhost:8000/", {})
    with pytest.raises(StackError) as refusal:
        Home(home.path).open()
    assert str(refusal.value) == (
        f"KOPA already runs from {home.path} (process {os.getpid()}, http://localhost:8000/): stop it there "
        "with Ctrl-C, or start a second one with another --home and --port."
    )


def test_closed_home_can_be_opened_again_and_tells_nothing(home):
    home.announce("http://localhost:8000/", {"SECRET_KEY_FILE": "x"})
    home.close()
    assert not home.running.exists()
    again = Home(home.path)
    again.open()
    again.close()


def test_what_other_commands_need_is_readable_to_the_owner_alone(home):
    home.announce("http://localhost:8000/", {"DATABASE_URL": "postgresql://kopa:secret@example/kopa"})
    assert stat.S_IMODE(home.running.stat().st_mode) == 0o600
    assert json.loads(home.running.read_text()) == {"DATABASE_URL": "postgresql://kopa:secret@example/kopa"}


def test_secret_key_is_made_once_and_private(home):
    first = home.secret_key().read_text()
    assert len(first) >= 60
    assert home.secret_key().read_text() == first
    assert stat.S_IMODE(home.secret_key().stat().st_mode) == 0o600


def test_empty_secret_key_of_an_interrupted_start_is_replaced(home):
    (home.path / "secret-key").touch()
    assert len(home.secret_key().read_text()) >= 60


def test_private_file_is_never_seen_half_written(tmp_path):
    target = tmp_path / "file"
    (tmp_path / "file.new").write_text("left by an interrupted write")
    write_private(target, "whole")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert target.read_text() == "whole"


def test_sockets_lie_in_the_home_when_its_path_allows(home):
    short = Home(Path("/tmp") / f"k{os.getpid()}")  # noqa: S108  (pytest's own folder is too long)
    short.path.mkdir()
    try:
        assert short.socket_folder() == short.path / "run"
        assert stat.S_IMODE(short.socket_folder().stat().st_mode) == 0o700
    finally:
        (short.path / "run").rmdir()
        short.path.rmdir()


@pytest.mark.parametrize("name", ["x" * 120, "path with spaces", "häme", "a?b=c&d%20"])
def test_sockets_lie_elsewhere_when_the_path_is_long_or_odd(tmp_path, name):
    home = Home(tmp_path / name)
    home.path.mkdir()
    folder = home.socket_folder()
    try:
        assert len(str(folder)) <= home_module.LONGEST_SOCKET_FOLDER
        assert folder.name.startswith(f"kopa-{os.geteuid()}-")
        assert folder == home.socket_folder()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    finally:
        folder.rmdir()


def test_socket_folder_that_is_a_link_is_refused(tmp_path):
    home = Home(tmp_path / ("x" * 120))
    home.path.mkdir()
    folder = home.socket_folder()
    folder.rmdir()
    folder.symlink_to(tmp_path)
    try:
        with pytest.raises(StackError, match="belongs to somebody else"):
            home.socket_folder()
    finally:
        folder.unlink()


def test_file_in_the_place_of_the_home_gets_a_sentence(tmp_path):
    (tmp_path / "home").touch()
    with pytest.raises(StackError, match=r"home is not a folder: choose another one with --home\.$"):
        Home(tmp_path / "home").open()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_home_of_another_account_is_refused_by_its_name(tmp_path):
    folder = tmp_path / "home"
    folder.mkdir()
    os.chown(folder, 65534, 65534)
    with pytest.raises(StackError, match="belongs to the account nobody: start KOPA as nobody"):
        Home(folder).open()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_folder_that_cannot_be_written_gets_a_sentence(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(StackError, match="cannot be written: make it writable, or choose another one"):
        Home(tmp_path / "home").open()


def test_full_disk_is_told_before_anything_is_started(tmp_path, monkeypatch):
    monkeypatch.setattr(home_module, "FIRST_START_MB", 2**40)
    home = Home(tmp_path / "home")
    with pytest.raises(StackError, match=r"^The disk of .* is full: \d+ MB free, 1099511627776 MB needed\."):
        home.open()
    monkeypatch.undo()
    home.open()
    home.close()


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.ENOSPC, "The disk of /h is full: make room, or choose another folder with --home."),
        (errno.EDQUOT, "The disk of /h is full: make room, or choose another folder with --home."),
        (
            errno.EACCES,
            "The folder /h cannot be written: make it writable, or choose another one with --home.",
        ),
        (
            errno.EROFS,
            "The folder /h cannot be written: make it writable, or choose another one with --home.",
        ),
        (errno.ENOTDIR, "/h is not a folder: choose another one with --home."),
        (errno.EIO, "The folder /h cannot be used (Input/output error): choose another one with --home."),
    ],
)
def test_what_the_system_says_becomes_a_sentence_with_a_remedy(number, sentence):
    assert explain(OSError(number, os.strerror(number)), Path("/h")) == sentence


def test_a_command_that_looks_for_a_moment_does_not_keep_a_start_away(tmp_path):
    home = Home(tmp_path / "home")
    home.path.mkdir()
    looker = (home.path / "lock").open("a")
    fcntl.flock(looker, fcntl.LOCK_EX)
    threading.Timer(0.2, looker.close).start()

    home.open()

    home.close()


def test_what_a_killed_supervisor_told_is_gone_at_the_next_start(tmp_path):
    home = Home(tmp_path / "home")
    home.path.mkdir()
    home.running.write_text("{}")

    home.open()

    assert not home.running.exists()
    home.close()


def test_command_during_a_start_is_told_to_wait(home, monkeypatch):
    for name in ("KOPA_EMBEDDED", "DATABASE_URL", "SECRET_KEY", "SECRET_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KOPA_HOME", str(home.path))
    with pytest.raises(SystemExit) as refusal:
        commandline.use_running_home()
    assert str(refusal.value) == (
        f"KOPA is still starting from {home.path}: try again when it has said that it is ready."
    )
