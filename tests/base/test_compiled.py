"""Queries that are written once."""

from __future__ import annotations

import pytest

from kopa.accounts.models import User
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
