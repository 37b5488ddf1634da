"""The page of one offering as a student meets it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from offerings.models import Offering
from tests.browser.conftest import NARROWEST, PHONE
from tests.browser.world import World
from tests.factories import CoHostFactory, OfferingFactory, OrganisationFactory, SiteFactory, municipality

pytestmark = pytest.mark.browser
HOSTILE = (
    "<img src=x onerror=\"document.title='taken'\"></script><script>document.title='taken'</script>'\"-->"
)


def test_way_from_the_search_and_back_keeps_filters(world: World, page_at: Callable[..., Page]) -> None:
    page = page_at()
    page.goto("/fi/paikat/?free=1&home=FI-854&q=hitsaaja")

    page.get_by_role("link", name="Hitsaaja, levytöiden osaaja").click()
    expect(page.locator("h1")).to_have_text("Hitsaaja, levytöiden osaaja")
    page.get_by_role("link", name="Svenska").click()
    expect(page.locator("html")).to_have_attribute("lang", "sv")
    page.get_by_role("link", name="Tillbaka till sökningen").click()

    expect(page).to_have_url(re.compile(r"/sv/platser/\?free=1&home=FI-854&q=hitsaaja$"))
    expect(page.get_by_role("switch", name="Bara lediga platser")).to_be_checked()


def test_button_leads_to_where_one_applies(world: World, page_at: Callable[..., Page]) -> None:
    page = page_at()
    page.goto(f"/fi/paikat/{world.welding.pk}/")

    button = page.get_by_role("link", name=re.compile("^Hae paikkaa"))

    expect(button).to_have_attribute("href", "https://hakeminen.example.org/hitsaus")
    expect(button).to_have_attribute("rel", re.compile("noopener"))
    expect(button).to_contain_text("(avautuu toisella sivustolla)")


BEHIND_THE_BAR = """() => {
  const bar = document.querySelector(".k-apply"), top = bar.getBoundingClientRect().top;
  const here = document.activeElement, box = here.getBoundingClientRect();
  return here !== document.body && !bar.contains(here) && box.bottom > top ? here.outerHTML : "";
}"""


@pytest.mark.parametrize("width", [PHONE, NARROWEST])
def test_way_to_apply_stays_in_reach_on_a_phone_and_covers_nothing(
    world: World, page_at: Callable[..., Page], width: int
) -> None:
    page = page_at(width=width)
    page.goto(f"/fi/paikat/{world.welding.pk}/")
    button = page.get_by_role("link", name=re.compile("^Hae paikkaa"))
    expect(button).to_be_in_viewport(ratio=1)

    behind = []
    for _ in range(page.locator("a, button, select, input").count()):
        page.keyboard.press("Tab")
        behind.append(page.evaluate(BEHIND_THE_BAR))
    assert [one for one in behind if one] == []

    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(button).to_be_in_viewport(ratio=1)
    bar, footer = page.locator(".k-apply").bounding_box(), page.locator("footer").bounding_box()
    assert bar is not None
    assert footer is not None
    assert footer["y"] + footer["height"] <= bar["y"] + 1


def test_way_to_apply_stands_in_its_place_in_a_low_window_and_on_paper(
    world: World, page_at: Callable[..., Page]
) -> None:
    page = page_at(width=NARROWEST)
    page.goto(f"/fi/paikat/{world.welding.pk}/")
    bar = page.locator(".k-apply")
    expect(bar).to_have_css("position", "fixed")

    page.emulate_media(media="print")
    expect(bar).to_have_css("position", "static")
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": NARROWEST, "height": 256})  # 1280 by 1024 at 400 %
    expect(bar).to_have_css("position", "static")


def test_home_chosen_on_the_page_changes_places_distance_and_payer(
    world: World, page_at: Callable[..., Page]
) -> None:
    page = page_at()
    page.goto(f"/fi/paikat/{world.welding.pk}/")
    expect(page.locator(".k-summary")).to_contain_text("9 vapaata paikkaa")
    expect(page.locator(".k-pay")).to_contain_text("Riippuu kotikunnastasi.")

    page.get_by_role("combobox", name="Kotikunta").press_sequentially("pello")
    page.locator("#home-list [role=option]").first.click()
    page.get_by_role("button", name="Näytä tälle kunnalle").click()

    expect(page.locator(".k-pay")).to_contain_text("Valtio rahoittaa.")
    expect(page.locator(".k-summary")).to_contain_text("11 vapaata paikkaa")
    expect(page.locator(".k-offering__head")).to_contain_text(re.compile(r"103\s+km linnuntietä"))
    expect(page).to_have_url(re.compile(r"home=FI-854#pay$"))


def test_home_chosen_without_javascript(world: World, page_at: Callable[..., Page]) -> None:
    page = page_at(javascript=False)
    page.goto(f"/fi/paikat/{world.welding.pk}/")

    page.get_by_label("Kotikunta").select_option("Pello")
    page.get_by_role("button", name="Näytä tälle kunnalle").click()

    expect(page.locator(".k-pay")).to_contain_text("Valtio rahoittaa.")


def test_calendar_file_is_saved(world: World, page_at: Callable[..., Page]) -> None:
    page = page_at()
    page.goto(f"/fi/paikat/{world.welding.pk}/")

    with page.expect_download() as saved:
        page.get_by_role("link", name="Päivät kalenteriin").click()

    assert saved.value.suggested_filename == f"kopa-{world.welding.pk}.ics"
    assert saved.value.path().read_bytes().startswith(b"BEGIN:VCALENDAR\r\n")


def test_phone_shows_places_and_button_before_the_description(
    world: World, page_at: Callable[..., Page]
) -> None:
    page = page_at(width=PHONE)
    page.goto(f"/fi/paikat/{world.welding.pk}/?home=FI-854")

    summary = page.locator(".k-summary").bounding_box()
    description = page.locator("#about").bounding_box()

    assert summary is not None
    assert description is not None
    assert summary["y"] + summary["height"] <= description["y"]
    assert summary["y"] < page.viewport_size["height"]


def test_paper_has_the_facts_and_the_address_to_apply(world: World, page_at: Callable[..., Page]) -> None:
    page = page_at()
    page.goto(f"/fi/paikat/{world.welding.pk}/?home=FI-854")
    page.emulate_media(media="print")

    expect(page.locator(".k-summary")).to_be_visible()
    expect(page.locator(".k-pay")).to_be_visible()
    expect(page.get_by_role("button", name="Näytä tälle kunnalle")).to_be_hidden()
    expect(page.locator(".k-similar")).to_be_hidden()
    printed = page.evaluate("getComputedStyle(document.querySelector('.k-print-address'), '::after').content")
    assert "https://hakeminen.example.org/hitsaus" in printed


def test_search_engines_read_the_same_course(world: World, page_at: Callable[..., Page]) -> None:
    page = page_at()
    page.goto(f"/fi/paikat/{world.welding.pk}/")

    said = json.loads(page.locator("script[type='application/ld+json']").inner_text())

    assert said["name"] == page.locator("h1").inner_text()
    assert said["hasCourseInstance"]["remainingAttendeeCapacity"] == 9


def test_hostile_texts_in_every_field_stay_texts(world: World, page_at: Callable[..., Page]) -> None:
    provider = OrganisationFactory(name_fi=HOSTILE)
    tornio = municipality("FI-851")
    site = SiteFactory(organisation=provider, municipality=tornio, name_fi=HOSTILE, address=HOSTILE)
    offering = OfferingFactory(
        provider=provider, title_fi=HOSTILE, title_sv=HOSTILE, title_en=HOSTILE, description_fi=HOSTILE,
        entry_requirements_fi=HOSTILE, accessibility_note_fi=HOSTILE, contact_name=HOSTILE,
        contact_phone=HOSTILE[:40], apply_contact=HOSTILE, apply_url="", course_codes=[HOSTILE[:30]],
        sites=[site],
    )  # fmt: skip
    CoHostFactory(offering=offering, organisation=provider)
    cancelled = OfferingFactory(
        provider=provider, status="cancelled", title_fi="Peruttu", cancel_reason_fi=HOSTILE
    )
    Offering.objects.filter(pk=cancelled.pk).update(apply_url="javascript:document.title='taken'")
    page = page_at()

    for path in (f"/fi/paikat/{offering.pk}/", f"/fi/paikat/{cancelled.pk}/", "/fi/paikat/"):
        page.goto(path)
        expect(page.get_by_text(HOSTILE[:20]).locator("visible=true").first).to_be_visible()
        expect(page.locator("img")).to_have_count(0)
        assert page.title() != "taken"
        assert page.locator("a[href^=javascript]").count() == 0
    page.goto(f"/fi/paikat/{offering.pk}/")
    said = json.loads(page.locator("script[type='application/ld+json']").inner_text())
    assert said["name"] == HOSTILE
