"""``manage.py up`` as people meet it: real processes, real servers, a home of its own.

One home is made cold and then started warm by each test, so that the whole file takes half a minute.
"""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from kopa.stack import programs, root
from kopa.stack.process import Account, leftovers
from tests.stack.running import ROOT, Portal, environment, manage, portal

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(sys.platform != "linux", reason="follows processes through /proc"),
    pytest.mark.xdist_group("up"),
]
UNEXPECTED = ("Traceback", "Error:")
NOBODY = Account(uid=65534, gid=65534)


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A home whose first start is behind it; its path has spaces and more than a socket's path may hold."""
    home = tmp_path_factory.mktemp("with spaces") / f"home of ä {'x' * 60}"
    with portal(home, "--check") as cold:
        assert cold.end(180) == 0, cold.output
    return home


def lock_is_free(home: Path) -> bool:
    with (home / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def nothing_is_left(home: Path) -> bool:
    return list(leftovers(home)) == [] and lock_is_free(home) and not (home / "running.json").exists()


def get(port: int, path: str, **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", path, headers={"Host": "localhost"} | headers)
    answer = connection.getresponse()
    answer.body = answer.read()
    connection.close()
    return answer


def ask_database(running: Portal, statement: str):
    url = json.loads((running.home / "running.json").read_text())["DATABASE_URL"]
    with psycopg.connect(url) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchone()[0] if cursor.description else None


def test_first_start_says_each_step_and_leaves_nothing(home):
    said = next(home.parent.glob(f"{home.name}-*.txt")).read_text()
    for step in (
        "KOPA starts; its data and logs are in",
        "making the database (once)",
        "starting PostgreSQL 18 and Valkey",
        "applying the migrations of the database",
        "starting the web server and the workers",
        "the web server is ready",
        "the workers answer",
        "KOPA is ready: http://localhost:",
        "stopping",
        "stopped",
    ):
        assert step in said
    assert said.index("KOPA is ready") < said.index("Demonstration sign-ins") < said.index("aino@demo")
    assert nothing_is_left(home)


@pytest.fixture(scope="class")
def running(home) -> Iterator[Portal]:
    with portal(home, "--no-demo") as running:
        running.ready()
        yield running
        running.send(signal.SIGINT)
        assert running.end() == 0
    assert nothing_is_left(home)


class TestOneThatRuns:
    """Starts once for all of these tests; the end of the last is a Ctrl-C that leaves nothing."""

    def test_it_answers(self, running):
        assert get(running.port, "/health/live").status == 200
        assert json.loads(get(running.port, "/health/ready").body) == {"ready": True}
        assert get(running.port, "/metrics").status == 200
        assert f"KOPA is ready: http://localhost:{running.port}/" in running.output

    def test_page_is_served_with_a_content_policy_and_no_word_about_the_caller(self, running):
        answer = get(running.port, "/fi/?q=aino@lappia.example", **{"User-Agent": "Nosy/7"})
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        request_id = answer.headers["X-Request-ID"]
        end = time.monotonic() + 10
        log = running.home / "logs" / "web-server.log"
        while request_id not in log.read_text() and time.monotonic() < end:
            time.sleep(0.05)
        lines = [json.loads(line) for line in log.read_text().splitlines() if request_id in line]
        assert [(line["method"], line["path"]) for line in lines if line["event"] == "request"] == [
            ("GET", "/fi/")
        ]
        assert not any(word in log.read_text() for word in ("aino", "Nosy", "127.0.0.1"))

    def test_only_this_machine_is_listened_to(self, running):
        addresses = {
            str(entry[4][0]) for entry in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
        }
        for address in addresses - {"127.0.0.1", "127.0.1.1"}:
            with socket.socket() as client:
                assert client.connect_ex((address, running.port)) != 0
        assert get(running.port, "/health/live", Host="kopa.example").status == 400

    def test_other_commands_reach_the_running_portal_and_a_second_start_is_refused(self, running):
        counting = "from municipalities.models import Municipality; print(Municipality.objects.count())"
        done = manage("shell", "-v", "0", "-c", counting, KOPA_HOME=str(running.home))
        assert (int(done.stdout) > 500, done.stderr) == (
            True,
            f"Using the portal that runs from {running.home}.\n",
        )
        with portal(running.home, "--no-demo") as second:
            assert second.end() == 1
            assert (
                f"KOPA already runs from {running.home} (process {running.process.pid}, http://localhost"
                in second.output
            )
            assert "with another --home and --port." in second.output
        with portal(running.home.with_name("other home"), "--no-demo", "--port", str(running.port)) as other:
            assert other.end() == 1
            assert (
                f"Port {running.port} is in use by another program: stop it, or choose another with "
                f"--port {running.port + 1}"
            ) in other.output
        assert running.process.poll() is None
        assert get(running.port, "/health/ready").status == 200

    def test_outside_servers_are_used_and_not_stopped(self, running, tmp_path):
        servers = json.loads((running.home / "running.json").read_text())
        (tmp_path / "database").write_text(servers["DATABASE_URL"] + "\n")
        outside = {"DATABASE_URL_FILE": str(tmp_path / "database"), "REDIS_URL": servers["REDIS_URL"]}
        with portal(tmp_path / "guest", "--no-demo", "--check", **outside) as guest:
            assert guest.end() == 0, guest.output
            assert "PostgreSQL" not in guest.output
            assert not (guest.home / "postgres").exists()
        assert get(running.port, "/health/ready").status == 200

    def test_dump_of_the_documentation_brings_everything_back(self, running, tmp_path):
        """The commands are those of docs/operations.md, word for word."""
        text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
        dump, restore = re.findall(r"```sh\n(.*?)```", text[text.index("## Backup") :], re.DOTALL)
        script = f'set -eu\n{dump}\npsql() {{ "$BIN/psql" -qtAX "$URL" -c "$1"; }}\n'
        count = "psql 'select count(*) from municipalities_municipality'"
        script += f"{count}\npsql 'truncate municipalities_municipalityalias'\n{restore}\n{count}\n"
        script += "psql 'select count(*) from municipalities_municipalityalias'\n"
        script = script.replace("kopa.dump", f"'{tmp_path}/kopa.dump'")
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=ROOT,
            env=environment(KOPA_HOME=str(running.home)),
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        before, after, aliases = map(int, done.stdout.split())
        assert before == after > 500
        assert aliases > 10


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_stop_during_the_start_leaves_nothing_either(home, number):
    with portal(home, "--no-demo") as running:
        running.wait_for("starting the web server")
        running.send(number)
        assert running.end() == 0
        assert nothing_is_left(home)
        assert not any(word in running.output for word in UNEXPECTED)


def test_killed_database_stops_the_rest_and_the_next_start_has_every_row(home):
    with portal(home, "--no-demo") as running:
        running.ready()
        ask_database(running, "create table kept (word text)")
        ask_database(running, "insert into kept values ('committed')")
        os.kill(running.pid_of("postgres -D"), signal.SIGKILL)
        assert running.end() == 1
        assert "The PostgreSQL ended unexpectedly (killed by signal 9); KOPA stops." in running.output
        assert "Traceback" not in running.output
        assert nothing_is_left(home)
    with portal(home, "--no-demo") as again:
        again.ready()
        assert ask_database(again, "select word from kept") == "committed"
        ask_database(again, "drop table kept")


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("valkey-server", "Valkey"), ("granian", "web server"), ("worker --concurrency", "worker"),
        ("--queues imports", "import worker"),
    ],
)  # fmt: skip
def test_killed_part_stops_the_rest(home, words, name):
    with portal(home, "--no-demo") as running:
        running.ready()
        os.kill(running.pid_of(words), signal.SIGKILL)
        assert running.end() == 1
        assert f"The {name} ended unexpectedly (killed by signal 9); KOPA stops." in running.output
        assert nothing_is_left(home)


