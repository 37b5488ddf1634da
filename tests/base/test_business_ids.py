"""Business ids of both countries."""

from __future__ import annotations

import pytest

from kopa.base import business_ids

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "country", "read"),
    [
        ("2109309-0", "FI", "2109309-0"),
        (" 0177619 - 3 ", "FI", "0177619-3"),
        ("177619-3", "FI", "0177619-3"),
        ("01776193", "FI", "0177619-3"),
        ("0177619-4", "FI", ""),
        ("1.2.246", "FI", ""),
        ("", "FI", ""),
        ("٠١٧٧٦١٩-٣", "FI", ""),
        ("212000-0142", "SE", "212000-0142"),
        ("16212000-0142", "SE", "212000-0142"),
        ("2120000142", "SE", "212000-0142"),
        ("212000-0143", "SE", ""),
        ("811228-9874", "SE", ""),  # a person's
        ("0177619-3", "SE", ""),
    ],
)
def test_a_business_id_is_read_as_its_country_writes_it(text, country, read):
    assert business_ids.read(text, country=country) == read


def test_a_rest_of_one_is_given_to_nobody():
    # 7·0 + 9·0 + 10·0 + 5·0 + 8·0 + 4·3 + 2·0 = 12 = 11 + 1
    assert [digit for digit in range(10) if business_ids.read(f"0000030-{digit}", country="FI")] == []
