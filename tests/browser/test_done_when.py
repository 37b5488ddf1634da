"""The portal's main job from end to end: a provider publishes, a student across the border finds."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest
from django.urls import reverse
from django.utils.translation import override
from playwright.sync_api import Locator, Page, expect

from kopa.codes.models import FieldOfEducation
from offerings.models import Offering
from tests.browser.conftest import PHONE
from tests.browser.world import World
from tests.factories import PASSWORD, OfferingFactory, OrganisationFactory, code, organisation_of, today

pytestmark = pytest.mark.browser
# Kemi lies 118 km from Pello along the great circle, Tornio 103, Haparanda 105, Kolari 62, Ylitornio 52.
NEAR = 110


@pytest.fixture
def other_courses(world: World) -> None:
    """What is to be found beside the new course, and what is not: full, too far away, another trade."""
    Offering.objects.filter(pk__in=[world.welding.pk, world.full.pk]).delete()
    kolari = OrganisationFactory(name_fi="Kolarin kunnan opisto")
    for facts in (
        {"provider": organisation_of("SE-2583"), "form": "komvux", "title_fi": "Hitsauksen peruskurssi",
         "title_sv": "Grundkurs i svetsning", "capacity": 8, "taken": 2},
        {"provider": kolari, "title_fi": "Hitsaaja, MAG-hitsaus", "title_sv": "Svetsare, MAG-svetsning",
         "sites": ["FI-273"], "capacity": 5, "taken": 2},
        {"provider": kolari, "title_fi": "Hitsaaja, putket", "title_sv": "Svetsare, rör", "sites": ["FI-976"],
         "capacity": 6, "taken": 6},
        {"provider": kolari, "title_fi": "Hitsaaja, laivat", "title_sv": "Svetsare, fartyg",
         "sites": ["FI-240"]},
    ):  # fmt: skip
        OfferingFactory(**facts)
    code(FieldOfEducation, "071")


def publish_a_welding_course(page: Page, world: World) -> str:
    """Bengt's whole way: sign in, write, reserve places for Pello, publish. The public page's address."""
    page.goto("/sv/")
    page.get_by_role("link", name="Logga in").click()
    page.locator("[type=email]").fill(world.bengt.email)
    page.locator("[type=password]").fill(PASSWORD)
    page.get_by_role("button", name="Logga in", exact=True).click()
    expect(page.get_by_role("button", name="Logga ut")).to_be_visible()

    with override("sv"):
        page.goto(reverse("offerings:own"))
        page.locator(f"a[href='{reverse('offerings:create')}']").first.click()
    field = named(page)
    field("title_fi").fill("Hitsaaja, levytöiden osaaja")
    page.locator("details:has([name=title_sv]) > summary").click()
    field("title_sv").fill("Svetsare, plåtarbeten")
    field("form").select_option("vocational")
    field("field").select_option("071")
    page.locator("[name=languages][value=fi]").check()
    page.locator("[name=mode][value=contact]").check()
    page.locator("[name=sites]").first.check()
    field("starts_on").fill((today() + dt.timedelta(days=70)).isoformat())
    field("applications_open_at").fill((today() - dt.timedelta(days=1)).isoformat())
    field("applications_close_at").fill((today() + dt.timedelta(days=20)).isoformat())
    field("capacity").fill("12")
    field("quotas_municipality").first.fill("Pello")
    field("quotas_seats").first.fill("2")
    field("quota_release_at").fill((today() + dt.timedelta(days=30)).isoformat())
    field("apply_url").fill("https://hakeminen.example.org/hitsaus")
    field("contact_email").fill("opinto@example.org")
    field("price_basis").select_option("none")
    field("licence_reason").fill("Avtal med Tornio stad.")
    page.locator("button[name=act][value=publish]").click()

    expect(page.locator("h1")).to_have_text("Svetsare, plåtarbeten")
    expect(page).to_have_url(re.compile(r"/sv/platser/\d+-svetsare-platarbeten/"))
    return page.url


def named(page: Page) -> Callable[[str], Locator]:
    return lambda name: page.locator(f"main [name={name}]")


def cards(page: Page) -> dict[str, str]:
    """Titles of the cards, each with what its panel says of free places."""
    found = page.locator("#results article")
    return {
        found.nth(n).locator("h3 a").inner_text(): " ".join(
            found.nth(n).locator(".k-free").inner_text().split()
        )
        for n in range(found.count())
    }


def test_published_in_tornio_found_in_pello_in_finnish_and_in_swedish(
    world: World, other_courses: None, page_at: Callable[..., Page]
) -> None:
    address = publish_a_welding_course(page_at(language="sv"), world)
    phone = page_at(width=PHONE)

    # In Finnish, from the front page, as a student in Pello.
    phone.goto("/fi/")
    phone.get_by_role("searchbox").fill("hitsaus")
    phone.get_by_role("combobox", name="Kotikunta").press_sequentially("pell")
    phone.get_by_role("listbox").get_by_role("option", name="Pello").click()
    phone.get_by_role("button", name="Hae").click()
    phone.get_by_text("Rajaa hakua").click()
    phone.get_by_role("switch", name="Vain vapaat paikat").check()
    expect(phone).to_have_url(re.compile("free=1"))
    phone.get_by_label("Enintään (km)").fill(str(NEAR))
    phone.get_by_role("button", name="Näytä tulokset").click()
    expect(phone).to_have_url(re.compile(r"/fi/paikat/\?free=1&home=FI-854&q=hitsaus&within_km=110$"))

    expect(phone.locator("#count")).to_have_text("3 koulutusta, 21 vapaata paikkaa")
    assert cards(phone) == {
        "Hitsaaja, levytöiden osaaja": "12 vapaata paikkaa yhteensä 12",
        "Hitsaaja, MAG-hitsaus": "3 vapaata paikkaa yhteensä 5",
        "Hitsauksen peruskurssi": "6 vapaata paikkaa yhteensä 8",
    }
    expect(phone.locator("article", has_text="Hitsauksen peruskurssi").locator(".k-country")).to_have_text(
        "SE"
    )

    phone.get_by_role("link", name="Hitsaaja, levytöiden osaaja").click()
    expect(phone.locator("main")).to_contain_text("Varattu Pellon asukkaille")
    expect(phone.locator("main")).to_contain_text(re.compile(r"103\s+km linnuntietä"))
    expect(phone.locator(".k-pay")).to_contain_text("Valtio rahoittaa.")
    expect(phone.get_by_role("link", name=re.compile("^Hae paikkaa"))).to_be_visible()
    phone.get_by_role("link", name="Takaisin hakuun").click()

    # The same in Swedish.
    phone.locator(".k-lang a[lang=sv]").click()
    phone.get_by_role("searchbox").fill("svetsning")
    phone.get_by_role("button", name="Sök").click()
    expect(phone).to_have_url(re.compile(r"/sv/platser/\?free=1&home=FI-854&q=svetsning&within_km=110$"))

    expect(phone.locator("#count")).to_have_text("3 utbildningar, 21 lediga platser")
    assert cards(phone) == {
        "Svetsare, plåtarbeten": "12 lediga platser av 12",
        "Svetsare, MAG-svetsning": "3 lediga platser av 5",
        "Grundkurs i svetsning": "6 lediga platser av 8",
    }
    phone.get_by_role("link", name="Svetsare, plåtarbeten").click()
    expect(phone).to_have_url(re.compile(re.escape(address.split("?")[0].rsplit("/sv/")[1])))
    expect(phone.locator("main")).to_contain_text("För invånare i Pello")
