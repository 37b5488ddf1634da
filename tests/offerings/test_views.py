"""The search of study places, asked as a browser asks for it."""

import datetime as dt
import html
import re

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from kopa.codes.models import DeliveryMode, EducationForm
from municipalities.cache import gazetteer
from offerings.remembered import COOKIE
from offerings.search.query import SearchQuery, SearchResult
from offerings.search_filters import Names
from offerings.search_page import SearchPage
from tests.factories import (
    MunicipalityFactory,
    OfferingFactory,
    OrganisationFactory,
    RegionFactory,
    code,
    in_days,
    municipality,
    organisation_of,
)
from tests.offerings.reading import SEARCH, heading, page_of, text, titles

pytestmark = pytest.mark.django_db


# The search: what it says


@pytest.mark.parametrize(
    ("language", "one", "many", "none"),
    [
        (
            "fi",
            "1 koulutus, 1 vapaa paikka",
            "2 koulutusta, 8 vapaata paikkaa",
            "0 koulutusta, 0 vapaata paikkaa",
        ),
        (
            "sv",
            "1 utbildning, 1 ledig plats",
            "2 utbildningar, 8 lediga platser",
            "0 utbildningar, 0 lediga platser",
        ),
        ("en", "1 course, 1 free place", "2 courses, 8 free places", "0 courses, 0 free places"),
    ],
)
def test_heading_counts_courses_and_places_in_the_right_number(client, language, one, many, none):
    assert heading(client.get(SEARCH[language])).endswith(none)
    OfferingFactory(capacity=10, taken=9)
    assert heading(client.get(SEARCH[language])).endswith(one)
    OfferingFactory(capacity=10, taken=3)
    assert heading(client.get(SEARCH[language])).endswith(many)


@pytest.mark.parametrize(
    ("language", "one", "several"),
    [
        ("fi", "1 vapaa paikka", "4 vapaata paikkaa"),
        ("sv", "1 ledig plats", "4 lediga platser"),
        ("en", "1 free place", "4 free places"),
    ],
)
def test_card_counts_its_places_in_the_right_number(client, language, one, several):
    OfferingFactory(capacity=10, taken=9)
    OfferingFactory(capacity=10, taken=6)

    cards = re.findall(r'<p class="k-free">.*?</p>', client.get(SEARCH[language]).content.decode(), re.DOTALL)

    read = sorted(" ".join(re.sub(r"<[^>]+>", " ", card).split()) for card in cards)
    assert [words[: len(expected)] for words, expected in zip(read, [one, several], strict=True)] == [
        one,
        several,
    ]


def test_card_says_what_a_student_asks(client, pello_place):
    OfferingFactory(
        provider=OrganisationFactory(name_fi="Lappia"),
        title_fi="Hitsaaja",
        capacity=16,
        taken=4,
        quotas={"FI-851": 2},
        starts_on=dt.date(2027, 1, 25),
        applications_close_at=dt.datetime(2026, 12, 4, 13, tzinfo=dt.UTC),
        quota_release_at=dt.datetime(2026, 12, 10, 13, tzinfo=dt.UTC),
        credits=180,
        credit_unit="competence_point",
    )

    read = text(client.get(SEARCH["fi"], {"home": "FI-854"}))

    card = read[read.index("Hitsaaja") : read.index("KOPA on")]
    for words in (
        "Lappia", "Tornio 103 km", "Lähiopetus", "suomi", "Alkaa 25.1.2027", "180 osaamispistettä",
        "10 vapaata paikkaa", "yhteensä 16", "+ 2 varattu Tornion asukkaille 10.12.2026 asti",
        "Haku päättyy 4.12. klo 15.00 10 päivää jäljellä",
    ):  # fmt: skip
        assert words in card
    assert "Valtio rahoittaa" in read


def test_own_reserved_places_are_free_places(client, pello_place):
    OfferingFactory(capacity=10, taken=8, quotas={"FI-854": 2})

    assert heading(client.get(SEARCH["fi"])).endswith("1 koulutus, 0 vapaata paikkaa")
    assert heading(client.get(SEARCH["fi"], {"home": "FI-854"})).endswith("1 koulutus, 2 vapaata paikkaa")


