"""The frame of every page, by keyboard, by language, by scheme, by paper, and by weight."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from kopa.accounts.models import User
from tests.browser.conftest import PHONE
from tests.browser.pages import KEY_PAGES, PAGES, Shown
from tests.browser.world import World

pytestmark = pytest.mark.browser
SEARCH = next(shown for shown in PAGES if shown.name == "search")
SIGN_IN = next(shown for shown in PAGES if shown.name == "sign-in")
FIRST_VIEW_BYTES = 120 * 1024
CONTROLS = ", ".join(
    f"{control}:visible"
    for control in (
        "a[href]",
        "button:enabled",
        "input:not([type=hidden])",
        "select",
        "textarea",
        "summary",
        "[tabindex='0']",
    )
)
# The skip link is seen only while it has the focus: that is its sign. Inside a date or time field the
# browser's own calendar button has the browser's own ring.
FOCUS_SHOWS = """() => {
  const here = document.activeElement;
  if (here.matches(".ds-skip-link")) return here.getBoundingClientRect().width > 1;
  if (["date", "time"].includes(here.type) && !here.matches(":focus-visible")) return true;
  return [here, here.closest(".ds-field")].filter(Boolean).some((one) => {
    const style = getComputedStyle(one);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  });
}"""


def test_first_stop_of_the_keyboard_leads_past_the_menu(world: World, page_at: Callable[..., Page]) -> None:
    page = page_at(language="fi")
    page.goto("/fi/")

    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Siirry sisältöön")
    expect(page.locator(":focus")).to_be_in_viewport()
    page.keyboard.press("Enter")

    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("main :focus")).to_have_attribute("name", "q")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("shown", KEY_PAGES, ids=str)
def test_keyboard_reaches_every_control_and_focus_is_seen(
    opened: Callable[..., Page], shown: Shown, scheme: str
) -> None:
    page = opened(shown, scheme=scheme)
    # Radio buttons of one name are one stop.
    names = page.locator("input[type=radio]:visible").evaluate_all("all => all.map(one => one.name)")
    stops = page.locator(CONTROLS).count() - len(names) + len(set(names))

    for _ in range(6 * stops):  # a date field is several stops
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
        page.evaluate("(window.visited ??= new Set()).add(document.activeElement)")
        assert page.evaluate(FOCUS_SHOWS), page.evaluate("document.activeElement.outerHTML.slice(0, 200)")

    assert page.evaluate("window.visited.size") >= stops


def test_language_switch_keeps_the_search(world: World, page_at: Callable[..., Page]) -> None:
    page = page_at(language="fi")
    page.goto("/fi/")
    with page.expect_navigation():
        page.get_by_role("link", name="Opiskelupaikat", exact=True).click()
    page.goto(page.url + "?q=hitsaaja&home=FI-854")

    page.get_by_role("link", name="Svenska").click()

    expect(page.locator("html")).to_have_attribute("lang", "sv")
    assert page.url.endswith("/sv/platser/?q=hitsaaja&home=FI-854")
    expect(page.get_by_role("searchbox")).to_have_value("hitsaaja")


def test_language_switch_follows_a_search_that_was_refreshed_in_place(
    world: World, opened: Callable[..., Page]
) -> None:
    page = opened(SEARCH, language="fi")

    page.get_by_role("searchbox").fill("lähihoitaja")
    page.wait_for_url(lambda url: "q=" in url)
    page.get_by_role("link", name="English").click()

    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("searchbox")).to_have_value("lähihoitaja")


def test_choice_of_language_is_remembered(world: World, context_of: Callable[..., BrowserContext]) -> None:
    page = context_of(language="fi").new_page()
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("lang", "fi")

    page.get_by_role("link", name="Svenska").click()
    expect(page.locator("html")).to_have_attribute("lang", "sv")
    page.goto("/")

    expect(page.locator("html")).to_have_attribute("lang", "sv")


def test_title_in_another_language_says_so_to_screen_readers(
    world: World, opened: Callable[..., Page]
) -> None:
    page = opened(SEARCH, language="fi")

    title = page.get_by_role("link", name="Undersköterska")

    expect(title.locator("[lang=sv]")).to_have_text("Undersköterska")
    expect(page.locator("article", has=title).get_by_text("Vain ruotsiksi")).to_be_visible()


@pytest.mark.parametrize(("scheme", "is_dark"), [("light", False), ("dark", True)])
def test_colours_follow_the_readers_scheme(
    world: World, page_at: Callable[..., Page], scheme: str, is_dark: bool
) -> None:
    page = page_at(scheme=scheme)
    page.goto("/fi/tietoa/")

    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    parts = [int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]

    assert (sum(parts) < 3 * 64) is is_dark


def test_own_font_is_used(world: World, page_at: Callable[..., Page]) -> None:
    page = page_at()
    page.goto("/fi/")

    page.evaluate("document.fonts.ready")

    assert page.evaluate("document.fonts.check('18px \"Source Sans 3 Variable\"', 'Säätöä')")


def test_paper_has_no_menu_and_no_buttons(opened: Callable[..., Page]) -> None:
    page = opened(SEARCH)
    page.emulate_media(media="print")

    expect(page.locator(".k-nav")).to_be_hidden()
    expect(page.locator(".k-lang")).to_be_hidden()
    expect(page.locator(".k-filters")).to_be_hidden()
    expect(page.locator("article").first).to_be_visible()


def test_first_view_of_the_search_is_light(world: World, page_at: Callable[..., Page]) -> None:
    """Everything a first visit loads, as it goes over the wire."""
    page = page_at(width=PHONE)
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    received: dict[str, int] = {}
    session.on(
        "Network.loadingFinished",
        lambda event: received.update({event["requestId"]: event["encodedDataLength"]}),
    )

    page.goto("/fi/paikat/?home=FI-854")
    page.wait_for_load_state("networkidle")

    assert len(received) >= 6
    assert sum(received.values()) <= FIRST_VIEW_BYTES


def test_signing_out_is_a_button_on_every_page(
    world: World, context_of: Callable[..., BrowserContext], page_at: Callable[..., Page]
) -> None:
    person: User = world.bengt
    page = page_at(language="sv", person=person)
    page.goto("/sv/")
    expect(page.locator("header").get_by_text("Bengt")).to_be_visible()

    page.get_by_role("button", name="Logga ut").click()

    expect(page.get_by_role("link", name="Logga in")).to_be_visible()


@pytest.mark.parametrize("width", [1125, 1280, 1440])
@pytest.mark.parametrize("name", ["", "Bengt", "Maria-Kristiina Lehtonen-Virtanen"])
def test_the_header_is_one_line_where_the_menu_has_none_of_its_own(
    world: World, page_at: Callable[..., Page], width: int, name: str
) -> None:
    person: User | None = world.bengt if name else None
    if person:
        User.objects.filter(pk=person.pk).update(name=name)
    page = page_at(language="sv", width=width, person=person)

    page.goto("/sv/platser/")

    parts = page.locator(".k-header__in > *").evaluate_all(
        "parts => parts.map(one => one.getBoundingClientRect()).map(one => [one.top, one.bottom])"
    )
    assert len(parts) == 4
    assert max(top for top, _ in parts) < min(bottom for _, bottom in parts)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("javascript", [True, False])
def test_filters_are_folded_on_a_phone_and_open_on_a_desk(
    opened: Callable[..., Page], javascript: bool
) -> None:
    expect(opened(SEARCH, javascript=javascript).locator("#filters fieldset").first).to_be_visible()

    on_phone = opened(SEARCH, width=PHONE, javascript=javascript)
    expect(on_phone.locator("#filters fieldset").first).to_be_hidden()
    on_phone.locator("#filters summary").first.click()
    expect(on_phone.locator("#filters fieldset").first).to_be_visible()
    expect(on_phone.locator("#filters button[type=submit]")).to_be_visible()


def test_error_summary_has_the_focus(opened: Callable[..., Page]) -> None:
    page = opened(SIGN_IN, language="sv")

    page.get_by_role("button", name="Logga in", exact=True).click()

    expect(page.locator("#errors")).to_be_focused()
    assert page.title().startswith("Fel: ")
    page.locator("#errors a").first.click()
    expect(page.locator("main input:focus")).to_have_attribute("aria-invalid", "true")
