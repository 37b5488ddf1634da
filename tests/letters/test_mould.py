"""Letters filled into a form that is kept say what their templates say."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from kopa.letters import mould
from kopa.letters.services import Content, render

# What would be another letter if it were not escaped, or were escaped twice, or were taken for a mark.
WORDS = ["<b>Å & ö</b>", "", "\ue0001\ue001 %s {{ x }}", "it's \"so\""]


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mould, "_moulds", {})


def by_template(content: Content, *, language: str, ending: str) -> tuple[str, str]:
    given: dict[str, Any] = {
        "content": content, "language": language, "subject": content.subject, "ending": ending,
    }  # fmt: skip
    text, html = (render_to_string(f"letters/letter.{kind}", given) for kind in ("txt", "html"))
    return text, html


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_every_form_is_what_the_template_makes_of_it(language: str) -> None:
    numbers, links, afters, endings = (0, 1, 3), ("", "https://x/?a=1&b=2"), ("", "<i>"), ("", "https://y/&")
    with translation.override(language):
        for paragraphs, points, link, after, ending in product(numbers, numbers, links, afters, endings):
            for turned in (WORDS, WORDS[::-1]):  # the second of a form is filled into what is kept
                content = Content(
                    subject="A & B", paragraphs=turned[:paragraphs], points=turned[:points], link=link,
                    link_label="Open <it>", after=after,
                )  # fmt: skip
                written = render(content, language=language, ending=ending)
                wanted = by_template(content, language=language, ending=ending)
                assert (written.text, written.html) == wanted


def test_a_form_is_made_once_in_each_language(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    monkeypatch.setattr(
        mould, "render_to_string", lambda *given: made.append(given) or render_to_string(*given)
    )

    for language in ("fi", "sv", "fi"):
        for subject in ("one", "two"):
            with translation.override(language):
                render(Content(subject, ["a"]), language=language)

    assert len(made) == 2 * 2
