"""The page of one offering, asked as a browser asks for it."""

import datetime as dt
import html
import json
import re

import pytest

from offerings.models import Offering
from pilots.models import PilotGroup, PilotMembership
from tests.factories import (
    AgreementFactory,
    CoHostFactory,
    OfferingFactory,
    OrganisationFactory,
    in_days,
    municipality,
    organisation_of,
)
from tests.offerings.reading import SEARCH, page_of, text, titles

pytestmark = pytest.mark.django_db


def test_address_has_the_title_in_the_language_read(client):
    offering = OfferingFactory(title_fi="Hitsaaja, levytöiden osaaja", title_sv="Svetsare", title_en="")

    assert page_of(offering) == f"/fi/paikat/{offering.pk}-hitsaaja-levytoiden-osaaja/"
    assert page_of(offering, "sv") == f"/sv/platser/{offering.pk}-svetsare/"
    for tail in ("", "-old-title", "-ä", "-%C3%A4%20b", "-a.b", "-%2e%2e"):
        old = f"/fi/paikat/{offering.pk}{tail}/"
        response = client.get(old + "?home=FI-854")
        assert response.status_code == 302
        assert response["Location"] == page_of(offering) + "?home=FI-854"


def test_title_without_latin_letters_has_its_number_only(client):
    offering = OfferingFactory(title_fi="Сварщик")

    assert page_of(offering) == f"/fi/paikat/{offering.pk}/"
    assert client.get(page_of(offering)).status_code == 200


@pytest.mark.parametrize("words", ["", "-", "-other-words"])
def test_other_words_after_the_number_lead_to_the_page(client, words):
    offering = OfferingFactory()

    answer = client.get(f"/fi/paikat/{offering.pk}{words}/?home=FI-854")

    assert (answer.status_code, answer["Location"]) == (302, f"{page_of(offering)}?home=FI-854")


@pytest.mark.parametrize("number", ["0", "999999999", "9" * 30])
def test_no_such_offering(client, number):
    assert client.get(f"/fi/paikat/{number}/").status_code == 404


def test_way_back_keeps_the_search(client, pello_place):
    offering = OfferingFactory()
    query = "?free=1&home=FI-854&q=hitsaaja"

    link = re.search(r'href="(/fi/paikat/\d+-[^"]*)"', client.get(f"/fi/paikat/{query}").content.decode())[1]
    body = client.get(html.unescape(link)).content.decode()

    assert html.unescape(link) == page_of(offering) + query
    assert f'href="/fi/paikat/{html.escape(query)}"' in body
    assert "Takaisin hakuun" in body
    assert f'<link rel="canonical" href="http://testserver{page_of(offering)}">' in body
    assert "Kaikki opiskelupaikat" in client.get(page_of(offering)).content.decode()


def test_page_says_everything_that_the_issue_asks_for(client, bengt, lappia, pello_place):
    offering = OfferingFactory(
        provider=lappia,
        title_fi="Hitsaaja",
        capacity=16,
        taken=9,
        quotas={"FI-854": 2},
        starts_on=dt.date(2027, 1, 25),
        ends_on=dt.date(2027, 6, 4),
        applications_close_at=dt.datetime(2026, 12, 4, 13, tzinfo=dt.UTC),
        quota_release_at=dt.datetime(2026, 12, 10, 13, tzinfo=dt.UTC),
        start_decision_at=dt.datetime(2026, 12, 20, 13, tzinfo=dt.UTC),
        min_group=8,
        contact_phone="+358 40 123 4567",
        prior_education=["basic"],
        entry_requirements_fi="Riittävä suomen kielen taito.",
        places_confirmed_at=dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC),
        places_confirmed_by=bengt,
    )
    CoHostFactory(offering=offering, organisation=organisation_of("FI-240"))

    response = client.get(page_of(offering), {"home": "FI-854"})

    read = text(response)
    for words in (
        "Opit hitsaamaan ja lukemaan piirustuksia.",
        "25.1.2027 – 4.6.2027",
        "Haku päättyy 4.12.2026 klo 15.00 Opiskelutapa",
        "103 km linnuntietä",
        "7 vapaata paikkaa",
        "Avoinna kaikille 5 vapaana, yhteensä 14",
        "Varattu Pellon asukkaille 10.12.2026 asti 2 vapaana, yhteensä 2",
        "Koulutus alkaa, kun siinä on vähintään 8 opiskelijaa.",
        "Kemi-Tornionlaakson koulutuskuntayhtymä Lappia vahvisti luvut 20.11.2026.",
        "Kaikki voivat hakea asuinpaikasta riippumatta.",
        "Pohjakoulutus: Peruskoulu",
        "Riittävä suomen kielen taito.",
        "Koulutus on sinulle maksuton.",
        "Valtio rahoittaa koulutuksen järjestäjän kautta. Kotikuntasi ei anna lausuntoa.",
        "Haet järjestäjän omalla sivustolla. Haku päättyy 4.12.2026 klo 15.00.",
        "Paikat annetaan ilmoittautumisjärjestyksessä.",
        "Varatut paikat, joita kukaan ei ole ottanut, vapautuvat kaikille 10.12.2026.",
        "Järjestäjä päättää 20.12.2026, alkaako koulutus. Tarvitaan vähintään 8 opiskelijaa.",
        "Opetus alkaa 25.1.2027.",
        "opintotoimisto@example.org",
        "Yhteistyökumppanit Kemi",
    ):
        assert words in read, words
    assert "Bengt" not in read
    body = response.content.decode()
    assert 'href="https://hakeminen.example.org/hitsaus" rel="external noopener nofollow"' in body
    assert 'href="tel:+358401234567"' in body


