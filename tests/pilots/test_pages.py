"""The pages of pilot groups: the list, one group, the files for spreadsheets."""

from __future__ import annotations

import csv
import datetime as dt
import html
import io
import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from pilots.models import Goal, PilotGroup, StatedFigure
from providers.models import Organisation
from tests.factories import (
    DataSourceFactory,
    InstitutionFactory,
    MunicipalityFactory,
    OfferingFactory,
    OrganisationFactory,
    PilotGroupFactory,
    PilotMembershipFactory,
    municipality,
    organisation_of,
)
from tests.reading import facts, heading, main, rows, words

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def goal() -> Goal:
    texts = {f"{part}_{code}": f"{part} {code}" for part in ("title", "text") for code in ("fi", "sv", "en")}
    return Goal.objects.create(number=1, source="kopa", **texts)


@pytest.fixture
def three(lappia: Organisation) -> PilotGroup:
    """As the source has group 3: a municipality, one merged into it since, a joint authority."""
    tornio = municipality("FI-851")
    merged = MunicipalityFactory(
        code="099",
        name_fi="Honkajoki",
        name_sv="Honkajoki",
        valid_to=dt.date(2020, 12, 31),
        successor=tornio,
    )
    group = PilotGroupFactory(number=3, members=["FI-851"])
    PilotMembershipFactory(group=group, position=2, municipality=merged)
    PilotMembershipFactory(
        group=group, position=3, member_kind="joint_authority", organisation=lappia,
        name_fi="Lappia", name_sv="samkommunen Lappia",
    )  # fmt: skip
    return group


@pytest.mark.parametrize("number", [1, 3])
def test_list_asks_as_much_for_one_as_for_three(
    client: Client, lappia: Organisation, django_assert_num_queries: DjangoAssertNumQueries, number: int
) -> None:
    for _ in range(number):
        PilotGroupFactory(members=["FI-854", "FI-638", lappia])
    client.get("/en/areas/")

    # Without a load of reference data the map reads municipalities, boundaries and outlines in each request.
    with django_assert_num_queries(13):
        answer = client.get("/en/areas/")

    assert len(rows(answer)) == number


def test_list_shows_number_and_members_until_a_name_is_entered(client: Client, three: PilotGroup) -> None:
    PilotGroupFactory(number=4, name_fi="Jokilaakso", name_sv="Älvdalen", members=["FI-854", "FI-976"])

    assert rows(client.get("/sv/omraden/")) == [
        ["Pilotgrupp 3", "Torneå, Honkajoki och samkommunen Lappia", "2", "2020–2021"],
        ["Älvdalen pilot 4", "Pello och Övertorneå", "2", "2020–2021"],
    ]
    assert rows(client.get("/fi/alueet/"))[0][:2] == ["Pilottiryhmä 3", "Tornio, Honkajoki ja Lappia"]


@pytest.mark.parametrize(
    ("query", "groups"),
    [
        ("", ["Pilot group 3", "Pilot group 6"]),
        ("q=honka", ["Pilot group 3"]),
        ("q=samkommunen+lappia", ["Pilot group 3"]),
        ("q=Borgå", ["Pilot group 6"]),
        ("q=borga", ["Pilot group 6"]),
        ("q=onkajoki", []),
        ("q=honka+Borgå", []),
        ("q=%E2%80%A6", []),
        ("q=%E2%81%87", []),
        ("municipality=FI-851", ["Pilot group 3"]),
        ("municipality=FI-099", ["Pilot group 3"]),
        ("municipality=FI-854", []),
        ("kind=co_operation_area", []),
        ("as_of=2019-12-31", []),
        ("as_of=2020-01-01", ["Pilot group 3", "Pilot group 6"]),
        ("q=%00", ["Pilot group 3", "Pilot group 6"]),
        ("as_of=yesterday", ["Pilot group 3", "Pilot group 6"]),
    ],
)
def test_list_is_narrowed(client: Client, three: PilotGroup, query: str, groups: list[str]) -> None:
    PilotGroupFactory(number=6, members=["FI-638"])
    municipality("FI-854")

    answer = client.get(f"/en/areas/?{query}")

    shown = [row[0] for row in rows(answer)] if groups else []
    assert shown == groups
    assert ("No group fits." in words(main(answer))) == (not groups)


