from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import translation


@pytest.fixture
def english() -> Iterator[None]:
    """The reader reads English: messages are compared as they stand in the code."""
    with translation.override("en"):
        yield
