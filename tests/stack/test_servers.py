"""The servers that a test run, and ``up``, stand on."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.db import connection


@pytest.mark.integration
@pytest.mark.django_db
def test_postgresql_is_new_enough_and_folds_nordic_letters():
    with connection.cursor() as cursor:
        cursor.execute(
            "select current_setting('server_version_num')::int >= 170000, lower('ÄÖÅ'), 'ÄKÄ' ilike 'äkä'"
        )
        assert cursor.fetchone() == (True, "äöå", True)


@pytest.mark.integration
def test_cache_counts_in_valkey():
    cache.set("visits", 1)
    cache.incr("visits", 4)
    assert cache.get("visits") == 5
