"""One search over the whole register: everything that a source names is found as it is written there."""

from __future__ import annotations

import csv

import pytest
from django.db.models import Q
from django.test import Client
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries

from kopa.base.reference import Report
from kopa.portal import reference
from kopa.portal.register_search import find
from municipalities.models import Municipality
from providers.models import Organisation
from tests.factories import MunicipalityFactory, SiteFactory, today
from tests.reading import main, words
from tests.reference_data import finnish, loaded

__all__ = ["finnish", "loaded"]

pytestmark = [
    pytest.mark.integration,
    pytest.mark.django_db,
    pytest.mark.usefixtures("loaded"),
    pytest.mark.xdist_group("register search"),
]


def members() -> list[dict[str, str]]:
    """Every member of the pilot groups, as the sources name it in Finnish and in Swedish."""
    with (reference.FOLDER / "pilot_members.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


MUNICIPALITIES = sorted(
    {
        (one["municipality"], one[f"name_{code}"])
        for one in members()
        for code in ("fi", "sv")
        if one["municipality"] and one[f"name_{code}"]
    }
)
OTHERS = sorted(
    {
        (one["group"], one["organisation"] or one["institution"], one[f"name_{code}"])
        for one in members()
        for code in ("fi", "sv")
        if not one["municipality"]
    }
)
# Honkajoki took part until it was merged.
SUCCESSOR = {"FI-099": "FI-214"}


def test_the_sources_name_them_all() -> None:
    assert len({key for key, _name in MUNICIPALITIES}) == 46 + 7
    assert len({member for _group, member, _name in OTHERS}) == 15


def hits(text: str) -> dict[str, list[str]]:
    return {group.code: [hit.href for hit in group.hits] for group in find(text, today=today())}


@pytest.mark.parametrize(("key", "name"), MUNICIPALITIES)
def test_every_member_municipality_is_found_as_written(client: Client, key: str, name: str) -> None:
    """Over the API, in the list and in the search of the whole register."""
    wanted = SUCCESSOR.get(key, key)

    answer = client.get("/api/v1/municipalities/", {"q": name}).json()
    assert wanted in [one["key"] for one in answer["results"]]
    address = f"/fi/kunnat/{wanted.lower()}-"
    assert address in main(client.get("/fi/kunnat/", {"q": name}))
    assert any(one.startswith(address) for one in hits(name)["municipalities"])


def test_every_member_municipality_is_found_by_its_legal_name(client: Client) -> None:
    """As other sources name it, in each language: over the API and in the search of the whole register."""
    keys = {SUCCESSOR.get(key, key) for key, _name in MUNICIPALITIES}
    rows = Organisation.objects.filter(municipality__key__in=keys).select_related("municipality")
    assert rows.count() == len(keys)

    for one in rows:
        for name in {one.name_fi, one.name_sv, one.name_en} - {""}:
            answer = client.get("/api/v1/municipalities/", {"q": name}).json()
            assert one.municipality.key in [found["key"] for found in answer["results"]], name
            address = f"/fi/kunnat/{one.municipality.key.lower()}-"
            assert any(href.startswith(address) for href in hits(name)["municipalities"]), name


def test_groups_are_found_by_a_member_s_legal_name() -> None:
    assert [href.rsplit("/", 2)[1] for href in hits("Kauhajoen kaupunki")["pilots"]] == ["kopa-10"]


@pytest.mark.parametrize("text", ["4", "kopa-4", "KOPA 4", "Pilottiryhmä 4", "pilotgrupp 4", "pilot group 4"])
def test_a_group_is_found_by_its_number(text: str) -> None:
    assert [href.rsplit("/", 2)[1] for href in hits(text)["pilots"]] == ["kopa-4"]


@pytest.mark.parametrize(("group", "member", "name"), OTHERS)
def test_every_other_member_is_found_as_written(group: str, member: str, name: str) -> None:
    found = hits(name)

    assert any(one.endswith(f"/{group}/") for one in found["pilots"])
    assert found.get("organisations") or found.get("institutions"), member


@pytest.mark.parametrize(
    ("member", "name"),
    sorted({(member, name) for _group, member, name in OTHERS} | {
        ("1.2.246.562.10.77763235106", "koulutuskuntayhtymä (Suupohja)"),
        ("1.2.246.562.10.77763235106", "samkommunen för utbildning (Sydösterbotten)"),
    }),
)  # fmt: skip
@pytest.mark.parametrize("language", ["fi", "sv"])
def test_provider_lookup_finds_every_member(client: Client, language: str, member: str, name: str) -> None:
    """On the page and over the API; an institution's name finds its owner."""
    wanted = Organisation.objects.distinct().get(Q(register_key=member) | Q(institutions__code=member))

    with override(language):
        page = main(client.get(reverse("providers:list"), {"q": name}))
        assert f'href="{wanted.get_absolute_url()}"' in page
    answer = client.get("/api/v1/providers/", {"q": name}).json()
    assert wanted.pk in [one["id"] for one in answer["results"]]


@pytest.mark.parametrize(
    ("text", "code", "name"),
    [
        ("Tavastkyro", "municipalities", "Hämeenkyrö"),
        ("tavastkyro", "municipalities", "Hämeenkyrö"),
        ("Honkajoki", "municipalities", "Kankaanpää"),
        ("FI-854", "municipalities", "Pello"),
        ("SE-2583", "municipalities", "Haparanda"),
        ("FI-R19", "regions", "Lappi"),
        ("Lappland", "regions", "Lappi"),
        ("Birkaland", "regions", "Pirkanmaa"),
        ("2109309-0", "organisations", "Kemi-Tornionlaakson koulutuskuntayhtymä Lappia"),
        ("1.2.246.562.10.41253773158", "organisations", "Kemi-Tornionlaakson koulutuskuntayhtymä Lappia"),
        ("10069", "institutions", "Ammattiopisto Lappia"),
        ("kopa-4", "pilots", "Pilottiryhmä 4: Kemi-Tornionlaakson koulutuskuntayhtymä Lappia, Pello"),
        ("Södertörnsvux", "pilots", "Södertörnsvux"),
        ("SAKKY", "institutions", "Savon ammattiopisto"),
    ],
)
def test_names_and_codes_find(text: str, code: str, name: str) -> None:
    found = {group.code: group for group in find(text, today=today())}

    assert str(found[code].hits[0].name).startswith(name)


def test_site_is_found_by_its_name(client: Client, loaded: list[Report]) -> None:
    """One that has a name of its own; where it has its institution's, the institution is the hit."""
    lappia = Organisation.objects.get(business_id="2109309-0")
    place = Municipality.objects.get(key="FI-851")
    SiteFactory(organisation=lappia, name_fi="Mämmilän paja", municipality=place, address="Rantatie 1")

    (group,) = find("mammilan", today=today())
    assert (group.code, group.total, str(group.hits[0].name)) == ("sites", 1, "Mämmilän paja")
    assert group.hits[0].href.endswith("-lappia/#sites")
    assert "Sites 1 Mämmilän paja Rantatie 1, Tornio" in words(main(client.get("/en/register/?q=mammilan")))
    assert "sites" not in hits("Ammattiopisto Lappia")

    Organisation.objects.filter(pk=lappia.pk).update(status="draft")
    assert find("mammilan", today=today()) == []


def test_page_groups_what_it_finds(client: Client) -> None:
    page = words(main(client.get("/en/register/?q=Lappia")))

    assert "3 hits for “Lappia”" in page
    assert "Providers and other organisations 1" in page
    assert "Institutions 1 Ammattiopisto Lappia 10069, Tornio" in page


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "For example: Tavastkyro, Honkajoki, Lappia, FI-854 or 2109309-0."),
        ("q=x", "Write at least two letters."),
        ("q=nowhere", "Nothing in the register is called “nowhere”."),
        ("q=%3Cscript%3E", "Nothing in the register is called “<script>”."),
        ("q=" + "x" * 101, "Part of the address was not understood"),
        ("q=pello&colour=red", "colour : There is no such parameter."),
    ],
)
def test_page_says_what_to_do(client: Client, query: str, said: str) -> None:
    assert said in words(main(client.get(f"/en/register/?{query}")))


