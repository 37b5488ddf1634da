"""TESTPLAN A12: after signing in a person stays with us, whatever ``next`` says."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils.translation import override

from kopa.accounts.addresses import own_page

pytestmark = pytest.mark.unit

ELSEWHERE = [
    "https://evil.example",
    "http://evil.example/fi/",
    "//evil.example",
    "///evil.example",
    "////evil.example/fi/",
    "//evil.example/fi/",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\\/evil.example/fi/",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "http:///evil.example/%2e%2e",
    "HTTPS://EVIL.EXAMPLE",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "javascript://evil.example/%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "ftp://evil.example/",
    "mailto:someone@evil.example",
    " //evil.example",
    "\t//evil.example",
    "/\t/evil.example",
    "\n/fi/",
    "\x00/fi/",
    "\x08//evil.example",
    "/%09/evil.example",
    "/%5cevil.example",
    "/%2f%2fevil.example",
    "/%2F/evil.example",
    "/fi/%0d%0aLocation:%20https://evil.example",
    "/fi/\r\nLocation: https://evil.example",
    "/.evil.example",
    "/@evil.example",
    "@evil.example",
    "evil.example/fi/",
    "https://localhost@evil.example/fi/",
    "https://localhost/fi/",
    "//localhost/fi/",
    "http://[::1]/fi/",
    "//[::1",
    "/fi/../..//evil.example",
    "/fi//evil.example",
    "/fi/;//evil.example",
    "?next=//evil.example",
    "#//evil.example",
    "",
    ".",
    "/",
    "/api/v1/offerings/",
    "/health/live",
    "/static/kopa/kopa.css",
    "/de/",
    "/fi/ei-ole-tallaista/",
]


@pytest.mark.parametrize("address", ELSEWHERE)
def test_an_address_that_is_no_page_of_ours_is_dropped(address):
    """TESTPLAN A12: a table of more than forty."""
    assert own_page(address) is None


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
@pytest.mark.parametrize(
    "query", ["", "?resume=abc123&sivu=2", "?q=l%C3%A4hihoitaja", "?next=//evil.example"]
)
def test_a_page_of_ours_is_kept_with_its_query_in_its_language(language, query):
    with override(language):
        page = reverse("accounts:profile")

    with override("en"):
        assert own_page(page + query) == page + query


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
@pytest.mark.parametrize("name", ["accounts:sign_in", "accounts:sign_out"])
def test_nobody_is_sent_to_sign_in_again_or_straight_out(language, name):
    with override(language):
        assert own_page(reverse(name)) is None