def test_killed_supervisor_takes_everything_along_and_the_next_start_recovers(home):
    with portal(home, "--no-demo") as running:
        running.ready()
        running.send(signal.SIGKILL)
        running.end()
        with portal(home, "--no-demo", "--port", str(running.port), "--check") as again:
            assert again.end() == 0, again.output
    assert nothing_is_left(home)


def test_damaged_cache_is_put_aside(home):
    data = home / "valkey" / "appendonlydir"
    for file in data.iterdir():
        file.write_bytes(b"this is no log of Valkey\r\n" * 40)
    with portal(home, "--no-demo", "--check") as running:
        assert running.end() == 0, running.output
        assert "Valkey could not read its data; it starts empty" in running.output
    assert [path.name.partition("-")[0] for path in data.parent.glob("*.unreadable-*")] == [
        "appendonlydir.unreadable"
    ]


def test_two_portals_run_side_by_side_on_other_ports_and_homes(home, tmp_path):
    with portal(home, "--no-demo") as one, portal(tmp_path / "two", "--no-demo") as two:
        one.ready()
        two.ready()
        assert [get(each.port, "/health/ready").status for each in (one, two)] == [200, 200]


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        (
            {"DATABASE_URL": "postgresql://kopa@127.0.0.1:9/kopa"},
            "The server of DATABASE_URL does not answer",
        ),
        ({"REDIS_URL": "redis://127.0.0.1:9/0"}, "The server of REDIS_URL does not answer"),
        ({"KOPA_PG_BIN": "/nowhere"}, "KOPA_PG_BIN=/nowhere has no working postgres program"),
        ({"DATABASE_URL": "mysql://localhost/kopa"}, "\nDATABASE_URL must begin with postgresql://"),
    ],
)
def test_server_that_will_not_do_is_one_sentence(tmp_path, setting, sentence):
    with portal(tmp_path / "home", "--no-demo", **setting) as running:
        assert running.end() == 1
        assert sentence in running.output
        assert "Traceback" not in running.output
        assert nothing_is_left(running.home)