def test_municipality_of_a_name_that_two_bear_has_its_country(client):
    for key in ("FI-976", "SE-2518"):
        municipality(key)
    offering = OfferingFactory(
        quotas={"FI-976": 3}, sites=["SE-2518"], closes_in_days=10, open_to="municipalities",
        open_to_municipalities=["FI-976", "SE-2518"],
        quota_release_at=dt.datetime(2026, 12, 10, 13, tzinfo=dt.UTC),
    )  # fmt: skip

    read = text(client.get(page_of(offering, "sv")))

    assert "+ 3 för invånare i Övertorneå (FI) till den 10 december 2026" in read
    assert "För invånare i Övertorneå (FI) till den 10 december 2026 3 lediga" in read
    assert "Övertorneå (FI), Övertorneå (SE)" in read
    assert re.findall(r"Övertorneå(?!n| \((?:FI|SE)\))", read) == []


def test_meter_says_whose_reserve_is_among_the_free_places(client, pello_place):
    offering = OfferingFactory(
        capacity=10, quotas={"FI-854": 2, "FI-851": 1}, closes_in_days=10,
        quota_release_at=dt.datetime(2026, 12, 10, 13, tzinfo=dt.UTC),
    )  # fmt: skip

    body = client.get(page_of(offering), {"home": "FI-854"}).content.decode()

    summary = re.search(r'<aside class="k-summary.*?<p class="k-dl">', body, re.DOTALL)[0]
    assert "niistä 2 varattu Pellon asukkaille 10.12.2026 asti" in summary
    assert "+ 1 varattu Tornion asukkaille 10.12.2026 asti" in summary


def test_meter_counts_places_in_the_right_number_in_three_languages(client):
    one, many = OfferingFactory(capacity=9, taken=8), OfferingFactory(capacity=9)

    read = [
        text(client.get(page_of(offering, language)))
        for language in ("fi", "sv", "en")
        for offering in (one, many)
    ]

    expected = [
        "1 vapaa paikka",
        "9 vapaata paikkaa",
        "1 ledig plats",
        "9 lediga platser",
        "1 free place",
        "9 free places",
    ]
    assert [words in page for words, page in zip(expected, read, strict=True)] == [True] * 6


@pytest.mark.parametrize(
    ("home", "form", "says"),
    [
        ("", "vocational", "Maksaja riippuu siitä, missä asut."),
        ("FI-854", "vocational", "Valtio rahoittaa."),
        ("FI-854", "basic", "Kotikuntasi päättää."),
        ("FI-851", "basic", "Oman kuntasi koulutus."),
        ("SE-2518", "vocational", "Ei sopimusta: kysy järjestäjältä."),
    ],
)
def test_who_pays_follows_the_home_municipality(client, home, form, says):
    for key in ("FI-854", "SE-2518"):
        municipality(key)
    offering = OfferingFactory(provider=organisation_of("FI-851"), form=form)

    assert says in text(client.get(page_of(offering), {"home": home} if home else {}))