def test_the_merged_one_is_itself_while_it_was(client: Client, three: PilotGroup) -> None:
    """Tornio has Honkajoki's membership from 2021 on, not in 2020."""
    honkajoki = three.memberships.get(municipality__code="099")
    three.memberships.exclude(pk=honkajoki.pk).delete()

    assert [row[0] for row in rows(client.get("/en/areas/?municipality=FI-851"))] == ["Pilot group 3"]
    in_2020 = client.get("/en/areas/?municipality=FI-851&as_of=2020-06-01")
    assert "No group fits." in words(main(in_2020))


def test_stated_figures_stand_beside_the_computed_ones(client: Client, three: PilotGroup) -> None:
    StatedFigure.objects.create(measure="municipalities", value=2, source="kopa-page")
    StatedFigure.objects.create(measure="joint_authorities", value=8, source="kopa-page")

    page = words(main(client.get("/en/areas/")))

    assert "Municipalities 2 2" in page
    assert "Joint authorities for education 8 1 differs" in page
    assert "Limited companies – 0" in page
    assert "The source does not tell how it counted" not in page


def test_areas_stand_apart_and_count_for_no_pilot(client: Client, three: PilotGroup) -> None:
    area = PilotGroupFactory(
        number=None, code="sodertorn", kind="co_operation_area", country="SE", called_sv="Södertörn",
        valid_from=None, valid_to=None, members=["SE-0126", "SE-0192"],
    )  # fmt: skip

    answer = client.get("/en/areas/")
    page = words(main(answer))

    assert "Co-operation areas 1" in page
    assert "Södertörn Huddinge and Nynäshamn 2 not stated" in page
    assert "Municipalities – 2" in page
    assert "The goals of the pilots" not in words(main(client.get(area.get_absolute_url())))


def test_page_of_a_group(client: Client, three: PilotGroup) -> None:
    DataSourceFactory(code="kopa-page")
    goal()

    answer = client.get("/en/areas/kopa-3/")

    assert heading(answer) == "Pilot group 3"
    assert rows(answer) == [
        ["Tornio", "Torneå", "Municipality", "Named as a member"],
        ["Honkajoki Today part of Tornio", "–", "Municipality", "Named as a member"],
        ["Lappia", "samkommunen Lappia", "Joint authority for education", "Named as a member"],
    ]
    assert facts(answer)["Period"] == "2020–2021 (completed)"
    page = words(main(answer))
    assert "title en text en" in page
    assert "No contact has been entered." in page
    assert "No course of the members is open for applications" in page
    assert "Edit texts" not in page


@pytest.mark.parametrize(
    ("query", "member", "period"),
    [
        ("", "Honkajoki Today part of Tornio", "2020–2021 (completed)"),
        ("as_of=2021-01-01", "Honkajoki Today part of Tornio", "2020–2021 (running)"),
        ("as_of=2020-12-31", "Honkajoki", "2020–2021 (running)"),
    ],
)
@pytest.mark.usefixtures("three")
def test_page_of_a_day(client: Client, query: str, member: str, period: str) -> None:
    answer = client.get(f"/en/areas/kopa-3/?{query}")

    assert (rows(answer)[1][0], facts(answer)["Period"]) == (member, period)
    assert ("As of:" in words(main(answer))) == bool(query)


@pytest.mark.usefixtures("three")
def test_page_of_a_day_before_the_group(client: Client) -> None:
    page = words(main(client.get("/en/areas/kopa-3/?as_of=2019-12-31&days=x")))

    assert "Nobody belonged to the group on that day." in page
    assert "days : There is no such parameter." in page


@pytest.mark.usefixtures("three")
def test_page_shows_the_courses_of_the_members(client: Client, lappia: Organisation) -> None:
    OfferingFactory(provider=lappia, title_en="Welding", capacity=16, taken=9)
    OfferingFactory(provider=organisation_of("FI-851"), title_en="Knitting", capacity=5)
    OfferingFactory(provider=OrganisationFactory(), title_en="Elsewhere", capacity=5)

    page = words(main(client.get("/en/areas/kopa-3/")))

    assert "2 courses · 12 free places" in page
    assert "Welding" in page
    assert "Knitting" in page
    assert "Elsewhere" not in page


