"""The lists of ``manage.py bench recall``: what typed words must find, and must not."""

from __future__ import annotations

import io
from contextlib import redirect_stdout

import pytest
from django.core.management import CommandError, call_command

from bench import recall
from bench.recall import Pair

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def outcomes():
    return {one.name: one for one in recall.outcomes()}


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_nearly_every_inflected_form_finds_its_word(outcomes, language):
    one = outcomes[f"inflected forms, {language}"]
    assert len({pair.typed for pair in recall.forms(language)}) >= 200
    assert one.share_right >= 0.98, [str(pair) for pair in one.wrong]


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_nearly_every_compound_is_found_by_its_parts(outcomes, language):
    one = outcomes[f"compounds, {language}"]
    assert one.pairs >= 100
    assert one.share_right >= 0.90, [str(pair) for pair in one.wrong]


def test_nearly_every_mistyped_word_is_read_as_the_right_one(outcomes):
    one = outcomes["mistyped words"]
    assert one.pairs >= 150
    assert one.share_right >= 0.90, [f"{pair} ({recall.taken_for(pair.typed)})" for pair in one.wrong]


def test_hardly_any_unrelated_word_is_found(outcomes):
    one = outcomes["unrelated words"]
    assert one.pairs >= 150
    assert len(one.wrong) / one.pairs < 0.01, [str(pair) for pair in one.wrong]


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_lists_hold_names_too(language):
    names = [pair for pair in recall.forms(language) if pair.is_name]
    assert len([pair for pair in names if not pair.language]) >= 5  # places
    assert len([pair for pair in names if pair.language]) >= 5  # organisations


def test_a_pair_is_found_when_every_typed_word_is():
    assert Pair("lapin ammattiopistossa", "Lapin ammattiopisto", "fi", is_name=True).is_found
    assert not Pair("oulun ammattiopistossa", "Lapin ammattiopisto", "fi", is_name=True).is_found


def test_the_command_prints_every_list_and_what_is_found_by_mistake():
    said = io.StringIO()
    with redirect_stdout(said):
        call_command("bench", "recall")
    assert said.getvalue().count("right") == 7
    assert "→" in said.getvalue()


def test_the_command_ends_with_an_error_where_a_goal_is_missed(monkeypatch):
    monkeypatch.setattr(recall, "unrelated", lambda: [Pair("kurssi", "kurssi", "fi")])
    with redirect_stdout(io.StringIO()) as said, pytest.raises(CommandError, match="unrelated words"):
        call_command("bench", "recall")
    assert "GOAL MISSED" in said.getvalue()