def test_fee_is_said_in_the_host_s_money(client):
    offering = OfferingFactory(provider=organisation_of("SE-2518"), learner_fee_cents=125000)

    assert "Opiskelijamaksusi on 1 250 SEK." in text(client.get(page_of(offering))).replace("\u202f", " ")
    swedish = text(client.get(page_of(offering, "sv"))).replace("\u202f", " ")
    assert "Du betalar en avgift på 1 250 kr." in swedish


@pytest.mark.parametrize(
    ("fee", "language", "summary", "pay"),
    [
        (0, "fi", "Maksuton Kotikuntasi päättää", "Koulutus on sinulle maksuton. Kotikuntasi päättää."),
        (0, "sv", "Avgiftsfri Din hemkommun beslutar", "Utbildningen är avgiftsfri för dig."),
        (0, "en", "Free of charge Your home municipality decides", "The course is free of charge for you."),
        (
            30000,
            "fi",
            "Opiskelijamaksu 300 € Opiskelupaikan rahoitus: Kotikuntasi päättää",
            "Opiskelijamaksusi on 300 €. Paikkasi kustannus on eri asia kuin maksusi. Kotikuntasi päättää.",
        ),
        (
            30000,
            "en",
            "Fee for the student €300 Funding of the place: Your home municipality decides",
            "You pay a fee of €300. What your place costs is another matter than your fee. Your home",
        ),
    ],
)
def test_fee_and_the_cost_of_the_place_are_two_things(client, pello_place, fee, language, summary, pay):
    municipality("FI-851")
    offering = OfferingFactory(provider=organisation_of("FI-851"), form="basic", learner_fee_cents=fee)

    read = text(client.get(page_of(offering, language), {"home": "FI-854"}))

    assert summary in read
    assert pay in read


def test_deadline_names_its_clock_for_a_reader_of_another_country(client, pello_place):
    """R-TIME-2."""
    offering = OfferingFactory(
        provider=organisation_of("SE-2518"),
        applications_close_at=dt.datetime(2026, 12, 4, 22, 59, 59, tzinfo=dt.UTC),
    )

    assert "4.12.2026 klo 23.59 (Ruotsin aikaa)" in text(client.get(page_of(offering), {"home": "FI-854"}))
    assert "kl. 23.59 (svensk tid)" in text(client.get(page_of(offering, "sv"), {"home": "FI-854"}))


def test_facts_of_a_blended_part_time_course(client):
    offering = OfferingFactory(
        mode="blended", contact_share="0.4", study_form="part_time", pace_percent=50, credits=60,
        credit_unit="competence_point", course_codes=["HIT-1", "HIT-2"],
    )  # fmt: skip

    read = text(client.get(page_of(offering)))

    assert "Monimuoto-opetus, 40 % lähiopetusta" in read
    assert "(50 %)" in read
    assert "60 osaamispistettä" in read
    assert "HIT-1, HIT-2" in read
    without_days = OfferingFactory(mode="distance", contact_days=0, contact_share=0)
    assert "Etäopetus, ei lähipäiviä" in text(client.get(page_of(without_days)))
    some_days = OfferingFactory(mode="blended", contact_days=1)
    assert "Monimuoto-opetus, 1 lähipäivä" in text(client.get(page_of(some_days)))


def test_small_group_is_not_told_to_need_students(client):
    offering = OfferingFactory(min_group=1, start_decision_at=in_days(40))

    assert "Järjestäjä päättää 3.1.2027, alkaako koulutus. Tarvitaan" not in text(
        client.get(page_of(offering))
    )


def test_regions_that_may_apply(client, pello_place):
    offering = OfferingFactory(open_to="regions", open_to_regions=[pello_place.region])

    read = text(client.get(page_of(offering), {"home": "FI-854"}))

    assert "Näiden maakuntien tai läänien asukkaat voivat hakea: Lappi." in read
    assert "Kotikuntasi Pellon asukkaat voivat hakea." in read


