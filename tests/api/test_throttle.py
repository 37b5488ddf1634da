"""Anonymous reading is held back, but never below what is promised; without Valkey it goes on."""

from __future__ import annotations

import socket
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
    assert 0 < bucket.take(key) <= 100


def test_tokens_come_back_with_time(key):
    bucket = TokenBucket(django_settings.REDIS_URL, rate=0.01, burst=2)
    assert [bucket.take(key) for _ in range(2)] == [0.0, 0.0]
    assert bucket.take(key) > 0.0

    with redis.Redis.from_url(django_settings.REDIS_URL) as valkey:
        valkey.hincrbyfloat(key, "at", -100)  # as if it had been taken from so many seconds ago

    assert bucket.take(key) == 0.0
    assert bucket.take(key) > 0.0


def test_many_at_once_get_exactly_the_burst(key):
    bucket = TokenBucket(django_settings.REDIS_URL, rate=0.001, burst=50)

    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: bucket.take(key), range(200)))

    assert waits.count(0.0) == 50


def test_a_bucket_is_forgotten_when_it_is_full_again(key):
    TokenBucket(django_settings.REDIS_URL, rate=0.1, burst=60).take(key)

    with redis.Redis.from_url(django_settings.REDIS_URL) as valkey:
        assert 0 < valkey.pttl(key) <= 601_000


def test_nobody_waits_while_valkey_is_away(dead_address, caplog):
    bucket = TokenBucket(dead_address, rate=1, burst=1)

    assert [bucket.take("somebody") for _ in range(200)] == [0.0] * 200
    assert len(caplog.records) == 1  # asked once, then left in peace for a while


def test_it_asks_valkey_again_after_a_pause(dead_address, caplog):
    for pause, asked in ((3600, 1), (0, 3)):
        caplog.clear()
        bucket = TokenBucket(dead_address, rate=1, burst=1, pause=pause)
        for _ in range(3):
            bucket.take("somebody")

        assert len(caplog.records) == asked


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
    _empty("198.51.100.8")
    _forget("198.51.100.9")

    refused = client.get("/api/v1/?lang=en", REMOTE_ADDR="198.51.100.8")

    assert refused.status_code == 429
    assert 1 < int(refused.headers["Retry-After"]) <= EMPTY_FOR + 1
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.json()["code"] == "too_many_requests"
    assert client.get("/api/v1/", REMOTE_ADDR="198.51.100.9").status_code == 200


@pytest.mark.django_db
def test_a_forged_header_is_not_an_address(client, settings):
    settings.API_READS_PER_SECOND = settings.API_READ_BURST = 1
    _empty("198.51.100.10")

    answers = [
        client.get("/api/v1/", REMOTE_ADDR="198.51.100.10", HTTP_X_FORWARDED_FOR=f"203.0.113.{number}")
        for number in range(10)
    ]

    assert {answer.status_code for answer in answers} == {429}


EMPTY_FOR = 1000  # seconds: longer than any test takes, and forgotten when it ends


def _forget(address: str) -> None:
    with redis.Redis.from_url(django_settings.REDIS_URL) as valkey:
        valkey.delete(f"kopa:read:{read_from(address)}")


def _empty(address: str) -> None:
    """The reader has read so much that nothing is left for the next minutes."""
    key = f"kopa:read:{read_from(address)}"
    with redis.Redis.from_url(django_settings.REDIS_URL) as valkey:
        valkey.hset(key, mapping={"tokens": -EMPTY_FOR * PROMISED_RATE, "at": valkey.time()[0]})
        valkey.expire(key, EMPTY_FOR)