@pytest.mark.parametrize(
    ("host", "sentence"),
    [
        ("no.such.host.invalid", "--host no.such.host.invalid is not an address of this machine."),
        ("203.0.113.7", "--host 203.0.113.7 is not an address of this machine."),
    ],
)
def test_foreign_address_is_one_sentence(tmp_path, host, sentence):
    with portal(tmp_path / "home", "--host", host) as running:
        assert running.end() == 1
        assert running.output.splitlines()[-1] == sentence


def test_home_that_cannot_be_is_one_sentence(tmp_path):
    (tmp_path / "file").touch()
    with portal(tmp_path / "file") as running:
        assert running.end() == 1
        assert running.output.splitlines()[-1] == (
            f"{tmp_path / 'file'} is not a folder: choose another one with --home."
        )


def test_full_disk_is_one_sentence(tmp_path):
    """A file system of 30 MB, made in a name space of its own."""
    script = (
        f"mount -t tmpfs -o size=30m none {tmp_path} && "
        f"exec '{sys.executable}' manage.py up --home {tmp_path}/home --port 1"
    )
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script]
    allowed = (
        shutil.which("unshare")
        and not subprocess.run(
            [*command[:-1], f"mount -t tmpfs none {tmp_path}"], capture_output=True, check=False
        ).returncode
    )
    if not allowed:
        pytest.skip("this kernel lets nobody mount a file system in a name space")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert f"The disk of {tmp_path}/home is full: 30 MB free, 400 MB needed. Make room" in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another account")
def test_root_without_user_namespaces_lets_nobody_run_the_database(tmp_path):
    """No ``unshare`` on PATH is what a kernel that forbids name spaces looks like."""
    path = tmp_path / "path"
    path.mkdir()
    for name in ("sh", "env"):
        (path / name).symlink_to(shutil.which(name))
    home = tmp_path / "home"
    top = root.folder_for(NOBODY, home)
    try:
        with portal(home, "--no-demo", "--check", PATH=str(path)) as running:
            running.wait_for("starting PostgreSQL")
            assert Path(f"/proc/{running.pid_of('postgres -D')}").stat().st_uid == 65534
            assert running.end() == 0, running.output
            assert f"PostgreSQL runs as 'nobody' and keeps its data in {top}/postgres" in running.output
        assert (top / "postgres" / "data").stat().st_uid == 65534
        assert nothing_is_left(home)
    finally:
        shutil.rmtree(top)


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user runs everything as itself anyway")
def test_programs_that_nobody_cannot_reach_are_copied(tmp_path):
    """As with a checkout below /root, whose rights stay as they are."""
    package = programs.postgres().folder.parents[1]
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    for folder in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(folder, private / folder.name, symlinks=True)
    top = root.folder_for(NOBODY, tmp_path)
    try:
        found = root.programs_for(NOBODY, private / package.name / "pginstall" / "bin", top)
        assert found.is_relative_to(top)
        assert (found / "initdb").exists()
    finally:
        shutil.rmtree(top)
    assert private.stat().st_mode & 0o777 == 0o700
