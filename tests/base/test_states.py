"""A table of states that contradicts itself is refused where it is made, not where it is used."""

from __future__ import annotations

import pytest

from kopa.base.states import Machine

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("step", [(("open",), "shut"), (("shut",), "open")])
def test_a_state_that_the_table_does_not_list_is_refused(step):
    with pytest.raises(ValueError, match=r"^The table names unknown states: \['shut'\]$"):
        Machine(["open", "done"], {"turn": step})
