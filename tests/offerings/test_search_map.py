"""The map beside the results tells what the list tells, and nothing that could be taken for more."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from offerings.search_map import CENTRES, spots
from tests.factories import OfferingFactory, OrganisationFactory, SiteFactory, municipality

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("register")]
SVG = "{http://www.w3.org/2000/svg}"
SEARCH = "/fi/paikat/"


def drawn(answer) -> ET.Element:
    """The map as XML: it would not be read if it were not well formed."""
    text = answer.content.decode()
    found = re.search(r'<svg viewBox="0 0 560 720".*?</svg>', text, re.DOTALL)
    assert found, "no map"
    return ET.fromstring(  # noqa: S314 - our own page
        found[0].replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def titles(svg: ET.Element, kind: str) -> list[str]:
    circles = svg.findall(f".//{SVG}circle[@class='k-map__{kind}']")
    return [str(circle.findtext(f"{SVG}title")) for circle in circles]


def test_circles_are_the_free_places_of_the_list(client, loaded):
    OfferingFactory(capacity=4)
    OfferingFactory(capacity=9)

    answer = client.get(SEARCH)

    page = answer.context["page"]
    (spot,) = spots(page.cards)
    assert (spot.courses, spot.free) == (2, sum(card.hit.free for card in page.cards)) == (2, 13)
    assert titles(drawn(answer), "free") == [f"{spot.place}: 2 koulutusta, 13 vapaata paikkaa"]
    assert spot.place == page.cards[0].place


def test_every_site_of_a_course_is_on_the_map_and_named(client, loaded):
    """Its free places stand once, at the site that the list names."""
    offering = OfferingFactory(capacity=4)
    for key in ("FI-854", "FI-240"):
        offering.sites.add(SiteFactory(organisation=offering.provider, municipality=municipality(key)))

    answer = client.get(SEARCH)

    svg = drawn(answer)
    free = titles(svg, "free")
    sites = titles(svg, "site")
    assert [one.endswith(": 1 koulutus, 4 vapaata paikkaa") for one in free] == [True]
    names = {one.split(":")[0] for one in (*free, *sites)}
    assert {"Tornio", "Pello", "Kemi"} == names
    assert len(sites) == offering.sites.count() - 1
    told = re.search(r"Luettelon koulutuksia annetaan myös täällä: ([^<]*)\.</p>", answer.content.decode())
    assert told
    assert {*told[1].split(", ")} == {one.split(":")[0] for one in sites}


def test_municipal_centres_are_small_dots_and_not_too_many(client, loaded):
    OfferingFactory()
    near = drawn(client.get(SEARCH))
    OfferingFactory(provider=OrganisationFactory(home_municipality=municipality("FI-091")))
    far = drawn(client.get(SEARCH))

    for svg, most in ((near, CENTRES), (far, CENTRES)):
        dots = svg.findall(f".//{SVG}circle[@class='k-map__centre']")
        assert 0 < len(dots) <= most
        assert {dot.get("r") for dot in dots} == {"4"}
        assert all(dot.get("data-lat") is None for dot in dots)


def test_home_is_marked_and_named(client, loaded):
    OfferingFactory()

    svg = drawn(client.get(SEARCH, {"home": "FI-854"}))

    assert titles(svg, "home") == ["Pello"]
    assert [one.text for one in svg.findall(f"{SVG}text[@class='k-map__name k-map__name--own']")] == ["Pello"]


def test_home_is_named_once_among_circles_on_its_own_point(client, loaded):
    for key in ("FI-851", "SE-2583"):
        OfferingFactory(capacity=40, sites=[key])

    svg = drawn(client.get("/sv/platser/", {"home": "SE-2583"}))

    assert sorted(str(one.text) for one in svg.iter(f"{SVG}text")) == ["Haparanda", "Torneå"]


def test_a_course_without_a_point_is_told_and_not_drawn(client, loaded):
    OfferingFactory()
    OfferingFactory(mode="distance")

    answer = client.get(SEARCH)

    assert [card.hit.site is None for card in answer.context["page"].cards].count(True) == 1
    svg = drawn(answer)
    assert len(titles(svg, "free")) == 1
    told = "Luettelo kertoo saman. 1 luettelon koulutuksella ei ole pistettä kartalla."
    assert svg.findtext(f"{SVG}desc") == told


def test_the_legend_says_that_the_map_is_of_this_page(client, loaded):
    def told(**query: str) -> str:
        text = client.get(SEARCH, query).content.decode()
        caption = text[text.index("<figcaption>") : text.index("</figcaption>")]
        return " ".join(re.sub(r"<[^>]+>", " ", caption).split())

    for _ in range(23):
        OfferingFactory()

    assert told().startswith("Kartalla ovat vain tämän sivun koulutukset, eivät kaikki 23.")
    assert told(page="2").startswith("Kartalla ovat vain tämän sivun koulutukset, eivät kaikki 23.")
    OfferingFactory(title_fi="Puutarhuri")
    assert told(q="puutarhuri").startswith("Kartalla ovat tämän sivun koulutukset.")


def test_without_a_hit_there_is_no_map(client, loaded):
    answer = client.get(SEARCH, {"q": "eiolemassaollenkaan"})

    assert b"k-beside" not in answer.content


def test_a_refresh_brings_the_map_of_the_new_results(client, loaded):
    OfferingFactory(capacity=4)

    answer = client.get(SEARCH, headers={"HX-Request": "true"})

    assert len(titles(drawn(answer), "free")) == 1


def test_the_map_has_no_inline_style_and_few_bytes(client, loaded):
    for _ in range(20):
        OfferingFactory()
    text = client.get(SEARCH, {"home": "FI-854"}).content.decode()
    figure = text[text.index('<figure class="k-map') : text.index("</figure>")]

    assert "style=" not in figure
    assert "<script" not in figure
    assert len(figure) < 12_000


@pytest.mark.parametrize("url", ["", "https://tiles.example/{z}/{x}/{y}.png"])
def test_the_zoomable_map_is_there_only_with_tiles(client, loaded, settings, url):
    settings.KOPA_TILES = {"url": url, "attribution": '<b>"Makers"'} if url else None
    OfferingFactory()

    text = client.get(SEARCH).content.decode()

    assert ("data-kopa-map" in text) == bool(url)
    assert ("leaflet" in text) == bool(url)
    assert '<b>"Makers"' not in text
