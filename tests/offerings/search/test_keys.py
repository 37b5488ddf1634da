"""The packed key: every value has one number for good, also when two transactions bring the same one."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kopa.codes import cache
from offerings.models import SearchValue
from offerings.search import keys
from offerings.search.engine import find
from offerings.search.query import SearchQuery
from tests.factories import OfferingFactory
from tests.together import Meeting, run_together

pytestmark = [pytest.mark.django_db, pytest.mark.integration]

PARTS = {
    "fee": "fee", "form": "vocational", "field": "071", "mode": "blended", "languages": "fi sv",
    "regions": "FI-R19 SE-R25", "host": "FI 12",
}  # fmt: skip


def test_a_key_holds_all_its_parts():
    other = PARTS | {"fee": "", "languages": "sv", "host": "SE"}
    found = keys.numbers([*other.items(), *PARTS.items()])

    assert keys.unpack(keys.pack(PARTS, found), keys.values()) == PARTS
    assert keys.unpack(keys.pack(other, found), keys.values()) == other


def test_the_parts_fill_a_bigint_and_no_more():
    assert sum(keys.WIDTHS.values()) <= 63
    every = {name: (part.mask, part) for name, part in keys.PARTS.items()}
    assert sum(mask << part.shift for mask, part in every.values()) == (1 << sum(keys.WIDTHS.values())) - 1


def test_values_keep_their_numbers_and_new_ones_get_the_next():
    first = keys.numbers([("form", "vocational"), ("form", "basic")])
    again = keys.numbers([("form", "higher"), ("form", "basic"), ("mode", "contact")])

    assert set(first.values()) == {0, 1}
    assert again == {("form", "higher"): 2, ("form", "basic"): first["form", "basic"], ("mode", "contact"): 0}
    assert keys.values().of("form")[2] == "higher"


def test_a_number_that_no_value_has_is_no_value():
    assert keys.unpack(5, keys.values())["form"] is None


def test_known_values_cost_one_short_statement():
    keys.numbers(PARTS.items())
    keys.values()

    with CaptureQueriesContext(connection) as asked:
        assert keys.values().hosts == (("FI", 12),)
    assert len(asked) == 1


def test_a_part_that_is_full_refuses_the_next_value(monkeypatch):
    monkeypatch.setitem(keys.PARTS, "fee", keys.Part("fee", 0, 1))
    keys.numbers([("fee", "fee"), ("fee", "")])

    with pytest.raises(keys.TooManyValues, match="fee"):
        keys.numbers([("fee", "double")])


def test_a_value_that_came_in_the_middle_of_a_request_is_counted_too():
    OfferingFactory(form="vocational")
    cache._begin()
    try:
        now = timezone.now()
        find(SearchQuery(), now=now)
        asked = dict(cache._request.known)
        OfferingFactory(form="higher", field="091", languages=["en"])
        cache._request.known.update(asked)  # as if another process had published it

        found = find(SearchQuery(form=frozenset({"higher"})), now=now)

        assert (found.total, len(found.rows)) == (1, 1)
        assert {one.value: one.count for one in found.facets["form"]} == {"higher": 1, "vocational": 1}
    finally:
        cache._end()


def bring(which: int) -> dict[tuple[str, str], int]:
    meeting = bring.meeting  # type: ignore[attr-defined]
    with transaction.atomic(), meeting.before_writing():
        return keys.numbers([("regions", "FI-R19"), ("regions", f"FI-R0{which}")])


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_who_bring_the_same_value_agree_on_its_number():
    bring.meeting = Meeting(2)  # type: ignore[attr-defined]

    one, other = run_together(2, bring)

    assert one["regions", "FI-R19"] == other["regions", "FI-R19"]
    assert SearchValue.objects.count() == 3
    assert len(set(SearchValue.objects.values_list("number", flat=True))) == 3


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_one_of_them_would_fail(monkeypatch):
    monkeypatch.setattr(keys, "_wait_for_others", lambda: None)
    monkeypatch.setattr(Meeting, "patience", 10)
    bring.meeting = Meeting(2)  # type: ignore[attr-defined]

    outcomes = run_together(2, bring)

    assert [type(one) for one in outcomes].count(IntegrityError) == 1
