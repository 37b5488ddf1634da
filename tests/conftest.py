"""What every test stands on: the clock, the browser, the live server."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.db import connection
from django.utils import translation
from pytest_django.live_server_helper import LiveServer

from kopa.stack import browser
from kopa.stack.pytest_plugin import NO_BROWSER

pytest_plugins = ["tests.people"]

# Ten o'clock in Helsinki, nine in Stockholm. Given in UTC: time-machine would also change the process's time
# zone.
TUESDAY = dt.datetime(2026, 11, 24, 8, 0, tzinfo=dt.UTC)


LONGEST_ID = 40


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Files are named by their number: their content may tell the time at which they were made, and then two
    processes of one run would not collect the same tests.
    """
    return argname if isinstance(val, bytes) and len(val) > LONGEST_ID else None


@pytest.fixture(autouse=True)
def language() -> None:
    """Each test begins in Finnish; a request of the one before leaves its own language behind."""
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """Time stands still on a Tuesday.

    ``clock.move_to(…)`` or ``clock.shift(…)`` in a test's first line moves it.
    """
    with time_machine.travel(TUESDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def english() -> Iterator[None]:
    """The reader reads English: messages are compared as they stand in the code."""
    with translation.override("en"):
        yield


@pytest.fixture
def miscounted_before(db: None) -> None:
    """Until the test ends a course may have other seats than places, as one of before PostgreSQL asked."""
    connection.check_constraints()  # what other fixtures have made: nothing may wait for its question now
    with connection.cursor() as cursor:
        cursor.execute(
            "alter table offerings_placecounter disable trigger seats_add_up_to_the_capacity;"
            " alter table offerings_offering disable trigger seats_add_up_to_the_capacity,"
            " disable trigger seats_add_up_to_the_first_capacity"
        )


class ThroughWhiteNoise(StaticFilesHandler):
    """Static files come from WhiteNoise as in production.

    Django's own handler does not know their hashed names.
    """

    def _should_handle(self, path: str) -> bool:
        return False


@pytest.fixture(scope="session")
def live_server() -> Iterator[LiveServer]:
    server = LiveServer("localhost", start=False)
    server.thread.static_handler = ThroughWhiteNoise
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The machine's Chromium, without a sandbox (root has none) and without network calls of its own."""
    found = browser.find()
    if found is None:
        pytest.fail(NO_BROWSER, pytrace=False)
    return browser_type_launch_args | {
        "executable_path": str(found.program),
        "env": os.environ | found.environment,
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ],
    }
