"""A real browser before the real server: pages at a width, in a scheme, in a language.

Every page opened here is watched: a message on the console, a broken content policy, a script error or a
request to another host fails the test that opened it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from django.utils.translation import override
from playwright.sync_api import Browser, BrowserContext, Page
from pytest_django.live_server_helper import LiveServer

from kopa.accounts.models import User
from tests.browser.shown import Shown
from tests.browser.world import World, build_world

DESK, PHONE, NARROWEST = 1280, 390, 320
PATIENCE = 15_000  # milliseconds; two cores are shared by everything that runs


@dataclass
class Watcher:
    """What pages did that no page may do."""

    host: str
    found: list[str] = field(default_factory=list)
    ignored: tuple[str, ...] = ()

    def watch(self, page: Page) -> None:
        page.on("console", lambda message: self._note(f"console {message.type}: {message.text}"))
        page.on("pageerror", lambda error: self._note(f"script error: {error}"))
        page.on("request", lambda request: self._note_request(request.url))

    def _note(self, what: str) -> None:
        if not any(part in what for part in self.ignored):
            self.found.append(what)

    def _note_request(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.netloc != self.host:
            self._note(f"request to {parts.netloc}")


@pytest.fixture
def world(transactional_db: None) -> World:
    """Courses, places and people that the pages show."""
    return build_world()


@pytest.fixture
def watcher(live_server: LiveServer) -> Iterator[Watcher]:
    watching = Watcher(urlsplit(live_server.url).netloc)
    yield watching
    assert watching.found == []


@pytest.fixture
def context_of(
    browser: Browser, live_server: LiveServer, watcher: Watcher
) -> Iterator[Callable[..., BrowserContext]]:
    """A browser of its own: ``context_of(width=390, scheme="dark", language="sv", person=bengt)``."""
    opened: list[BrowserContext] = []

    def make(
        *,
        width: int = DESK,
        scheme: str = "light",
        language: str = "fi",
        person: User | None = None,
        javascript: bool = True,
    ) -> BrowserContext:
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": 900 if width > 500 else 844},
            color_scheme="dark" if scheme == "dark" else "light",
            locale={"fi": "fi-FI", "sv": "sv-SE", "en": "en-GB"}[language],
            java_script_enabled=javascript,
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE)
        context.on("page", watcher.watch)
        if person is not None:
            context.add_cookies([{**session_cookie(person), "url": live_server.url}])
        opened.append(context)
        return context

    yield make
    for context in opened:
        context.close()


@pytest.fixture
def page_at(context_of: Callable[..., BrowserContext]) -> Callable[..., Page]:
    """An empty page: ``page_at(width=320, language="sv").goto("/sv/platser/")``."""
    return lambda **how: context_of(**how).new_page()


@pytest.fixture
def opened(page_at: Callable[..., Page], world: World) -> Callable[..., Page]:
    """One of the pages of ``pages.py``, loaded: ``opened(shown, language="sv", width=390)``."""

    def go(shown: Shown, *, language: str = "fi", **how: object) -> Page:
        page = page_at(language=language, person=world.person(shown.person), **how)
        answer = page.goto(address(shown, world, language))
        assert answer is not None
        assert answer.status == shown.status, f"{shown.name}: {answer.status}"
        if shown.then is not None:
            shown.then(page)
        return page

    return go


def address(shown: Shown, world: World, language: str) -> str:
    """The path and query of one of the pages, in the language."""
    with override(language):
        return shown.path(world)


def session_cookie(person: User) -> dict[str, str]:
    client = Client()
    client.force_login(person)
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value}
