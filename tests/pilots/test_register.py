"""The pilot groups as the sources have them: members, kinds, totals, who takes part on a day."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client

from kopa.base.reference import ReferenceDataError
from kopa.codes.models import DataSource
from kopa.portal import reference
from municipalities.models import Municipality
from pilots.membership import (
    memberships_of_municipality,
    memberships_of_organisation,
    municipalities_on,
    organisations_of_groups,
)
from pilots.models import Goal, PilotGroup, PilotMembership
from pilots.totals import pilot_totals, stated_beside_computed, totals_of
from providers.models import Institution, Organisation
from tests.reading import words
from tests.reference_data import change, quiet, write

pytestmark = [
    pytest.mark.integration,
    pytest.mark.django_db,
    pytest.mark.usefixtures("loaded"),
    pytest.mark.xdist_group("pilots register"),  # loaded once, not once in each process
]

IN_2019, IN_2020, IN_2026 = dt.date(2019, 12, 31), dt.date(2020, 6, 1), dt.date(2026, 6, 1)
# The members as the two language versions of the source name them, group by group.
NAMES_FI = {
    1: ["Alajärvi", "Evijärvi", "Lappajärvi", "Vimpeli", "Järviseudun ammatti-instituutti"],
    3: ["Kankaanpää", "Honkajoki", "Sataedu"],
    4: [
        "Kemi-Tornionlaakson koulutuskuntayhtymä Lappia", "Pello", "Ylitornio",
        "Ylitornion Yhteiskoulun Kannatusosakeyhtiö",
    ],
    7: ["Mikkeli", "Pieksämäki", "Etelä-Savon Koulutus Oy", "Mikkelin kaupungin liikelaitos Otavia"],
}  # fmt: skip
NAMES_SV = {
    1: ["Alajärvi", "Evijärvi", "Lappajärvi", "Vindala", "yrkesinstitutet Järviseudun ammatti-instituutti"],
    6: ["Lovisa", "Borgå", "Sibbo", "Kotka"],
    9: ["Samkommunen för utbildning SASKY", "Ikalis", "Ruovesi", "Parkano", "Mänttä-Vilppula", "Tavastkyro"],
    12: [
        "Varkaus", "Jorois", "Leppävirta", "yrkesinstitutet Savon ammattiopisto (SAKKY)",
        "yrkeshögskolan Savonia", "Navitas Kehitys Oy",
    ],
}  # fmt: skip
COUNTS = {1: 5, 2: 6, 3: 3, 4: 4, 5: 4, 6: 4, 7: 4, 8: 6, 9: 6, 10: 5, 11: 2, 12: 6, 13: 9}


def group(number: int) -> PilotGroup:
    return PilotGroup.objects.get(number=number)


def keys(ids: frozenset[int]) -> set[str]:
    return set(Municipality.objects.filter(pk__in=ids).values_list("key", flat=True))


def municipalities(group: PilotGroup, on: dt.date) -> frozenset[int]:
    members = group.memberships.on(on).filter(municipality__isnull=False)
    return municipalities_on(members.values_list("municipality_id", flat=True), on)


def names(number: int, language: str) -> list[str]:
    return list(
        group(number).memberships.order_by("position").values_list(f"name_{language}", flat=True)
    )


def test_thirteen_groups_with_their_members_and_one_area() -> None:
    found = {one.number: one.memberships.count() for one in PilotGroup.objects.filter(kind="pilot_group")}
    area = PilotGroup.objects.get(kind="co_operation_area")

    assert found == COUNTS
    assert (area.code, area.country, str(area.name()), area.valid_from) == (
        "sodertornsvux", "SE", "Södertörnsvux", None,
    )  # fmt: skip
    assert keys(municipalities(area, IN_2026)) == {
        "SE-0127", "SE-0136", "SE-0126", "SE-0192", "SE-0181", "SE-0138", "SE-0120",
    }  # fmt: skip


@pytest.mark.parametrize("number", NAMES_FI)
def test_members_stand_as_the_source_writes_them_in_finnish(number: int) -> None:
    assert names(number, "fi") == NAMES_FI[number]


@pytest.mark.parametrize("number", NAMES_SV)
def test_members_stand_as_the_source_writes_them_in_swedish(number: int) -> None:
    assert names(number, "sv") == NAMES_SV[number]


def test_no_group_has_a_name_of_its_own() -> None:
    assert not PilotGroup.objects.exclude(name_fi="", name_sv="", name_en="").exists()
    assert str(group(10)) == "Pilottiryhmä 10"
    assert (group(10).called_fi, group(10).called_sv) == ("Suupohja", "Sydösterbotten")


def test_totals_of_the_pilots() -> None:
    """DOMAIN.md §0, traps 1 and 2."""
    totals = pilot_totals()

    assert totals.groups == 13
    assert (totals.mentions, totals.direct_memberships, totals.via_memberships) == (49, 47, 2)
    assert (totals.distinct_direct, totals.only_via, totals.distinct_all) == (44, 2, 46)
    assert totals.in_several_groups == 3
    assert (totals.joint_authorities_named, totals.joint_authorities_implied) == (6, 1)
    assert (totals.institutions, totals.companies) == (2, 4)
    assert (totals.universities_of_applied_sciences, totals.municipal_enterprises) == (1, 1)


def test_stated_figures_stand_beside_the_computed_ones() -> None:
    lines = {line.measure: line for line in stated_beside_computed(pilot_totals())}

    assert {name: (line.stated, line.computed) for name, line in lines.items()} == {
        "groups": (13, 13),
        "municipalities": (44, 44),
        "joint_authorities": (8, 7),
        "companies": (4, 4),
        "universities_of_applied_sciences": (1, 1),
        "municipal_enterprises": (1, 1),
    }
    assert [name for name, line in lines.items() if not line.agrees] == ["joint_authorities"]


def test_a_member_less_is_one_less_in_the_totals() -> None:
    """The totals come from the rows: nothing is written down."""
    PilotMembership.objects.get(group__number=5, municipality__key="FI-433").delete()

    totals = pilot_totals()

    assert (totals.mentions, totals.distinct_direct, totals.distinct_all) == (48, 43, 45)


def test_municipalities_in_two_groups() -> None:
    twice = [
        key
        for key in ("FI-638", "FI-434", "FI-753", "FI-018")
        if len(memberships_of_municipality(Municipality.objects.get(key=key), IN_2026)) == 2
    ]

    assert twice == ["FI-638", "FI-434", "FI-753"]


def test_two_take_part_via_the_joint_authority_that_is_only_implied() -> None:
    rows = group(10).memberships.exclude(kind="direct").order_by("position")

    assert [(one.name_sv, one.kind, str(one.via_organisation or "")) for one in rows] == [
        ("Storå", "via_joint_authority", "Suupohjan Koulutuskuntayhtymä"),
        ("Bötom", "via_joint_authority", "Suupohjan Koulutuskuntayhtymä"),
        ("samkommunen för utbildning", "implied", ""),
    ]
    assert str(rows[2].organisation) == "Suupohjan Koulutuskuntayhtymä"


def test_institutions_are_members_and_their_owners_take_part() -> None:
    sakky = Institution.objects.get(code="10038")
    owner = sakky.organisation
    assert owner is not None

    assert owner.pk in organisations_of_groups(["kopa-12"], IN_2026)
    assert [one.group.number for one in memberships_of_organisation(owner, IN_2026)] == [12]
    named = group(12).memberships.get(institution=sakky)
    assert named.name_fi == "Savon ammattiopisto (SAKKY)"


def test_a_member_municipality_takes_part_as_an_organisation() -> None:
    pello = Organisation.objects.get(municipality__key="FI-854")

    assert pello.pk in organisations_of_groups(["kopa-4"], IN_2026)
    assert [one.group.number for one in memberships_of_organisation(pello, IN_2026)] == [4]


def test_honkajoki_in_2020_and_kankaanpaa_for_it_in_2026() -> None:
    """DOMAIN.md §0, trap 10: it merged on 1 January 2021."""
    honkajoki, kankaanpaa = (Municipality.objects.get(key=key) for key in ("FI-099", "FI-214"))

    assert keys(municipalities(group(3), IN_2020)) == {"FI-214", "FI-099"}
    assert keys(municipalities(group(3), dt.date(2020, 12, 31))) == {"FI-214", "FI-099"}
    assert keys(municipalities(group(3), dt.date(2021, 1, 1))) == {"FI-214"}
    assert [one.name_fi for one in memberships_of_municipality(kankaanpaa, IN_2020)] == ["Kankaanpää"]
    assert [one.name_fi for one in memberships_of_municipality(kankaanpaa, IN_2026)] == [
        "Kankaanpää", "Honkajoki",
    ]  # fmt: skip
    assert [one.name_fi for one in memberships_of_municipality(honkajoki, IN_2026)] == ["Honkajoki"]


def test_nobody_takes_part_before_the_project_begins() -> None:
    assert municipalities(group(3), IN_2019) == frozenset()
    assert organisations_of_groups(["kopa-3"], IN_2019) == frozenset()
    assert totals_of(group(3).memberships.on(IN_2019)).mentions == 0


def test_five_goals_in_three_languages() -> None:
    goals = list(Goal.objects.all())

    assert [goal.number for goal in goals] == [1, 2, 3, 4, 5]
    for goal in goals:
        texts = {getattr(goal, f"{part}_{code}") for part in ("title", "text") for code in ("fi", "sv", "en")}
        assert len(texts) == 6
        assert "" not in texts


def test_every_source_is_known() -> None:
    rows = [*PilotGroup.objects.all(), *PilotMembership.objects.all(), *Goal.objects.all()]

    assert {code for one in rows for code in one.source.split()} <= set(
        DataSource.objects.values_list("code", flat=True)
    )


def test_a_second_load_changes_nothing() -> None:
    reports = {one.name: one for one in reference.load(quiet)}

    assert [reports[name].is_news for name in ("pilot groups", "members of pilot groups")] == [False, False]


def test_a_load_never_writes_over_a_coordinator(folder) -> None:
    three = group(3)
    three.name_fi, three.summary_sv, three.contact_email = "Pohjois-Satakunta", "Vi gör", "kopa@example.org"
    three.links, three.version = [{"url": "https://example.org/", "label": "Sivu", "language": "fi"}], 2
    three.save()
    write(folder, "pilot_groups.csv", "kopa-3", first_day="2020-02-01")

    reference.load(quiet, folder)

    three = group(3)
    assert three.valid_from == dt.date(2020, 2, 1)
    assert (three.name_fi, three.summary_sv, three.contact_email, three.version) == (
        "Pohjois-Satakunta", "Vi gör", "kopa@example.org", 2,
    )  # fmt: skip
    assert three.links[0]["label"] == "Sivu"


def test_a_source_gives_a_member_a_first_day(folder) -> None:
    change(folder, "pilot_members.csv", "Pello,Pello,FI-854,,,,,,", "Pello,Pello,FI-854,,,,2020-03-01,,")

    reference.load(quiet, folder)
    connection.check_constraints()

    assert [one.valid_from for one in group(4).memberships.order_by("position")] == [
        None, dt.date(2020, 3, 1), None, None,
    ]  # fmt: skip


def test_groups_exchange_their_numbers(folder) -> None:
    write(folder, "pilot_groups.csv", "kopa-3", number="4")
    write(folder, "pilot_groups.csv", "kopa-4", number="3")

    reference.load(quiet, folder)
    connection.check_constraints()

    assert (group(3).code, group(4).code) == ("kopa-4", "kopa-3")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Isojoki,Storå,FI-151", "Isojoki,Storå,FI-091", "no member of the joint authority"),
        ("kopa-1,1,direct", "kopa-1,1,sometimes", "kind is none of"),
        ("kopa-1,5,direct,institution", "kopa-1,5,direct,university", "member_kind is none of"),
        ("kopa-2,2,direct", "kopa-22,2,direct", "group names 'kopa-22'"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(folder, old: str, new: str, said: str) -> None:
    change(folder, "pilot_members.csv", old, new)

    with pytest.raises(ReferenceDataError, match=said):
        reference.load(quiet, folder)


@pytest.mark.parametrize(
    ("language", "path"), [("fi", "/fi/alueet/"), ("sv", "/sv/omraden/"), ("en", "/en/areas/")]
)
def test_the_list_explains_its_numbers(client: Client, language: str, path: str) -> None:
    page = words(client.get(path).content.decode())

    said = {
        "fi": ["kuntia 47 kertaa", "eri kuntia on nimetty 44", "46 kuntaa, 49 mainintaa", "8 7 eroaa"],
        "sv": ["kommuner 47 gånger", "44 olika kommuner", "46 kommuner, nämnda 49", "8 7 skiljer sig"],
        "en": ["47 times", "44 different", "46 municipalities in all, mentioned 49 times", "8 7 differs"],
    }  # fmt: skip
    for sentence in said[language]:
        assert sentence in page


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_every_member_finds_its_group_by_its_name_as_written(client: Client, language: str) -> None:
    missed = []
    for one in PilotMembership.objects.exclude(**{f"name_{language}": ""}).select_related("group"):
        found = PilotGroup.objects.named(getattr(one, f"name_{language}"))
        if one.group not in found:
            missed.append(str(one))

    assert missed == []
