"""Inhabitants by year and by single age: the sums that the sources state, and what mergers do to them."""

from __future__ import annotations

import pytest
from django.db.models import Count, Sum

from kopa.codes.models import DataSource
from municipalities import population
from municipalities.models import Municipality, PopulationCell

pytestmark = [
    pytest.mark.integration,
    pytest.mark.django_db,
    pytest.mark.usefixtures("loaded"),
    pytest.mark.xdist_group("municipalities register"),
]

TOTALS = PopulationCell.objects.filter(age__isnull=True)
AGES = PopulationCell.objects.filter(age__isnull=False)


def named(key: str) -> Municipality:
    return Municipality.objects.get(key=key)


def total(key: str, year: int) -> int:
    return dict(population.totals(named(key)))[year]


def of_all_ages(key: str, year: int) -> int:
    return sum(population.ages(named(key), year))


@pytest.mark.parametrize(("country", "year", "people"), [("FI", 2022, 5_563_970), ("SE", 2019, 10_327_589)])
def test_totals_add_up_to_the_nation(country: str, year: int, people: int) -> None:
    counted = TOTALS.filter(municipality__country=country, year=year)

    assert counted.aggregate(Sum("count"))["count__sum"] == people


@pytest.mark.parametrize(
    ("country", "year", "people", "municipalities"),
    [("FI", 2018, 5_517_919, 311), ("FI", 2019, 5_525_292, 310), ("SE", 2019, 10_327_589, 290)],
)
def test_single_ages_add_up_to_the_nation(country: str, year: int, people: int, municipalities: int) -> None:
    counted = AGES.filter(municipality__country=country, year=year)

    assert counted.aggregate(Sum("count"))["count__sum"] == people
    assert counted.count() == municipalities * 101


def test_finland_has_23_years_of_309_municipalities() -> None:
    rows = TOTALS.filter(municipality__country="FI")

    assert rows.count() == 23 * 309 == 7107
    assert rows.values("year").distinct().count() == 23
    by_year = rows.order_by().values_list("year").annotate(Count("pk"))
    assert dict(by_year) == dict.fromkeys(range(2000, 2023), 309)


def test_nothing_else_is_counted() -> None:
    assert TOTALS.count() == 7107 + 290
    assert AGES.count() == 92_011
    sources = set(PopulationCell.objects.order_by().values_list("source", flat=True).distinct())
    assert sources == {"population-fi", "population-ages-fi", "population-se"}
    assert DataSource.objects.filter(pk__in=sources).count() == 3


@pytest.mark.parametrize(
    ("old", "successor", "year"),
    [("FI-099", "FI-214", 2018), ("FI-099", "FI-214", 2019), ("FI-911", "FI-541", 2018)],
)
def test_mergers_are_proved_by_arithmetic(old: str, successor: str, year: int) -> None:
    """The single ages are of that year's division, the totals of a later one: together they are the same."""
    assert of_all_ages(old, year) + of_all_ages(successor, year) == total(successor, year)
    assert of_all_ages(old, year) > 0


def test_both_sources_of_finland_agree_but_for_mergers() -> None:
    counted = AGES.filter(municipality__country="FI", year=2019).order_by().values_list("municipality__key")
    by_age = dict(counted.annotate(Sum("count")))
    by_year = dict(TOTALS.filter(year=2019).values_list("municipality__key", "count"))

    assert {key for key, people in by_age.items() if by_year.get(key) != people} == {"FI-099", "FI-214"}


def test_municipality_s_population_is_the_newest_total() -> None:
    """But Mäntyharju's, which has Pertunmaa in it since 2025."""
    newest = {row.municipality_id: (row.year, row.count) for row in TOTALS.order_by("year")}
    shown = Municipality.objects.filter(pk__in=newest)

    differing = [one.key for one in shown if newest[one.pk] != (one.population_year, one.population)]
    assert differing == ["FI-507"]
    assert named("FI-507").population == total("FI-507", 2022) + total("FI-588", 2022)


def test_years_of_a_municipality() -> None:
    pello, haparanda, valtimo = named("FI-854"), named("SE-2583"), named("FI-911")

    assert [year for year, _ in population.totals(pello)] == list(range(2000, 2023))
    assert population.totals(pello)[-1] == (2022, 3262)
    assert [year for year, _ in population.totals(haparanda)] == [2019]
    assert population.totals(valtimo) == []
    assert [population.years_with_ages(one) for one in (pello, haparanda, valtimo)] == [
        [2018, 2019],
        [2019],
        [2018],
    ]


def test_ages_are_whole_or_not_there() -> None:
    assert len(population.ages(named("FI-854"), 2019)) == 101
    assert population.ages(named("FI-854"), 2020) == []
