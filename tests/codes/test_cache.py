"""What is kept of the reference data: until the next load, and one state for a whole request."""

from __future__ import annotations

import pytest
from django.utils import timezone

from kopa.codes import cache
from kopa.codes.cache import OfLoad
from kopa.codes.models import ReferenceLoad

pytestmark = [pytest.mark.django_db, pytest.mark.integration]


def load() -> None:
    ReferenceLoad.objects.create(fingerprint="of the test", loaded_at=timezone.now())


@pytest.fixture
def counted():
    """Says how often it has been read."""
    reads = []
    return OfLoad(lambda: reads.append(None) or len(reads))


@pytest.fixture
def request_of_ours():
    """As Django's signals say it; sent by hand they would close the test's own connection too."""
    cache._begin()
    yield
    cache._end()


def test_it_is_read_anew_after_each_load(counted, django_assert_num_queries):
    load()
    assert [counted.now(), counted.now()] == [1, 1]
    load()
    with django_assert_num_queries(1):
        assert counted.now() == 2


def test_without_a_load_nothing_is_kept(counted):
    ReferenceLoad.objects.all().delete()
    assert [counted.now(), counted.now()] == [1, 2]


def test_a_request_asks_once_and_sees_one_state(counted, request_of_ours, django_assert_num_queries):
    load()
    other = OfLoad(lambda: "other")
    with django_assert_num_queries(1):
        assert (counted.now(), other.now(), counted.now()) == (1, "other", 1)
    load()
    assert counted.now() == 1


def test_the_next_request_sees_the_next_state(counted):
    load()
    cache._begin()
    assert counted.now() == 1
    cache._end()
    load()
    cache._begin()
    assert counted.now() == 2
    cache._end()


def test_all_stamps_are_asked_for_together(request_of_ours, django_assert_num_queries):
    with django_assert_num_queries(1):
        # Of agreements 0: there has never been one.
        assert {cache.stamp(name) for name in cache.STAMPS} == {None, 0}


def test_an_act_outside_of_requests_asks_once(counted, django_assert_num_queries):
    load()
    for _ in range(2):
        with django_assert_num_queries(1), cache.one_look():
            assert (counted.now(), cache.stamp(cache.LOAD) is None) == (1, False)


def test_what_a_request_asks_twice_is_read_once(request_of_ours):
    reads = []

    def read() -> int:
        reads.append(1)
        return len(reads)

    assert [cache.once("course", read), cache.once("course", read), cache.once("other", read)] == [1, 1, 2]
    cache.ask_again()
    assert cache.once("course", read) == 3


def test_outside_of_requests_it_is_read_each_time(counted):
    assert [cache.once("course", counted.now) for _ in range(2)] == [1, 2]


def test_within_a_request_an_act_sees_its_state(counted, request_of_ours, django_assert_num_queries):
    load()
    with cache.one_look():
        assert counted.now() == 1
    with django_assert_num_queries(0):
        assert counted.now() == 1


def test_who_changes_something_looks_anew(request_of_ours):
    assert cache.stamp(cache.LOAD) is None
    load()
    assert cache.stamp(cache.LOAD) is None
    cache.ask_again()
    assert cache.stamp(cache.LOAD) is not None


def test_a_request_without_a_load_reads_once(counted, request_of_ours):
    ReferenceLoad.objects.all().delete()
    assert [counted.now(), counted.now()] == [1, 1]
