"""What docs/api.md says is what the API does."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from kopa.base.api import problems, throttle
from kopa.portal.api import router
from offerings.models import Offering
from offerings.search import projection

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
TEXT = Path(settings.BASE_DIR, "docs/api.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(http|json)\n(.*?)```", TEXT, re.DOTALL)
# (address, the answer that stands below it or nothing)
EXAMPLES = [
    (block.split()[1], json.loads(following[1]) if following[0] == "json" else None)
    for (kind, block), following in zip(BLOCKS, [*BLOCKS[1:], ("", "")], strict=True)
    if kind == "http"
]


def shortened(answer: Any, example: Any) -> Any:
    """The answer with the fields only that the example shows."""
    if isinstance(example, dict):
        return {name: shortened(answer[name], value) for name, value in example.items()}
    if isinstance(example, list):
        return [shortened(one, shown) for one, shown in zip(answer, example, strict=True)]
    return answer


@pytest.fixture
def only_welding(courses, world):
    """The examples show one course that Pello can reach."""
    others = Offering.objects.exclude(pk=courses["welding"].pk)
    for offering in others:
        offering.sites.clear()
    projection.refresh([offering.pk for offering in others])


def test_there_are_examples():
    assert len(EXAMPLES) >= 5
    assert sum(answer is not None for _, answer in EXAMPLES) >= 3


@pytest.mark.parametrize(("address", "example"), EXAMPLES, ids=[address for address, _ in EXAMPLES])
def test_an_example_is_answered_as_it_says(client, only_welding, address, example):
    answer = client.get(address)

    assert answer.status_code == (example or {}).get("status", 200)
    if example:
        assert shortened(answer.json(), example) == example


def test_every_list_is_named():
    for prefix, _viewset, _name in router.registry:
        assert f"`/api/v1/{prefix}/`" in TEXT


def test_every_problem_is_named():
    assert [code for code in problems.PROBLEMS if f"`{code}`" not in TEXT] == []


def test_the_promise_is_the_one_that_is_kept():
    assert f"{throttle.PROMISED_RATE} requests a second with a burst of {throttle.PROMISED_BURST}" in TEXT
    assert "as set by default it is 20 and\n240" in TEXT
