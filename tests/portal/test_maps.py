"""Maps on the register's pages: well formed, without own style, and nothing that words do not say."""

from __future__ import annotations

import datetime as dt
import gzip
import math
import re
import sys
from collections import Counter
from itertools import combinations
from xml.etree import ElementTree as ET

import pytest
import shapely
from django.utils import timezone
from django.utils.translation import override

from kopa.codes.models import ReferenceLoad
from kopa.portal.maps import of_group
from municipalities.cache import gazetteer
from municipalities.maps import register as maps
from municipalities.maps.atlas import atlas
from municipalities.maps.pictures import LETTER
from municipalities.maps.projections import Projection, point
from municipalities.models import Municipality, Region
from municipalities.templatetags.kopa_maps import region_map
from offerings.search.by_place import free_by_municipality
from offerings.search.engine import search
from offerings.search.query import SearchQuery
from pilots.membership import organisations_of_groups
from pilots.models import PilotGroup
from providers.models import Organisation
from tests.factories import OfferingFactory, OrganisationFactory, PilotGroupFactory, municipality
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
    members = frozenset(places.by_key[key].pk for key in ("FI-854", "FI-851", "SE-2518"))
    group = maps.Group("7", "Kopa 7", members)
    before = maps.locator(places.by_key["FI-854"], TODAY, places)
    group_before = maps.group_map(group, maps.frame_of(group, TODAY, places), TODAY, places)
    counted: Counter[str] = Counter()

    def count(frame, event, _argument):
        if event == "call":
            counted[frame.f_code.co_name] += 1

    sys.setprofile(count)
    try:
        again = maps.locator(places.by_key["FI-854"], TODAY, places)
        group_again = maps.group_map(group, maps.frame_of(group, TODAY, places), TODAY, places)
    finally:
        sys.setprofile(None)

    assert (again, group_again) == (before, group_before)
    assert counted["locator"] == counted["group_map"] == 1
    assert counted["transform"] <= 16  # the rectangles there and back, each by both libraries
    assert counted["take"] == 0  # names keep their places
    with override("sv"):
        swedish = maps.group_map(group, maps.frame_of(group, TODAY, places), TODAY, places)
    assert {"Torneå", "Tornio"} & {one.text for one in swedish.names} == {"Torneå"}
    assert counted["union_all"] == 0


def test_the_map_of_a_group_is_framed_once(loaded):
    """Table and map are about the same piece of land, which takes time to find."""
    group = PilotGroup.objects.with_members().get(code="kopa-7")
    now, counted = timezone.now(), Counter()

    def count(frame, event, _argument):
        if event == "call":
            counted[frame.f_code.co_name] += 1

    sys.setprofile(count)
    try:
        mapped = of_group(group, timezone.localdate(now), now=now)
    finally:
        sys.setprofile(None)

    assert mapped.lines
    assert counted["_frame_around"] == 1


def test_the_table_of_a_region_s_map_is_in_the_reader_s_alphabet(loaded):
    with override("sv"):
        labels = [row.label for row in region_map(Region.objects.get(key="SE-R21"))["rows"]]

    assert labels.index("Ånge") < labels.index("Älvdalen")
    assert sorted(labels).index("Ånge") > sorted(labels).index("Älvdalen")


@pytest.mark.parametrize(
    "address", ["/fi/maakunnat/", "/fi/maakunnat/se-r25/", "/en/municipalities/se-2583-haparanda/"]
)
def test_swedish_names_of_counties_are_read_aloud_as_swedish(client, loaded, address):
    """They have no name in Finnish or English."""
    page = client.get(address, follow=True).text

    assert '<span lang="sv">Norrbottens län</span>' in page
    assert "&lt;span" not in page


def test_in_swedish_they_need_no_mark(client, loaded):
    assert '<span lang="sv">Norrbottens' not in client.get("/sv/landskap-och-lan/").text


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


def rows(answer) -> list[list[str]]:
    """The cells of the table below the map."""
    text = answer.content.decode()
    below = text[text.index("</figure>") :]
    table = ET.fromstring(below[below.index("<tbody>") : below.index("</tbody>") + len("</tbody>")])  # noqa: S314
    return [[" ".join("".join(cell.itertext()).split()) for cell in row] for row in table.iter("tr")]