def test_page_links_what_the_source_names(client: Client, lappia: Organisation) -> None:
    group = PilotGroupFactory(number=10, called_fi="Suupohja", called_sv="Sydösterbotten")
    institution = InstitutionFactory(organisation=lappia)
    PilotMembershipFactory(group=group, kind="via_joint_authority", via_organisation=lappia)
    PilotMembershipFactory(
        group=group, position=2, member_kind="institution", institution=institution, name_fi="Opisto",
        name_sv="",
    )  # fmt: skip
    PilotMembershipFactory(
        group=group, position=3, kind="implied", member_kind="joint_authority", organisation=lappia,
        name_fi="koulutuskuntayhtymä", name_sv="samkommunen",
    )  # fmt: skip

    answer = client.get("/fi/alueet/kopa-10/")

    owner = "Kemi-Tornionlaakson koulutuskuntayhtymä Lappia"
    assert rows(answer) == [
        ["Pello", "–", "Kunta", f"Mukana koulutuskuntayhtymän kautta: {owner}"],
        [f"Opisto Oppilaitos, jonka ylläpitäjä on {owner}", "–", "Oppilaitos", "Nimetty jäseneksi"],
        [
            "Kuntayhtymä, jota lähde ei nimeä Lähteessä sanotaan vain: ”koulutuskuntayhtymä”. Sen kautta on"
            f" mukana Pello. Luultavasti se on {owner}, alueen koulutuskuntayhtymä vuoden 2016 rekisterissä.",
            "samkommunen", "Koulutuskuntayhtymä", "Viitattu, ei nimetty",
        ],
    ]  # fmt: skip
    assert f'href="{lappia.get_absolute_url()}"'.replace("/en/", "/fi/") in main(answer)
    assert facts(answer)["Alue"] == "Suupohja"
    assert facts(answer)["Kunnat"] == "1 (1 koulutuskuntayhtymän kautta)"


def test_page_says_what_a_coordinator_has_told(client: Client, three: PilotGroup) -> None:
    three.name_fi, three.summary_fi, three.contact_fi = "Pohjoinen", "Rivi yksi\nRivi kaksi <b>", "Toimisto"
    three.contact_email = "toimisto@example.org"
    three.links = [{"url": "https://example.org/a", "label": "Sivusto", "language": "fi"}]
    three.save()

    answer = client.get("/sv/omraden/kopa-3/")
    markup = main(answer)

    assert heading(answer) == "Pohjoinen Endast på finska"
    assert "Rivi kaksi &lt;b&gt;" in markup
    assert 'lang="fi"' in markup
    assert 'href="mailto:toimisto@example.org"' in markup
    assert '<a class="ds-link" href="https://example.org/a" lang="fi" hreflang="fi">Sivusto</a>' in markup


def test_name_in_one_language_alone_is_marked(client: Client, three: PilotGroup) -> None:
    three.name_fi = "Pohjoinen"
    three.save()

    for address in ("/sv/omraden/kopa-3/", "/sv/omraden/"):
        assert '<span lang="fi">Pohjoinen</span>' in main(client.get(address))
    title = re.search(r"<h1.*?</h1>", main(client.get("/sv/omraden/kopa-3/")))
    assert title is not None
    assert words(title[0]) == "Pohjoinen Endast på finska"
    assert "Pohjoinen</h1>" in main(client.get("/fi/alueet/kopa-3/")).replace(" </h1>", "</h1>")


def test_a_group_that_is_not_there(client: Client) -> None:
    assert client.get("/en/areas/kopa-99/").status_code == 404


def test_nothing_is_loaded_yet(client: Client) -> None:
    page = words(main(client.get("/en/areas/")))

    assert "No group fits." in page
    assert "How many take part" not in page


