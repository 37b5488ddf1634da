"""Refusals and errors carry the same headers as pages; in production also HSTS and ``__Host-`` cookies.

Every route's own answers are looked at by ``tests/test_access.py``.
"""

from __future__ import annotations

import re
import runpy

import pytest
import redis
from django.conf import settings as running_settings
from django.test import Client, RequestFactory
from django.utils.translation import override

from kopa.base.api import throttle
from tests.accounts.signing_in import sign_in, sign_in_url, sign_out_url
from tests.factories import PASSWORD, OfferingFactory
from tests.policies import HSTS, policies_missing

pytestmark = [pytest.mark.django_db, pytest.mark.integration]
PRODUCTION = {
    "KOPA_EMBEDDED": "0",
    "SECRET_KEY": "not-a-secret-but-long-enough-and-with-Many-different-letters-0123456789",
    "PUBLIC_URL": "https://kopa.example",
    "ALLOWED_HOSTS": "kopa.example",
}
ABOUT_SECURITY = ("ALLOWED_HOSTS", "CSRF_", "LANGUAGE_COOKIE_", "PUBLIC_URL", "SECURE_", "SESSION_")


@pytest.fixture
def production(monkeypatch, settings):
    """What settings.py says about security where nobody set the embedded mode."""
    for name, value in PRODUCTION.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("HTTPS_FROM_PROXY", raising=False)
    said = runpy.run_path(str(running_settings.BASE_DIR / "kopa" / "settings.py"))
    assert said["EMBEDDED"] is False
    for name, value in said.items():
        if name.startswith(ABOUT_SECURITY):
            setattr(settings, name, value)


def behind_proxy(**options) -> Client:
    """A browser that comes through a proxy that speaks HTTPS."""
    headers = {"host": "kopa.example", "x-forwarded-proto": "https", "referer": "https://kopa.example/"}
    return Client(headers=headers, **options)


def static_file(client: Client) -> str:
    return re.search(r'href="(/static/[^"]+\.css)"', client.get("/fi/").text)[1]


def refused_without_token(client):
    strict = Client(enforce_csrf_checks=True)
    strict.defaults |= client.defaults
    return strict.post(sign_out_url())


def refused_to_an_unknown_host(client):
    return client.get("/fi/", HTTP_HOST="evil.example")


def refused_to_an_unknown_host_without_https(client):
    return client.get("/fi/", HTTP_HOST="evil.example", HTTP_X_FORWARDED_PROTO="http")


def refused_for_its_method(client):
    return client.get(sign_out_url())


def refused_by_the_api_for_its_method(client):
    return client.delete("/api/v1/offerings/")


def failed(client):
    client.raise_request_exception = False
    return client.get("/fi/fails/")


def refused_with_permission_denied(client):
    return client.get("/fi/refuses/")


def refused_as_nonsense(client):
    return client.get("/fi/nonsense/")


def missing(client):
    return client.get("/fi/nothing-here/")


def missing_in_the_api(client):
    return client.get("/api/v1/nothing/")


def missing_file(client):
    return client.get("/static/x.css")


def without_its_slash(client):
    return client.get("/fi")


def file_for_browsers(client):
    answer = client.get(static_file(client))
    answer.getvalue()  # reading it to its end closes the file
    return answer


def file_not_modified(client):
    known = file_for_browsers(client)
    return client.get(static_file(client), HTTP_IF_NONE_MATCH=known.headers["ETag"])


def list_not_modified(client):
    etag = client.get("/api/v1/regions/").headers["ETag"]
    return client.get("/api/v1/regions/", HTTP_IF_NONE_MATCH=etag)


def calendar(client):
    return client.get(f"/fi/paikat/{OfferingFactory().pk}/kalenteri.ics")


def too_many_passwords(client):
    for n in range(8):
        answer = sign_in(client, "tuntematon@example.org", f"arvaus {n}")
    return answer


def too_much_read(client):
    """By a reader whose bucket will be empty for minutes."""
    peer = {"REMOTE_ADDR": "198.51.100.77"}
    key = f"kopa:read:{throttle.reader(RequestFactory().get('/', **peer))}"
    with redis.Redis.from_url(running_settings.REDIS_URL) as valkey:
        valkey.hset(key, mapping={"tokens": -10_000, "at": valkey.time()[0]})
        answer = client.get("/api/v1/", **peer)
        valkey.delete(key)
    return answer


ANSWERS = [
    (200, file_for_browsers),
    (200, calendar),
    (301, without_its_slash),
    (304, file_not_modified),
    (304, list_not_modified),
    (400, refused_as_nonsense),
    (400, refused_to_an_unknown_host),
    (400, refused_to_an_unknown_host_without_https),
    (403, refused_with_permission_denied),
    (403, refused_without_token),
    (404, missing),
    (404, missing_in_the_api),
    (404, missing_file),
    (405, refused_for_its_method),
    (405, refused_by_the_api_for_its_method),
    (429, too_many_passwords),
    (429, too_much_read),
    (500, failed),
]


@pytest.fixture
def failing_too(settings):
    settings.ROOT_URLCONF = "tests.portal.failing_urls"


@pytest.mark.usefixtures("failing_too")
@pytest.mark.parametrize(("status", "ask"), ANSWERS)
def test_every_kind_of_answer_carries_the_policies(client, status, ask):
    answer = ask(client)

    assert (answer.status_code, policies_missing(answer)) == (status, [])


@pytest.mark.usefixtures("production", "failing_too")
@pytest.mark.parametrize(("status", "ask"), ANSWERS)
def test_in_production_every_kind_of_answer_also_demands_https(status, ask):
    answer = ask(behind_proxy())

    assert (answer.status_code, policies_missing(answer)) == (status, [])
    if ask is not refused_to_an_unknown_host_without_https:  # HSTS counts over HTTPS only
        assert answer.headers["Strict-Transport-Security"] == HSTS


@pytest.mark.usefixtures("production")
def test_in_production_who_comes_without_https_is_sent_there():
    answer = Client(headers={"host": "kopa.example"}).get("/fi/?q=1")

    assert (answer.status_code, answer["Location"]) == (301, "https://kopa.example/fi/?q=1")
    assert policies_missing(answer) == []


@pytest.mark.usefixtures("production")
def test_in_production_cookies_belong_to_this_host_and_https_alone(bengt):
    client = behind_proxy(enforce_csrf_checks=True)
    with override("en"):
        page = client.get(sign_in_url())
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[1]
    given = {"email": bengt.email, "password": PASSWORD, "csrfmiddlewaretoken": token}
    answer = client.post(sign_in_url(), given)

    assert answer.status_code == 302
    assert set(answer.cookies) == {"__Host-kopa_session", "__Host-kopa_csrf"}
    for cookie in answer.cookies.values():
        assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")
        assert (cookie["path"], cookie["domain"]) == ("/", "")