def test_full_one_is_marked_and_stands_last(client):
    OfferingFactory(title_fi="Täysi", capacity=5, taken=5, closes_in_days=2)
    OfferingFactory(title_fi="Vapaa", capacity=5, closes_in_days=20)

    response = client.get(SEARCH["fi"])

    assert titles(response) == ["Vapaa", "Täysi"]
    assert text(response).count("Täynnä") == 1


def test_another_country_is_marked_and_its_clock_named(client, pello_place):
    OfferingFactory(
        provider=organisation_of("SE-2518"),
        title_fi="Svetsare",
        applications_close_at=dt.datetime(2026, 12, 4, 22, 59, 59, tzinfo=dt.UTC),
    )

    read = text(client.get(SEARCH["fi"], {"home": "FI-854"}))
    assert "Övertorneå 45 km SE" in read
    assert "4.12.2026 klo 23.59 (Ruotsin aikaa)" in read
    at_home = client.get(SEARCH["fi"], {"home": "SE-2518"})
    assert '<abbr class="k-country"' not in at_home.content.decode()
    assert "Ruotsin aikaa" not in text(at_home)


def test_title_in_another_language_carries_its_language(client):
    OfferingFactory(title_fi="", title_en="", title_sv="Undersköterska")

    body = client.get(SEARCH["fi"]).content.decode()

    assert '<span lang="sv">Undersköterska</span>' in body
    assert "Vain ruotsiksi" in body


def test_how_a_word_was_found_is_said(client):
    OfferingFactory(title_fi="Hitsaaja")

    assert "Osuma:" in text(client.get(SEARCH["fi"], {"q": "hitsaajaksi"}))
    assert "Osuma:" not in text(client.get(SEARCH["fi"]))


def test_old_confirmation_asks_to_ask(client, bengt):
    OfferingFactory(places_confirmed_at=in_days(-2), places_confirmed_by=bengt)
    OfferingFactory(places_confirmed_at=in_days(-90), places_confirmed_by=bengt)

    read = text(client.get(SEARCH["fi"]))

    assert read.count("Paikat vahvistettu 22.11.2026") == 1
    assert read.count("Paikat vahvistettu viimeksi 26.8.2026: kysy järjestäjältä") == 1
    assert "Bengt" not in read


# The search: its filters


def test_facets_offer_values_in_use_with_counts(client):
    OfferingFactory(mode="contact")
    OfferingFactory(mode="contact")
    OfferingFactory(mode="distance")

    body = client.get(SEARCH["fi"], {"mode": "distance"}).content.decode()

    assert re.findall(r'id="n-mode-(\w+)">(\d+)<', body) == [("contact", "2"), ("distance", "1")]
    assert 'id="mode-distance" name="mode" value="distance" checked' in body
    assert 'id="mode-contact" name="mode" value="contact">' in body


def test_narrow_fields_stand_under_their_broad_one(client):
    OfferingFactory(field="091")
    OfferingFactory(field="092")
    OfferingFactory(field="071")

    body = client.get(SEARCH["fi"]).content.decode()

    fields = re.findall(r'id="field-(\d+)" name="field" value="\d+"( data-within="field-\d+")?', body)
    assert fields == [
        ("07", ""),
        ("071", ' data-within="field-07"'),
        ("09", ""),
        ("091", ' data-within="field-09"'),
        ("092", ' data-within="field-09"'),
    ]


def test_chip_leads_to_the_search_without_it(client, pello_place):
    OfferingFactory()
    OfferingFactory(form="komvux")

    response = client.get(SEARCH["fi"], {"home": "FI-854", "free": "1", "form": ["vocational", "komvux"]})

    chips = re.findall(r'href="([^"]*)" data-kopa-chip="(\w+)" data-value="(\w+)"', response.content.decode())
    assert [(html.unescape(href), name, value) for href, name, value in chips] == [
        ("/fi/paikat/?form=komvux&form=vocational&home=FI-854", "free", "1"),
        ("/fi/paikat/?form=komvux&free=1&home=FI-854", "form", "vocational"),
        ("/fi/paikat/?form=vocational&free=1&home=FI-854", "form", "komvux"),
    ]
    assert '<a class="ds-link" href="/fi/paikat/?home=FI-854">Poista kaikki</a>' in response.content.decode()


