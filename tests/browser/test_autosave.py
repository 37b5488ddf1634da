"""The form that saves itself, and one tap for a place, in a real browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils.translation import override
from playwright.sync_api import BrowserContext, Page, expect

from kopa.audit.models import AuditEvent
from offerings.models import Offering
from tests.browser.conftest import DESK, PHONE, Watcher
from tests.browser.test_accessibility import faults
from tests.browser.world import World
from tests.factories import PASSWORD

pytestmark = pytest.mark.browser


def desk(name: str, *arguments: object) -> str:
    with override("sv"):
        return reverse(f"offerings:{name}", args=arguments)


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_a_draft_saves_itself_and_says_when(page_at: Callable[..., Page], world: World, width: int) -> None:
    page = page_at(width=width, language="sv", person=world.bengt)
    page.goto(desk("create"))
    expect(page.locator("#autosave")).to_have_text("Det du skriver sparas av sig självt.")
    expect(page.locator("#figure")).to_have_text("0 av 10 klart")

    page.fill("[name=title_fi]", "Hitsaaja, Kemi")

    expect(page.locator("#autosave")).to_have_text("Sparat kl. 10.00.")
    expect(page.locator("#autosave")).to_be_in_viewport()  # wherever one writes, on a phone too
    expect(page.locator("#figure")).to_have_text("1 av 10 klart")
    draft = Offering.objects.get(title_fi="Hitsaaja, Kemi")
    assert page.url.endswith(desk("edit", draft.pk))
    page.fill("[name=capacity]", "12")
    expect(page.locator("#figure")).to_have_text("2 av 10 klart")
    page.locator("#figure a").click()
    page.locator("#completeness a[href='#id_form']").click()
    expect(page.locator("#id_form")).to_be_focused()
    assert faults(page) == []
    assert Offering.objects.get(pk=draft.pk).capacity == 12
    told = AuditEvent.objects.filter(target_id=draft.pk, target="offerings.offering")
    assert [event.verb for event in told] == ["offering.create_draft"]


def test_what_is_wrong_is_said_where_the_person_has_left_it(
    page_at: Callable[..., Page], world: World
) -> None:
    page = page_at(language="sv", person=world.bengt)
    page.goto(desk("edit", world.draft.pk))
    page.fill("[name=contact_email]", "opinto@")
    page.fill("[name=contact_name]", "Maija")

    expect(page.locator("#id_contact_email_error")).to_be_visible()
    expect(page.locator("#id_contact_email")).to_have_attribute("aria-invalid", "true")
    described = page.locator("#id_contact_email").get_attribute("aria-describedby") or ""
    assert "id_contact_email_error" in described.split()
    expect(page.locator("#autosave")).to_have_text("Sparat kl. 10.00. 1 fält är fel och sparades inte.")
    assert faults(page) == []
    page.fill("[name=contact_email]", "opinto@example.org")
    expect(page.locator("#id_contact_email_error")).to_have_count(0)
    assert page.locator("#id_contact_email").get_attribute("aria-invalid") is None
    expect(page.locator("#autosave")).to_have_text("Sparat kl. 10.00.")
    assert Offering.objects.get(pk=world.draft.pk).contact_email == "opinto@example.org"


def test_without_a_connection_it_says_so_and_goes_on_later(
    context_of: Callable[..., BrowserContext], world: World, watcher: Watcher
) -> None:
    watcher.ignored = ("ERR_INTERNET_DISCONNECTED",)
    context = context_of(language="sv", person=world.bengt)
    page = context.new_page()
    page.goto(desk("edit", world.draft.pk))
    context.set_offline(True)
    page.fill("[name=title_fi]", "Metsuri, Pello")
    expect(page.locator("#autosave")).to_contain_text("Ingen förbindelse: inte sparat.")

    context.set_offline(False)

    expect(page.locator("#autosave")).to_have_text("Sparat kl. 10.00.")
    assert Offering.objects.get(pk=world.draft.pk).title_fi == "Metsuri, Pello"


def test_signed_out_it_says_so_and_the_button_loses_nothing(
    context_of: Callable[..., BrowserContext], world: World, watcher: Watcher
) -> None:
    watcher.ignored = ("status of 403",)
    context = context_of(language="sv", person=world.bengt)
    page = context.new_page()
    page.goto(desk("edit", world.draft.pk))
    context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.fill("[name=title_fi]", "Metsuri, Pello")
    expect(page.locator("#autosave")).to_contain_text("Du har loggats ut")

    page.locator("button.ds-button[name=act][value=save]").click()

    page.fill("[name=email]", world.bengt.email)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Logga in", exact=True).click()
    expect(page.locator("[name=title_fi]")).to_have_value("Metsuri, Pello")


def test_the_second_of_two_windows_is_told_and_keeps_its_text(
    context_of: Callable[..., BrowserContext], world: World
) -> None:
    context = context_of(language="sv", person=world.bengt)
    first, second = context.new_page(), context.new_page()
    for page in (first, second):
        page.goto(desk("edit", world.draft.pk))
    first.fill("[name=title_fi]", "Ensimmäinen")
    expect(first.locator("#autosave")).to_have_text("Sparat kl. 10.00.")

    second.fill("[name=title_fi]", "Toinen")
    expect(second.locator("#autosave")).to_contain_text("i ett annat fönster")
    second.locator("button.ds-button[name=act][value=save]").click()

    expect(second.locator("#changed-heading")).to_be_visible()
    expect(second.locator("[name=title_fi]")).to_have_value("Toinen")
    second.fill("[name=contact_name]", "Maija")
    second.wait_for_timeout(3000)  # nothing saves itself before the two are compared
    assert Offering.objects.get(pk=world.draft.pk).title_fi == "Ensimmäinen"
    second.locator("button.ds-button[name=act][value=save]").click()
    expect(second.locator(".ds-alert[data-color=success]")).to_be_visible()
    assert Offering.objects.get(pk=world.draft.pk).title_fi == "Toinen"


def test_what_is_public_is_kept_and_not_changed(page_at: Callable[..., Page], world: World) -> None:
    page = page_at(language="sv", person=world.bengt)
    page.goto(desk("edit", world.welding.pk))
    page.fill("[name=title_fi]", "Toinen nimi")

    expect(page.locator("#autosave")).to_contain_text("inte offentligt än")
    assert Offering.objects.get(pk=world.welding.pk).title_fi == world.welding.title_fi
    page.goto(desk("own"))
    page.goto(desk("edit", world.welding.pk))
    expect(page.locator("[name=title_fi]")).to_have_value("Toinen nimi")


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_one_tap_on_a_phone(page_at: Callable[..., Page], world: World, javascript: bool) -> None:
    page = page_at(width=PHONE, javascript=javascript, language="sv", person=world.bengt)
    page.goto(desk("own"))
    row = page.locator(f"#offering-{world.nursing.pk}")
    for button in row.locator(".k-tap__step").all():
        box = button.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44

    row.locator("button[value^=plus]").click()

    expect(row.locator(".k-tap__number b")).to_have_text("19")
    expect(row).to_be_in_viewport()
    assert world.nursing.counters.get().taken_elsewhere == 19
    page.goto(desk("places", world.nursing.pk))
    page.locator("button[value^=minus]").click()
    expect(page.locator("[name^=taken_]")).to_have_value("18")
    page.locator("[name^=taken_]").press("Enter")  # saves what is typed, and takes no place back
    expect(page.locator(".ds-alert[data-color=success]")).to_be_visible()
    assert world.nursing.counters.get().taken_elsewhere == 18


def test_last_years_course_is_copied_from_the_row(page_at: Callable[..., Page], world: World) -> None:
    page = page_at(width=PHONE, language="sv", person=world.bengt)
    page.goto(desk("own"))
    address = desk("copy", world.welding.pk)

    page.locator(f"#offering-{world.welding.pk} summary").click()
    page.locator(f"form[action='{address}'] button").click()

    copied = Offering.objects.get(copied_from=world.welding)
    assert page.url.endswith(desk("edit", copied.pk))
    expect(page.locator("#guessed-heading")).to_contain_text("datum är gissade")
    page.locator("section[aria-labelledby=guessed-heading] a[href='#id_starts_on']").click()
    expect(page.locator("#id_starts_on")).to_be_focused()
    assert faults(page) == []