def test_pilot_groups_are_told_by_their_members_names(client, pello_place):
    municipality("FI-638")
    group = PilotGroup.objects.create(code="kopa-4", kind="pilot_group", number=4, country="FI")
    for position, key in enumerate(("FI-854", "FI-851")):
        PilotMembership.objects.create(
            group=group, position=position, kind="direct", member_kind="municipality",
            name_fi=municipality(key).name_fi, municipality=municipality(key),
        )  # fmt: skip
    offering = OfferingFactory(open_to="pilot_groups", open_to_pilot_groups=[group])

    read = text(client.get(page_of(offering), {"home": "FI-854"}))
    assert "Näiden ryhmien kuntien asukkaat voivat hakea: Pilottiryhmä 4: Pello ja Tornio." in read
    assert "Kotikuntasi Pellon asukkaat voivat hakea." in read
    group.name_fi = "Tornionlaakso"
    group.save(update_fields=["name_fi"])
    read = text(client.get(page_of(offering), {"home": "FI-638"}))
    assert "Näiden ryhmien kuntien asukkaat voivat hakea: Pilottiryhmä 4: Tornionlaakso." in read
    assert "Kotikuntasi Porvoon asukkaat eivät voi hakea." in read


WHO_PAYS = {
    "agreement": {
        "fi": "Kotikuntasi maksaa sopimuksen mukaan. Kotikuntasi ja tämä kunta ovat sopineet, että niiden"
        " asukkaat saavat hakea vapaasti. Kotikuntasi maksaa paikkasi eikä anna lausuntoa. Sopimus: Vapaa",
        "sv": "Din hemkommun betalar enligt avtal. Din hemkommun och den här kommunen har avtalat om frisök:"
        " invånarna söker fritt. Din hemkommun betalar din plats och lämnar inget yttrande. Avtal: Frisök",
        "en": "Your home municipality pays by agreement. Your home municipality and this one have agreed that"
        " their residents apply freely. Your home municipality pays for your place and gives no statement."
        " Agreement: Vapaa",
    },
    "required in Sweden": {
        "fi": "Kotikuntasi päättää, maksaako se paikkasi, ja kertoo sen lausunnossa.",
        "sv": "Din hemkommun beslutar om den betalar din plats och säger det i ett yttrande.",
        "en": "Your home municipality decides whether it pays for your place, and says so in a statement.",
    },
    "required in Finland": {
        "sv": "Din hemkommun beslutar om den betalar din plats och säger det i ett utlåtande.",
    },
    "asked by agreement": {
        "fi": "Järjestäjä pyytää kotikunnaltasi lausunnon, kuten kuntien sopimuksessa sanotaan."
        " Sopimus: Kysy",
        "sv": "Anordnaren begär ett utlåtande av din hemkommun, så som kommunernas avtal säger.",
    },
    "own in Sweden": {"sv": "Utbildningen ordnas av din egen kommun. Inget yttrande behövs."},
    "own in Finland": {"sv": "Utbildningen ordnas av din egen kommun. Inget utlåtande behövs."},
    "state": {"sv": "Staten finansierar utbildningen via anordnaren. Din hemkommun ger inget utlåtande."},
    "area": {
        "fi": "Kotikuntasi ja tämä kunta kuuluvat samaan ensisijaiseen yhteistyöalueeseen. Lain mukaan"
        " kotikuntasi maksaa paikkasi eikä anna lausuntoa.",
        "sv": "Enligt lag betalar din hemkommun din plats och lämnar inget yttrande.",
        "en": "By law your home municipality pays for your place and gives no statement.",
    },
    "none": {"fi": "mutta kysy ensin järjestäjältä, kuka maksaa."},
}
CASES = {
    "agreement": ("SE-0126", "komvux", "SE-0192"),
    "required in Sweden": ("SE-0126", "komvux", "SE-0182"),
    "required in Finland": ("FI-851", "basic", "FI-976"),
    "asked by agreement": ("FI-851", "vocational", "FI-854"),
    "own in Sweden": ("SE-0126", "komvux", "SE-0126"),
    "own in Finland": ("FI-851", "basic", "FI-851"),
    "state": ("FI-851", "vocational", "FI-976"),
    "area": ("SE-2583", "komvux", "SE-2518"),
    "none": ("SE-2583", "komvux", "FI-851"),
}


