"""Who belonged where and since when, as the register says it."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter

import pytest
import time_machine
from pytest_django import DjangoAssertNumQueries

from municipalities import divisions
from municipalities.models import (
    Authority,
    AuthorityMembership,
    Municipality,
    Region,
    RegionMembership,
)

pytestmark = [
    pytest.mark.integration,
    pytest.mark.django_db,
    pytest.mark.usefixtures("loaded"),
    pytest.mark.xdist_group("municipalities register"),
]

BEFORE, SINCE = dt.date(2020, 12, 31), dt.date(2021, 1, 1)
# Source: the Government's decision of 29 August 2019 on the regions from 1 January 2021.
MOVES = {
    "FI-090": ("Heinävesi", "FI-R10", "FI-R12"),
    "FI-142": ("Iitti", "FI-R08", "FI-R07"),
    "FI-152": ("Isokyrö", "FI-R15", "FI-R14"),
    "FI-171": ("Joroinen", "FI-R10", "FI-R11"),
    "FI-291": ("Kuhmoinen", "FI-R13", "FI-R06"),
}
ENDS = {"FI-911": dt.date(2019, 12, 31), "FI-099": dt.date(2020, 12, 31), "FI-588": dt.date(2024, 12, 31)}


def named(key: str) -> Municipality:
    return Municipality.objects.get(key=key)


def region_key(key: str, day: dt.date) -> str | None:
    found = divisions.regions_on(day).get(named(key).pk)
    return found and found.key


def authority_keys(key: str, day: dt.date) -> list[str]:
    return [one.key for one in divisions.authorities_of(named(key), day)]


@pytest.mark.parametrize("key", MOVES)
def test_five_municipalities_changed_region_on_new_year_s_day_of_2021(key: str) -> None:
    name, old, new = MOVES[key]

    assert named(key).name_fi == name
    assert [region_key(key, day) for day in (BEFORE, SINCE)] == [old, new]
    assert [(row.first_day, row.is_beginning, row.last_day) for row in divisions.history_of(named(key))] == [
        (dt.date(2020, 1, 1), False, BEFORE),
        (SINCE, True, None),
    ]


def test_no_other_municipality_changed_region() -> None:
    rows = Counter(RegionMembership.objects.values_list("municipality__key", flat=True))

    assert {key for key, number in rows.items() if number > 1} == set(MOVES)
    assert len(rows) == 601


@pytest.mark.parametrize(
    ("key", "in_2020", "in_2026"),
    [
        ("FI-171", "Etelä-Savo", "Pohjois-Savo"),
        ("FI-291", "Keski-Suomi", "Pirkanmaa"),
        ("FI-854", "Lappi", "Lappi"),
        ("SE-2583", "Norrbottens län", "Norrbottens län"),
    ],
)
def test_a_day_in_2020_and_one_in_2026(key: str, in_2020: str, in_2026: str) -> None:
    found = [divisions.regions_on(dt.date(year, 6, 15))[named(key).pk] for year in (2020, 2026)]

    assert [str(region.name()) for region in found] == [in_2020, in_2026]


@pytest.mark.parametrize(
    "day", [dt.date(2020, 1, 1), BEFORE, SINCE, dt.date(2025, 1, 1), dt.date(2026, 11, 24)]
)
def test_every_municipality_of_a_day_has_one_region(day: dt.date) -> None:
    """Exactly one: the constraint refuses two, this finds those without."""
    existing = set(Municipality.objects.existing_on(day).values_list("pk", flat=True))

    assert set(divisions.regions_on(day)) == existing
    assert len(existing) == 598 + sum(last >= day for last in ENDS.values())


def test_there_is_no_day_without_a_region_between_the_first_and_the_last() -> None:
    for rows in divisions.divisions().of_regions.values():
        for one, following in itertools.pairwise(rows):
            assert one.last_day is not None
            assert one.last_day + dt.timedelta(days=1) == following.first_day


@pytest.mark.parametrize("key", ["FI-099", "FI-588"])
def test_memberships_of_a_dissolved_one_end_with_it(key: str) -> None:
    last = ENDS[key]

    assert region_key(key, last) is not None
    assert authority_keys(key, last) != []
    assert region_key(key, last + dt.timedelta(days=1)) is None
    assert authority_keys(key, last + dt.timedelta(days=1)) == []


def test_a_day_before_the_first_membership_is_not_known() -> None:
    assert region_key("FI-854", dt.date(2019, 12, 31)) is None
    assert divisions.known_from() == dt.date(2020, 1, 1)
    assert region_key("FI-911", dt.date(2019, 6, 1)) is None  # Valtimo, of which alone a source tells
    assert divisions.regions_on(dt.date(2019, 6, 1)) == {}
    assert [divisions.is_known(dt.date(2019, 12, 31)), divisions.is_known(dt.date(2020, 1, 1))] == [
        False,
        True,
    ]


def test_the_register_s_region_is_that_of_today(clock: time_machine.Traveller) -> None:
    today = divisions.regions_on(dt.date(2026, 11, 24))

    assert {one.pk: one.region for one in Municipality.objects.current().select_related("region")} == today
    assert divisions.is_written(dt.date(2026, 11, 24))
    assert not divisions.is_written(BEFORE)


def test_regions_and_municipalities_are_of_one_country() -> None:
    rows = RegionMembership.objects.select_related("municipality", "region")

    assert [row for row in rows if row.municipality.country != row.region.country] == []
    assert Region.objects.filter(memberships__isnull=True).count() == 0


@pytest.mark.parametrize(
    ("key", "of_2020", "of_2025", "of_2026"),
    [
        ("FI-171", ["ely-07"], ["ely-08"], ["evk-06"]),  # Joroinen
        ("FI-291", ["ely-10"], ["ely-05"], ["evk-04"]),  # Kuhmoinen
        ("FI-854", ["ely-15"], ["ely-15"], ["evk-10"]),  # Pello
        ("FI-090", ["ely-09"], ["ely-09"], ["evk-06"]),  # Heinävesi
        ("FI-142", ["ely-04"], ["ely-04"], ["evk-03"]),  # Iitti
        ("FI-152", ["ely-11"], ["ely-11"], ["evk-07"]),  # Isokyrö
        ("SE-2583", [], [], []),
    ],
)
def test_authorities_of_a_municipality(
    key: str, of_2020: list[str], of_2025: list[str], of_2026: list[str]
) -> None:
    days = [BEFORE, dt.date(2025, 12, 31), dt.date(2026, 1, 1)]

    assert [authority_keys(key, day) for day in days] == [of_2020, of_2025, of_2026]


def test_only_two_moved_between_ely_centres() -> None:
    rows = Counter(
        AuthorityMembership.objects.filter(authority__kind="ely").values_list("municipality__key", flat=True)
    )

    assert {key for key, number in rows.items() if number > 1} == {"FI-171", "FI-291"}
    assert len(rows) == 311
    begun = AuthorityMembership.objects.filter(authority__kind="ely", first_day__lte=dt.date(2020, 1, 1))
    assert begun.values("municipality").distinct().count() == 311


def test_ely_centres_ended_and_ten_others_began() -> None:
    by_kind = Counter(Authority.objects.values_list("kind", "valid_from", "valid_to"))

    assert by_kind == {
        ("ely", None, dt.date(2025, 12, 31)): 16,
        ("evk", dt.date(2026, 1, 1), None): 10,
    }
    assert AuthorityMembership.objects.filter(authority__kind="evk").count() == 308
    history = divisions.authority_history_of(named("FI-171"))
    assert [(row.authority.key, row.last_day) for row in history] == [
        ("ely-07", BEFORE),
        ("ely-08", dt.date(2025, 12, 31)),
        ("evk-06", None),
    ]


def test_a_region_lies_within_one_ely_centre() -> None:
    """That of the state's areas which follows from the regions; Joroinen and Kuhmoinen moved with theirs."""
    day = dt.date(2025, 6, 1)
    regions = divisions.regions_on(day)
    rows = AuthorityMembership.objects.filter(authority__kind="ely", last_day__gte=day).exclude(
        first_day__gt=day
    )
    pairs = {(regions[row.municipality_id].key, row.authority_id) for row in rows}

    assert len(pairs) == len({region for region, _ in pairs}) == 19


def test_divisions_are_kept_in_memory(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    """Each looks once whether there was a newer load."""
    divisions.divisions()
    joroinen = named("FI-171")

    with django_assert_num_queries(2):
        divisions.regions_on(SINCE)
        divisions.history_of(joroinen)
