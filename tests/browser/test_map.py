"""The map beside the results, and the zoomable one that opens on demand where tiles are named."""

from __future__ import annotations

import base64
import copy
import re
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, NARROWEST, PHONE, Watcher
from tests.browser.world import World
from tests.factories import PilotGroupFactory

pytestmark = pytest.mark.browser
HOST = "tiles.example"
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def tiles(settings: Any, watcher: Watcher) -> None:
    """An installation that names a host, and a browser that may ask it."""
    settings.KOPA_TILES = {"url": f"https://{HOST}/{{z}}/{{x}}/{{y}}.png", "attribution": "<b>Makers</b>"}
    policy = copy.deepcopy(settings.CONTENT_SECURITY_POLICY)
    policy["DIRECTIVES"]["img-src"].append(f"https://{HOST}")
    settings.CONTENT_SECURITY_POLICY = policy
    watcher.ignored = (f"request to {HOST}",)


def test_map_stands_beside_the_list_on_a_wide_screen_only(world: World, page_at: Callable[..., Page]) -> None:
    wide = page_at(width=DESK)
    wide.goto("/fi/paikat/?home=FI-854")
    beside = wide.get_by_role("complementary", name="Kartta")
    expect(beside).to_be_visible()
    box, first = beside.bounding_box(), wide.locator("#results article").first.bounding_box()
    assert box
    assert first
    assert box["x"] >= first["x"] + first["width"]
    assert wide.evaluate("document.documentElement.scrollWidth") <= DESK

    phone = page_at(width=PHONE)
    phone.goto("/fi/paikat/?home=FI-854")
    expect(phone.locator(".k-beside")).to_be_hidden()


@pytest.mark.parametrize(
    ("width", "scheme"),
    [(DESK, "light"), (1024, "light"), (768, "light"), (PHONE, "dark"), (NARROWEST, "light"), (768, "print")],
)
def test_groups_have_all_columns_and_their_map_beside_or_below(
    world: World, page_at: Callable[..., Page], width: int, scheme: str
) -> None:
    PilotGroupFactory(number=10, members=["FI-851", "FI-240", "FI-698", "SE-2518", "SE-2583", world.lappia])
    page = page_at(width=width, scheme="dark" if scheme == "dark" else "light")
    page.emulate_media(media="print" if scheme == "print" else "screen")
    page.goto("/fi/alueet/")

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    cut = "boxes => boxes.filter(box => box.scrollWidth > box.clientWidth).length"
    assert page.locator(".k-tw:visible").evaluate_all(cut) == 0
    table = page.get_by_role("table", name="Pilottiryhmät ja niiden jäsenet").bounding_box()
    drawn = page.locator(".k-map--groups-map > svg").bounding_box()
    assert table
    assert drawn
    if width >= 1200 and scheme != "print":
        assert drawn["x"] >= table["x"] + table["width"]
    else:
        assert drawn["y"] >= table["y"] + table["height"]
    # The number of every group can be read: on a plate that differs from it, and large enough.
    told = page.locator(".k-map__name--group").evaluate_all(
        "all => all.map(one => [one.textContent, getComputedStyle(one).fill,"
        " getComputedStyle(one.previousElementSibling).fill, one.getBoundingClientRect().height])"
    )
    assert {text for text, *_rest in told} == {"4", "10"}
    assert all(contrast(ink, ground) > 7 for _text, ink, ground, _height in told)
    assert min(height for *_rest, height in told) >= (12 if width >= PHONE else 10)


def contrast(one: str, other: str) -> float:
    """Of two colours as the browser tells them, ``rgb(1, 2, 3)``; WCAG 2.2."""

    def light(colour: str) -> float:
        parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_map_follows_the_list(world: World, page_at: Callable[..., Page]) -> None:
    page = page_at()
    page.goto("/fi/paikat/?home=FI-854")
    circles = page.locator(".k-beside circle.k-map__free, .k-beside circle.k-map__full")
    before = circles.count()

    page.get_by_role("checkbox", name="Monimuoto-opetus").check()

    expect(page.locator("#results article")).to_have_count(1)
    expect(circles.filter(has=page.locator("title"))).not_to_have_count(before)


