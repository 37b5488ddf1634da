"""One word for one thing, in Finnish and Swedish."""

from __future__ import annotations

from pathlib import Path

import pytest

from kopa.portal import texts

pytestmark = pytest.mark.unit
ROOT = Path(__file__).resolve().parents[2]


def said_of(word: str, language: str) -> list[str]:
    """How every text whose English has the word is said."""
    return [
        "".join(message.string).lower()
        for message in texts.read(ROOT, language)
        if message.id and word in "".join(message.id).lower()
    ]


def test_the_administrator_is_called_the_same_everywhere():
    said = said_of("administrator", "fi")

    assert said
    assert [one for one in said if "pääkäyttäj" not in one or "ylläpi" in one] == []


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_an_organisation_of_sweden_has_another_number(language):
    said = said_of("business id", language)

    assert said
    assert [one for one in said if "organisationsn" not in one] == []


def test_what_is_suspended_is_publishing():
    assert [one for one in said_of("suspend", "fi") if "käyttöoikeu" in one] == []


def test_everywhere_else_is_said_in_swedish():
    assert [one for one in said_of("everywhere else", "sv") if "överallt annars" in one] == []
