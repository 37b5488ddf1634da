"""The documentation page: in three languages, made from the description, with links that work."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from typing import Any

import pytest

from kopa.base.api.problems import PROBLEMS
from kopa.portal.api_description import description_in

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
LANGUAGES = ["fi", "sv", "en"]


class Seen(HTMLParser):
    """Ids, links, the language and what would need a script."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: Counter[str] = Counter()
        self.links: list[str] = []
        self.language = ""
        self.forbidden: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts: dict[str, Any] = dict(attrs)
        if "id" in facts:
            self.ids[facts["id"]] += 1
        if tag == "a":
            self.links.append(facts["href"])
        if tag == "html":
            self.language = facts["lang"]
        self.forbidden += [name for name in facts if name == "style" or name.startswith("on")]


@pytest.fixture
def docs(client):
    def page(query: str = "", **headers: str) -> tuple[str, Seen]:
        answer = client.get(f"/api/v1/docs/{query}", headers=headers)
        assert answer.status_code == 200
        return answer.content.decode(), Seen(answer.content.decode())

    return page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_the_whole_description(docs, language):
    html, seen = docs(f"?lang={language}")
    described = description_in(language)

    assert seen.language == language
    for path, methods in described["paths"].items():
        assert f"<code>GET {path}</code>" in html
        for parameter in methods["get"]["parameters"]:
            assert re.search(f"<dt[^>]*><code>{parameter['name']}</code>", html), parameter["name"]
    for name, shape in described["components"]["schemas"].items():
        if shape.get("properties") and not name.startswith("Paginated"):
            assert f"shape-{name}" in seen.ids
            assert [field for field in shape["properties"] if f"<dt><code>{field}</code>" not in html] == []
    assert {f"problem-{code}" for code in PROBLEMS} <= set(seen.ids)


@pytest.mark.parametrize("language", LANGUAGES)
def test_links_within_the_page_lead_somewhere(docs, language):
    _html, seen = docs(f"?lang={language}")

    assert [name for name, times in seen.ids.items() if times > 1] == []
    assert sorted({link for link in seen.links if link.startswith("#") and link[1:] not in seen.ids}) == []
    assert seen.forbidden == []


def test_the_examples_work(docs, client, world):
    _html, seen = docs("?lang=en")
    examples = sorted({link for link in seen.links if link.startswith("/api/v1/") and "docs" not in link})

    assert len(examples) >= 15
    assert [(link, client.get(link).status_code) for link in examples] == [(link, 200) for link in examples]


@pytest.mark.parametrize(
    ("query", "headers", "language"),
    [
        ("?lang=sv", {"accept-language": "fi"}, "sv"),
        ("", {"accept-language": "sv-FI,sv;q=0.9"}, "sv"),
        ("", {"accept-language": "fi", "cookie": "kopa_language=en"}, "en"),
        ("?lang=zz", {"accept-language": "en"}, "en"),
        ("", {}, "fi"),
    ],
)
def test_the_language_is_the_one_asked_for_or_the_reader_s(docs, query, headers, language):
    html, seen = docs(query, **headers)

    assert seen.language == language
    switch = re.findall(r'<a href="(/api/v1/docs/\?lang=..)"[^>]*hreflang="(..)"', html)
    assert switch == [(f"/api/v1/docs/?lang={code}", code) for code in LANGUAGES]


def test_the_page_needs_nobody_else(docs):
    html, _seen = docs()
    assert re.findall(r'(?:src|href)="(?:https?:)?//[^"]*', html) == []
    assert "<script>" not in html
