"""What ``up`` says at the end of a start."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from kopa.stack import up
from kopa.stack.errors import StackError
from kopa.stack.home import Home
from kopa.stack.progress import Progress
from kopa.stack.signals import Signals, StopRequested

pytestmark = pytest.mark.unit
SIGN_INS = ["Demonstration sign-ins, all with the password tervetuloa-kopaan:", "  anna@demo.kopa.example"]


@pytest.fixture
def signals() -> Iterator[Signals]:
    """As ``up`` makes them; afterwards the test run has its own again."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whoever runs the tests may have it ignored, as nohup does
    yield Signals()
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.mark.parametrize(
    ("host", "sign_ins", "is_warned"),
    [
        ("0.0.0.0", SIGN_INS, True),  # noqa: S104 - nothing listens
        ("::", SIGN_INS, True),
        ("192.0.2.7", SIGN_INS, True),
        ("0.0.0.0", [], False),  # noqa: S104 - nothing listens
        ("127.0.0.1", SIGN_INS, False),
        ("localhost", SIGN_INS, False),
    ],
)
def test_a_known_password_is_pointed_out_where_others_can_use_it(
    tmp_path, capsys, signals, host, sign_ins, is_warned
):
    options = up.parser().parse_args(["--host", host])
    start = up.Start(options, Home.at(tmp_path / "home"), Progress(), signals)
    start.sign_ins = sign_ins

    start._tell()

    said = capsys.readouterr().out
    assert ("Everybody who reaches this machine can sign in as each of them" in said) is is_warned
    assert all(line in said for line in sign_ins)


def interrupted_while_loading(number: int) -> None:
    """Modules in C say "failed to import" where the signal reached them."""
    try:
        signal.raise_signal(number)
    except StopRequested:
        raise ImportError("core failed to import") from None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_an_interruption_that_a_module_makes_a_failure_of_is_the_end_that_was_wanted(
    tmp_path, signals, number
):
    home = Home.at(tmp_path / "home")

    with pytest.raises(StopRequested), up._sentences(home, signals):
        interrupted_while_loading(number)


def test_a_failure_that_nobody_wanted_is_a_sentence(tmp_path, signals):
    home = Home.at(tmp_path / "home")

    with pytest.raises(StackError, match="could not start: ImportError: core"), up._sentences(home, signals):
        raise ImportError("core failed to import")
