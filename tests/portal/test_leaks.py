"""Other sites read nothing as somebody, and an address that is none tells nothing (TESTPLAN W6, W7)."""

from __future__ import annotations

import pytest
from django.conf import settings as running_settings
from django.test import Client

from kopa.accounts.models import User

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
ORIGINS = ("https://evil.example", "null", "http://localhost.evil.example", "https://kopa.example", "file://")
PAGES = ("/fi/", "/fi/paikat/", "/fi/tyo/", "/fi/kirjaudu/", "/health/live", "/metrics", "/api/v1/docs/")
LISTS = ("/api/v1/", "/api/v1/offerings/", "/api/v1/schema/", "/api/v1/nothing/")
NO_ADDRESSES = (
    "/.git/config", "/.git/HEAD", "/.env", "/.venv/", "/manage.py", "/kopa/settings.py", "/var/home/lock",
    "/static/", "/static/../manage.py", "/static/%2e%2e/manage.py", "/static//etc/passwd",
    "/static/kopa/kopa.js.map", "/admin/", "/__debug__/", "/server-status", "/fi/../manage.py",
)  # fmt: skip


@pytest.mark.parametrize("origin", ORIGINS)
def test_no_origin_is_reflected_and_no_credentials_are_allowed(bengt: User, origin: str) -> None:
    client = Client(headers={"origin": origin})
    client.force_login(bengt)

    headers = {path: client.get(path).headers for path in (*PAGES, *LISTS)}
    said = {
        path: (had.get("Access-Control-Allow-Origin"), "Access-Control-Allow-Credentials" in had)
        for path, had in headers.items()
    }

    assert said == dict.fromkeys(PAGES, (None, False)) | dict.fromkeys(LISTS, ("*", False))


def test_what_lies_beside_the_pages_is_not_served(client: Client) -> None:
    got = {path: client.get(path).status_code for path in NO_ADDRESSES}

    assert got == dict.fromkeys(NO_ADDRESSES, 404)


@pytest.mark.parametrize("path", ["/fi/nothing-here/", "/api/v1/nothing/", "/.git/config"])
def test_a_missing_page_names_no_file_of_ours_and_no_program(client: Client, path: str) -> None:
    answer = client.get(path)

    told = answer.content.decode() + str(answer.headers)
    for secret in (str(running_settings.BASE_DIR), "Django", "urlconf", "Traceback", "Python"):
        assert secret not in told


def test_static_files_lead_to_no_source() -> None:
    """Ours, that is: a library that comes along is public anyway."""
    top = running_settings.STATIC_ROOT
    files = [file for file in top.rglob("*") if file.is_file() and "rest_framework" not in file.parts]

    assert len(files) > 10
    assert [file.name for file in files if file.suffix == ".map"] == []
    scripts = [file for file in files if file.suffix in {".js", ".css"}]
    assert [file.name for file in scripts if "sourceMappingURL" in file.read_text(encoding="utf-8")] == []
