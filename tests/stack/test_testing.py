"""What a test run stands on: databases of today's migrations, a Valkey database of each process's own."""

from __future__ import annotations

import psycopg
import pytest

from kopa.stack.home import Home
from kopa.stack.postgres import Postgres
from kopa.stack.test import GATE, TOGETHER, whole_run
from kopa.stack.testing import with_database


@pytest.mark.unit
@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("unix:///run/kopa/valkey.sock?db=0", "unix:///run/kopa/valkey.sock?db=2"),
        ("unix:///run/kopa/valkey.sock", "unix:///run/kopa/valkey.sock?db=2"),
        ("redis://user:secret@host:6379/0", "redis://user:secret@host:6379/2"),
        ("rediss://host:6379", "rediss://host:6379/2"),
    ],
)
def test_each_process_has_a_database_of_its_own_in_valkey(given, wanted):
    assert with_database(given, 2) == wanted


@pytest.mark.unit
@pytest.mark.parametrize(
    ("arguments", "added"),
    [
        ([], [*TOGETHER, *GATE]),
        (["-x", "--durations", "5"], [*TOGETHER, *GATE]),
        (["--junitxml", "out.xml", "--nightly"], [*TOGETHER, *GATE]),
        (["-n0"], [*GATE]),
        (["tests/stack"], []),
        (["tests/stack/test_home.py::test_home_is_its_owners_alone"], []),
        (["-k", "home"], []),
        (["-mrace"], []),
        (["--deselect=tests/stack/test_home.py"], []),
        (["--collect-only"], []),
        (["--color=no"], [*TOGETHER, *GATE]),
        (["--no-cov"], [*TOGETHER]),
    ],
)
def test_only_a_run_of_all_tests_is_divided_and_judged(arguments, added, monkeypatch):
    monkeypatch.setenv("CI", "1")
    assert whole_run(arguments) == added


@pytest.mark.unit
@pytest.mark.parametrize(("arguments", "added"), [([], [*TOGETHER]), (["--cov"], [*TOGETHER, *GATE])])
def test_elsewhere_than_in_ci_the_gate_is_asked_for(arguments, added, monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    assert whole_run(arguments) == added


@pytest.mark.integration
def test_old_test_databases_are_dropped_and_no_others(tmp_path):
    home = Home(tmp_path / "home")
    home.open()
    server = Postgres(home, durable=False, say=print)
    server.prepare()
    server.child.start()
    try:
        server.wait()
        for name in ("kopa", "test_kopa", "test_kopa_gw0"):
            server.create_database(name)

        server.drop_databases("test_")

        with psycopg.connect(server.url("postgres")) as connection:
            names = connection.execute("select datname from pg_database order by datname").fetchall()
        assert [name for (name,) in names] == ["kopa", "postgres", "template0", "template1"]
    finally:
        server.stop()
        home.close()
