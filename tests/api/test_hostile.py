"""What nobody means well: the API answers 200, 400 or 404, soon, and nothing breaks."""

from __future__ import annotations

import time
from urllib.parse import quote

import pytest

from kopa.portal.api import router
from municipalities.models import Municipality
from offerings.models import Offering

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

LISTS = [prefix for prefix, _viewset, _name in router.registry]
SEARCHED = ["offerings", "municipalities", "providers", "institutions", "sites"]
WORDS = [
    "& | ! :* <-> ' \\ (((", "hitsaus & (", "'; drop table offerings_offering; --", '" or 1=1 --', "%", "_",
    "\\", "a" * 100_000, "ä" * 30_000, "a b " * 20_000, "(" * 50_000, "ja tai", "och eller", "💥🦊",
    "\u200b\u200d\ufeff", "e\u0301" * 500, "Áŋŋel Čáhput Šiŋká Ǩeeʹmmel", "раде", "\ud7ff\ue000",
    "{{7*7}}", "<script>alert(1)</script>", "../../etc/passwd", "\r\nSet-Cookie: x=1", "null", "undefined",
    "-1", "NaN", "1e400", "\x01\x1f",
]  # fmt: skip
PLACES = ["FI-854' OR '1'='1", "FI-854\r\nX: y", "FI-８５４", "FI-0854", "SE-854", "FI-", "%", "()"]


@pytest.mark.parametrize("prefix", SEARCHED)
def test_no_words_break_the_search(client, courses, prefix):
    slow = []
    for words in WORDS:
        started = time.process_time()
        answer = client.get(f"/api/v1/{prefix}/", {"q": words})
        taken = time.process_time() - started
        assert answer.status_code in {200, 400}, (words[:80], answer.content[:500])
        slow += [(words[:20], round(taken, 2))] if taken > 1 else []
    assert slow == []


def test_all_words_must_be_found(read, courses):
    assert read("offerings/?q=hitsauksen+perusteet")["count"] == 1
    assert read("offerings/?q=hitsauksen+avaruus")["count"] == 0
    assert read("offerings/?q=hitsauksen+%7C+avaruus")["count"] == 0


def test_null_characters_are_refused_everywhere(client, world):
    names = (
        "q",
        "lang",
        "page",
        "country",
        "municipality",
        "provider",
        "home",
        "cursor",
        "updated_since",
        "x\x00",
    )
    for prefix in LISTS:
        for name in names:
            answer = client.get(f"/api/v1/{prefix}/?{quote(name)}=a%00b")
            assert (prefix, name, answer.status_code) == (prefix, name, 400)
        assert client.get(f"/api/v1/{prefix}/%00/").status_code == 404
        assert client.get(f"/api/v1/{prefix}/a%00/").status_code == 404


def test_what_is_no_key_is_no_place(client, courses):
    answers = {
        (name, place): client.get("/api/v1/offerings/", {name: place}).status_code
        for name in ("home", "municipality")
        for place in PLACES
    }
    assert answers == dict.fromkeys(answers, 400)


@pytest.mark.parametrize(
    "query",
    [
        "page_size=1000000000", "page=1000000000000", "page=-1", "page=NaN", "page=1e400", "page_size=0",
        "page=9223372036854775808", "page=0x10", "page[]=1", "page[$gt]=1", "page=1&page=2", "page=1;page=2",
        "updated_since=9999-12-31T23:59:59Z", "updated_since=0000-01-01T00:00:00Z", "updated_since=-infinity",
        "ordering=name", "fields=*", "format=api", "lang=fi&lang=sv", "__proto__=1", "callback=x",
        "pk__in=1", "name_fi__startswith=a", "%ff=1", "%ed%a0%80=1",
    ],
)  # fmt: skip
def test_what_is_out_of_bounds_is_refused(client, query):
    answers = {prefix: client.get(f"/api/v1/{prefix}/?{query}") for prefix in LISTS}
    assert {
        prefix: (one.status_code, one.json()["code"]) for prefix, one in answers.items()
    } == dict.fromkeys(LISTS, (400, "bad_parameters"))


@pytest.mark.parametrize(
    "query",
    [
        "starts_after=9999-12-31",
        "starts_after=0000-01-01",
        "within_km=99999999999",
        "provider=99999999999999999999",
    ],
)
def test_numbers_and_days_beyond_what_the_database_holds_are_refused(client, courses, query):
    assert client.get(f"/api/v1/offerings/?home=FI-854&{query}").status_code == 400


@pytest.mark.parametrize(
    "number", ["9223372036854775807", "9223372036854775808", "999999999999999999", "00", "-0", "1e3"]
)
def test_numbers_in_addresses_beyond_what_the_database_holds_are_not_found(client, courses, number):
    for prefix in ("offerings", "providers", "sites"):
        assert client.get(f"/api/v1/{prefix}/{number}/").status_code == 404


@pytest.mark.parametrize("offset", ["-17:32", "%2B23:59", "-23:59", "Z"])
def test_offsets_beyond_what_the_database_knows_are_read(client, courses, offset):
    for prefix in LISTS:
        if prefix != "codes":
            answer = client.get(f"/api/v1/{prefix}/?updated_since=2003-10-29T05:11:59{offset}")
            assert answer.status_code == 200


def test_bytes_that_are_no_text_are_taken_as_words(client, courses):
    assert client.get("/api/v1/offerings/?q=%ff%fe%ed%a0%80").status_code == 200


def test_many_values_have_an_end(client, courses):
    many = "&".join(f"provider={number}" for number in range(1, 1000))
    assert client.get(f"/api/v1/offerings/?{many}").status_code == 400


def test_a_body_is_not_read(client, courses):
    answer = client.generic("GET", "/api/v1/offerings/", b"[" * 100_000, content_type="application/json")
    assert answer.status_code == 200


def test_a_header_is_never_made_of_what_was_asked(client, courses):
    answer = client.get("/api/v1/offerings/?q=a%0d%0aX-Evil:%201&page_size=1&sort=start")
    assert "X-Evil" not in answer.headers
    assert "\r" not in (answer.json()["next"] or "")


def test_nothing_was_changed_by_all_that(client, courses):
    before = (Offering.objects.count(), Municipality.objects.count())
    for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"):
        assert client.generic(method, f"/api/v1/offerings/{courses['welding'].pk}/").status_code == 405
    assert (Offering.objects.count(), Municipality.objects.count()) == before
