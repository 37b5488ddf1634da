"""What machines that watch the portal are told."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection
from django.test import Client

from kopa.portal import health
from tests.factories import MunicipalityFactory

pytestmark = pytest.mark.integration
TOKEN = "a-token-that-nobody-guesses"


@pytest.fixture
def client():
    return Client(headers={"host": "localhost"})


def test_living_asks_no_server(client):
    """Without the mark for it, pytest refuses every query."""
    answer = client.get("/health/live")
    assert (answer.status_code, answer.json()) == (200, {"live": True})
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.django_db
def test_ready_needs_reference_data(client):
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (503, {"ready": False, "problem": "reference_data"})
    assert answer.headers["Retry-After"] == "5"
    MunicipalityFactory()
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (200, {"ready": True})
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.django_db
def test_ready_needs_every_migration(client, monkeypatch):
    MunicipalityFactory()
    monkeypatch.setattr(health, "applied", type(health.applied)())
    with connection.cursor() as cursor:
        cursor.execute("delete from django_migrations where app = 'municipalities'")
    assert client.get("/health/ready").json() == {"ready": False, "problem": "migrations"}


@pytest.mark.django_db
def test_ready_is_one_cheap_query_once_the_migrations_are_seen(client, django_assert_num_queries):
    MunicipalityFactory()
    client.get("/health/ready")
    with django_assert_num_queries(1):
        client.get("/health/ready")


def test_not_ready_without_a_database(client, settings, monkeypatch):
    """The database is away: the pool cannot connect."""

    def away(*args, **kwargs):
        raise OperationalError("the server is away")

    monkeypatch.setattr(connection, "ensure_connection", away)
    monkeypatch.setattr(health, "applied", type(health.applied)())
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (503, {"ready": False, "problem": "database"})


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
def test_nothing_is_changed_here(client, path):
    assert client.post(path).status_code == 405


def test_probes_are_not_sent_to_https(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/health/live").status_code == 200


@pytest.mark.parametrize(
    ("embedded", "headers", "caller", "status"),
    [
        (True, {}, "127.0.0.1", 200),
        (True, {}, "::1", 200),
        (True, {}, "192.0.2.1", 403),
        (True, {}, "", 403),
        (True, {"x-forwarded-for": "192.0.2.1"}, "127.0.0.1", 403),
        (True, {"forwarded": "for=192.0.2.1"}, "127.0.0.1", 403),
        (False, {}, "127.0.0.1", 403),
        (False, {"authorization": f"Bearer {TOKEN}"}, "192.0.2.1", 200),
        (False, {"authorization": "Bearer wrong"}, "127.0.0.1", 403),
        (False, {"authorization": TOKEN}, "127.0.0.1", 403),
    ],
)
def test_metrics_are_for_this_machine_or_the_token(client, settings, embedded, headers, caller, status):
    settings.EMBEDDED, settings.METRICS_TOKEN = embedded, TOKEN
    answer = client.get("/metrics", headers=headers, REMOTE_ADDR=caller)
    assert answer.status_code == status
    assert (b"django_http_requests_before_middlewares_total" in answer.content) is (status == 200)


def test_metrics_are_closed_without_a_token(client, settings):
    settings.EMBEDDED, settings.METRICS_TOKEN = False, ""
    assert client.get("/metrics", headers={"authorization": "Bearer "}).status_code == 403
