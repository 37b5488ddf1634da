"""What codes are called in lists to choose from."""

from __future__ import annotations

import pytest

from kopa.codes.labels import told_apart

pytestmark = pytest.mark.unit


def test_codes_of_one_name_are_told_apart_and_others_keep_theirs() -> None:
    names = {"01": "Kasvatusalat", "011": "kasvatusalat", "02": "Taidealat"}

    assert told_apart(names) == {"01": "Kasvatusalat (01)", "011": "kasvatusalat (011)", "02": "Taidealat"}
