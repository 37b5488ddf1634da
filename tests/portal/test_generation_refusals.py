"""What ``generate_catalogue`` refuses before it begins."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("number", ["-1", "3000000"])
def test_it_refuses_an_odd_number(db, number):
    with pytest.raises(CommandError, match="--offerings must lie between"):
        call_command("generate_catalogue", f"--offerings={number}")


def test_it_says_when_the_register_is_empty(db):
    with pytest.raises(CommandError, match="run load_reference"):
        call_command("generate_catalogue", "--offerings=1")