def test_locator_tells_who_is_in_sight_and_how_far_in_a_table(client, loaded):
    """Not every name finds room on it."""
    answer = client.get("/fi/kunnat/fi-854-pello/")

    svg = drawn(answer)
    told = rows(answer)
    assert names(svg) - {"Pello"} <= {name for name, _km in told}
    assert len(told) == len(svg.findall(f"{SVG}circle[@class='k-map__centre']"))
    distances = [int(km.replace("km", "").replace(" ", "")) for _name, km in told]
    assert distances == sorted(distances)
    assert told[:2] == [["Övertorneå (SE)", "45 km"], ["Ylitornio (FI)", "52 km"]]


def test_locator_of_a_dissolved_municipality_is_of_its_last_day(client, loaded):
    answer = client.get("/fi/kunnat/fi-099-honkajoki/")

    own = drawn(answer).findall(f"{SVG}path[@class='k-map__own']")
    assert [one.findtext(f"{SVG}title") for one in own] == ["Honkajoki"]
    listed = {one.label for one in answer.context["neighbours"]}
    table = {name for name, _km in rows(answer)}
    assert {"Kankaanpää", "Karvia"} <= listed & table


def test_locator_is_of_the_day_that_is_asked_for(client, loaded):
    def neighbours(query: str) -> set[str]:
        return {name for name, _km in rows(client.get(f"/fi/kunnat/fi-214-kankaanpaa/{query}"))}

    def nearest(query: str) -> set[str]:
        near = client.get(f"/fi/kunnat/fi-214-kankaanpaa/{query}").context["neighbours"]
        return {one.label for one in near}

    assert neighbours("?as_of=2020-06-01") - neighbours("") == {"Honkajoki"}
    assert nearest("?as_of=2020-06-01") - nearest("") == {"Honkajoki"}
    assert nearest("?as_of=2020-12-31") - nearest("?as_of=2021-01-01") == {"Honkajoki"}
    after = client.get("/fi/kunnat/fi-099-honkajoki/?as_of=2026-06-01")
    assert len(drawn(after).findall(f"{SVG}path[@class='k-map__own']")) == 1


def test_schematic_areas_say_that_they_are(client, loaded):
    assert "Alueet ovat kaavamaisia" in figure(client.get("/fi/kunnat/fi-854-pello/"))
    assert "Områdena är schematiska" in figure(client.get("/sv/kommuner/fi-854-pello/"))


def test_municipality_without_a_point_has_no_map(client, loaded):
    assert b"k-map" not in re.sub(rb"<link[^>]*>", b"", client.get("/fi/kunnat/fi-911-valtimo/").content)