def test_every_filter_in_use_has_its_chip(client, pello_place):
    place = municipality("FI-434")
    OfferingFactory(sites=["FI-851"])

    query = "?home=FI-854&q=kokki&reachable=1&for_me=1&open=soon&within_km=1200&starts_after=2027-01-31"
    body = client.get(
        f"/fi/paikat/{query}&region={place.region.key}&payer=state&language=fi"
    ).content.decode()

    chips = re.findall(r'data-kopa-chip="(\w+)"[^>]*>([^<]*)</a>', body)
    assert [(name, label.replace("\u202f", " ").replace("\xa0", " ")) for name, label in chips] == [
        ("q", "”kokki”"),
        ("for_me", "Vain ne, joihin voin hakea"),
        ("reachable", "Enintään 1 200 km tai ilman lähipäiviä"),
        ("open", "Haku alkaa 30 päivän kuluessa"),
        ("within_km", "Enintään 1 200 km"),
        ("starts_after", "Alkaa 31.1.2027 tai myöhemmin"),
        ("language", "suomi"),
        ("region", "Uusimaa"),
        ("payer", "Valtio rahoittaa"),
    ]


def test_long_list_of_regions_is_folded_but_not_over_a_choice(client):
    for number in range(8):
        region = RegionFactory(code=f"{30 + number}")
        place = MunicipalityFactory(code=f"9{number:02d}", region=region)
        OfferingFactory(sites=[place.key])

    folded = re.compile(r'<details id="more-region"( open)?>.*?</details>', re.DOTALL)
    body = client.get(SEARCH["fi"]).content.decode()
    last = re.findall(r'value="(FI-R\d+)"', folded.search(body)[0])
    assert len(last) == 2
    assert folded.search(body)[1] is None
    chosen = client.get(SEARCH["fi"], {"region": [*last, "FI-R30"]}).content.decode()
    assert folded.search(chosen)[1] == " open"


def test_a_county_with_a_swedish_name_alone_is_read_aloud_as_swedish(client):
    name = "Norrbottens län"
    region = RegionFactory(country="SE", code="99", name_fi=name, name_sv=name, name_en=name)
    OfferingFactory(sites=[MunicipalityFactory(country="SE", code="2999", region=region).key])

    assert f'<span lang="sv">{name}</span>' in client.get(SEARCH["fi"]).content.decode()
    assert f"<span>{name}</span>" in client.get(SEARCH["sv"]).content.decode()


def test_last_day_has_its_hour(client):
    OfferingFactory(closes_in_days=0)

    read = text(client.get(SEARCH["fi"]))

    assert "Haku päättyy 24.11.2026 klo 15.00 tänään" in read


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fi", ("Haku päättyy 4.12. klo 15.00 10 päivää jäljellä", "Haku päättyy 5.12. 11 päivää jäljellä")),
        ("sv", ("Ansök senast 4 december kl. 15.00", "Ansök senast 5 december 11")),
        ("en", ("Apply by 4 December at 15:00", "Apply by 5 December 11")),
    ],
)
def test_hour_of_a_deadline_is_said_unless_the_day_is_whole(client, language, words):
    OfferingFactory(applications_close_at=dt.datetime(2026, 12, 4, 13, tzinfo=dt.UTC))
    OfferingFactory(applications_close_at=dt.datetime(2026, 12, 5, 21, 59, 59, tzinfo=dt.UTC))

    read = text(client.get(SEARCH[language]))

    assert [one in read for one in words] == [True, True]


def test_reserve_names_the_country_of_a_name_that_two_bear(client):
    for key in ("FI-976", "SE-2518"):
        municipality(key)
    OfferingFactory(capacity=10, quotas={"FI-976": 3}, sites=["SE-2518"])

    home = client.get("/sv/")
    for response in (client.get(SEARCH["sv"]), home):
        read = text(response)
        assert "+ 3 för invånare i Övertorneå (FI)" in read
        assert "Övertorneå (SE)" in read


