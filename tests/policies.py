"""The headers that every answer carries, whatever it answers (TESTPLAN W1 to W3)."""

from __future__ import annotations

from typing import Any, Final

from kopa.base.uploads import POLICY
from kopa.portal.middleware import PERMISSIONS_POLICY

CONTENT: Final = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
}
EXPECTED: Final = {
    "Content-Security-Policy": CONTENT,
    "Permissions-Policy": {PERMISSIONS_POLICY},
    "X-Content-Type-Options": {"nosniff"},
    "Referrer-Policy": {"same-origin"},
    "Cross-Origin-Opener-Policy": {"same-origin"},
}
HSTS: Final = "max-age=31536000; includeSubDomains; preload"


def policies_missing(answer: Any) -> list[str]:
    """The names of the headers that are not as they must be; a file that people brought may do nothing."""
    is_file = answer.headers.get("Content-Security-Policy") == POLICY
    if is_file and not answer.headers.get("Content-Disposition", "").startswith("attachment"):
        return ["Content-Disposition"]
    expected = EXPECTED | ({"Content-Security-Policy": set(POLICY.split("; "))} if is_file else {})
    return [
        name
        for name, parts in expected.items()
        if {part.strip() for part in answer.headers.get(name, "").split(";")} != parts
    ]
