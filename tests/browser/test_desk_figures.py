"""The figures of the desk on a phone: no word is broken in the middle."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse
from django.utils.translation import override
from playwright.sync_api import Page

from tests.browser.conftest import DESK, NARROWEST, PHONE
from tests.browser.world import World

pytestmark = pytest.mark.browser
BEFORE = "all => all.map(one => getComputedStyle(one, '::before').content)"
# Of headings that are seen: words that stand in more than one line.
BROKEN = """heads => heads
  .filter(head => getComputedStyle(head.closest('thead, tbody')).position !== 'absolute')
  .flatMap(head => {
    const walker = document.createTreeWalker(head, NodeFilter.SHOW_TEXT), found = [];
    while (walker.nextNode()) {
      for (const word of walker.currentNode.data.matchAll(/\\S+/g)) {
        const range = document.createRange();
        range.setStart(walker.currentNode, word.index);
        range.setEnd(walker.currentNode, word.index + word[0].length);
        if (range.getClientRects().length > 1) found.push(word[0]);
      }
    }
    return found;
  })"""


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
@pytest.mark.parametrize("width", [NARROWEST, PHONE, DESK])
def test_headings_of_the_table_by_state_are_whole_words(
    page_at: Callable[..., Page], world: World, width: int, language: str
) -> None:
    with override(language):
        address = reverse("offerings:desk")
    page = page_at(width=width, language=language, person=world.bengt)
    page.goto(address)
    table = page.locator(".k-states")

    assert table.locator("th").evaluate_all(BROKEN) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    said = table.locator("tbody td").evaluate_all(BEFORE)
    assert ("none" in said) == (width == DESK)  # on a phone each number has its word beside it