def test_own_reserve_stands_among_the_free_places(client, pello_place):
    OfferingFactory(
        capacity=10, quotas={"FI-854": 2, "FI-851": 1}, closes_in_days=10,
        quota_release_at=dt.datetime(2026, 12, 10, 13, tzinfo=dt.UTC),
    )  # fmt: skip

    read = text(client.get(SEARCH["fi"], {"home": "FI-854"}))

    assert "9 vapaata paikkaa yhteensä 10 niistä 2 varattu Pellon asukkaille 10.12.2026 asti" in read
    assert "+ 1 varattu Tornion asukkaille 10.12.2026 asti" in read
    assert "niistä" not in text(client.get(SEARCH["fi"], {"home": ""}))


def test_lists_add_municipalities_and_providers_in_use(client):
    for key in ("FI-854", "FI-240"):
        municipality(key)
    lappia = OrganisationFactory(name_fi="Lappia")
    gradia = OrganisationFactory(name_fi="Gradia")
    OrganisationFactory(name_fi="Ilman koulutuksia")
    OfferingFactory(provider=lappia, sites=["FI-854"])
    OfferingFactory(provider=gradia, sites=["FI-240"])
    OfferingFactory(provider=gradia, status="draft", sites=["FI-851"])

    body = client.get(SEARCH["fi"], {"free": "1", "municipality": "FI-854"}).content.decode()

    def options(name):
        select = re.search(rf'<select [^>]*name="{name}" data-kopa-add>(.*?)</select>', body, re.DOTALL)[1]
        return re.findall(r'<option value="([^"]+)">([^<]*)', select)

    assert options("municipality") == [("FI-240", "Kemi"), ("FI-854", "Pello")]
    assert options("provider") == [(str(gradia.pk), "Gradia"), (str(lappia.pk), "Lappia")]
    # A second one is added beside the first, also where no script is.
    both = client.get("/fi/paikat/?free=1&municipality=FI-854&municipality=FI-240&provider=")
    assert both["Location"] == "/fi/paikat/?free=1&municipality=FI-240&municipality=FI-854"
    kept = client.get(both["Location"])
    assert re.findall(r'data-kopa-chip="(\w+)" data-value="([\w-]+)"', kept.content.decode())[1:] == [
        ("municipality", "FI-240"),
        ("municipality", "FI-854"),
    ]
    assert heading(kept).startswith("Avoimet opiskelupaikat 2 koulutusta")


def test_reachable_says_how_near(client, pello_place):
    OfferingFactory(sites=["FI-854"])

    read = text(client.get(SEARCH["fi"]))
    assert "Enintään 50 km tai alla antamasi matka, tai ilman lähipäiviä" in read
    body = client.get(SEARCH["fi"], {"home": "FI-854", "reachable": "1"}).content.decode()
    chip = re.search(r'data-kopa-chip="reachable"[^>]*>([^<]*)</a>', body)[1]
    assert chip.replace("\xa0", " ") == "Enintään 50 km tai ilman lähipäiviä"


def test_order_has_its_own_button_where_there_is_no_script(client):
    body = client.get(SEARCH["fi"]).content.decode()

    tools = re.search(r'<div class="k-tools">.*?</button>', body, re.DOTALL)[0]
    assert re.search(r'<button class="ds-button k-nojs"[^>]* type="submit">Järjestä</button>$', tools)


def test_filters_without_a_control_are_carried_on(client):
    offering = OfferingFactory(provider=OrganisationFactory(name_fi="Lappia"))
    OfferingFactory(provider=OrganisationFactory(name_fi="Gradia"))

    response = client.get(SEARCH["fi"], {"provider": offering.provider_id, "municipality": "FI-851"})

    body = response.content.decode()
    assert f'<input type="hidden" name="provider" value="{offering.provider_id}">' in body
    assert '<input type="hidden" name="municipality" value="FI-851">' in body
    assert re.findall(r'data-kopa-chip="(\w+)"', body) == ["municipality", "provider"]
    assert heading(response).endswith("1 koulutus, 20 vapaata paikkaa")


