"""A municipality's inhabitants on its page: charts, tables and file; and what is within its reach."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from offerings.search.projection import refresh
from tests.factories import MunicipalityFactory, OfferingFactory, PopulationCellFactory, municipality
from tests.reading import main, words

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

REACHED = [("Here", "FI-851"), ("Across the river", "SE-2583")]


def count_pello(*, years: list[int], ages: list[int]) -> None:
    pello = municipality("FI-854")
    for year in years:
        PopulationCellFactory(municipality=pello, year=year, count=5000 - (year - 2000) * 100)
    for year in ages:
        for age in range(101):
            PopulationCellFactory(municipality=pello, year=year, age=age, count=year - 2000 + age)


def tables(page: str) -> list[list[str]]:
    return [
        [words(row) for row in re.findall(r"<tr>(.*?)</tr>", one, re.DOTALL)]
        for one in re.findall(r'<div class="k-figure__table".*?</table>', page, re.DOTALL)
    ]


def test_years_and_ages_are_drawn_and_told_in_tables(client: Client) -> None:
    count_pello(years=[2000, 2001, 2022], ages=[2018, 2019])

    page = main(client.get("/en/municipalities/fi-854-pello/"))

    totals, ages = tables(page)
    assert totals == ["Year Population", "2000 5,000", "2001 4,900", "2022 2,800"]
    assert (ages[1], ages[-1], len(ages)) == ("0 years 19", "100 years or older 119", 102)
    assert page.count('<svg class="k-chart__wide"') == page.count('<svg class="k-chart__narrow"') == 2
    assert "Inhabitants of Pello by age, 2019" in page


@pytest.mark.parametrize(("query", "first"), [("2018", "18"), ("2019", "19"), ("1999", "19"), ("x", "19")])
def test_year_of_the_ages_is_chosen_by_the_address(client: Client, query: str, first: str) -> None:
    count_pello(years=[], ages=[2018, 2019])

    page = main(client.get(f"/en/municipalities/fi-854-pello/?age_year={query}"))

    other = "2019" if first == "18" else "2018"
    assert tables(page)[0][1] == f"0 years {first}"
    assert re.findall(r"age_year=(\d+)#ages", page) == [other]


def test_one_year_is_a_number_and_nothing_is_nothing(client: Client) -> None:
    assert 'id="population"' not in main(client.get(municipality("FI-851").get_absolute_url()))
    count_pello(years=[2019], ages=[])

    page = main(client.get("/en/municipalities/fi-854-pello/"))

    assert "3,100 inhabitants at the end of 2019. No other year is known here." in words(page)
    assert "k-chart__wide" not in page


def test_file_has_every_year_and_age(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    count_pello(years=[2000, 2022], ages=[2019])
    client.get("/sv/kommuner/fi-854-pello/befolkning.csv")

    with django_assert_num_queries(4):
        answer = client.get("/sv/kommuner/fi-854-pello/befolkning.csv")

    lines = b"".join(answer).decode().splitlines()  # type: ignore[arg-type]
    assert lines[0] == "\ufeffNyckel,Kommun,År,Ålder,Folkmängd,Källa"
    assert lines[1:3] == ["FI-854,Pello,2000,alla,5000,test", "FI-854,Pello,2019,0,19,test"]
    assert len(lines) == 104
    assert client.get("/sv/kommuner/fi-999-x/befolkning.csv").status_code == 404


def test_what_is_within_reach_is_shown_without_what_is_given_here(client: Client) -> None:
    here, near = (OfferingFactory(title_en=title, sites=[key]) for title, key in REACHED)
    far = OfferingFactory(title_en="Far away", sites=["FI-638"])
    refresh([here.pk, near.pk, far.pk])

    page = main(client.get("/en/municipalities/fi-851-tornio/"))

    reach = re.search(r'aria-labelledby="reach">(.*?)</section>', page, re.DOTALL)
    assert reach is not None
    assert re.findall(r'id="offering-(\d+)"', reach[1]) == [str(near.pk)]
    assert page.count(f'id="offering-{here.pk}"') == 1
    assert "/en/places/?home=FI-851&amp;reachable=1" in reach[1]


def merged_into_pello() -> None:
    pello = municipality("FI-854")
    old = MunicipalityFactory(code="999", name_fi="Vanha", valid_to=dt.date(2020, 12, 31), successor=pello)
    for year, count in [(2000, 7), (2001, 8)]:
        PopulationCellFactory(municipality=old, year=year, count=count)
    PopulationCellFactory(municipality=old, year=2018, age=0, count=5)


def test_merged_one_that_is_counted_by_itself_is_added(client: Client) -> None:
    """So that line, table and file are of the municipality of today, as the population among the facts."""
    count_pello(years=[2000, 2001, 2022], ages=[2018])
    merged_into_pello()

    page = main(client.get("/en/municipalities/fi-854-pello/"))

    totals, ages = tables(page)
    assert totals == ["Year Population", "2000 5,007", "2001 4,908", "2022 2,800"]
    assert ages[1:3] == ["0 years 23", "1 year 19"]
    assert "as it is today: they count those who lived in Vanha too." in words(page)
    lines = b"".join(client.get("/en/municipalities/fi-854-pello/population.csv")).decode()  # type: ignore[arg-type]
    assert "FI-854,Pello,2000,all,5007,test" in lines


def test_nothing_is_said_of_mergers_where_none_was(client: Client) -> None:
    count_pello(years=[2000, 2001], ages=[])

    page = words(main(client.get("/en/municipalities/fi-854-pello/")))

    assert "At the end of each year." in page
    assert "as it is today" not in page


def test_merged_one_without_numbers_says_where_they_are(client: Client) -> None:
    count_pello(years=[2000, 2001], ages=[])
    MunicipalityFactory(
        code="999", name_fi="Vanha", valid_to=dt.date(2020, 12, 31), successor=municipality("FI-854")
    )

    page = main(client.get("/en/municipalities/fi-999-vanha/"))

    assert "The yearly totals count those who lived in Vanha within Pello in all years" in words(page)
    assert "That is why there is no line through the years here. Population of Pello" in words(page)
    assert "population.csv" not in page
