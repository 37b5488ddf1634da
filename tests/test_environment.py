"""Settings from the environment: what is read, and what is said when it makes no sense."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from kopa import environment as env

pytestmark = pytest.mark.unit


def test_text_is_the_value_the_default_or_the_content_of_the_file(monkeypatch, tmp_path):
    assert env.text("KOPA_X", "default") == "default"
    monkeypatch.setenv("KOPA_X", "value")
    assert env.text("KOPA_X", "default") == "value"
    (tmp_path / "secret").write_text("from the file\n")
    monkeypatch.setenv("KOPA_X_FILE", str(tmp_path / "secret"))
    assert env.text("KOPA_X") == "from the file"
    monkeypatch.setenv("KOPA_X_FILE", str(tmp_path / "missing"))
    with pytest.raises(ImproperlyConfigured, match="KOPA_X_FILE names a file that cannot be read"):
        env.text("KOPA_X")


@pytest.mark.parametrize(("value", "expected"), [("1", True), ("Yes", True), ("off", False), ("", False)])
def test_flag_is_on_or_off(monkeypatch, value, expected):
    monkeypatch.setenv("KOPA_X", value)
    assert env.flag("KOPA_X", default=not expected) is expected


def test_flag_that_is_neither_is_refused(monkeypatch):
    assert env.flag("KOPA_X", default=True) is True
    monkeypatch.setenv("KOPA_X", "maybe")
    with pytest.raises(ImproperlyConfigured, match="KOPA_X must be 1 or 0, not 'maybe'"):
        env.flag("KOPA_X")


def test_words_are_separated_by_commas(monkeypatch):
    assert env.words("KOPA_X", ["a"]) == ["a"]
    monkeypatch.setenv("KOPA_X", " a, b ,,c")
    assert env.words("KOPA_X", []) == ["a", "b", "c"]


def test_number_is_whole(monkeypatch):
    assert env.number("KOPA_X", 7) == 7
    monkeypatch.setenv("KOPA_X", "12")
    assert env.number("KOPA_X", 7) == 12
    monkeypatch.setenv("KOPA_X", "1.5")
    with pytest.raises(ImproperlyConfigured, match=r"KOPA_X must be a whole number, not '1\.5'"):
        env.number("KOPA_X", 7)


def test_names_that_were_asked_for_are_kept():
    env.words("KOPA_ASKED", [])
    assert "KOPA_ASKED" in env.names_read
    env.names_read.discard("KOPA_ASKED")


def test_database_over_the_network():
    made = env.database("postgresql://kopa:p%40ss@db.example:5433/kopa%2Btest?sslmode=require")
    named = {name: made[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
    assert named == {
        "NAME": "kopa+test",
        "USER": "kopa",
        "PASSWORD": "p@ss",
        "HOST": "db.example",
        "PORT": "5433",
    }
    assert made["OPTIONS"]["sslmode"] == "require"


def test_database_behind_a_socket():
    made = env.database("postgresql://kopa@/kopa?host=%2Frun%2Fa%20b&port=5432")
    assert (made["HOST"], made["PORT"], made["NAME"]) == ("/run/a b", "5432", "kopa")
    assert "host" not in made["OPTIONS"]


@pytest.mark.parametrize("value", ["mysql://localhost/kopa", "kopa", ""])
def test_another_kind_of_database_is_refused(value):
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL must begin with postgresql://"):
        env.database(value)


@pytest.mark.parametrize(("seconds", "limit"), [(None, "30s"), ("0", "0s")])
def test_statements_of_requests_are_limited_and_commands_may_lift_that(monkeypatch, seconds, limit):
    monkeypatch.delenv("STATEMENT_TIMEOUT_SECONDS", raising=False)
    if seconds:
        monkeypatch.setenv("STATEMENT_TIMEOUT_SECONDS", seconds)
    options = env.database("postgresql://kopa@localhost/kopa")["OPTIONS"]["options"]
    assert options.partition(" -c ")[2] == f"statement_timeout={limit}"


def test_nobody_waits_long_for_what_somebody_else_holds():
    options = env.database("postgresql://kopa@localhost/kopa")["OPTIONS"]["options"]
    assert options.startswith("-c lock_timeout=3s ")


def test_mail_over_the_network():
    made = env.email("smtp://kopa:p%40ss@mail.example:2525")
    assert made["EMAIL_BACKEND"] == "kopa.letters.smtp.EmailBackend"
    assert (made["EMAIL_HOST"], made["EMAIL_PORT"], made["EMAIL_USE_SSL"]) == ("mail.example", 2525, False)
    assert (made["EMAIL_HOST_USER"], made["EMAIL_HOST_PASSWORD"]) == ("kopa", "p@ss")
    assert env.email("smtps://mail.example")["EMAIL_PORT"] == 465


def test_mail_on_this_machine():
    assert env.email("console://") == {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    assert env.email("file:///var/a b/mail")["EMAIL_FILE_PATH"] == "/var/a b/mail"
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL must begin with smtp://"):
        env.email("imap://mail.example")


@pytest.mark.parametrize(
    ("ours", "celerys"),
    [
        ("redis://valkey:6379/0", "redis://valkey:6379/0"),
        ("unix:///run/kopa/valkey.sock?db=3", "redis+socket:///run/kopa/valkey.sock?virtual_host=3"),
        ("unix:///run/kopa/valkey.sock", "redis+socket:///run/kopa/valkey.sock?virtual_host=0"),
    ],
)
def test_celery_writes_sockets_its_own_way(ours, celerys):
    assert env.celery_url(ours) == celerys


def test_several_secrets_may_stand_in_one_file(monkeypatch, tmp_path):
    assert env.listed("KOPA_ASKED") == []
    monkeypatch.setenv("KOPA_ASKED", "yksi, kaksi,,")
    assert env.listed("KOPA_ASKED") == ["yksi", "kaksi"]
    file = tmp_path / "keys"
    file.write_text("kolme,neljä\n", encoding="utf-8")
    monkeypatch.setenv("KOPA_ASKED_FILE", str(file))
    assert env.listed("KOPA_ASKED") == ["kolme", "neljä"]
    env.names_read.discard("KOPA_ASKED")