def test_search_is_linked_from_the_lists(client: Client) -> None:
    for address in ("/sv/kommuner/", "/sv/landskap-och-lan/", "/sv/anordnare/"):
        assert 'href="/sv/register/"' in main(client.get(address))


@pytest.mark.parametrize("text", ["nowhere", "Pello"])
def test_search_asks_a_fixed_number_of_questions(
    client: Client, loaded: list[Report], django_assert_num_queries: DjangoAssertNumQueries, text: str
) -> None:
    MunicipalityFactory(code="998", name_fi="Muualla")
    client.get("/en/register/", {"q": text})

    with django_assert_num_queries(7 if text == "nowhere" else 11):
        answer = client.get("/en/register/", {"q": text})
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/fi/kunnat/", "/fi/jarjestajat/", "/fi/alueet/"])
def test_list_without_a_hit_leads_to_the_whole_register_with_the_same_words(
    client: Client, path: str
) -> None:
    page = main(client.get(path, {"q": "Åö & olematon"}))

    empty = page.partition('class="k-empty"')[2].partition("</div>")[0]
    assert 'href="/fi/rekisteri/?q=%C3%85%C3%B6%20%26%20olematon"' in empty
    if path != "/fi/alueet/":
        assert page.count("/fi/rekisteri/?q=%C3%85%C3%B6%20%26%20olematon") == 2
    assert 'href="/fi/rekisteri/"' in client.get(path).content.decode()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("koulutuskuntayhtymä", "organisations"),
        ("koulu", "institutions"),
        ("län", "regions"),
    ],
)
def test_all_of_one_kind_are_listed(client: Client, text: str, kind: str) -> None:
    """What the first page of hits cuts off has a page of its own, whatever the kind."""
    (group,) = (group for group in find(text, today=today()) if group.code == kind)
    assert group.is_cut
    assert escape(group.all_href) in main(client.get("/fi/rekisteri/", {"q": text}))

    first = client.get(group.all_href)
    assert len(first.context["whole_hits"]) == min(group.total, 50)
    last = client.get(f"{group.all_href}&page={(group.total - 1) // 50 + 1}")
    assert len(last.context["whole_hits"]) == (group.total - 1) % 50 + 1
    assert not last.context["page"].ignored


@pytest.mark.parametrize(
    "query", ["q=pello&kind=nothing", "q=nowhere&kind=sites", "kind=sites", "q=x&kind=sites"]
)
def test_a_kind_without_hits_leaves_the_page_as_it_is(client: Client, query: str) -> None:
    answer = client.get(f"/en/register/?{query}")

    assert answer.status_code == 200
    assert answer.context["whole"] is None


def test_sites_of_namesakes_are_told_apart_by_their_country() -> None:
    for key in ("FI-976", "SE-2518"):
        place = Municipality.objects.get(key=key)
        SiteFactory(
            organisation=Organisation.objects.get(municipality=place), municipality=place, address="",
            name_fi="Mämmilän paja",
        )  # fmt: skip

    with override("sv"):
        (group,) = find("mammilan", today=today())
        places = sorted(hit.detail.partition(",")[0] for hit in group.hits)
    assert places == ["Övertorneå (FI)", "Övertorneå (SE)"]