def test_default_order_has_no_value_so_that_it_follows(client, pello_place):
    def sorts(**given):
        body = client.get(SEARCH["en"], given).content.decode()
        select = re.search(r'<select class="ds-input" id="sort".*?</select>', body, re.DOTALL)[0]
        return re.findall(r'<option value="(\w*)"( selected)?>([^<]*)', select)

    assert sorts()[0] == ("", " selected", "Closing first")
    assert sorts(home="FI-854")[0] == ("", " selected", "Nearest first")
    assert sorts(home="FI-854", q="hitsaaja")[0] == ("", " selected", "Best match")
    assert ("places", " selected", "Most free places") in sorts(sort="places")
    assert [value for value, _, _ in sorts()] == ["", "start", "places"]


# The search: its address


def test_address_is_canonical_whatever_the_order(client, pello_place):
    for form in ("komvux", "basic"):
        code(EducationForm, form)
    response = client.get(
        "/fi/paikat/?sort=distance&home=FI-854&free=true&page=1&utm_source=letter&form=komvux,basic"
    )

    canonical = re.search(r'<link rel="canonical" href="([^"]*)">', response.content.decode())[1]
    assert html.unescape(canonical) == (
        "http://testserver/fi/paikat/?form=basic&form=komvux&free=1&home=FI-854"
    )
    assert "Hausta jätettiin pois" not in text(response)


def test_fields_that_a_form_sends_empty_leave_the_address(client):
    response = client.get("/fi/paikat/?q=&home=&free=1&open=&within_km=&sort=&starts_after=")

    assert response.status_code == 302
    assert response["Location"] == "/fi/paikat/?free=1"


def test_unknown_and_malformed_parameters_are_left_out_with_a_notice(client):
    OfferingFactory()

    response = client.get("/fi/paikat/?colour=blue&starts_after=soon&form=nonsense&q=hitsaaja")

    assert response.status_code == 200
    assert heading(response).endswith("1 koulutus, 20 vapaata paikkaa")
    read = text(response)
    notice = read[read.index("Hausta jätettiin pois") :][:300]
    assert "colour" in notice
    assert "Opetus alkaa" in notice
    assert "Koulutusmuoto" in notice


@pytest.mark.parametrize("given", ["for_me=1", "reachable=1", "within_km=50", "sort=distance"])
def test_what_needs_a_home_says_so_and_is_left_out(client, given):
    OfferingFactory()

    response = client.get(f"/fi/paikat/?{given}")

    assert "Hausta jätettiin pois" in text(response)
    assert heading(response).endswith("1 koulutus, 20 vapaata paikkaa")


def test_name_of_two_municipalities_asks_which(client):
    municipality("FI-976")
    municipality("SE-2518")

    body = client.get("/sv/platser/", {"home": "Övertorneå"}).content.decode()

    assert '<a class="ds-link" href="/sv/platser/?home=FI-976">Övertorneå (FI)</a>' in body
    assert '<a class="ds-link" href="/sv/platser/?home=SE-2518">Övertorneå (SE)</a>' in body


def test_merged_home_municipality_is_the_one_of_today(client):
    kankaanpaa = MunicipalityFactory(code="214", name_fi="Kankaanpää")
    MunicipalityFactory(code="099", name_fi="Honkajoki", valid_to=dt.date(2020, 12, 31), successor=kankaanpaa)
    offering = OfferingFactory()

    body = client.get(SEARCH["fi"], {"home": "FI-099"}).content.decode()

    assert '<option value="FI-214" selected>Kankaanpää</option>' in body
    assert f'href="{page_of(offering)}?home=FI-214"' in body


@pytest.mark.parametrize(
    "words", ["'\"<>&", "(((", "!:*<->", "\x01\x1f", "a" * 5000, "😀 ʼ", "% %(q)s {{ q }}"]
)
def test_no_words_break_the_search(client, words):
    assert client.get(SEARCH["fi"], {"q": words}).status_code == 200


# The search: pages and ways out


