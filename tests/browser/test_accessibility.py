"""axe finds nothing, nothing moves sideways at 320 px, and no page makes a noise or calls elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import DESK, NARROWEST, PHONE, Watcher
from tests.browser.pages import KEY_PAGES, OTHER_PAGES, PAGES, Shown

pytestmark = pytest.mark.browser
LANGUAGES = ["fi", "sv", "en"]
# Those of an applicant, who may read neither Finnish nor Swedish.
APPLICANTS_PAGES = [
    shown for shown in OTHER_PAGES
    if shown.name.startswith(("apply", "application-", "my-", "offer-"))
]  # fmt: skip
# Classes of ours on the page whose name, without its --variant, none of its style sheets knows.
UNKNOWN_CLASSES = """() => {
  const known = new Set();
  const read = rules => { for (const rule of rules) {
    for (const [, name] of (rule.selectorText ?? "").matchAll(/\\.(k-[\\w-]+)/g)) known.add(name);
    if (rule.cssRules) read(rule.cssRules);
  } };
  for (const sheet of document.styleSheets) read(sheet.cssRules);
  const used = [...document.querySelectorAll("main *")].flatMap(one => [...one.classList]);
  return [...new Set(used.filter(name => name.startsWith("k-") && !known.has(name.split("--")[0])))].sort();
}"""
NEXT_FRAME = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def faults(page: Page) -> list[str]:
    """What axe finds: the rule, and where."""
    page.evaluate(NEXT_FRAME)
    violations = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [f"{fault['id']}: {node['target']}" for fault in violations for node in fault["nodes"]]


def let_missing_page_be_missing(shown: Shown, watcher: Watcher) -> None:
    """Chromium itself writes of a 404, and of a form that is sent back, to the console."""
    statuses = {shown.status} - {200} | ({422} if shown.then else set())
    watcher.ignored = tuple(f"server responded with a status of {status}" for status in statuses)


def test_there_are_eight_key_pages() -> None:
    assert len(KEY_PAGES) == 8


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("shown", KEY_PAGES, ids=str)
def test_key_page_passes_axe_at_both_widths_in_both_schemes(
    opened: Callable[..., Page], shown: Shown, language: str
) -> None:
    found = {}
    for width in (DESK, PHONE):
        page = opened(shown, language=language, width=width)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found[width, scheme] = faults(page)

    assert found == {(width, scheme): [] for width in (DESK, PHONE) for scheme in ("light", "dark")}


@pytest.mark.parametrize("shown", OTHER_PAGES, ids=str)
def test_other_page_passes_axe_on_a_desk_and_on_a_phone(
    opened: Callable[..., Page], shown: Shown, watcher: Watcher
) -> None:
    let_missing_page_be_missing(shown, watcher)
    at_desk = opened(shown, language="fi", width=DESK, scheme="light")
    on_phone = opened(shown, language="sv", width=PHONE, scheme="dark")

    assert (faults(at_desk), faults(on_phone)) == ([], [])


@pytest.mark.parametrize("shown", APPLICANTS_PAGES, ids=str)
def test_applicants_page_passes_axe_in_english(
    opened: Callable[..., Page], shown: Shown, watcher: Watcher
) -> None:
    let_missing_page_be_missing(shown, watcher)

    assert faults(opened(shown, language="en", width=PHONE, scheme="light")) == []


@pytest.mark.parametrize("shown", PAGES, ids=str)
def test_page_reflows_has_order_and_needs_no_javascript(
    opened: Callable[..., Page], shown: Shown, watcher: Watcher
) -> None:
    let_missing_page_be_missing(shown, watcher)

    page = opened(shown, language="fi", width=NARROWEST)
    assert page.evaluate("document.documentElement.scrollWidth") == NARROWEST
    headings = page.locator("main :is(h1, h2, h3, h4)")
    levels = headings.evaluate_all("all => all.map(one => Number(one.tagName[1]))")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert [(above, below) for above, below in pairwise(levels) if below - above > 1] == []
    assert page.locator('a[href=""], form[action=""], img:not([alt])').count() == 0
    for region in ("body > header", "body > main", "body > footer"):
        assert page.locator(region).count() == 1

    assert page.evaluate(UNKNOWN_CLASSES) == []

    plain = opened(shown, language="sv", javascript=False)
    assert plain.locator("h1").inner_text() != ""
    assert plain.title().endswith(" – KOPA")
    assert not plain.title().startswith(" – ")