def test_without_tiles_there_is_no_button_and_no_program(world: World, page_at: Callable[..., Page]) -> None:
    page = page_at()
    page.goto("/fi/paikat/")

    expect(page.get_by_role("button", name="Kartta")).to_have_count(0)
    assert page.locator("script[data-kopa-leaflet]").count() == 0


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_zoomable_map_opens_on_demand(
    world: World, page_at: Callable[..., Page], tiles: None, width: int
) -> None:
    page = page_at(width=width)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.route(f"https://{HOST}/**", lambda route: route.fulfill(body=PIXEL, content_type="image/png"))
    page.goto("/fi/paikat/?home=FI-854")
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if "leaflet" in url or HOST in url]
    button = page.get_by_role("button", name="Kartta")

    button.click()

    expect(button).to_have_attribute("aria-expanded", "true")
    drawn = page.get_by_role("region", name="Lähennettävä kartta; alla oleva luettelo kertoo saman")
    expect(drawn.locator("img.leaflet-tile-loaded").first).to_be_visible()
    circles = page.locator(".k-beside circle[data-lat]")
    expect(drawn.locator("path.leaflet-interactive")).to_have_count(circles.count())
    expect(drawn.get_by_text("<b>Makers</b>")).to_be_visible()
    expect(drawn.get_by_role("button", name="Lähennä")).to_be_visible()
    found = Axe().run(page, {"include": [["#zoomable"]]})
    assert found.violations_count == 0, found.generate_report()

    button.click()
    expect(drawn).to_be_hidden()


def test_zoomable_map_stays_open_with_new_results(
    world: World, page_at: Callable[..., Page], tiles: None
) -> None:
    page = page_at()
    page.route(f"https://{HOST}/**", lambda route: route.fulfill(body=PIXEL, content_type="image/png"))
    page.goto("/fi/paikat/?home=FI-854")
    page.get_by_role("button", name="Kartta").click()
    expect(page.locator("#zoomable path.leaflet-interactive").first).to_be_visible()

    page.get_by_role("checkbox", name="Monimuoto-opetus").check()

    expect(page.locator("#results article")).to_have_count(1)
    circles = page.locator(".k-beside circle[data-lat]")
    expect(page.locator("#zoomable path.leaflet-interactive")).to_have_count(circles.count())


def test_map_that_could_not_be_loaded_says_so_and_can_be_tried_again(
    world: World, page_at: Callable[..., Page], tiles: None, watcher: Watcher
) -> None:
    watcher.ignored = (*watcher.ignored, "leaflet", "ERR_FAILED")
    page = page_at()
    page.route(f"https://{HOST}/**", lambda route: route.fulfill(body=PIXEL, content_type="image/png"))
    page.route("**/leaflet*.js", lambda route: route.abort())
    page.goto("/fi/paikat/?home=FI-854")
    button = page.get_by_role("button", name="Kartta")

    button.click()
    told = page.locator("#zoomable").get_by_text("Karttaa ei voitu ladata.")
    expect(told).to_be_visible()

    page.unroute("**/leaflet*.js")
    button.click()
    button.click()
    expect(page.locator("#zoomable path.leaflet-interactive").first).to_be_visible()
    expect(told).to_have_count(0)


def test_map_that_new_results_replace_is_removed(
    world: World, page_at: Callable[..., Page], tiles: None
) -> None:
    page = page_at()
    page.route(f"https://{HOST}/**", lambda route: route.fulfill(body=PIXEL, content_type="image/png"))
    page.goto("/fi/paikat/?home=FI-854")
    button = page.get_by_role("button", name="Kartta")
    button.click()
    expect(page.locator("#zoomable path.leaflet-interactive").first).to_be_visible()
    page.evaluate(
        "() => { const seen = document.documentElement.dataset; seen.made = 0; seen.gone = 0;"
        " L.Map.addInitHook(function () { seen.made = Number(seen.made) + 1;"
        " this.on('unload', () => { seen.gone = Number(seen.gone) + 1; }); }); }"
    )
    seen = page.locator("html")
    box = page.get_by_role("checkbox", name="Monimuoto-opetus")

    box.check()
    expect(seen).to_have_attribute("data-made", "1")
    box.uncheck()
    expect(seen).to_have_attribute("data-made", "2")
    expect(seen).to_have_attribute("data-gone", "1")
    button.click()
    box.check()
    expect(seen).to_have_attribute("data-gone", "2")


def test_on_paper_the_table_of_the_map_is_open(world: World, page_at: Callable[..., Page]) -> None:
    PilotGroupFactory(number=10, members=["FI-851", "FI-240"])
    page = page_at(width=768)
    page.goto("/fi/alueet/")
    table = page.locator(".k-mapped table")
    expect(table).to_have_count(1)
    expect(table).to_be_hidden()

    page.emulate_media(media="print")

    expect(table).to_be_visible()
    kinds = "kind => getComputedStyle(document.documentElement).getPropertyValue(kind)"
    assert page.evaluate(kinds, "--m-member") != page.evaluate(kinds, "--m-partner")
