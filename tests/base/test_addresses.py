from __future__ import annotations

import pytest
from django.test import RequestFactory

from kopa.base.addresses import client_address

pytestmark = pytest.mark.unit

NOBODY = "0.0.0.0"  # noqa: S104 - nothing listens here: all clients without an address


def seen_from(peer: str, forwarded: str | None = None) -> str:
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return client_address(RequestFactory().get("/", REMOTE_ADDR=peer, **headers))


@pytest.mark.parametrize("forged", ["9.9.9.9", "9.9.9.9, 8.8.8.8", "", "what", "127.0.0.1", None])
def test_without_a_trusted_proxy_only_the_peer_counts(settings, forged):
    settings.TRUSTED_PROXIES = 0

    assert seen_from("203.0.113.7", forged) == "203.0.113.7"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "9.9.9.9, 203.0.113.7", "203.0.113.7"),  # what the client forged stands on the left
        (1, "9.9.9.9,203.0.113.7 ", "203.0.113.7"),
        (2, "9.9.9.9, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
        (2, "203.0.113.7", "10.0.0.1"),  # a chain too short did not come through the proxies
        (1, "", NOBODY),
        (1, "nonsense", NOBODY),
    ],
)
def test_behind_trusted_proxies_the_outermost_one_is_believed(settings, proxies, forwarded, expected):
    settings.TRUSTED_PROXIES = proxies

    assert seen_from("10.0.0.1", forwarded) == expected


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::9", "2001:db8:1:2::"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("", NOBODY),
    ],
)
def test_addresses_that_one_client_can_change_at_will_count_as_one(settings, peer, expected):
    settings.TRUSTED_PROXIES = 0

    assert seen_from(peer) == expected
