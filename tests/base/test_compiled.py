"""Queries that are written once."""

from __future__ import annotations

import pytest

from kopa.accounts.models import User
from kopa.base.binary import Numbered, binary_cursor
from kopa.base.compiled import Compiled
from tests.factories import UserFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def test_it_asks_for_the_values_that_are_given_and_keeps_the_others(django_assert_num_queries) -> None:
    sami = UserFactory(name="Sami", language="sv")
    UserFactory(name="Aino", language="fi")
    named = Compiled.of(User.objects.filter(name="mark", language="sv").values_list("pk", "name"))

    with django_assert_num_queries(3):
        assert named.ask({"mark": "Sami"}) == (sami.pk, "Sami")
        assert named.ask({"mark": "Aino"}) is None
        assert named.ask({}) is None


def test_named_parameters_become_numbers(django_assert_num_queries) -> None:
    asked = Numbered.of("select %(a)s::int - %(b)s::int, %(a)s::int, array[1, 2]")

    assert asked == Numbered("select $1::int - $2::int, $1::int, array[1, 2]", ("a", "b"))
    with django_assert_num_queries(1), binary_cursor(is_numbered=True) as cursor:
        cursor.execute(asked.sql, asked.ordered({"b": 2, "a": 7, "c": 0}))
        assert [list(one) if hasattr(one, "tolist") else one for one in cursor.fetchone()] == [5, 7, [1, 2]]