def test_twenty_a_page_and_the_rest_on_the_next(client):
    for number in range(21):
        OfferingFactory(title_fi=f"Kurssi {number:02d}", capacity=1, closes_in_days=number + 3)

    first, second = client.get(SEARCH["fi"]), client.get(SEARCH["fi"], {"page": 2})

    assert titles(first) == [f"Kurssi {number:02d}" for number in range(20)]
    assert titles(second) == ["Kurssi 20"]
    assert "Tulokset 21–21 / 21" in text(second)
    assert heading(second).endswith("21 koulutusta, 21 vapaata paikkaa")
    pages = re.search(r'<nav class="ds-pagination".*?</nav>', second.content.decode(), re.DOTALL)[0]
    assert re.findall(r'href="([^"]*)"', pages) == [
        "/fi/paikat/#results",
        "/fi/paikat/#results",
        "/fi/paikat/?page=2#results",
    ]
    assert pages.count('aria-current="true"') == 1
    assert len(re.findall(r"<li>", pages)) == 4


def test_many_pages_leave_a_gap(client):
    page = SearchPage(
        path="/fi/paikat/",
        result=SearchResult(query=SearchQuery(page=5), total=200, free_places=0, places=gazetteer()),
        refused=(), home_choices=(), now=timezone.now(), names=Names(),
    )  # fmt: skip

    assert [link and link[0] for link in page.page_links] == [1, None, 4, 5, 6, None, 10]
    assert (page.previous_href, page.next_href) == (
        "/fi/paikat/?page=4#results",
        "/fi/paikat/?page=6#results",
    )


def test_page_beyond_the_end_leads_back(client):
    OfferingFactory()

    response = client.get(SEARCH["fi"], {"page": 7})

    assert response.status_code == 200
    assert "Hakutuloksissa ei ole näin monta sivua" in text(response)
    assert 'href="/fi/paikat/#results"' in response.content.decode()


def test_empty_search_says_what_to_leave_out_and_what_it_gives(client):
    code(DeliveryMode, "distance")
    OfferingFactory(mode="contact")
    OfferingFactory(mode="contact")

    response = client.get(SEARCH["fi"], {"mode": "distance", "q": "hitsaaja"})

    assert "Mikään koulutus ei vastaa kaikkia valintojasi." in text(response)
    assert "Ilman: Etäopetus 2 koulutusta" in text(response)
    assert '<a class="ds-link" href="/fi/paikat/?q=hitsaaja">' in response.content.decode()


def test_nothing_at_all_is_said_plainly(client):
    read = text(client.get(SEARCH["fi"]))

    assert "Mihinkään koulutukseen ei voi nyt hakea, eikä haku ole alkamassa." in read


# The search: refreshed in place


def refresh(client, query, before="http://testserver/fi/paikat/"):
    return client.get(f"/fi/paikat/?{query}", headers={"HX-Request": "true", "HX-Current-URL": before})


def test_refresh_brings_results_counts_and_one_announcement(client):
    OfferingFactory()

    response = refresh(client, "q=&home=&free=1&sort=")

    body = response.content.decode()
    assert "<!doctype" not in body
    assert body.count('role="status"') == 0
    assert re.search(r'<p id="announcement" hx-swap-oob="innerHTML">(.*?)</p>', body)[1] == (
        "1 koulutus, 20 vapaata paikkaa"
    )
    facets = re.findall(r'<fieldset class="ds-fieldset" id="facet-(\w+)" hx-swap-oob="true">', body)
    assert facets == ["form", "field", "mode", "language", "region", "payer"]
    assert response["HX-Push-Url"] == "/fi/paikat/?free=1"


def test_the_page_says_which_word_was_read_as_another_by_eye_and_by_ear(client):
    OfferingFactory(title_fi="Lähihoitaja")
    told = "Haettu sanalla lähihoitaja (kirjoitit &lt;lahihoitja)"

    assert told.replace("&lt;", "") in client.get("/fi/paikat/?q=lahihoitja").content.decode()
    body = refresh(client, "q=%3Clahihoitja&home=&sort=").content.decode()
    announced = re.search(r'<p id="announcement" hx-swap-oob="innerHTML">(.*?)</p>', body)[1]
    assert announced == "1 koulutus, 20 vapaata paikkaa. " + told.replace("&lt;", "")
    assert "kirjoitit" not in client.get("/fi/paikat/?q=lähihoitajaksi").content.decode()


