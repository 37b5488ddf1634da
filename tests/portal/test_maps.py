"""Maps on the register's pages: well formed, without own style, and nothing that words do not say."""

from __future__ import annotations

import datetime as dt
import gzip
import re
import sys
from collections import Counter
from xml.etree import ElementTree as ET

import pytest
from django.utils import timezone

from municipalities.cache import gazetteer
from municipalities.maps import register as maps
from municipalities.maps.atlas import atlas
from municipalities.maps.projections import Projection, point
from municipalities.models import Municipality
from offerings.search.by_place import free_by_municipality
from offerings.search.engine import search
from offerings.search.query import SearchQuery
from tests.factories import OfferingFactory, PilotGroupFactory
from tests.reference_data import finnish, loaded

__all__ = ["finnish", "loaded"]
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("register")]
SVG = "{http://www.w3.org/2000/svg}"
TODAY = dt.date(2026, 11, 22)


def figure(answer) -> str:
    text = answer.content.decode()
    return text[text.index('<figure class="k-map') : text.index("</figure>")]


def drawn(answer) -> ET.Element:
    """The map as XML: it would not be read if it were not well formed."""
    text = figure(answer)
    svg = text[text.index("<svg ") : text.rindex("<figcaption")]
    return ET.fromstring(svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))  # noqa: S314


def names(svg: ET.Element) -> set[str]:
    return {str(one.text) for one in svg.iter(f"{SVG}text")}


@pytest.mark.parametrize(
    "address",
    ["/fi/kunnat/fi-854-pello/", "/fi/alueet/", "/fi/alueet/kopa-4/", "/fi/maakunnat/se-r25-norrbotten/"],
)
def test_maps_are_well_formed_named_and_without_style(client, loaded, address):
    answer = client.get(address, follow=True)
    svg = drawn(answer)

    ids = {one.get("id"): one.text for one in svg.iter() if one.get("id")}
    assert svg.get("role") == "img"
    assert all(ids[one] for one in str(svg.get("aria-labelledby")).split())
    assert "style=" not in figure(answer)
    assert len(svg.findall(f"{SVG}path")) > 5


def test_locator_shows_both_banks_of_the_border_river(client, loaded):
    shown = names(drawn(client.get("/fi/kunnat/fi-851-tornio/")))

    assert {"Tornio", "Haaparanta"} & shown or {"Tornio", "Haparanda"} <= shown
    assert "Keminmaa" in shown or "Kemi" in shown


def test_locator_of_one_country_is_in_its_projection(loaded):
    places = gazetteer()

    inland = maps.locator(places.by_key["FI-182"], TODAY, places)
    border = maps.locator(places.by_key["FI-851"], TODAY, places)
    sweden = maps.locator(places.by_key["SE-1480"], TODAY, places)

    assert [one.frame.projection.name for one in (inland, border, sweden)] == ["FINLAND", "BOTH", "SWEDEN"]


def test_locator_drawn_before_computes_nothing_but_its_rectangle(loaded):
    """Counted while it runs: turning points one by one and joining countries took 45 ms of every page."""
    places = gazetteer()
    before = maps.locator(places.by_key["FI-854"], TODAY, places)
    counted: Counter[str] = Counter()

    def count(frame, event, _argument):
        if event == "call":
            counted[frame.f_code.co_name] += 1

    sys.setprofile(count)
    try:
        again = maps.locator(places.by_key["FI-854"], TODAY, places)
    finally:
        sys.setprofile(None)

    assert again == before
    assert counted["locator"] == 1
    assert counted["transform"] <= 8  # the rectangle there and back, each by both libraries
    assert counted["union_all"] == 0


def test_centres_on_a_plane_are_where_each_alone_is(loaded):
    places = gazetteer()
    pello = places.by_key["FI-854"]

    found = maps.centres(places, Projection.BOTH)

    assert found[pello.pk] == pytest.approx(
        point(Projection.BOTH, latitude=pello.latitude, longitude=pello.longitude), abs=0.001
    )
    assert {*found} == {one.pk for one in places.municipalities if one.latitude is not None}


def test_days_between_two_changes_of_areas_share_what_is_drawn(loaded):
    kept = atlas()

    assert kept.on(TODAY) is kept.on(TODAY + dt.timedelta(days=1)) is kept.on(dt.date(2126, 1, 1))
    assert kept.on(dt.date(2020, 12, 31)) is not kept.on(dt.date(2021, 1, 1))
    gone = Municipality.objects.get(key="FI-099")  # merged at the end of 2020
    assert gone.pk in kept.on(dt.date(2020, 12, 31)).by_id
    assert gone.pk not in kept.on(dt.date(2021, 1, 1)).by_id


