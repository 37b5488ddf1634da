"""What nobody means well: the API answers 200 or 400 as its description says, and nothing breaks.

TESTPLAN I9, I10 and I13 to I15. Asserted is the work, not the time: only that is steady on a shared machine.
"""

from __future__ import annotations

from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kopa.base.api.personal import PersonalViewSet
from kopa.base.words import MOST_WORDS
from kopa.portal.api import router
from kopa.portal.api_description import description_in
from municipalities.models import Municipality
from offerings.models import Offering
from offerings.search.query import MAX_Q
from tests.odd_input import ENDLESS, ODD

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

# What is personal is there for nobody here; tests/api/test_personal.py asks it the same.
LISTS = [prefix for prefix, viewset, _name in router.registry if not issubclass(viewset, PersonalViewSet)]
# The most statements that a list asks of the database: some for each word that counts, never more.
STATEMENTS = {
    "offerings": 11,
    "municipalities": 5,
    "providers": 2 + 3 * MOST_WORDS,
    "institutions": 2,
    "sites": 2,
    "pilot-groups": 6,
}
PLACES = ["FI-854' OR '1'='1", "FI-854\r\nX: y", "FI-８５４", "FI-0854", "SE-854", "FI-", "%", "()"]


def asked_for(client, prefix, words):
    """The answer, and what the database was asked for it."""
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(f"/api/v1/{prefix}/", {"q": words})
    return answer, [one["sql"] for one in asked.captured_queries]


@pytest.mark.parametrize("prefix", STATEMENTS)
def test_odd_words_are_words(client, courses, prefix):
    for words in ODD:
        answer, statements = asked_for(client, prefix, words)

        assert answer.status_code == 200, (words, answer.content[:500])
        assert len(statements) <= STATEMENTS[prefix], words


@pytest.mark.parametrize("words", ENDLESS, ids=lambda words: ascii(words)[:10])
def test_of_endless_words_the_search_reads_no_more_than_the_beginning(client, courses, words):
    asked_for(client, "offerings", "warm")

    answer, statements = asked_for(client, "offerings", words)
    beginning, same = asked_for(client, "offerings", words[:MAX_Q])

    assert (answer.status_code, beginning.status_code) == (200, 200)
    assert answer.json()["results"] == beginning.json()["results"]
    assert statements == same


@pytest.mark.parametrize("prefix", sorted(set(STATEMENTS) - {"offerings"}))
@pytest.mark.parametrize("words", ENDLESS, ids=lambda words: ascii(words)[:10])
def test_endless_words_are_refused_before_a_register_is_asked(client, courses, prefix, words):
    answer, statements = asked_for(client, prefix, words)

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "max_length")
    assert statements == []


@pytest.mark.parametrize("prefix", sorted(set(STATEMENTS) - {"offerings"}))
def test_how_long_words_may_be_is_described(read, courses, prefix):
    parameters = description_in("en")["paths"][f"/api/v1/{prefix}/"]["get"]["parameters"]
    (longest,) = [one["schema"]["maxLength"] for one in parameters if one["name"] == "q"]

    read(f"{prefix}/?q={'a' * longest}")
    assert read.refused(f"{prefix}/?q={'a' * (longest + 1)}") == [("q", "max_length")]


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
