"""Pages answer whatever stands in their address, and say what of it they left out (TESTPLAN I9, I13, I14)."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from offerings.search.query import MAX_Q
from tests.factories import OfferingFactory
from tests.odd_input import ENDLESS, MANY_WORDS, ODD
from tests.reading import main, words

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
PAGES = ("/en/places/", "/en/municipalities/", "/en/providers/", "/en/areas/", "/en/register/")
REGISTERS = PAGES[1:]
TOO_LONG = "Ensure this value has at most 100 characters"
SHORTENED = "Only the first 200 characters and 16 words count."


def asked_for(client: Client, path: str, text: str) -> tuple[str, list[str]]:
    """What the page says, and what the database was asked for it."""
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(path, {"q": text})
    assert answer.status_code == 200
    return words(main(answer)), [one["sql"] for one in asked.captured_queries]


@pytest.mark.parametrize("path", PAGES)
def test_odd_words_are_words(client: Client, path: str) -> None:
    OfferingFactory()

    for text in ODD:
        said, _ = asked_for(client, path, text)
        assert TOO_LONG not in said, text
        assert (SHORTENED in said) == (path == PAGES[0] and text == MANY_WORDS), text


@pytest.mark.parametrize("text", ENDLESS, ids=lambda text: ascii(text)[:10])
def test_the_search_says_that_it_reads_only_the_beginning_of_endless_words(client: Client, text: str) -> None:
    OfferingFactory()
    asked_for(client, PAGES[0], "warm")

    said, statements = asked_for(client, PAGES[0], text)
    beginning, same = asked_for(client, PAGES[0], text[:MAX_Q])

    assert f"search words : {SHORTENED}" in said
    assert SHORTENED not in beginning
    assert statements == same


@pytest.mark.parametrize("path", REGISTERS)
@pytest.mark.parametrize("text", ENDLESS, ids=lambda text: ascii(text)[:10])
def test_a_register_asks_for_fewer_words_instead_of_looking_for_endless_ones(
    client: Client, path: str, text: str
) -> None:
    said, statements = asked_for(client, path, text)

    assert TOO_LONG in said
    assert not any("unaccent" in statement.lower() for statement in statements)


@pytest.mark.parametrize("path", PAGES)
def test_what_no_text_may_hold_is_left_out_and_named(client: Client, path: str) -> None:
    answer = client.get(f"{path}?q=a%00b")

    assert answer.status_code == 200
    assert "Null characters are not allowed" in words(main(answer))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_number_that_is_none_is_a_page_all_the_same(client: Client, path: str) -> None:
    queries = ("1000000000000", "-1", "NaN", "1e400", "9223372036854775808", "x&page=2", "", "%00", "½")

    statuses = {number: client.get(f"{path}?page={number}", follow=True).status_code for number in queries}

    assert statuses == dict.fromkeys(queries, 200)
