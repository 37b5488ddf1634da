"""For tests of applications."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection

MOST = 64  # at once


@pytest.fixture
def a_connection_each() -> Iterator[None]:
    """The pool of a web process is small; here nobody waits for a connection."""
    pool = connection.pool  # type: ignore[attr-defined]
    before = pool.min_size, pool.max_size
    pool.resize(before[0], MOST + 4)
    yield
    pool.resize(*before)