def test_typing_on_replaces_the_address_and_other_words_are_a_new_step(client):
    here = "http://testserver/fi/paikat/?free=1&q="

    assert (
        refresh(client, "q=hitsaaja&free=1", here + "hits")["HX-Replace-Url"]
        == "/fi/paikat/?free=1&q=hitsaaja"
    )
    assert refresh(client, "q=hit&free=1", here + "hitsaaja")["HX-Replace-Url"] == "/fi/paikat/?free=1&q=hit"
    assert refresh(client, "q=kokki&free=1", here + "hitsaaja")["HX-Push-Url"] == "/fi/paikat/?free=1&q=kokki"
    assert refresh(client, "q=hitsaaja", here + "hits")["HX-Push-Url"] == "/fi/paikat/?q=hitsaaja"
    assert "HX-Replace-Url" not in refresh(client, "q=hitsaaja", here + "hits")


def test_page_is_for_its_reader_alone(client):
    response = client.get(SEARCH["fi"])

    assert sorted(response["Cache-Control"].split(", ")) == ["no-cache", "private"]
    assert {"Cookie", "HX-Request"} <= {name.strip() for name in response["Vary"].split(",")}


# The home municipality is remembered


def chosen(client, home, before):
    return client.get(SEARCH["fi"], {"home": home}, headers={"Referer": before})


def test_home_chosen_on_a_page_of_ours_is_remembered(client, pello_place):
    municipality("FI-851")
    chosen(client, "FI-854", "http://testserver/fi/")

    response = client.get("/fi/paikat/?q=hitsaaja")

    assert response.status_code == 302
    assert response["Location"] == "/fi/paikat/?q=hitsaaja&home=FI-854"
    chosen(client, "FI-851", "http://testserver/fi/paikat/?home=FI-854")
    assert client.cookies[COOKIE].value == "FI-851"


def test_home_of_somebody_elses_link_is_not_remembered(client, pello_place):
    chosen(client, "FI-854", "https://mail.example.org/")
    assert COOKIE not in client.cookies
    client.get(SEARCH["fi"], {"home": "FI-854"})
    assert COOKIE not in client.cookies
    # Going on within the shared page is no choice of one's own either.
    client.get(
        SEARCH["fi"],
        {"home": "FI-854", "free": "1"},
        headers={"Referer": "http://testserver/fi/paikat/?home=FI-854"},
    )
    assert COOKIE not in client.cookies


def test_emptied_home_is_forgotten(client, pello_place):
    chosen(client, "FI-854", "http://testserver/fi/")

    client.get("/fi/paikat/?home=&free=1")

    assert client.cookies[COOKIE].value == ""
    assert client.get("/fi/paikat/").status_code == 200


@pytest.mark.parametrize("value", ["FI-999", "nonsense", "FI-854; x", "<script>"])
def test_cookie_that_names_no_municipality_is_passed_over(client, value):
    client.cookies[COOKIE] = value

    assert client.get("/fi/paikat/").status_code == 200


def test_cookie_holds_nothing_but_the_key_and_no_script_reads_it(client, pello_place):
    chosen(client, "FI-854", "http://testserver/fi/")

    cookie = client.cookies[COOKIE]
    assert cookie.value == "FI-854"
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


@pytest.mark.parametrize("rows", [1, 3])
def test_search_asks_as_often_for_many_rows_as_for_one(client, django_assert_num_queries, loaded, rows):
    for _ in range(rows):
        OfferingFactory(quotas={"FI-851": 1}, credits=5, credit_unit="competence_point")
    client.get(SEARCH["fi"])

    asked = {"home": "FI-854", "q": "hitsaaja", "mode": "contact"}
    with django_assert_num_queries(8):
        client.get(SEARCH["fi"], asked)
    # A refresh in place leaves the lists of municipalities and providers as they are.
    with django_assert_num_queries(6):
        client.get(SEARCH["fi"], asked, headers={"HX-Request": "true"})


def test_names_of_the_addresses():
    with translation.override("sv"):
        assert reverse("offerings:search") == "/sv/platser/"
        assert reverse("offerings:detail", args=[7, "svetsare"]) == "/sv/platser/7-svetsare/"
        assert reverse("offerings:calendar", args=[7]) == "/sv/platser/7/kalender.ics"
