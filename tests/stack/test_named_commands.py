"""``up`` and ``test`` run before Django does; Django names them all the same and says how to start them."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command, load_command_class

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("name", ["up", "test"])
def test_called_from_code_it_says_how_to_start_it(name):
    with pytest.raises(CommandError, match=rf"^Start it on the command line: python3 manage\.py {name}$"):
        call_command(name)


def test_help_of_up_is_that_of_up_itself(capsys):
    load_command_class("kopa.portal", "up").print_help("manage.py", "up")

    said = capsys.readouterr().out
    assert "Run KOPA with everything it needs; Ctrl-C stops it." in said
    assert all(option in said for option in ("--port", "--host", "--home", "--no-demo", "--check"))


def test_help_of_test_says_where_arguments_go(capsys):
    load_command_class("kopa.portal", "test").print_help("manage.py", "test")

    assert "Run the tests with pytest; arguments go to pytest" in capsys.readouterr().out
