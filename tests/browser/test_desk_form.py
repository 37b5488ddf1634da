"""The long form of a course in a browser: with JavaScript and without, and when the session has run out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils.translation import override
from playwright.sync_api import BrowserContext, Page, expect

from offerings import services
from offerings.models import Offering
from tests.browser.conftest import DESK, PHONE, Watcher
from tests.browser.world import World
from tests.factories import PASSWORD, municipality

pytestmark = pytest.mark.browser


def desk(name: str, *arguments: object) -> str:
    with override("sv"):
        return reverse(f"offerings:{name}", args=arguments)


def save(page: Page) -> None:
    page.locator("button.ds-button[name=act][value=save]").click()


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
@pytest.mark.parametrize("width", [DESK, PHONE])
def test_reserved_places_are_added_row_by_row(
    page_at: Callable[..., Page], world: World, watcher: Watcher, width: int, javascript: bool
) -> None:
    # Both htmx and Chromium serve the autofocus of a new row; Chromium remarks on it when htmx was faster.
    watcher.ignored = ("Autofocus processing was blocked because a document already has a focused element",)
    page = page_at(width=width, javascript=javascript, language="sv", person=world.bengt)
    page.goto(desk("create"))
    page.fill("[name=title_fi]", "Hitsaaja")
    page.fill("[name=capacity]", "10")
    for number, (name, seats) in enumerate([("Pello", "2"), ("Övertorneå (SE)", "3")]):
        page.fill(f"#id_quotas_{number}", name)
        page.fill(f"#id_quotas_{number}_seats", seats)
        page.click("button[value='add quotas']")
        expect(page.locator(f"#id_quotas_{number + 1}")).to_be_focused()
    expect(page.locator("[name=title_fi]")).to_have_value("Hitsaaja")
    save(page)

    expect(page.locator(".ds-alert[data-color=success]")).to_be_visible()
    offering = Offering.objects.get(title_fi="Hitsaaja")
    assert {quota.municipality: quota.seats for quota in offering.quotas.all()} == {
        municipality("FI-854"): 2,
        municipality("SE-2518"): 3,
    }


def test_enter_saves_and_adds_no_row(page_at: Callable[..., Page], world: World) -> None:
    page = page_at(language="sv", person=world.bengt)
    page.goto(desk("create"))
    page.fill("[name=title_fi]", "Hitsaaja")

    page.press("[name=title_fi]", "Enter")

    expect(page.locator(".ds-alert[data-color=success]")).to_be_visible()
    assert Offering.objects.get(title_fi="Hitsaaja").status == "draft"


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_what_is_typed_outlives_the_session(
    context_of: Callable[..., BrowserContext], world: World, watcher: Watcher, javascript: bool
) -> None:
    watcher.ignored = ("status of 403",)  # Chromium's own note of the answer that asks to sign in
    context = context_of(width=PHONE, language="sv", person=world.bengt, javascript=javascript)
    page = context.new_page()
    page.goto(desk("edit", world.draft.pk))
    page.fill("[name=title_fi]", "Metsuri, Pello")
    page.fill("[name=description_fi]", "Pitkä teksti, jota kukaan ei halua kirjoittaa toista kertaa.")
    context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    save(page)

    expect(page.locator("h1")).to_have_text("Logga in")
    page.fill("[type=email]", world.bengt.email)
    page.fill("[type=password]", PASSWORD)
    page.click("main button[type=submit]")

    expect(page.locator("[name=title_fi]")).to_have_value("Metsuri, Pello")
    expect(page.locator("[name=description_fi]")).to_have_value(
        "Pitkä teksti, jota kukaan ei halua kirjoittaa toista kertaa."
    )
    assert Offering.objects.get(pk=world.draft.pk).title_fi == "Metsuri"
    save(page)
    expect(page.locator(".ds-alert[data-color=success]")).to_be_visible()
    assert Offering.objects.get(pk=world.draft.pk).title_fi == "Metsuri, Pello"


def test_a_form_older_than_its_token_is_brought_back_by_one_button(
    context_of: Callable[..., BrowserContext], world: World, watcher: Watcher
) -> None:
    watcher.ignored = ("status of 403",)
    context = context_of(language="sv", person=world.bengt)
    page = context.new_page()
    page.goto(desk("edit", world.draft.pk))
    page.fill("[name=title_fi]", "Metsuri, Pello")
    context.clear_cookies(name=settings.CSRF_COOKIE_NAME)
    save(page)

    page.get_by_role("button", name="Ta fram formuläret").click()

    expect(page.locator("[name=title_fi]")).to_have_value("Metsuri, Pello")
    save(page)
    expect(page.locator(".ds-alert[data-color=success]")).to_be_visible()
    assert Offering.objects.get(pk=world.draft.pk).title_fi == "Metsuri, Pello"


def test_the_second_to_save_sees_both_texts(page_at: Callable[..., Page], world: World) -> None:
    page = page_at(width=PHONE, language="sv", person=world.bengt)
    page.goto(desk("edit", world.draft.pk))
    page.fill("[name=title_fi]", "Bengtin metsuri")
    services.save_offering(
        offering_id=world.draft.pk, version=1, given={"title_fi": "Toisen metsuri"}, by=world.sami
    )

    save(page)

    expect(page.locator("#errors")).to_be_focused()
    table = page.locator("table", has_text="Toisen metsuri")
    expect(table).to_contain_text("Bengtin metsuri")
    expect(page.locator("[name=title_fi]")).to_have_value("Bengtin metsuri")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE


def test_every_message_leads_to_its_box_and_no_box_hides_behind_the_buttons(
    page_at: Callable[..., Page], world: World
) -> None:
    page = page_at(language="sv", person=world.bengt)
    page.goto(desk("edit", world.draft.pk))
    page.fill("[name=capacity]", "tio")
    page.fill("[name=contact_email]", "")
    page.fill("[name=starts_on]", "")
    page.locator("button.ds-button[value=publish]").click()

    links = page.locator("#errors a")
    assert links.count() >= 3
    for link in links.all():
        target = page.locator(link.get_attribute("href") or "")
        link.click()
        expect(target).to_be_in_viewport()
        box, buttons = target.bounding_box(), page.locator(".k-desk__buttons").bounding_box()
        assert box is not None
        assert buttons is not None
        assert box["y"] + box["height"] <= buttons["y"] or box["y"] >= buttons["y"]
        page.locator("#errors").scroll_into_view_if_needed()
