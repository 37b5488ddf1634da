"""Tokens: the portal takes one, for its metrics, from a header; whatever else claims to be one is nothing."""

from __future__ import annotations

import copy
import json
import logging
import logging.config
from collections.abc import Iterator

import pytest
from django.test import Client

from tests.factories import OfferingFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
TOKEN = "Salaisuus-0123456789abcdef"
WAYS = [
    ("", {"authorization": f"Bearer {TOKEN}"}),
    ("", {"authorization": f"Token {TOKEN}"}),
    ("", {"authorization": f"Basic {TOKEN}"}),
    ("", {"x-api-key": TOKEN}),
    (f"?token={TOKEN}", {}),
    (f"?access_token={TOKEN}", {}),
    (f"?api_key={TOKEN}", {}),
]


@pytest.fixture
def log(settings) -> Iterator[list[str]]:
    """What the handlers of settings.LOGGING write."""
    configuration = copy.deepcopy(settings.LOGGING["formatters"]["json"])
    formatter = logging.config.DictConfigurator({}).configure_formatter(configuration)
    written: list[str] = []

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(formatter.format(record))

    handler, root = Keeping(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.mark.parametrize(("query", "headers"), WAYS, ids=lambda way: str(way)[:24] or "-")
def test_the_api_knows_nobody_and_tells_no_token(query, headers, lappia, bengt, log):
    """TESTPLAN A14: made up, in the address or in a header; with somebody's session and without."""
    draft = OfferingFactory(provider=lappia, status="draft")
    OfferingFactory(provider=lappia)
    session = Client()
    session.force_login(bengt)
    plain = Client().get("/api/v1/offerings/").json()

    for client in (Client(), session):
        answers = [
            client.get(f"/api/v1/{path}{query}", headers=headers)
            for path in ("offerings/", f"offerings/{draft.pk}/", "nothing-here/")
        ]
        if not query:
            assert answers[0].json() == plain
        # An unknown parameter is refused as such; a header is not looked at.
        assert [answer.status_code for answer in answers] == ([400, 400, 404] if query else [200, 404, 404])
        assert not [answer for answer in answers if TOKEN in answer.content.decode()]
    assert log
    assert not [line for line in log if TOKEN in line]


@pytest.mark.parametrize(("query", "headers"), WAYS[1:], ids=lambda way: str(way)[:24] or "-")
def test_the_one_token_opens_metrics_by_its_header_alone(query, headers, settings, client, log):
    """TESTPLAN A14: in the address, in another header, and once it has been changed."""
    settings.EMBEDDED, settings.METRICS_TOKEN = False, TOKEN
    right = {"authorization": f"Bearer {TOKEN}"}

    assert client.get("/metrics", headers=right).status_code == 200
    refused = client.get(f"/metrics{query}", headers=headers)
    settings.METRICS_TOKEN = "uusi-0123456789abcdef"
    revoked = client.get("/metrics", headers=right)

    assert (refused.status_code, revoked.status_code) == (403, 403)
    assert TOKEN not in refused.content.decode() + revoked.content.decode() + "".join(log)
    assert [json.loads(line)["path"] for line in log if '"/metrics"' in line] == ["/metrics"] * 3