def overlaps(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def plates(picture) -> list[tuple[str, tuple[float, ...]]]:
    found = [(one.text, one.plate) for one in picture.names]
    return [(text, (at.x, at.y, at.x + at.width, at.y + at.height)) for text, at in found]


@pytest.fixture
def busy(loaded):
    """Free places in every municipality of every group: the maps are as full as they can be."""
    for group in PilotGroup.objects.prefetch_related("memberships__municipality"):
        (number, *_more) = sorted(organisations_of_groups({group.code}, TODAY))
        provider = Organisation.objects.get(pk=number)
        for n, member in enumerate(one for one in group.memberships.all() if one.municipality):
            place = member.municipality.successor or member.municipality
            OfferingFactory(capacity=20 * (1 + n % 4), sites=[place.key], provider=provider)


def test_all_groups_are_on_the_map_with_their_numbers(client, loaded):
    shown = names(drawn(client.get("/fi/alueet/")))

    # Loviisa, Porvoo and Sipoo belong to two groups.
    assert shown == {*(str(number) for number in range(1, 14)), "6, 8", "Södertörnsvux"}


def test_no_number_stands_under_a_circle_or_another_number(client, busy):
    picture = client.get("/fi/alueet/").context["mapped"].picture

    signs = plates(picture)
    assert len([one for one in picture.circles if one.kind == "free"]) > 30
    assert {text for text, _box in signs} >= {str(number) for number in range(1, 14)}
    for (text, box), (other, another) in combinations(signs, 2):
        assert not overlaps(box, another), f"{text} and {other}"
    for text, box in signs:
        assert 0 <= box[0] <= box[2] <= picture.frame.width
        assert 0 <= box[1] <= box[3] <= picture.frame.height
        for circle in picture.circles:
            x, y = min(max(circle.x, box[0]), box[2]), min(max(circle.y, box[1]), box[3])
            assert math.dist((x, y), (circle.x, circle.y)) > circle.r, f"{text} and {circle.label}"


def test_every_separate_part_of_a_group_has_its_number(client, loaded):
    """Kotka lies apart from the others of its group."""
    picture = client.get("/fi/alueet/").context["mapped"].picture
    kotka = picture.frame.at(maps.centres(gazetteer(), Projection.BOTH)[gazetteer().by_key["FI-285"].pk])

    sixes = [one for one in picture.names if "6" in one.text.split(", ")]
    ends = [tuple(map(int, one.lead.split("L")[-1].split())) if one.lead else (one.x, one.y) for one in sixes]
    assert len(sixes) >= 2
    assert min(math.dist(kotka, end) for end in ends) < 25


def test_pilot_map_shows_both_banks_and_the_swedish_area_and_finland_stays_large(client, loaded):
    picture = client.get("/sv/omraden/").context["mapped"].picture

    kinds = {area.label: area.kind for area in picture.areas if area.label}
    valley = {"Haparanda", "Övertorneå (SE)", "Pajala", "Övertorneå (FI)", "Torneå"}
    assert valley <= kinds.keys()
    partners = {label for label, kind in kinds.items() if kind == "partner"}
    assert partners == {"Botkyrka", "Haninge", "Huddinge", "Nynäshamn", "Södertälje", "Tyresö", "Värmdö"}
    plane = atlas().on(TODAY).plane(Projection.BOTH)
    finnish_areas = [plane[row.municipality_id] for row in atlas().on(TODAY).rows if row.country == "FI"]
    west, _south, east, _north = shapely.total_bounds(finnish_areas)
    assert (east - west) / (picture.frame.width * picture.frame.unit) > 0.75


def test_swedish_area_alone_is_on_a_map_of_sweden(client, loaded):
    picture = client.get("/sv/omraden/?q=huddinge").context["mapped"].picture

    kinds = {area.label: area.kind for area in picture.areas if area.label}
    assert {"Malmö", "Kiruna"} <= kinds.keys()
    assert [sign.kind for sign in picture.signs] == ["partner"]


def test_members_of_the_map_are_those_of_the_table(client, loaded):
    answer = client.get("/fi/alueet/")
    mapped = answer.context["mapped"]

    coloured = {area.label: area.kind for area in mapped.picture.areas if area.kind in {"member", "partner"}}
    assert coloured.keys() == {line.label for line in mapped.lines if line.groups}
    # Honkajoki is part of Kankaanpää today; three municipalities are in two groups.
    assert Counter(coloured.values()) == {"member": 45, "partner": 7}
    assert {line.label for line in mapped.lines if "," in line.groups} == {"Loviisa", "Porvoo", "Sipoo"}


def test_map_of_an_area_is_framed_by_its_centres_and_names_every_member(client, loaded):
    """An island far out belongs to the schematic area of one of them."""
    answer = client.get("/sv/omraden/sodertornsvux/", follow=True)
    picture = answer.context["mapped"].picture

    assert picture.frame.width * picture.frame.unit < 150_000
    members = {"Botkyrka", "Haninge", "Huddinge", "Nynäshamn", "Södertälje", "Tyresö", "Värmdö"}
    assert members <= names(drawn(answer))


@pytest.mark.parametrize("number", range(1, 14))
def test_map_of_a_group_names_every_member_and_its_table_all_that_it_names(client, busy, number):
    answer = client.get(f"/fi/alueet/kopa-{number}/", follow=True)
    mapped = answer.context["mapped"]

    shown = names(drawn(answer))
    table = {line.label for line in mapped.lines}
    assert {line.label for line in mapped.lines if line.groups} <= shown <= table


def test_names_on_the_map_of_a_region_are_in_a_table_of_the_page(client, loaded):
    answer = client.get("/fi/maakunnat/fi-r19-lappi/")

    listed = {label for label, _one, _counted in answer.context["page"].rows}
    beside = dict(rows(answer))
    assert names(drawn(answer)) <= listed | beside.keys()
    assert not listed & beside.keys()
    assert "Norrbottens län" in set(beside.values())


def test_regions_are_coloured_by_population_as_of_the_day(client, loaded):
    def kinds(query: str) -> dict[str, str]:
        svg = drawn(client.get(f"/fi/maakunnat/{query}"))
        return {
            str(path.findtext(f"{SVG}title")): str(path.get("class"))
            for path in svg.findall(f"{SVG}path")
            if path.findtext(f"{SVG}title")
        }

    both = kinds("")
    assert both["Uusimaa"] == "k-map__size3"
    assert both["Kainuu"] == "k-map__size0"
    assert both["Keski-Suomi"] == "k-map__size2"
    assert len(both) == 40
    assert len(kinds("?country=FI")) == 19
    svgs = [client.get(f"/fi/maakunnat/?as_of={day}") for day in ("2020-12-31", "2021-01-01")]
    savo = [figure(one)[: figure(one).index("<title>Pohjois-Savo")].rindex('d="') for one in svgs]
    assert savo[0] > 0
    paths = [figure(one)[start:].split('"')[1] for one, start in zip(svgs, savo, strict=True)]
    assert paths[0] != paths[1]  # Joroinen came


def test_a_group_as_of_2020_has_the_municipality_that_was_merged_since(client, loaded):
    then = client.get("/fi/alueet/?as_of=2020-06-01").context["mapped"]
    now = client.get("/fi/alueet/").context["mapped"]

    assert "Honkajoki" in {area.label for area in then.picture.areas if area.kind == "member"}
    assert "Honkajoki" not in {area.label for area in now.picture.areas}
    lines = [line.label for line in then.lines]
    assert lines.index("Honkajoki") < lines.index("Kankaanpää")  # in the alphabet, not after all others


def test_circles_of_the_map_are_the_free_places_of_the_table(client, loaded):
    OfferingFactory(capacity=7, sites=["FI-854"])
    OfferingFactory(capacity=9, sites=["FI-854", "FI-851"])

    rows = free_by_municipality(SearchQuery(), now=timezone.now())
    found = {one.municipality: (one.courses, one.free) for one in rows}
    assert found == {"FI-854": (2, 16), "FI-851": (1, 9)}

    group = PilotGroupFactory(number=77, members=["FI-854", *[OfferingFactory(capacity=5).provider]])
    mapped = client.get(f"/fi/alueet/{group.code}/", follow=True).context["mapped"]
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
    ReferenceLoad.objects.create(fingerprint="escaped", loaded_at=timezone.now())  # read anew

    answer = client.get("/fi/alueet/kopa-4/", follow=True)

    assert 'Pe<b>llo"' in names(drawn(answer))
    assert "Pe&lt;b&gt;llo&quot;" in figure(answer)
    assert "Pe<b>" not in answer.content.decode()


@pytest.fixture
def around(loaded):
    """Courses of a member and of others, in the group's municipalities and beside them."""
    lappia = OfferingFactory(capacity=5, sites=["FI-854"]).provider
    group = PilotGroupFactory(number=77, members=["FI-854", "FI-851", lappia])
    stranger = OrganisationFactory(home_municipality=municipality("FI-698"))
    for keys, capacity in ((["FI-851"], 12), (["SE-2518"], 10), (["FI-976", "FI-854"], 3)):
        OfferingFactory(capacity=capacity, sites=keys, provider=stranger)
    OfferingFactory(capacity=8, sites=["FI-091"], provider=lappia)  # far from the group
    return group


@pytest.mark.parametrize("page", ["", "kopa-77/"])
def test_figures_of_a_map_are_those_of_the_search(client, around, page):
    mapped = client.get(f"/fi/alueet/{page}", follow=True).context["mapped"]

    for line in mapped.lines:
        found = search(SearchQuery(municipality=frozenset({line.municipality.key})), now=timezone.now())
        assert (line.courses, line.free) == (found.total, found.free_places), line.label
    told = {line.municipality.key: (line.courses, line.free) for line in mapped.lines}
    assert {"FI-854": (2, 8), "FI-851": (1, 12)}.items() <= told.items()
    assert told.get("SE-2518") == ((1, 10) if page else told.get("SE-2518"))
    circles = {one.label for one in mapped.picture.circles if one.kind == "free"}
    assert circles == {f"{line.label}: {line.free} vapaata paikkaa" for line in mapped.lines if line.free}


def test_a_map_of_another_day_keeps_the_day_in_its_table(client, loaded):
    for page in ("alueet/", "alueet/kopa-4/", "kunnat/fi-854-pello/", "maakunnat/fi-r19-lappi/"):
        then = client.get(f"/fi/{page}?as_of=2026-06-01", follow=True).content.decode()
        below = then[then.index("</figure>") :]
        links = re.findall(r'href="([^"]*)"', below[below.index("<tbody>") : below.index("</tbody>")])
        assert links
        assert all(link.endswith("/?as_of=2026-06-01") for link in links), page
        today = client.get(f"/fi/{page}", follow=True).content.decode()
        end = today.index("</tbody>", today.index("</figure>"))
        assert "as_of=" not in today[today.index("<figure") : end]


def test_neighbours_of_a_municipality_have_one_name_on_the_page_and_keep_its_day(client, loaded):
    answer = client.get("/fi/kunnat/fi-854-pello/?as_of=2026-06-01")
    text = answer.content.decode()

    near = text[text.index('<ol class="k-near">') : text.index("</ol>", text.index('<ol class="k-near">'))]
    listed = set(re.findall(r">([^<]+)</a>", near))
    assert "Pajala (SE)" in listed
    assert "Pajala (SE)" in names(drawn(answer))
    table = {name for name, _km in rows(answer)}
    assert "Pajala (SE)" in table
    assert "Pajala" not in table
    assert all(link.endswith("?as_of=2026-06-01") for link in re.findall(r'href="([^"]*)"', near))


def test_every_region_has_its_number_of_the_list_on_the_map(client, loaded):
    answer = client.get("/fi/maakunnat/")
    picture = next(context["picture"] for context in answer.context if "picture" in context)
    text = answer.content.decode()

    numbers = re.findall(r'<td data-l="Numero kartalla" class="num">(\d+)</td>', text)
    assert numbers == [str(number) for number in range(1, 41)]
    assert Counter(one.text for one in picture.names) == Counter(numbers)
    assert all(0 < one.x < picture.frame.width and 0 < one.y < picture.frame.height for one in picture.names)


def test_every_municipality_of_a_region_is_named_and_called_one_of_the_region(client, loaded):
    answer = client.get("/fi/maakunnat/fi-r19-lappi/")

    listed = {label for label, _one, _counted in answer.context["page"].rows}
    assert len(listed) == 21
    assert listed <= names(drawn(answer))
    assert "maakunnan kunta" in figure(answer)
    assert "jäsenkunta" not in figure(answer)
    assert "läänin kunta" in figure(client.get("/fi/maakunnat/se-r25-norrbotten/", follow=True))


def test_no_name_of_a_crowded_region_is_cut_off(client, loaded):
    svg = drawn(client.get("/fi/maakunnat/fi-r01-uusimaa/"))

    own = [one for one in svg.iter(f"{SVG}text") if str(one.get("class")).endswith("--own")]
    assert len(own) == 26
    for one in own:
        x, long = int(str(one.get("x"))), len(str(one.text)) * 26 * LETTER
        left = x - {"start": 0, "middle": long / 2, "end": long}[str(one.get("text-anchor"))]
        assert left >= -1, one.text
        assert left + long <= maps.LOCATOR[0] + 1, one.text
