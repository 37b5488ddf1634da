"""An act on many courses in a browser: by keyboard alone, wide and narrow, with scripts and without."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override
from playwright.sync_api import Page, expect

from kopa.audit.models import AuditEvent
from tests.browser.conftest import DESK, PHONE
from tests.browser.world import World

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
@pytest.mark.parametrize("width", [DESK, PHONE])
def test_applications_are_closed_by_keyboard_with_a_reason(
    page_at: Callable[..., Page], world: World, width: int, javascript: bool
) -> None:
    with override("sv"):
        own, history = reverse("offerings:own"), reverse("offerings:history", args=[world.welding.pk])
    page = page_at(width=width, javascript=javascript, language="sv", person=world.bengt)
    page.goto(own)
    for course in (world.welding, world.draft):
        page.locator(f"[name=row][value='{course.pk}']").focus()
        page.keyboard.press("Space")
    page.locator("#act").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.locator("#good ~ .k-tw")).to_contain_text("ögonblicket då du trycker på knappen")
    expect(page.locator("#refused ~ .k-tw")).to_contain_text(str(world.draft.title("sv")))
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0
    page.locator("[name=reason]").focus()
    page.keyboard.type("Gruppen är full.")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name=world.welding.title_sv)).to_be_focused()
    page.locator(".k-desk__buttons button").focus()
    page.keyboard.press("Enter")

    expect(page.locator(".ds-alert[data-color=success]")).to_be_visible()
    world.welding.refresh_from_db()
    assert world.welding.applications_close_at <= timezone.now()
    assert [event.reason for event in AuditEvent.objects.filter(verb="offering.save")] == ["Gruppen är full."]
    page.goto(history)
    expect(page.locator("blockquote")).to_have_text("Gruppen är full.")
