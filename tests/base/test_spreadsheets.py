"""Files for spreadsheets: nothing in them is taken for a formula."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kopa.base.spreadsheets import FORMULA, cell, download, unguarded

HARMFUL = ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\0x", "＝1+1"]


@pytest.mark.parametrize("text", HARMFUL)
def test_text_that_begins_as_a_formula_is_marked_as_text(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize(
    ("value", "written"),
    [("Pello", "Pello"), (-5, "-5"), (None, ""), (dt.date(2020, 6, 15), "2020-06-15"), (24.5, "24.5")],
)
def test_other_values_stay_as_they_are(value: object, written: str) -> None:
    assert cell(value) == written


ODD = st.lists(st.sampled_from([*FORMULA, "'", "a", "1"]), max_size=6).map("".join) | st.text()


@given(ODD)
def test_whatever_is_written_is_read_back_as_it_was_and_never_a_formula(text: str) -> None:
    """I1"""
    assert unguarded(cell(text)) == text
    assert not cell(text).startswith(FORMULA)


def test_file_is_read_back_as_it_was_written() -> None:
    answer = download("kopa-test", ["Name", "Note"], [["Åland", 'with "marks", and\nlines'], ["=1", None]])
    text = b"".join(answer.streaming_content).decode()

    assert text.startswith("\ufeff")
    read = list(csv.reader(io.StringIO(text[1:], newline="")))
    assert read == [["Name", "Note"], ["Åland", 'with "marks", and\nlines'], ["'=1", ""]]
