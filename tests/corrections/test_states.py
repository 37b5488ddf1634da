from __future__ import annotations

import pytest

from corrections.states import HANDLED, REPORT, ReportState
from kopa.base.errors import TransitionNotAllowed

pytestmark = pytest.mark.unit
TABLE = {
    ("mend", "open"): "mended",
    ("dismiss", "open"): "not_an_error",
    ("mark_duplicate", "open"): "duplicate",
}


@pytest.mark.parametrize("state", ReportState.values)
@pytest.mark.parametrize("verb", ["mend", "dismiss", "mark_duplicate"])
def test_every_verb_in_every_state(verb, state):
    if (verb, state) in TABLE:
        assert REPORT.target(verb, state) == TABLE[verb, state]
    else:
        with pytest.raises(TransitionNotAllowed):
            REPORT.target(verb, state)


def test_what_is_not_open_is_handled():
    assert {"open"} | HANDLED == set(ReportState.values)
    assert set(REPORT.steps) == {verb for verb, _state in TABLE}
