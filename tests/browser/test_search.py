"""Searching as a student does it: with a pointer, by keyboard alone, on a phone, without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PHONE
from tests.browser.world import World
from tests.factories import OfferingFactory, municipality

pytestmark = pytest.mark.browser
HOSTILE = "<img src=x onerror=\"document.title='taken'\"></script><script>document.title='taken'</script>'\""


def titles(page: Page) -> list[str]:
    return page.locator("#results article h3 a").all_inner_texts()


def query(page: Page) -> str:
    return page.evaluate("location.search")


def suggestions(page: Page, which: str = "") -> Locator:
    return page.locator(f"#home-list [role=option]{which}")


def refreshed(page: Page, address: str) -> None:
    """Wait until the results that belong to this address are there."""
    expect(page).to_have_url(re.compile(re.escape(address) + "$"))
    expect(page.locator("#results.htmx-swapping, #results.htmx-settling, .htmx-request")).to_have_count(0)


# In place


def test_facet_refreshes_in_place_keeps_focus_and_is_announced(
    world: World, page_at: Callable[..., Page]
) -> None:
    page = page_at()
    page.goto("/fi/paikat/?home=FI-854")
    page.evaluate("window.stays = true")
    blended = page.get_by_role("checkbox", name="Monimuoto-opetus")

    blended.focus()
    page.keyboard.press("Space")
    refreshed(page, "/fi/paikat/?home=FI-854&mode=blended")

    assert titles(page) == ["Lähihoitaja, sosiaali- ja terveysalan perustutkinto"]
    expect(blended).to_be_focused()
    expect(blended).to_be_checked()
    expect(page.locator("#announcement")).to_have_text("1 koulutus, 2 vapaata paikkaa")
    expect(page.locator("#count")).to_have_text("1 koulutus, 2 vapaata paikkaa")
    assert page.evaluate("window.stays")
    # Counts of the other facets follow; those of its own stay, because they leave its own choice out.
    expect(page.locator("#n-form-vocational")).to_have_text("1")
    expect(page.locator("#n-mode-contact")).to_have_text("2")


def test_back_restores_list_and_ticks(world: World, page_at: Callable[..., Page]) -> None:
    page = page_at()
    page.goto("/fi/paikat/")
    everything = titles(page)
    page.get_by_role("switch", name="Vain vapaat paikat").check()
    refreshed(page, "/fi/paikat/?free=1")
    page.get_by_role("checkbox", name="Lähiopetus").check()
    refreshed(page, "/fi/paikat/?free=1&mode=contact")

    page.go_back()
    refreshed(page, "/fi/paikat/?free=1")
    expect(page.get_by_role("checkbox", name="Lähiopetus")).not_to_be_checked()
    expect(page.get_by_role("switch", name="Vain vapaat paikat")).to_be_checked()
    page.go_back()
    expect(page.get_by_role("switch", name="Vain vapaat paikat")).not_to_be_checked()
    assert titles(page) == everything
    page.go_forward()
    expect(page.get_by_role("switch", name="Vain vapaat paikat")).to_be_checked()


def test_typing_searches_by_itself_and_is_one_step_back(world: World, page_at: Callable[..., Page]) -> None:
    page = page_at()
    page.goto("/fi/paikat/")
    box = page.get_by_role("searchbox")
    box.press_sequentially("lähihoi")
    refreshed(page, "?q=l%C3%A4hihoi")
    box.press_sequentially("taja")
    refreshed(page, "?q=l%C3%A4hihoitaja")

    expect(box).to_be_focused()
    expect(box).to_have_value("lähihoitaja")
    assert titles(page) == ["Lähihoitaja, sosiaali- ja terveysalan perustutkinto"]
    expect(page).to_have_title("Opiskelupaikat: lähihoitaja – KOPA")
    page.go_back()
    refreshed(page, "/fi/paikat/")
    expect(page.get_by_role("searchbox")).to_have_value("")


def test_button_works_as_well(world: World, page_at: Callable[..., Page]) -> None:
    page = page_at()
    page.goto("/fi/paikat/")
    page.get_by_role("searchbox").fill("hitsaaja")
    page.get_by_role("button", name="Hae").click()

    refreshed(page, "?q=hitsaaja")
    assert titles(page) == ["Hitsaaja, levytöiden osaaja"]


def test_change_goes_back_to_the_first_page(world: World, page_at: Callable[..., Page]) -> None:
    for number in range(24):
        OfferingFactory(provider=world.lappia, title_fi=f"Kurssi {number}")
    page = page_at()
    page.goto("/fi/paikat/?page=2")
    expect(page.get_by_role("link", name="Sivu 2")).to_have_attribute("aria-current", "true")

    page.get_by_label("Järjestys", exact=True).focus()
    page.get_by_label("Järjestys", exact=True).select_option("start")

    refreshed(page, "/fi/paikat/?sort=start")
    expect(page.locator("#results-heading")).to_contain_text("Tulokset 1–20")
    expect(page.get_by_label("Järjestys", exact=True)).to_be_focused()


def test_next_page_begins_at_its_results(world: World, page_at: Callable[..., Page]) -> None:
    for number in range(24):
        OfferingFactory(provider=world.lappia, title_fi=f"Kurssi {number}")
    page = page_at(width=PHONE)
    page.goto("/fi/paikat/")

    page.get_by_role("link", name="Seuraava").click()

    expect(page).to_have_url(re.compile(r"\?page=2#results$"))
    expect(page.locator("#results-heading")).to_be_in_viewport()


def test_quick_ticks_are_all_kept(world: World, page_at: Callable[..., Page]) -> None:
    page = page_at()
    page.goto("/fi/paikat/?home=FI-854")

    # Faster than any answer, and without a focus, as some browsers do it.
    page.evaluate("for (const id of ['free', 'form-vocational', 'mode-blended', 'language-fi'])"
                  " document.getElementById(id).click()")  # fmt: skip

    refreshed(page, "/fi/paikat/?form=vocational&free=1&home=FI-854&language=fi&mode=blended")
    for control in ("free", "form-vocational", "mode-blended", "language-fi"):
        expect(page.locator(f"#{control}")).to_be_checked()
    assert titles(page) == ["Lähihoitaja, sosiaali- ja terveysalan perustutkinto"]


def test_removing_a_chip_unticks_and_hands_the_focus_on(world: World, page_at: Callable[..., Page]) -> None:
    page = page_at()
    page.goto("/fi/paikat/?form=vocational&free=1&mode=contact")
    page.evaluate("window.stays = true")

    page.get_by_role("link", name="Poista rajaus Ammatillinen koulutus").click()
    refreshed(page, "/fi/paikat/?free=1&mode=contact")

    expect(page.get_by_role("checkbox", name="Ammatillinen koulutus")).not_to_be_checked()
    expect(page.get_by_role("link", name="Poista rajaus Lähiopetus")).to_be_focused()
    page.keyboard.press("Enter")
    refreshed(page, "/fi/paikat/?free=1")
    expect(page.get_by_role("link", name="Poista rajaus Vain vapaat paikat")).to_be_focused()
    page.keyboard.press("Enter")
    refreshed(page, "/fi/paikat/")
    expect(page.locator("#results")).to_be_focused()
    assert page.evaluate("window.stays")


def test_narrow_field_takes_the_place_of_its_broad_one(world: World, page_at: Callable[..., Page]) -> None:
    OfferingFactory(provider=world.lappia, title_fi="Sosionomi", field="092")
    page = page_at()
    page.goto("/fi/paikat/")
    broad = page.get_by_role("checkbox", name="Terveys- ja hyvinvointialat")
    narrow = page.get_by_role("checkbox", name=re.compile("^Hyvinvointi"))
    expect(narrow).to_be_hidden()

    broad.check()
    refreshed(page, "?field=09")
    narrow.check()
    refreshed(page, "?field=092")

    assert titles(page) == ["Sosionomi"]
    assert broad.evaluate("one => one.indeterminate")
    expect(broad).not_to_be_checked()
    broad.check()
    refreshed(page, "?field=09")
    expect(narrow).not_to_be_checked()


def test_unfolded_regions_stay_unfolded(world: World, page_at: Callable[..., Page]) -> None:
    for number in range(2, 12):
        place = municipality(f"FI-9{number:02d}")
        region = type(place.region)
        place.region, _ = region.objects.get_or_create(
            country="FI",
            code=f"{40 + number}",
            defaults=dict.fromkeys(("name_fi", "name_sv", "name_en"), f"Alue {number}"),
        )
        place.save()
        OfferingFactory(provider=world.lappia, sites=[place.key])
    page = page_at()
    page.goto("/fi/paikat/")
    page.locator("#more-region summary").click()

    page.get_by_role("switch", name="Vain vapaat paikat").check()
    refreshed(page, "?free=1")

    expect(page.locator("#more-region")).to_have_attribute("open", "")


def test_municipalities_are_added_one_by_one(world: World, page_at: Callable[..., Page]) -> None:
    OfferingFactory(provider=world.lappia, title_fi="Sosionomi", sites=["FI-240"])
    page = page_at()
    page.goto("/fi/paikat/")
    page.get_by_text("Kunta, järjestäjä tai pilottiryhmä").click()
    adds = page.get_by_label("Kunta", exact=True)

    adds.select_option("Kemi")
    refreshed(page, "?municipality=FI-240")
    assert titles(page) == ["Sosionomi"]
    expect(adds).to_have_value("")
    adds.select_option("Haaparanta")
    refreshed(page, "?municipality=FI-240&municipality=SE-2583")
    assert sorted(titles(page)) == ["Sosionomi", "Undersköterska"]

    page.get_by_role("link", name="Poista rajaus Kemi").click()
    refreshed(page, "?municipality=SE-2583")
    assert titles(page) == ["Undersköterska"]


# The home municipality


def test_home_is_found_by_its_name_in_the_other_language(world: World, page_at: Callable[..., Page]) -> None:
    municipality("FI-638")
    page = page_at()
    page.goto("/fi/paikat/")
    box = page.get_by_role("combobox", name="Kotikunta")

    box.press_sequentially("borg")
    option = page.get_by_role("listbox").get_by_role("option", name="Porvoo")
    expect(option).to_contain_text("Borgå")
    expect(box).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Enter")

    refreshed(page, "?home=FI-638")
    expect(box).to_have_value("Porvoo")
    expect(box).to_be_focused()
    expect(box).to_have_attribute("aria-expanded", "false")
    expect(page.locator("#results")).to_contain_text("linnuntietä kotikuntasi Porvoon keskuksesta")


def test_home_by_keyboard_alone(world: World, page_at: Callable[..., Page]) -> None:
    page = page_at(language="sv")
    page.goto("/sv/platser/")
    box = page.get_by_role("combobox", name="Hemkommun")
    box.focus()
    page.keyboard.type("övertorneå")
    expect(suggestions(page)).to_have_count(2)
    first = suggestions(page).nth(0)
    expect(first).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", first.get_attribute("id") or "")

    page.keyboard.press("ArrowDown")
    chosen = suggestions(page, "[aria-selected=true]").inner_text()
    page.keyboard.press("ArrowDown")
    expect(suggestions(page, "[aria-selected=true]")).not_to_have_text(chosen)
    page.keyboard.press("Escape")
    expect(page.locator("#home-list")).to_be_hidden()
    expect(box).to_have_value("")
    assert query(page) == ""

    page.keyboard.type("övertorneå (fi")
    expect(suggestions(page)).to_have_count(1)
    page.keyboard.press("Tab")
    refreshed(page, "?home=FI-976")
    expect(box).to_have_value("Övertorneå (FI)")


def test_home_is_emptied_by_its_button(world: World, page_at: Callable[..., Page]) -> None:
    page = page_at()
    page.goto("/fi/paikat/?home=FI-854")

    page.get_by_role("button", name="Tyhjennä kotikunta").click()

    refreshed(page, "/fi/paikat/")
    expect(page.get_by_role("combobox", name="Kotikunta")).to_be_focused()
    expect(page.locator("#needs-home")).to_be_visible()


def test_what_is_no_municipality_stays_and_says_so(world: World, page_at: Callable[..., Page]) -> None:
    page = page_at()
    page.goto("/fi/paikat/?home=FI-854")
    box = page.get_by_role("combobox", name="Kotikunta")

    box.fill("zzz")
    page.keyboard.press("Tab")

    refreshed(page, "/fi/paikat/")
    expect(box).to_have_value("zzz")
    fault = page.locator("#home-field [role=status]")
    expect(fault).to_have_text("Tämän nimistä kuntaa ei ole.")
    assert (fault.bounding_box() or {"height": 0})["height"] > 10
    expect(page.locator("#results .ds-alert")).to_contain_text("Kotikunta")
    page.get_by_role("button", name="Tyhjennä kotikunta").click()
    expect(page.locator("#results .ds-alert")).to_have_count(0)
    expect(fault).to_have_text("")


def test_typed_home_is_taken_when_the_reader_goes_on(world: World, page_at: Callable[..., Page]) -> None:
    municipality("FI-638")
    page = page_at()
    page.goto("/fi/paikat/")
    box = page.get_by_role("combobox", name="Kotikunta")

    box.fill("Borgå")
    page.locator("h1").click()

    refreshed(page, "?home=FI-638")
    expect(box).to_have_value("Porvoo")
    expect(page.locator("#home-list")).to_be_hidden()


@pytest.mark.parametrize("start", ["/fi/", "/fi/paikat/"])
def test_home_typed_fast_and_sent_is_taken(world: World, page_at: Callable[..., Page], start: str) -> None:
    municipality("FI-638")
    page = page_at()
    page.goto(start)
    box = page.get_by_role("combobox", name="Kotikunta")

    box.fill("Borgå")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(r"/fi/paikat/\?(q=&)?home=(FI-638|Borg%C3%A5)"))
    expect(box).to_have_value("Porvoo")
    expect(page.locator("#results")).to_contain_text("linnuntietä kotikuntasi Porvoon keskuksesta")


def test_name_of_two_municipalities_stays_and_asks_which(
    world: World, page_at: Callable[..., Page]
) -> None:
    page = page_at(language="sv")
    page.goto("/sv/")
    box = page.get_by_role("combobox", name="Hemkommun")
    box.fill("Övertorneå")
    page.keyboard.press("Enter")

    expect(box).to_have_value("Övertorneå")
    expect(page.locator("#home-field [role=status]")).to_have_text(
        "Flera kommuner har ett sådant namn: välj en."
    )
    page.get_by_role("link", name="Övertorneå (FI)").click()
    expect(box).to_have_value("Övertorneå (FI)")


def test_chosen_home_is_there_on_the_next_visit(world: World, page_at: Callable[..., Page]) -> None:
    page = page_at()
    page.goto("/fi/paikat/")
    page.get_by_role("combobox", name="Kotikunta").press_sequentially("pello")
    page.get_by_role("listbox").get_by_role("option", name="Pello").click()
    refreshed(page, "?home=FI-854")

    page.goto("/sv/platser/")

    assert query(page) == "?home=FI-854"
    expect(page.get_by_role("combobox", name="Hemkommun")).to_have_value("Pello")


# On a phone


def test_phone_folds_the_filters_and_leads_to_the_results(world: World, page_at: Callable[..., Page]) -> None:
    page = page_at(width=PHONE)
    page.goto("/fi/paikat/?home=FI-854")
    free = page.locator("#free")
    expect(free).to_be_hidden()

    page.get_by_text("Rajaa hakua").click()
    free.check()
    refreshed(page, "?free=1&home=FI-854")
    expect(page.locator("#filter-count")).to_contain_text("1 rajaus käytössä")
    page.get_by_role("button", name="Näytä tulokset").click()

    expect(free).to_be_hidden()
    expect(page.locator("#results")).to_be_focused()
    expect(page.locator("#results-heading")).to_be_in_viewport()


def test_phone_suggestions_leave_the_button_to_press(world: World, page_at: Callable[..., Page]) -> None:
    municipality("FI-638")
    page = page_at(width=PHONE)
    page.goto("/fi/")
    box = page.get_by_role("combobox", name="Kotikunta")
    box.press_sequentially("porvoo")
    expect(suggestions(page)).to_have_count(1)
    button = page.get_by_role("button", name="Hae", exact=True)
    place = button.bounding_box()
    assert place is not None

    # As a finger or a hand does it: down, a moment, up at the same spot.
    page.mouse.move(place["x"] + 20, place["y"] + place["height"] / 2)
    page.mouse.down()
    page.wait_for_timeout(150)
    page.mouse.up()

    expect(page).to_have_url(re.compile(r"/fi/paikat/\?(q=&)?home="))
    expect(box).to_have_value("Porvoo")


# Without JavaScript


def test_everything_works_without_javascript(world: World, page_at: Callable[..., Page]) -> None:
    page = page_at(javascript=False)
    page.goto("/fi/paikat/")
    page.get_by_role("searchbox").fill("hitsaaja")
    page.get_by_label("Kotikunta").select_option("Pello")
    page.get_by_role("button", name="Hae").click()

    assert page.url.endswith("/fi/paikat/?home=FI-854&q=hitsaaja")
    expect(page.locator("h1")).to_contain_text("1 koulutus, 11 vapaata paikkaa")

    page.get_by_role("searchbox").fill("")
    page.get_by_role("switch", name="Vain vapaat paikat").check()
    page.get_by_role("checkbox", name="Lähiopetus").check()
    page.get_by_role("button", name="Näytä tulokset").click()
    assert page.url.endswith("/fi/paikat/?free=1&home=FI-854&mode=contact")
    assert titles(page) == ["Hitsaaja, levytöiden osaaja", "Undersköterska"]

    page.get_by_role("link", name="Poista rajaus Lähiopetus").click()
    assert page.url.endswith("/fi/paikat/?free=1&home=FI-854")
    page.get_by_label("Järjestys", exact=True).select_option("Eniten vapaita paikkoja")
    page.get_by_role("button", name="Järjestä").click()
    assert page.url.endswith("/fi/paikat/?free=1&home=FI-854&sort=places")
    # The choice is remembered without JavaScript too.
    page.goto("/fi/paikat/")
    assert page.url.endswith("?home=FI-854")


def test_same_address_shows_the_same_with_and_without_javascript(
    world: World, page_at: Callable[..., Page]
) -> None:
    seen = []
    for javascript in (True, False):
        page = page_at(javascript=javascript)
        page.goto("/fi/paikat/?free=1&home=FI-854&reachable=1&within_km=110")
        seen.append((page.locator("h1").inner_text(), titles(page), page.locator(".k-chips").inner_text()))

    assert seen[0] == seen[1]
    assert len(seen[0][1]) >= 3


# What must never happen


def test_hostile_words_stay_words(world: World, page_at: Callable[..., Page]) -> None:
    OfferingFactory(provider=world.lappia, title_fi=HOSTILE)
    page = page_at()
    page.goto("/fi/paikat/")

    page.get_by_role("searchbox").fill(HOSTILE)
    expect(page).to_have_url(re.compile("q="))
    expect(page.locator("#results-heading")).to_be_visible()
    expect(page.locator("img")).to_have_count(0)
    expect(page).to_have_title(re.compile("^Opiskelupaikat: "))
    page.reload()
    expect(page.locator("img")).to_have_count(0)
    expect(page).to_have_title(re.compile("^Opiskelupaikat: "))
    page.goto("/fi/paikat/")
    expect(page.get_by_role("link", name=HOSTILE)).to_be_visible()


def test_paper_shows_the_list(world: World, page_at: Callable[..., Page]) -> None:
    page = page_at()
    page.goto("/fi/paikat/?home=FI-854")
    page.emulate_media(media="print")

    expect(page.locator("#filters")).to_be_hidden()
    expect(page.get_by_role("link", name="Hitsaaja, levytöiden osaaja")).to_be_visible()
    expect(page.locator(".k-free").first).to_be_visible()
