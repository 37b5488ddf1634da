"""Tests of the API ask more than a reader may in a second."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def reads_are_unlimited(settings):
    settings.API_READS_PER_SECOND = 1_000_000
    settings.API_READ_BURST = 1_000_000
