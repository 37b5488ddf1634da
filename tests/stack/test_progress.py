"""What people read while a portal starts."""

from __future__ import annotations

import re

import pytest

from kopa.stack.progress import Lines, Progress

pytestmark = pytest.mark.unit


def test_each_line_tells_the_seconds_since_the_start(capsys):
    Progress().say("starting")
    assert re.fullmatch(r" {3}0\.\d s {2}starting\n", capsys.readouterr().out)


def test_output_of_a_command_becomes_whole_lines():
    said = []
    lines = Lines(said.append)
    for part in ("one ", "line\nan", "other\n\n", "unfinished"):
        lines.write(part)
    assert said == ["one line", "another"]


def test_lines_that_say_nothing_new_are_left_out():
    said = []
    lines = Lines(said.append, without="up to date")
    lines.write("Assets are up to date.\nThis machine has no npm\n")
    assert said == ["This machine has no npm"]


def test_lines_for_the_end_are_kept_from_their_mark_on():
    said = []
    lines = Lines(said.append, until="Sign-ins")
    lines.write("loaded\nSign-ins:\n  aino\n")
    assert (said, lines.kept) == (["loaded"], ["Sign-ins:", "  aino"])


def test_closed_terminal_is_no_reason_to_fail(monkeypatch, tmp_path):
    with (tmp_path / "terminal").open("w") as closed:
        pass
    monkeypatch.setattr("sys.stdout", closed)
    monkeypatch.setattr("sys.stderr", closed)
    Progress().plain("nobody reads this")
    Progress().complain("nor this")
