"""Which text a reader gets of a thing that has one in up to three languages (R-LANG-3)."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.utils.translation import override

from kopa.base.names import Text, pick

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("reader", "filled", "got"),
    [
        ("fi", ("fi", "sv", "en"), ("fi", False)),
        ("sv", ("fi", "sv", "en"), ("sv", False)),
        ("en", ("fi", "sv", "en"), ("en", False)),
        ("sv", ("fi", "en"), ("fi", True)),
        ("en", ("fi", "sv"), ("fi", True)),
        ("fi", ("sv", "en"), ("sv", True)),
        ("en", ("sv",), ("sv", True)),
        ("fi", ("en",), ("en", True)),
        ("sv", (), ("sv", False)),
    ],
)
def test_a_missing_text_falls_back_to_finnish_then_swedish_then_english_and_says_so(
    reader: str, filled: tuple[str, ...], got: tuple[str, bool]
) -> None:
    empty = {"title_fi": "", "title_sv": "", "title_en": ""}
    thing = SimpleNamespace(**empty | {f"title_{one}": f"in {one}" for one in filled})
    language, is_fallback = got

    with override(reader):
        assert pick(thing, "title") == Text(f"in {language}" if filled else "", language, is_fallback)