def test_locator_says_in_words_who_is_in_sight(client, loaded):
    """Below the map, for everybody: not every name finds room on it."""
    answer = client.get("/fi/kunnat/fi-854-pello/")

    written = names(drawn(answer)) - {"Pello"}
    told = re.findall(r"<p>(Kartalla ovat [^<]*)</p>", figure(answer))
    assert written
    assert len(told) == 1
    assert all(name in told[0] for name in written)


def test_locator_of_a_dissolved_municipality_is_of_its_last_day(client, loaded):
    answer = client.get("/fi/kunnat/fi-099-honkajoki/")

    own = drawn(answer).findall(f"{SVG}path[@class='k-map__own']")
    assert [one.findtext(f"{SVG}title") for one in own] == ["Honkajoki"]


def test_schematic_areas_say_that_they_are(client, loaded):
    assert "Alueet ovat kaavamaisia" in figure(client.get("/fi/kunnat/fi-854-pello/"))
    assert "Områdena är schematiska" in figure(client.get("/sv/kommuner/fi-854-pello/"))


def test_municipality_without_a_point_has_no_map(client, loaded):
    assert b"k-map" not in re.sub(rb"<link[^>]*>", b"", client.get("/fi/kunnat/fi-911-valtimo/").content)


def test_all_groups_are_on_the_map_with_their_numbers(client, loaded):
    shown = names(drawn(client.get("/fi/alueet/")))

    assert shown == {str(number) for number in range(1, 14)}


def test_members_of_the_map_are_those_of_the_table(client, loaded):
    answer = client.get("/fi/alueet/")
    mapped = answer.context["mapped"]

    coloured = {area.label for area in mapped.picture.areas if area.kind == "member"}
    assert coloured == {line.label for line in mapped.lines if line.groups}
    # Honkajoki is part of Kankaanpää today; three municipalities are in two groups.
    assert len(coloured) == 45
    assert {line.label for line in mapped.lines if "," in line.groups} == {"Loviisa", "Porvoo", "Sipoo"}


def test_a_group_as_of_2020_has_the_municipality_that_was_merged_since(client, loaded):
    then = client.get("/fi/alueet/?as_of=2020-06-01").context["mapped"]
    now = client.get("/fi/alueet/").context["mapped"]

    assert "Honkajoki" in {area.label for area in then.picture.areas if area.kind == "member"}
    assert "Honkajoki" not in {area.label for area in now.picture.areas}


def test_circles_of_the_map_are_the_free_places_of_the_table(client, loaded):
    OfferingFactory(capacity=7, sites=["FI-854"])
    OfferingFactory(capacity=9, sites=["FI-854", "FI-851"])

    rows = free_by_municipality(SearchQuery(), now=timezone.now())
    found = {one.municipality: (one.courses, one.free) for one in rows}
    assert found == {"FI-854": (2, 16), "FI-851": (1, 9)}

    group = PilotGroupFactory(number=77, members=["FI-854", *[OfferingFactory(capacity=5).provider]])
    mapped = client.get(f"/fi/alueet/{group.code}/").context["mapped"]
    circles = {one.label for one in mapped.picture.circles if one.kind == "free"}
    assert circles == {f"{line.label}: {line.free} vapaata paikkaa" for line in mapped.lines if line.free}
    assert circles


def test_free_places_by_municipality_add_up_to_the_search_s_own(loaded):
    for capacity in (3, 8):
        OfferingFactory(capacity=capacity)
    OfferingFactory(mode="distance", capacity=50)
    now, query = timezone.now(), SearchQuery(mode=frozenset({"contact"}))

    assert sum(one.free for one in free_by_municipality(query, now=now)) == search(query, now=now).free_places
    assert free_by_municipality(SearchQuery(q="eiole"), now=now) == []
    assert [one.free for one in free_by_municipality(SearchQuery(q="hitsaaja"), now=now)] == [11]


def test_region_is_of_the_day_that_is_asked_for(client, loaded):
    def members(query: str) -> set[str]:
        svg = drawn(client.get(f"/fi/maakunnat/fi-r11-pohjois-savo/{query}"))
        return {str(one.findtext(f"{SVG}title")) for one in svg.findall(f"{SVG}path[@class='k-map__member']")}

    assert members("") - members("?as_of=2020-12-31") == {"Joroinen"}


def test_whole_country_is_light(client, loaded):
    assert len(gzip.compress(figure(client.get("/fi/alueet/")).encode())) < 20_000


def test_names_are_escaped(client, loaded):
    Municipality.objects.filter(key="FI-854").update(name_fi='Pe<b>llo"')

    assert "Pe<b>" not in client.get("/sv/alueet/kopa-4/").content.decode()