@pytest.mark.parametrize("case", CASES)
def test_who_pays_and_whether_a_statement_is_needed_is_said_with_the_reason(case, client):
    """R-HOME-3 in words, with Finland's and Sweden's Swedish for the statement of their municipalities."""
    AgreementFactory(title_fi="Vapaa", title_sv="Frisök", parties=["SE-0126", "SE-0192"], is_frisok=True)
    AgreementFactory(tier="primary", parties=["SE-2583", "SE-2518"])
    AgreementFactory(
        title_fi="Kysy", country="FI", parties=["FI-851", "FI-854"], forms=["vocational"],
        asks_for_statement=True,
    )  # fmt: skip
    host, form, home = CASES[case]
    municipality(home)
    offering = OfferingFactory(provider=organisation_of(host), form=form, field="091")

    for language, said in WHO_PAYS[case].items():
        read = text(client.get(page_of(offering, language), {"home": home}))
        assert said in read, language


def test_parties_of_an_agreement_are_told_by_name(client, pello_place):
    """R-CAP-6: others are refused before applying, by the page already."""
    agreement = AgreementFactory(
        country="FI", title_fi="Pohjoinen sopimus",
        parties={"FI-854": (None, None), "FI-851": (None, None), "FI-638": (None, dt.date(2026, 1, 1))},
    )  # fmt: skip
    offering = OfferingFactory(open_to="agreement_parties", agreement=agreement)

    read = text(client.get(page_of(offering), {"home": "FI-854"}))
    told = "Näiden kuntien asukkaat voivat hakea: {}. Sopimus: Pohjoinen sopimus."
    assert told.format("Pello, Tornio") in read
    assert "Kotikuntasi Pellon asukkaat voivat hakea." in read
    agreement.parties.all().delete()
    read = text(client.get(page_of(offering), {"home": "FI-638"}))
    assert told.format("–") in read
    assert "Kotikuntasi Porvoon asukkaat eivät voi hakea." in read


def test_limited_circle_is_told_and_judged(client, pello_place):
    offering = OfferingFactory(open_to="municipalities", open_to_municipalities=["FI-851", "FI-240"])

    assert "Näiden kuntien asukkaat voivat hakea: Kemi, Tornio." in text(client.get(page_of(offering)))
    read = text(client.get(page_of(offering), {"home": "FI-854"}))
    assert "Kotikuntasi Pellon asukkaat eivät voi hakea." in read
    assert "Kotikuntasi Tornion asukkaat voivat hakea." in text(
        client.get(page_of(offering), {"home": "FI-851"})
    )


@pytest.mark.parametrize(
    ("facts", "says", "has_button"),
    [
        ({"applications_open_at": in_days, "closes": 30}, "Haku alkaa 29.11.2026", False),
        ({"is_national_joint_application": True}, "Haet valtakunnallisessa yhteishaussa, et täällä.", True),
        (
            {"apply_url": "", "apply_contact": "Soita opintotoimistoon"},
            "Näin haet: Soita opintotoimistoon",
            False,
        ),
        ({"apply_url": ""}, "Kysy, miten haetaan", False),
        ({"applications_close_at": None}, "Jatkuva haku", True),
    ],
    ids=["later", "joint application", "by telephone", "unknown", "continuous"],
)
def test_how_to_apply(client, facts, says, has_button):
    """R-APP-9: to the national joint application there is a link only."""
    facts = dict(facts)
    facts.pop("closes", None)
    if "applications_open_at" in facts:
        facts["applications_open_at"] = in_days(5, hour=8)
    response = client.get(page_of(OfferingFactory(**facts)))

    assert says in text(response)
    assert ("Hae paikkaa" in text(response)) is has_button


def test_address_that_is_no_web_address_is_no_link(client):
    offering = OfferingFactory()
    Offering.objects.filter(pk=offering.pk).update(apply_url="javascript:alert(1)")

    assert "javascript:" not in client.get(page_of(offering)).content.decode()


def test_other_starts_and_similar_ones(client, lappia):
    offering = OfferingFactory(provider=lappia, title_fi="Hitsaaja")
    later = OfferingFactory(provider=lappia, title_fi="Hitsaaja", starts_on=dt.date(2027, 8, 9))
    similar = OfferingFactory(title_fi="Levyseppä", capacity=1)
    OfferingFactory(title_fi="Täysi hitsaus", capacity=2, taken=2)
    OfferingFactory(title_fi="Lähihoitaja", field="091")

    response = client.get(page_of(offering))

    body = response.content.decode()
    assert titles(response) == ["Levyseppä"]
    assert f'href="{page_of(similar)}' in body
    assert f'<a class="ds-link" href="{page_of(later)}">Alkaa 9.8.2027</a>' in body


