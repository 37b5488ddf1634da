"""Nobody else's page shows one of ours in a frame and has people click what they do not see (TESTPLAN W4)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, Page, Route
from pytest_django.live_server_helper import LiveServer

from tests.browser.conftest import PATIENCE, address
from tests.browser.pages import PAGES
from tests.browser.world import World

pytestmark = pytest.mark.browser
FORBIDS_FRAMES = {"content-security-policy", "x-frame-options"}  # the second for browsers of old
TEMPTING = "a page that may be framed"


class Stranger(BaseHTTPRequestHandler):
    """``/?<address>`` shows that address in a frame; ``/page`` is a page that says nothing against it."""

    def do_GET(self) -> None:
        framed = self.path.partition("?")[2]
        body = f'<iframe title="framed" src="{framed}"></iframe>' if framed else f"<h1>{TEMPTING}</h1>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(f"<!doctype html><title>Stranger</title>{body}".encode())

    def log_message(self, *_: object) -> None:
        """Nothing: the test looks at the page."""


@pytest.fixture(scope="module")
def stranger() -> Iterator[str]:
    """The address of another origin."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stranger)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def victim(browser: Browser) -> Iterator[Page]:
    """A browser that nobody watches: the other origin and Chromium's complaint are wanted here."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


def framed(page: Page, stranger: str, address: str) -> str:
    """The heading that the frame shows; empty where the browser refuses to show anything of it."""
    page.goto(f"{stranger}/?{address}")
    frame = page.frames[1]
    frame.wait_for_load_state()
    if frame.url.startswith("chrome-error:"):
        return ""
    return frame.locator("h1").first.inner_text()


def test_our_pages_cannot_be_framed_by_another_origin(
    victim: Page, stranger: str, live_server: LiveServer, world: World
) -> None:
    seen = {
        shown.name: framed(victim, stranger, live_server.url + address(shown, world, "fi")) for shown in PAGES
    }

    assert seen == dict.fromkeys(seen, "")


def test_the_frame_would_show_a_page_that_does_not_forbid_it(victim: Page, stranger: str) -> None:
    elsewhere = stranger.replace("127.0.0.1", "localhost")

    assert framed(victim, stranger, f"{elsewhere}/page") == TEMPTING


def test_it_is_the_policy_that_keeps_our_pages_out_of_frames(
    victim: Page, stranger: str, live_server: LiveServer, world: World
) -> None:
    """Counter-proof: the same page is shown when its answer forbids nothing."""

    def frameable(route: Route) -> None:
        answer = route.fetch()
        headers = {name: value for name, value in answer.headers.items() if name not in FORBIDS_FRAMES}
        assert len(answer.headers) - len(headers) == len(FORBIDS_FRAMES)
        route.fulfill(response=answer, headers=headers)

    page = f"{live_server.url}/en/about/"
    assert framed(victim, stranger, page) == ""

    victim.route(page, frameable)

    assert framed(victim, stranger, page).startswith("About")
