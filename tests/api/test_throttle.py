"""Anonymous reading is held back, but never below what is promised; without Valkey it goes on."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from django.conf import settings as django_settings
from django.test import RequestFactory

from kopa.base.api import throttle
from kopa.base.api.throttle import PROMISED_BURST, PROMISED_RATE, TokenBucket, reader

pytestmark = pytest.mark.integration


@pytest.fixture
def key():
    """A bucket of this test's own, in the real Valkey."""
    client = redis.Redis.from_url(django_settings.REDIS_URL)
    client.delete("test:bucket")
    yield "test:bucket"
    client.delete("test:bucket")
    client.close()


@pytest.fixture
def dead_address():
    """A port on which nobody listens: connecting is refused."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    return f"redis://127.0.0.1:{port}/0"


def test_the_burst_passes_at_once_and_the_next_one_waits(key):
    bucket = TokenBucket(django_settings.REDIS_URL, rate=0.01, burst=120)

    assert [bucket.take(key) for _ in range(120)] == [0.0] * 120
    assert 90 < bucket.take(key) <= 100


def test_tokens_come_back_with_time(key):
    bucket = TokenBucket(django_settings.REDIS_URL, rate=20, burst=1)
    assert bucket.take(key) == 0.0
    wait = bucket.take(key)
    assert 0.0 < wait <= 0.05

    time.sleep(0.06)  # the bucket goes by Valkey's clock, which does not stand still

    assert bucket.take(key) == 0.0


def test_many_at_once_get_exactly_the_burst(key):
    bucket = TokenBucket(django_settings.REDIS_URL, rate=0.001, burst=50)

    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: bucket.take(key), range(200)))

    assert waits.count(0.0) == 50


def test_a_bucket_is_forgotten_when_it_is_full_again(key):
    TokenBucket(django_settings.REDIS_URL, rate=20, burst=240).take(key)

    client = redis.Redis.from_url(django_settings.REDIS_URL)
    assert 12_000 < client.pttl(key) <= 13_000
    client.close()


def test_nobody_waits_while_valkey_is_away(dead_address, caplog):
    bucket = TokenBucket(dead_address, rate=1, burst=1)

    started = time.perf_counter()
    assert [bucket.take("somebody") for _ in range(200)] == [0.0] * 200
    assert len(caplog.records) == 1  # asked once, then left in peace for a while
    assert time.perf_counter() - started < 1


def test_it_asks_valkey_again_after_a_pause(dead_address, caplog):
    bucket = TokenBucket(dead_address, rate=1, burst=1, pause=0.2)
    bucket.take("somebody")
    bucket.take("somebody")
    assert len(caplog.records) == 1

    time.sleep(0.25)
    bucket.take("somebody")

    assert len(caplog.records) == 2


@pytest.mark.django_db
def test_two_answers_come_while_valkey_is_away(client, settings, dead_address):
    settings.REDIS_URL = dead_address

    assert [client.get("/api/v1/").status_code for _ in range(2)] == [200, 200]


def read_from(peer, forwarded=""):
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    return reader(RequestFactory().get("/api/v1/", REMOTE_ADDR=peer, **headers))


def test_a_reader_is_counted_by_address_and_network(settings):
    settings.TRUSTED_PROXIES = 0

    assert read_from("192.0.2.1") != read_from("192.0.2.2")
    assert read_from("2001:db8:1:2::1") == read_from("2001:db8:1:2:ffff::9")
    assert read_from("2001:db8:1:2::1") != read_from("2001:db8:1:3::1")
    assert read_from("garbage, 1.2.3.4") == read_from("") == read_from("unknown")
    assert "192.0.2.1" not in read_from("192.0.2.1")


def test_ipv4_readers_of_a_server_that_listens_on_ipv6_are_counted_apart():
    assert read_from("::ffff:192.0.2.1") != read_from("::ffff:192.0.2.2")
    assert read_from("::ffff:192.0.2.1") == read_from("192.0.2.1")


def test_a_chain_shorter_than_the_proxies_is_not_believed(settings):
    settings.TRUSTED_PROXIES = 2

    assert read_from("10.0.0.1", "203.0.113.1") == read_from("10.0.0.1", "203.0.113.2")
    assert read_from("10.0.0.1", "203.0.113.1, 10.0.0.2") != read_from("10.0.0.1", "203.0.113.2, 10.0.0.2")


@pytest.mark.django_db
def test_the_promise_holds_whatever_the_settings_say(client, settings):
    settings.API_READS_PER_SECOND = 1
    settings.API_READ_BURST = 1
    _forget("198.51.100.7")

    answers = [client.get("/api/v1/", REMOTE_ADDR="198.51.100.7") for _ in range(PROMISED_BURST)]

    assert [answer.status_code for answer in answers] == [200] * PROMISED_BURST
    assert throttle.bucket(settings.REDIS_URL, PROMISED_RATE, PROMISED_BURST).rate == 10


@pytest.mark.django_db
def test_who_reads_too_much_is_told_when_to_come_back(client, settings):
    settings.API_READS_PER_SECOND = settings.API_READ_BURST = 1
    _forget("198.51.100.8")

    answers = [client.get("/api/v1/?lang=en", REMOTE_ADDR="198.51.100.8") for _ in range(PROMISED_BURST * 2)]
    refused = [answer for answer in answers if answer.status_code != 200]

    assert {answer.status_code for answer in refused} == {429}
    assert refused[-1].headers["Retry-After"] == "1"
    assert refused[-1].headers["Content-Type"] == "application/problem+json"
    assert refused[-1].json()["code"] == "too_many_requests"
    assert client.get("/api/v1/", REMOTE_ADDR="198.51.100.9").status_code == 200


@pytest.mark.django_db
def test_a_forged_header_is_not_an_address(client, settings):
    settings.API_READS_PER_SECOND = settings.API_READ_BURST = 1
    _forget("198.51.100.10")

    answers = [
        client.get("/api/v1/", REMOTE_ADDR="198.51.100.10", HTTP_X_FORWARDED_FOR=f"203.0.113.{number % 250}")
        for number in range(PROMISED_BURST * 2)
    ]

    assert {answer.status_code for answer in answers} == {200, 429}


def _forget(address: str) -> None:
    client = redis.Redis.from_url(django_settings.REDIS_URL)
    client.delete(f"kopa:read:{read_from(address)}")
    client.close()