def read(client: Client, path: str) -> list[dict[str, str]]:
    answer = client.get(path)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_headings_of_the_files_are_in_the_readers_language(client: Client, three: PilotGroup) -> None:
    for path, first in (
        ("/fi/alueet/ryhmat.csv", ["Tunnus", "Tyyppi", "Numero", "Maa", "Nimi (fi)"]),
        ("/fi/alueet/jasenet.csv", ["Ryhmän tunnus", "Järjestysnumero", "Mukana", "Tyyppi", "Nimi (fi)"]),
    ):
        assert list(read(client, path)[0])[:5] == first


def test_files_for_spreadsheets(client: Client, three: PilotGroup, lappia: Organisation) -> None:
    three.name_fi = "=HYPERLINK(1)"
    three.save()

    (group,) = read(client, "/en/areas/groups.csv")
    members = read(client, "/en/areas/members.csv")

    columns = ("Key", "Name (fi)", "Municipalities", "Joint authorities for education")
    assert tuple(group[column] for column in columns) == (
        "kopa-3", "'=HYPERLINK(1)", "2", "1",
    )  # fmt: skip
    assert (group["First day"], group["Last day"]) == ("2020-01-01", "2021-12-31")
    columns = ("Name (fi)", "Key of the municipality", "Number of the provider")
    assert [tuple(one[column] for column in columns) for one in members] == [
        ("Tornio", "FI-851", ""), ("Honkajoki", "FI-099", ""), ("Lappia", "", str(lappia.pk)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "groups", "members"),
    [
        ("", ["kopa-3", "kopa-6"], ["Tornio", "Lappia", "Porvoo"]),
        ("?q=lappia", ["kopa-3"], ["Tornio", "Lappia"]),
        ("?municipality=FI-638", ["kopa-6"], ["Porvoo"]),
        ("?as_of=2020-06-01", ["kopa-3", "kopa-6"], ["Tornio", "Honkajoki", "Lappia", "Porvoo"]),
        ("?as_of=2019-12-31", [], []),
        ("?q=lappia&as_of=x&page=7", ["kopa-3"], ["Tornio", "Lappia"]),
    ],
)
def test_files_hold_what_the_list_shows(
    client: Client, three: PilotGroup, query: str, groups: list[str], members: list[str]
) -> None:
    three.memberships.filter(municipality__code="099").update(valid_to=dt.date(2020, 12, 31))
    PilotGroupFactory(number=6, members=["FI-638"])
    page = main(client.get(f"/en/areas/{query}"))
    addresses = dict.fromkeys(re.findall(r'href="(/en/areas/(?:groups|members)[.]csv[^"]*)"', page))

    groups_file, members_file = (html.unescape(one) for one in addresses)

    assert [one["Key"] for one in read(client, groups_file)] == groups
    assert [one["Name (fi)"] for one in read(client, members_file)] == members
    assert ("whatever the list above shows" in page) == bool(query)


@pytest.mark.parametrize("address", ["/en/areas/", "/en/areas/kopa-3/"])
def test_another_day_has_no_places_of_now(
    client: Client, three: PilotGroup, lappia: Organisation, address: str
) -> None:
    OfferingFactory(provider=organisation_of("FI-851"), title_en="Knitting", capacity=5)

    now, then = (words(main(client.get(address + query))) for query in ("", "?as_of=2020-06-01"))

    assert "Municipality Group Courses Free places" in now
    assert "Municipality Group Honkajoki 3 Tornio 3" in then  # their group, no numbers of courses
    assert "Places that anybody may apply for now" not in then
    assert ("Courses of those who are members today." in then) == (address != "/en/areas/")
    assert "Courses of those who are members today." not in now


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/fi/alueet/", "vain tosiasiatiedot"),
        ("/sv/omraden/kopa-3/", "endast faktauppgifter"),
        ("/en/areas/", "facts only"),
        ("/fi/lisenssit/", "vain tosiasiatiedot"),
    ],
)
def test_facts_of_a_source_are_no_licence(client: Client, address: str, said: str) -> None:
    DataSourceFactory(code="kopa-page", licence="facts only")

    page = words(main(client.get(address)))

    assert said in page
    assert ("facts only" in page) == address.startswith("/en/")


def test_the_menu_leads_here(client: Client) -> None:
    page = client.get("/fi/").content.decode()

    assert '<a href="/fi/alueet/">Alueet ja pilotit</a>' in page