def test_cancelled_course_says_so_why_and_what_instead(client):
    offering = OfferingFactory(status="cancelled")
    OfferingFactory(title_fi="Levyseppä")

    response = client.get(page_of(offering))

    read = text(response)
    assert response.status_code == 200
    assert "Koulutus peruttiin 23.11.2026." in read
    assert "Hakijoita oli liian vähän." in read
    assert "Hae paikkaa" not in read
    assert titles(response) == ["Levyseppä"]


def test_closed_course_has_no_button(client):
    offering = OfferingFactory(closes_in_days=-1)

    read = text(client.get(page_of(offering)))

    assert "Haku tähän koulutukseen on päättynyt." in read
    assert "Hae paikkaa" not in read


def test_draft_is_for_its_own_people_only(client, bengt, aino, lappia):
    draft = OfferingFactory(provider=lappia, status="draft", title_fi="Metsuri")
    path = page_of(draft)

    assert client.get(path).status_code == 404
    client.force_login(aino)
    assert client.get(path).status_code == 404
    client.force_login(bengt)
    response = client.get(path)
    assert response.status_code == 200
    assert "Luonnos" in text(response)
    assert "application/ld+json" not in response.content.decode()


def test_draft_with_nothing_but_a_title_can_be_seen(client, bengt, lappia):
    draft = OfferingFactory(
        provider=lappia, status="draft", title_fi="Metsuri", form=None, field=None, mode=None, level="",
        starts_on=None, ends_on=None, applications_open_at=None, applications_close_at=None, capacity=None,
        contact_email="", contact_name="", apply_url="", price_basis="", languages=[], sites=[],
    )  # fmt: skip
    client.force_login(bengt)

    assert client.get(page_of(draft)).status_code == 200


def test_page_describes_itself_to_search_engines(client):
    offering = OfferingFactory(title_fi="Hitsaaja", capacity=9, taken=4, quotas={"FI-854": 2})

    body = client.get(page_of(offering)).content.decode()

    said = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', body, re.DOTALL)[1])
    assert said["@id"] == f"http://testserver{page_of(offering)}#course"
    assert said["hasCourseInstance"]["remainingAttendeeCapacity"] == 3


def test_calendar_file_is_for_everybody_but_drafts_have_none(client):
    offering, draft = OfferingFactory(), OfferingFactory(status="draft")

    response = client.get(f"/fi/paikat/{offering.pk}/kalenteri.ics")

    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Content-Disposition"] == f'attachment; filename="kopa-{offering.pk}.ics"'
    assert f"URL:http://testserver{page_of(offering)}\r\n".encode() in response.content.replace(b"\r\n ", b"")
    assert client.get(f"/fi/paikat/{draft.pk}/kalenteri.ics").status_code == 404


HOSTILE = "<img src=x onerror=\"document.title='x'\"></script>'\"&{{ 7 }}"


def test_every_text_is_shown_as_text(client, bengt):
    provider = OrganisationFactory(name_fi=HOSTILE)
    offering = OfferingFactory(
        provider=provider, title_fi=HOSTILE, description_fi=HOSTILE, entry_requirements_fi=HOSTILE,
        accessibility_note_fi=HOSTILE, contact_name=HOSTILE, contact_phone=HOSTILE[:40], apply_url="",
        apply_contact=HOSTILE, course_codes=[HOSTILE[:30]],
    )  # fmt: skip

    for path in (page_of(offering), f"/fi/paikat/?q={HOSTILE}", "/fi/paikat/"):
        body = client.get(path).content.decode()
        assert "<img src=x" not in body
        assert "{{ 7 }}" in body or "&#x27;" in body


@pytest.mark.parametrize("rows", [1, 3])
def test_page_asks_as_often_for_many_rows_as_for_one(client, django_assert_num_queries, loaded, rows):
    offering = OfferingFactory(quotas={"FI-851": 1, "FI-240": 1}, prior_education=["basic"])
    for _ in range(rows):
        OfferingFactory(provider=offering.provider, title_fi=offering.title_fi, quotas={"FI-851": 1})
        OfferingFactory(quotas={"FI-851": 1})
    client.get(SEARCH["fi"])
    path = page_of(offering)

    with django_assert_num_queries(18):
        client.get(path, {"home": "FI-854"})
