"""Ctrl-C in the very instant in which a server is started a second time: no process is lost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.stack.running import environment

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(sys.platform != "linux", reason="only there a function runs between fork and exec"),
]
# The parent waits in Popen until the child has become its program: there the signal meets it. Afterwards,
# while it lives and no death signal was sent, it has no child left.
PROGRAM = """
import os, pathlib, signal, sys, time
from kopa.stack.home import Home
from kopa.stack.postgres import Postgres
from kopa.stack.progress import Progress
from kopa.stack.signals import Signals, StopRequested
from kopa.stack.supervisor import Supervisor
from kopa.stack.valkey import Valkey

def interrupt():
    os.kill(os.getppid(), signal.SIGINT)
    time.sleep(0.5)

def interrupt_next_start(_line=""):
    os.register_at_fork(after_in_child=interrupt)

def damaged_valkey():
    damaged = home.path / "valkey" / "appendonlydir"
    damaged.mkdir(parents=True)
    (damaged / "appendonly.aof.manifest").write_text("this is no manifest")
    valkey = Valkey(home, say=interrupt_next_start)
    supervisor.start_server(valkey)
    return valkey

def locked_postgres():
    first, second = (Postgres(home, durable=False, say=lambda line: None) for _ in range(2))
    supervisor.start_server(first)
    first.wait()
    supervisor.start_server(second)
    while not second.child.ended():
        time.sleep(0.02)
    interrupt_next_start()
    return second

home = Home.at(pathlib.Path(sys.argv[2]))
home.open()
supervisor = Supervisor(home, Progress(), Signals())
server = {"valkey": damaged_valkey, "postgres": locked_postgres}[sys.argv[1]]()
before = server.child.pid
try:
    server.wait()
except StopRequested:
    print("interrupted, started again:", server.child.pid != before)
supervisor.stop()
try:
    print("left:", os.waitpid(-1, os.WNOHANG))
except ChildProcessError:
    print("left: nothing")
"""


@pytest.mark.parametrize("server", ["valkey", "postgres"])
def test_stop_while_a_server_starts_again_loses_no_process(server: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, server, str(tmp_path / "home")],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert (done.stdout, done.stderr) == ("interrupted, started again: True\nleft: nothing\n", "")
