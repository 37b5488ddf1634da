"""Starts real servers before pytest-django reads the settings, and stops them at the end.

Named in ``addopts`` (pyproject.toml): a conftest would be read too late. Under pytest-xdist the controlling
process starts the servers once; its workers inherit the environment.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator

import pytest
from django.core.management.base import CommandError

from kopa.stack import testing
from kopa.stack.errors import StackError

NO_BROWSER = (
    "No browser for the browser tests: set CHROMIUM, install chromium, or run `python3 manage.py test`."
)
missing_files = pytest.StashKey[str]()
servers_of_the_run = pytest.StashKey[testing.TestServers]()
# pytest-playwright keeps an event loop in the thread; Django would refuse its queries there.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--nightly", action="store_true", help="also run the long tests, marked nightly")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    """A wrapper, so that it comes before pytest-django whatever the order of plugins."""
    options = early_config.known_args_namespace
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:
        testing.use_own_numbered_valkey(worker)
    elif not options.help and not options.version:
        try:
            servers = testing.start(lambda line: print(f"servers: {line}", flush=True))
        except StackError as reason:
            raise pytest.UsageError(str(reason)) from reason
        early_config.stash[servers_of_the_run] = servers
        early_config.add_cleanup(servers.stop)
        os.environ["KOPA_FRESH_TEST_DATABASE"] = "1" if servers.fresh else "0"
        if getattr(options, "cov_source", None):
            # No other run measures into it; programs that tests start find it by this name.
            os.environ.setdefault("COVERAGE_FILE", str(servers.home.path / "coverage"))
    return (yield)


def pytest_configure(config: pytest.Config) -> None:
    """Use the databases of the last run again unless they are out of date or ``--create-db`` asks for new
    ones.
    """
    if os.environ.get("KOPA_FRESH_TEST_DATABASE") == "0" and not config.getoption("create_db"):
        config.option.reuse_db = True
    elif os.environ.get("KOPA_FRESH_TEST_DATABASE") == "1":
        config.option.reuse_db = config.option.create_db = True
    if config.stash.get(servers_of_the_run, None):
        from kopa.stack import files  # needs the settings, which need the servers

        try:
            files.prepare(lambda line: print(f"files: {line}", flush=True))
        except (StackError, CommandError) as reason:  # without network the other tests still run
            config.stash[missing_files] = str(reason)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave long tests to ``--nightly``; without a browser skip what needs one, unless this is CI."""
    from kopa.stack import browser  # not sooner: what is imported before coverage begins seems not reached

    if not config.getoption("--nightly"):
        nightly = [item for item in items if item.get_closest_marker("nightly")]
        if nightly:
            config.hook.pytest_deselected(items=nightly)
            items[:] = [item for item in items if item not in nightly]
    try:
        found = browser.find()
    except StackError as reason:
        raise pytest.UsageError(str(reason)) from reason
    if found is None and not os.environ.get("CI"):
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason=NO_BROWSER))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if missing_files in config.stash:
        terminalreporter.write_line(f"NO BROWSER FILES: {config.stash[missing_files]}", red=True, bold=True)
    from kopa.stack import browser

    with contextlib.suppress(StackError):
        if browser.find() is not None:
            return
        terminalreporter.write_line(NO_BROWSER.upper(), red=True, bold=True)
