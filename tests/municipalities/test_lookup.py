"""People find their municipality by every name it has; two of the same name are never confused."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.test import Client
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries

from kopa.codes.models import ReferenceLoad
from municipalities.cache import gazetteer
from municipalities.lookup import Fit, find_municipality, matching_ids, suggest
from municipalities.models import Municipality
from municipalities.spelling import bare, plain
from tests.factories import MunicipalityAliasFactory, MunicipalityFactory

pytestmark = [
    pytest.mark.integration,
    pytest.mark.django_db,
    pytest.mark.usefixtures("loaded"),
    pytest.mark.xdist_group("municipalities lookup"),  # loaded once, not once in each process
]


def found(text: str) -> list[str]:
    return [one.key for one in find_municipality(text)]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Porvoo", "FI-638"),
        ("Borgå", "FI-638"),
        ("borga", "FI-638"),
        ("BORGÅ", "FI-638"),
        ("Mikkeli", "FI-491"),
        ("S:t Michel", "FI-491"),
        ("St Michel", "FI-491"),
        ("st. michel", "FI-491"),
        ("Sankt Michel", "FI-491"),
        ("Tavastkyro", "FI-108"),
        ("Lappträsk", "FI-407"),
        ("Storå", "FI-151"),
        ("stora", "FI-151"),
        ("Bötom", "FI-218"),
        ("Östermark", "FI-846"),
        ("Loppis", "FI-433"),
        ("Loppi", "FI-433"),
        ("Haaparanta", "SE-2583"),
        ("Haparanda", "SE-2583"),
        ("Tukholma", "SE-0180"),
        ("tukholma, ruotsi", "SE-0180"),
        ("Helsingfors, Finland", "FI-091"),
        ("Anár", "FI-148"),
        ("anar", "FI-148"),
        ("Soađegilli", "FI-758"),
        ("soadegilli", "FI-758"),
        ("Matarenki", "SE-2518"),
        ("manttavilppula", ""),
        ("mänttä vilppula", "FI-508"),
        ("Mänttä-Vilppula", "FI-508"),
        ("  Pello  ", "FI-854"),
        ("FI-854", "FI-854"),
        ("fi854", "FI-854"),
        ("SE2583", "SE-2583"),
        ("Rovan", "FI-698"),
        ("mantt", "FI-508"),
        ("Vilppula", "FI-508"),
        ("Mo\u0308lndal", "SE-1481"),
    ],
)
def test_municipality_is_found_by_each_of_its_names(text: str, key: str) -> None:
    assert found(text) == ([key] if key else [])


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("Ylitornio", ["FI-976"]),
        ("Övertorneå (SE)", ["SE-2518"]),
        ("Övertorneå (FI)", ["FI-976"]),
        ("Övertorneå, Sverige", ["SE-2518"]),
        ("Övertorneå", ["SE-2518", "FI-976"]),
        ("overtornea", ["SE-2518", "FI-976"]),
    ],
)
def test_ylitornio_and_overtornea_are_told_apart(text: str, keys: list[str]) -> None:
    with override("fi"):
        assert found(text) == keys


def test_exact_name_hides_one_that_differs_by_an_accent() -> None:
    assert found("Habo") == ["SE-0643"]
    assert found("Håbo") == ["SE-0305"]


def test_dissolved_municipality_is_found_as_its_successor() -> None:
    assert found("Honkajoki") == ["FI-214"]
    assert found("FI-911") == ["FI-541"]


@pytest.mark.parametrize("text", ["", "   ", "(SE)", "xyzzy", "%", "FI-000", "\\", "'", "FI-8541"])
def test_nothing_is_found_by_nonsense(text: str) -> None:
    assert found(text) == []


def test_long_text_is_cut() -> None:
    assert found("Pello" + " " * 200 + "x") == ["FI-854"]


def test_matching_ids_hold_dissolved_ones_too() -> None:
    assert matching_ids("honka") == {Municipality.objects.get(key="FI-099").pk}
    assert matching_ids("FI-099") == {Municipality.objects.get(key="FI-099").pk}
    assert matching_ids("FI-000") == set()


def test_suggestion_says_what_was_found_and_where_it_is() -> None:
    with override("fi"):
        shown = [
            (one.label, one.detail, one.fit)
            for text in ("borg", "honkajoki", "ylitor")
            for one in suggest(text)
        ]

    assert shown == [
        ("Borgholm", "Kalmar län", Fit.BEGINS),
        ("Porvoo", "Borgå, Uusimaa", Fit.BEGINS),
        ("Pornainen", "Borgnäs, Uusimaa", Fit.BEGINS),
        ("Kankaanpää", "entinen Honkajoki, Satakunta", Fit.EXACT),
        ("Ylitornio (FI)", "Lappi", Fit.BEGINS),
    ]


def test_suggestions_of_one_letter_begin_with_the_largest() -> None:
    with override("fi"):
        finnish = [one.label for one in suggest("t", limit=3)]
    with override("sv"):
        swedish = [one.label for one in suggest("t", limit=3)]

    assert finnish == ["Tampere", "Turku", "Täby"]
    assert swedish == ["Tammerfors", "Täby", "Tavastehus"]


def test_suggestions_are_limited() -> None:
    assert len(suggest("s", limit=5)) == 5


def test_label_names_the_country_only_where_it_must() -> None:
    places = gazetteer()

    labels = [places.label(places.by_key[key], "sv") for key in ("FI-976", "SE-2518", "FI-491", "SE-2583")]

    assert labels == ["Övertorneå (FI)", "Övertorneå (SE)", "S:t Michel", "Haparanda"]


def test_gazetteer_sorts_as_the_database_does() -> None:
    for language in ("fi", "sv"):
        with override(language):
            assert [one.key for one in gazetteer().in_alphabet()] == [
                one.key for one in Municipality.objects.current().by_name()
            ]


def test_municipalities_stay_in_memory_until_a_load(
    django_assert_num_queries: DjangoAssertNumQueries, clock: time_machine.Traveller
) -> None:
    gazetteer()

    with django_assert_num_queries(1):
        kept = gazetteer()

    clock.shift(dt.timedelta(days=1))
    MunicipalityAliasFactory(municipality=Municipality.objects.get(key="FI-854"), name="Turtola")
    assert gazetteer() is kept
    ReferenceLoad.objects.create(fingerprint="new", loaded_at=kept.by_key["FI-854"].updated_at)
    with django_assert_num_queries(3):
        fresh = gazetteer()

    assert fresh is not kept
    assert found("Turtola") == ["FI-854"]


def test_without_a_load_nothing_is_kept() -> None:
    ReferenceLoad.objects.all().delete()
    MunicipalityFactory(country="FI", code="001", name_fi="Uusikunta", name_sv="Nykommun")

    assert found("Nykommun") == ["FI-001"]
    assert gazetteer() is not gazetteer()


@pytest.mark.parametrize(
    ("text", "same", "without"),
    [
        ("S:t Michel", "st michel", "st michel"),
        ("Mänttä-Vilppula", "mänttä vilppula", "mantta vilppula"),
        ("Upplands-Bro", "upplands bro", "upplands bro"),
        ("Søborg", "søborg", "soborg"),
        ("STRASSE ß", "strasse ss", "strasse ss"),
        ("Jiellevárri", "jiellevárri", "jiellevarri"),
    ],
)
def test_spelling_is_compared_without_marks(text: str, same: str, without: str) -> None:
    assert (plain(text), bare(text)) == (same, without)


def test_typeahead_answers_json(client: Client) -> None:
    answer = client.get("/en/municipalities/suggest/", {"q": "borgå"})

    assert answer.json() == {
        "results": [{"key": "FI-638", "name": "Porvoo", "detail": "Borgå, Uusimaa"}],
        "meant": ["FI-638"],
    }
    assert answer.headers["Cache-Control"] == "public, max-age=300"


def test_typeahead_says_what_the_same_words_mean_in_an_address(client: Client) -> None:
    def meant(words: str) -> list[str]:
        return list(client.get("/sv/kommuner/forslag/", {"q": words}).json()["meant"])

    assert sorted(meant("Övertorneå")) == ["FI-976", "SE-2518"]
    assert meant("övertorneå (fi)") == ["FI-976"]
    assert meant("zzz") == []


def test_typeahead_without_a_question_has_no_answer(client: Client) -> None:
    assert client.get("/en/municipalities/suggest/").json() == {"results": [], "meant": []}


def test_typeahead_gives_eight_at_most(client: Client) -> None:
    assert len(client.get("/sv/kommuner/forslag/", {"q": "s"}).json()["results"]) == 8
