"""Schemathesis asks the running API what its description allows, and what it does not, for a bounded time."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.config import CacheConfig, SchemathesisConfig
from schemathesis.generation.modes import GenerationMode
from schemathesis.specs.openapi import checks

from kopa.portal.api_description import description_in

# One group: the second test looks at what the first has done in the same process.
pytestmark = [
    pytest.mark.integration,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("api fuzz"),
]

SECONDS = 35
# What no description can say: a code that no list holds, a filter that needs another parameter.
KNOWN_ONLY_BY_ASKING = frozenset(
    {
        "unknown_value",
        "unknown_municipality",
        "ambiguous",
        "needs_home",
        "not_along_the_changes",
        "invalid_choice",
    }
    | {"invalid", "null_characters_not_allowed", "too_many"}
)
ALWAYS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
without_limits: dict[str, Any] = {
    "deadline": None, "suppress_health_check": list(HealthCheck), "database": None, "derandomize": True,
}  # fmt: skip


class Asked:
    """What was asked and how it went; each operation has its share of the time."""

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self.began: dict[str, float] = {}

    def has_time(self, path: str) -> bool:
        began = self.began.setdefault(path, time.monotonic())
        return time.monotonic() - began < SECONDS / len(description_in("en")["paths"])


@pytest.fixture(scope="module")
def asked():
    return Asked()


@pytest.fixture
def described(live_server, world, reader):
    config = SchemathesisConfig(cache=CacheConfig(enabled=False))
    return schemathesis.openapi.from_url(f"{live_server.url}/api/v1/schema/", config=config)


@pytest.fixture
def cookies(reader, client) -> dict[str, str]:
    """Of somebody who is signed in: what is public does not look, what is personal does."""
    client.force_login(reader)
    return {name: one.value for name, one in client.cookies.items()}


api = schemathesis.pytest.from_fixture("described")


@api.parametrize()
@settings(max_examples=15, **without_limits)
def test_the_api_keeps_to_its_description(case, asked, cookies):
    if asked.has_time(case.operation.path):
        ask(case, asked, cookies)


def test_every_operation_was_asked_what_it_allows_and_what_not(asked):
    if not asked.began:
        pytest.skip("looks at what the test above has done")
    paths = set(description_in("en")["paths"])
    assert set(asked.began) == paths - {"/api/v1/schema/"}  # it leaves out where it got the description
    assert {200, 400, 404} <= set(asked.statuses)


@pytest.mark.nightly
@api.parametrize()
@settings(max_examples=400, **without_limits)
def test_the_api_keeps_to_its_description_all_night(case, cookies):
    ask(case, Asked(), cookies)


def ask(case: schemathesis.Case, asked: Asked, cookies: dict[str, str]) -> None:
    parts = case.meta.components.items() if case.meta else ()
    is_signed_out = any(
        where.value == "cookie" and how.mode == GenerationMode.NEGATIVE for where, how in parts
    )
    response = case.call(cookies={} if is_signed_out else cookies)
    asked.statuses[response.status_code] += 1
    # An empty parameter counts as absent, so that forms may send it: no JSON Schema says so.
    sent = parse_qsl(urlsplit(response.request.url).query, keep_blank_values=True)
    is_empty = any(not value for _name, value in sent)
    case.validate_response(response, checks=ALWAYS if is_empty else [*ALWAYS, checks.negative_data_rejection])
    if response.status_code == 400 and case.meta and case.meta.generation.mode == GenerationMode.POSITIVE:
        refused = {error["code"] for error in response.json()["errors"]}
        assert refused <= KNOWN_ONLY_BY_ASKING, (case.as_curl_command(), response.text)
