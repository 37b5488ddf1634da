"""docker-compose.yml and Dockerfile say what ``up`` does, no more and no less."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from kopa import environment, settings
from kopa.stack import commands, postgres, valkey
from tests.stack.running import ROOT

pytestmark = pytest.mark.unit
WEB = ["python", "-m", *commands.web("0.0.0.0", 8000)]  # noqa: S104  (within a container)
RUN_BY_UP = [
    WEB,
    ["python", "-m", *commands.worker()],
    ["python", "-m", *commands.import_worker()],
    ["python", "-m", *commands.beat()],
    *(["python", "manage.py", *words] for words in commands.PREPARE),
]


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


@pytest.fixture(scope="module")
def ours(compose):
    """The services that are built from this project."""
    return {name: service for name, service in compose["services"].items() if "build" in service}


def test_every_part_of_up_is_a_service_and_nothing_else(ours):
    assert sorted(ours) == ["beat", "import-worker", "migrate", "reference", "web", "worker"]
    assert sorted(service["command"] for service in ours.values()) == sorted(RUN_BY_UP)


def test_every_setting_it_names_is_one_that_settings_read(ours):
    assert settings.BASE_DIR == ROOT  # that they were read is what fills names_read
    named = {name for service in ours.values() for name in service["environment"]}
    assert {"SECRET_KEY", "PUBLIC_URL", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL", "EMAIL_URL"} <= named
    assert named - environment.names_read == set()


def test_every_service_gets_the_same_settings_and_never_the_embedded_mode(ours):
    first, *others = [service["environment"] for service in ours.values()]
    assert all(other == first for other in others)
    assert "KOPA_EMBEDDED" not in first


@pytest.mark.parametrize("name", ["SECRET_KEY", "PUBLIC_URL", "ALLOWED_HOSTS", "EMAIL_URL"])
def test_it_does_not_start_without_what_must_be_chosen(ours, name):
    assert re.fullmatch(rf"\$\{{{name}:\?set {name} in \.env [^}}]+\}}", ours["web"]["environment"][name])


def test_letters_are_caught_only_in_a_trial(compose):
    """Otherwise a portal whose EMAIL_URL was forgotten would swallow every letter without a word."""
    profiles = {name: service.get("profiles") for name, service in compose["services"].items()}
    assert {name: only for name, only in profiles.items() if only} == {"mail": ["trial"]}


def test_what_must_be_chosen_stands_in_the_instructions():
    text = (ROOT / "docker-compose.yml").read_text()
    required = set(re.findall(r"\$\{(\w+):\?", text))
    example = (ROOT / "docs" / "operations.md").read_text().partition("`.env` beside it:")[2].split("```")[1]
    assert required == set(re.findall(r"[A-Z]+_?[A-Z]{2,}", text.splitlines()[1]))
    assert required <= set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE))


def test_order_is_servers_then_migrations_then_data_then_programs(compose):
    needs = {name: sorted(service.get("depends_on", {})) for name, service in compose["services"].items()}
    assert needs["migrate"] == ["postgres"]
    assert needs["reference"] == ["migrate"]
    for name in ("web", "worker", "import-worker", "beat"):
        assert needs[name] == ["reference", "valkey"]


def test_servers_are_as_new_as_the_embedded_ones_and_sort_alike(compose):
    database = compose["services"]["postgres"]
    assert database["image"] == "postgres:18"
    assert (
        f"--builtin-locale={postgres.NEWER_BUILTIN_LOCALE}" in database["environment"]["POSTGRES_INITDB_ARGS"]
    )
    assert "--locale-provider=builtin" in database["environment"]["POSTGRES_INITDB_ARGS"]
    said = dict(setting.split("=") for setting in database["command"] if "=" in setting)
    assert said == {name: postgres.SETTINGS[name] for name in said}
    assert compose["services"]["valkey"]["image"] == "valkey/valkey:9"
    words = compose["services"]["valkey"]["command"][1:]
    options = dict(zip(words[::2], words[1::2], strict=True))
    assert options == {option: valkey.OPTIONS[option.removeprefix("--")] for option in options}


def test_nothing_is_reachable_from_outside_but_through_a_proxy(compose):
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert ports == ["127.0.0.1:8000:8000", "127.0.0.1:8025:8025"]


def test_image_is_not_run_by_root_and_runs_the_web_server_of_up():
    lines = (ROOT / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
    words = [line.split(maxsplit=1) for line in lines if line and not line.startswith("#")]
    last_stage = words[[n for n, (word, _rest) in enumerate(words) if word == "FROM"][-1] :]
    instructions = dict(last_stage)
    assert instructions["USER"] == "kopa"
    assert "useradd --uid 10001" in instructions["RUN"]
    assert json.loads(instructions["CMD"]) == WEB
    assert all(
        "--require-hashes" in rest
        for word, rest in words
        if word == "RUN" and "install" in rest and "pip" in rest
    )


def test_context_of_the_image_leaves_out_what_is_private_or_made():
    left_out = set((ROOT / ".dockerignore").read_text().split())
    assert {".git", ".venv", "var", "node_modules", "**/__pycache__"} <= left_out
