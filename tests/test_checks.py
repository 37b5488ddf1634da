"""What is said about an installation that is wrong, and that a right one is silent."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from kopa import checks, settings
from kopa.environment import names_read, tiles
from tests.stack.running import ROOT, environment, manage

PRODUCTION = {
    "SECRET_KEY": "not-a-secret-but-long-enough-and-with-Many-different-letters-0123456789",
    "PUBLIC_URL": "https://kopa.example",
    "ALLOWED_HOSTS": "kopa.example",
    "CONTACT_EMAIL": "help@kopa.example",
    "METRICS_TOKEN": "0123456789abcdef0123",
}


def ids(messages):
    return [message.id for message in messages]


@pytest.mark.integration
def test_production_with_its_settings_is_clean():
    done = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "System check identified no issues (0 silenced).\n"


@pytest.mark.integration
def test_production_without_a_key_is_refused_by_checks_and_by_the_web_server():
    without = PRODUCTION | {"SECRET_KEY": ""}
    done = manage("check", **without)
    assert done.returncode == 1
    assert "(kopa.E001) SECRET_KEY is not set." in done.stderr
    start = subprocess.run(
        [sys.executable, "-c", "import kopa.wsgi"],
        cwd=ROOT,
        env=environment(**without),
        capture_output=True,
        text=True,
        check=False,
    )
    assert start.returncode == 1
    assert "SECRET_KEY is not set. Set SECRET_KEY, or SECRET_KEY_FILE" in start.stderr


@pytest.mark.integration
@pytest.mark.parametrize("command", ["worker", "beat"])
def test_worker_and_beat_do_not_start_without_a_key(command):
    start = subprocess.run(
        [sys.executable, "-m", "celery", "-q", "-A", "kopa", command],
        cwd=ROOT,
        env=environment(**PRODUCTION | {"SECRET_KEY": ""}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert start.returncode != 0
    assert "SECRET_KEY is not set. Set SECRET_KEY, or SECRET_KEY_FILE" in start.stderr


@pytest.mark.integration
def test_production_uses_https_and_safe_cookies():
    asked = (
        "from django.conf import settings as s; "
        "print(s.DEBUG, s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS, s.SECURE_HSTS_INCLUDE_SUBDOMAINS, "
        "s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SESSION_COOKIE_NAME)"
    )
    done = manage("shell", "-v", "0", "-c", asked, **PRODUCTION)
    assert done.stdout == "False True 31536000 True True True __Host-kopa_session\n"


@pytest.mark.unit
@pytest.mark.parametrize(("key", "sentence"), [("", "SECRET_KEY is not set."), ("short", "shorter than 40")])
def test_key_must_be_there_and_long(settings, key, sentence):
    settings.SECRET_KEY = key
    [problem] = checks.secret_key()
    assert problem.id == "kopa.E001"
    assert sentence in problem.msg


@pytest.mark.integration
@pytest.mark.django_db
def test_new_enough_database_is_silent():
    assert checks.database_version(databases=["default"]) == []


@pytest.mark.integration
@pytest.mark.django_db
def test_old_database_is_named(monkeypatch):
    monkeypatch.setattr(checks, "MINIMUM_POSTGRES", 1000)
    with pytest.raises(SystemCheckError, match=r"\(kopa\.E002\) The database server is PostgreSQL \d\d\."):
        call_command("check", "--database", "default")


@pytest.mark.unit
def test_missing_static_files_are_named(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    assert ids(checks.collected_files()) == ["kopa.E003"]
    (tmp_path / "staticfiles.json").touch()
    assert checks.collected_files() == []


@pytest.mark.unit
@pytest.mark.parametrize(
    ("hosts", "address", "embedded", "expected"),
    [
        (["kopa.example"], "https://kopa.example", False, []),
        (["localhost"], "http://localhost:8000", True, []),
        ([], "https://kopa.example", False, ["kopa.E004"]),
        (["kopa.example"], "http://kopa.example", False, ["kopa.E005"]),
        (["kopa.example"], "", False, ["kopa.E005"]),
        ([], "kopa.example", True, ["kopa.E004", "kopa.E005"]),
    ],
)
def test_address_must_be_one_that_is_answered(settings, hosts, address, embedded, expected):
    settings.ALLOWED_HOSTS, settings.PUBLIC_URL, settings.EMBEDDED = hosts, address, embedded
    assert ids(checks.addresses()) == expected


@pytest.mark.unit
def test_translations_that_are_not_compiled_are_named(settings, tmp_path):
    for language in ("fi", "sv"):
        (tmp_path / language / "LC_MESSAGES").mkdir(parents=True)
        (tmp_path / language / "LC_MESSAGES" / "django.po").touch()
    (tmp_path / "fi" / "LC_MESSAGES" / "django.mo").touch()
    settings.LOCALE_PATHS = [tmp_path]
    [problem] = checks.translations()
    assert (problem.id, problem.msg) == ("kopa.E006", "Not compiled: the translations sv.")


@pytest.mark.unit
def test_embedded_mode_is_no_way_to_serve_others(settings):
    settings.EMBEDDED = False
    assert checks.embedded_mode() == []
    settings.EMBEDDED, settings.ALLOWED_HOSTS = True, ["localhost", "kopa.example"]
    [advice] = checks.embedded_mode()
    assert advice.id == "kopa.W001"
    assert advice.msg.endswith("And it answers to kopa.example.")


@pytest.mark.unit
@pytest.mark.parametrize(("token", "expected"), [("", []), ("short", ["kopa.W002"]), ("x" * 16, [])])
def test_token_of_the_metrics_must_be_hard_to_guess(settings, token, expected):
    settings.METRICS_TOKEN = token
    assert ids(checks.metrics_token()) == expected


NO_HOST = "KOPA_TILES is not an https address of one host: "
TILES = "https://tiles.example/{z}/{x}/{y}.png"


@pytest.mark.unit
@pytest.mark.parametrize(
    ("url", "attribution", "problem"),
    [
        ("", "", ""),
        ("", "© the map's makers", ""),
        (TILES, "© the map's makers", ""),
        (TILES, " ", "KOPA_TILES_ATTRIBUTION is empty: nobody is named for the map."),
        ("https://tiles.example/{z}/{x}.png", "©", "KOPA_TILES has no {y}: "),
        ("http://tiles.example/{z}/{x}/{y}.png", "©", NO_HOST),
        ("https://{s}.tiles.example/{z}/{x}/{y}.png", "©", NO_HOST),
        ("https://a.example; script-src *//{z}/{x}/{y}", "©", NO_HOST),
        ("tiles", "©", NO_HOST),
    ],
)
def test_map_tiles_come_from_one_named_host_over_https(settings, url, attribution, problem):
    settings.KOPA_TILES = tiles(url, attribution)
    found = checks.map_tiles()
    assert [one.id for one in found] == (["kopa.E007"] if problem else [])
    assert all(one.msg.startswith(problem) for one in found)


@pytest.mark.integration
def test_tiles_add_their_host_to_the_images_of_the_policy_and_nothing_else():
    code = (
        "from kopa import settings;"
        "d = settings.CONTENT_SECURITY_POLICY['DIRECTIVES']; print(d['img-src'], d['connect-src'])"
    )

    def told(url: str) -> str:
        given = environment(**PRODUCTION, KOPA_TILES=url, KOPA_TILES_ATTRIBUTION="©")
        return subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=given, capture_output=True, text=True, check=True
        ).stdout

    plain = """["'self'", 'data:'] ["'self'"]\n"""
    assert told("") == plain
    assert told("https://a.example; script-src *//{z}/{x}/{y}") == plain
    assert told(TILES) == plain.replace("'data:'", "'data:', 'https://tiles.example'")


@pytest.mark.unit
@pytest.mark.parametrize(("address", "expected"), [("kopa@localhost", ["kopa.W003"]), ("a@kopa.example", [])])
def test_contact_must_reach_somebody(settings, address, expected):
    settings.CONTACT_EMAIL = address
    assert ids(checks.contact()) == expected


@pytest.mark.unit
def test_every_check_and_every_setting_is_documented():
    assert settings.BASE_DIR == ROOT  # that they were read is what fills names_read
    text = (ROOT / "docs" / "operations.md").read_text()
    in_code = set(re.findall(r'id="(kopa\.[EW]\d+)"', (ROOT / "kopa" / "checks.py").read_text()))
    assert set(re.findall(r"^\| `(kopa\.[EW]\d+)`", text, re.MULTILINE)) == in_code
    read_elsewhere = {"KOPA_PG_BIN", "KOPA_VALKEY_BIN", "CHROMIUM", "CI"}
    documented = set(re.findall(r"^\| `([A-Z_]+)`", text, re.MULTILINE))
    assert documented == names_read | read_elsewhere
