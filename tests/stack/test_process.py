"""Children that never outlive their parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kopa.stack.process import OWNER, Account, Child, end_leftovers, leftovers

pytestmark = pytest.mark.integration
# A program that ignores the polite signal and has a child of its own, as granian's master has its worker.
STUBBORN = "trap '' TERM; sleep 300 & wait; wait"


def until(is_true, seconds=10):
    end = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < end, "did not happen"
        time.sleep(0.02)


def lives(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # gone, before or while it was read
        return False


def in_group(leader):
    pids = [int(stat.parent.name) for stat in Path("/proc").glob("[0-9]*/stat")]
    return [pid for pid in pids if lives(pid) and group_of(pid) == leader]


def group_of(pid):
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None


@pytest.fixture
def start(tmp_path):
    started = []

    def start(script, **more):
        child = Child(
            "test", ["sh", "-c", script], tmp_path / "log", os.environ | {OWNER: str(tmp_path)}, **more
        )
        child.start()
        started.append(child)
        return child

    yield start
    for child in started:
        child.stop(patience=0)


def test_child_ends_by_the_signal_it_is_asked_with(start):
    script = "trap 'echo bye; exit 7' INT; echo ready; while :; do sleep 0.05; done"
    child = start(script, stop_signal=signal.SIGINT)
    until(lambda: child.last_words() == "ready")  # sooner the signal would find no trap
    child.stop(patience=10)
    assert child.process.returncode == 7
    until(lambda: child.last_words(1) == "bye")


def test_stubborn_child_and_its_children_are_ended_by_force(start):
    child = start(STUBBORN)
    until(lambda: len(in_group(child.pid)) == 2)
    child.stop(patience=0.1)
    until(lambda: not in_group(child.pid))
    assert child.process.returncode == -signal.SIGKILL


def test_grandchild_of_a_killed_child_is_ended_too(start):
    child = start(STUBBORN)
    until(lambda: len(in_group(child.pid)) == 2)
    os.kill(child.pid, signal.SIGKILL)
    until(child.ended)
    assert len(in_group(child.pid)) == 1
    child.stop(patience=1)
    until(lambda: not in_group(child.pid))


@pytest.mark.skipif(sys.platform != "linux", reason="the death signal is Linux's")
def test_child_dies_with_a_parent_that_is_killed(tmp_path):
    program = (
        "import os, pathlib, time\n"
        "from kopa.stack.process import Child\n"
        f"child = Child('test', ['sleep', '300'], pathlib.Path({str(tmp_path / 'log')!r}), os.environ)\n"
        "child.start()\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(300)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        pid = int(parent.stdout.readline())
        assert lives(pid)
        parent.kill()
        until(lambda: not lives(pid))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_what_a_killed_supervisor_left_is_found_and_ended(start, tmp_path):
    child = start("trap '' TERM; sleep 300; :")
    until(lambda: child.pid in leftovers(tmp_path))
    said = []
    end_leftovers(tmp_path, said.append, patience=0.2)
    until(child.ended)
    assert list(leftovers(tmp_path)) == []
    assert said == ["waiting for the processes of an earlier start to end"]


def test_processes_of_another_home_are_left_alone(start, tmp_path):
    child = start("sleep 300")
    end_leftovers(tmp_path / "other", pytest.fail)
    assert not child.ended()


def test_account_is_what_popen_wants():
    assert Account().popen_options() == {}
    assert Account(uid=65534, gid=65534).popen_options() == {
        "user": 65534,
        "group": 65534,
        "extra_groups": [],
    }


def test_last_words_are_the_last_lines_of_the_log(start):
    child = start("for n in 1 2 3 4 5 6; do echo line $n; done")
    until(child.ended)
    assert child.last_words(2) == "line 5\nline 6"
