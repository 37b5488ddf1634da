"""Municipalities are found as sentences and other sources name them: inflected, and with what they are."""

from __future__ import annotations

import pytest
from django.test import Client

from kopa.base.names import LANGUAGES
from municipalities.inflection import forms_of, without_beginning_of_type, without_type
from municipalities.lookup import Fit, find_municipality, suggest
from municipalities.models import Municipality
from providers.models import Organisation

pytestmark = [
    pytest.mark.integration,
    pytest.mark.django_db,
    pytest.mark.usefixtures("loaded"),
    pytest.mark.xdist_group("municipalities inflection"),
]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("Kauhajoen kaupunki", ["FI-232"]),
        ("kauhajoen kaupungin", ["FI-232"]),
        ("Kauhajoki stad", ["FI-232"]),
        ("Pellon kunta", ["FI-854"]),
        ("Pellon kunnassa", ["FI-854"]),
        ("Municipality of Pello", ["FI-854"]),
        ("Pello kommun", ["FI-854"]),
        ("Pellossa", ["FI-854"]),
        ("Kauhajoella", ["FI-232"]),
        ("Rovaniemelle", ["FI-698"]),
        ("Haparanda stad", ["SE-2583"]),
        ("Haparanda kommun", ["SE-2583"]),
        ("Haaparannan kaupunki", ["SE-2583"]),
        ("Haaparannalla", ["SE-2583"]),
        ("Matarengin kunta", ["SE-2518"]),
        ("Tukholman kaupunki", ["SE-0180"]),
        ("Stockholms stad", ["SE-0180"]),
        ("Region Gotland", ["SE-0980"]),
        ("Södertälje kommun", ["SE-0181"]),
        ("sodertalje kommun", ["SE-0181"]),
        ("Borgås", ["FI-638"]),
        ("City of Porvoo", ["FI-638"]),
        ("the City of Porvoo", ["FI-638"]),
        ("Mänttä-Vilppulan kaupunki", ["FI-508"]),
        ("S:t Michels stad", ["FI-491"]),
        ("Habo kommun", ["SE-0643"]),
        ("Håbo kommun", ["SE-0305"]),
        ("Håbos kommun", ["SE-0305"]),
        ("Habos", ["SE-0643"]),
        ("Övertorneå kommun, Sverige", ["SE-2518"]),
        ("Honkajoen kunta", ["FI-214"]),
        ("kaupunki", []),
        ("City of", []),
        ("kunnan kunta", []),
    ],
)
def test_found_as_sources_and_sentences_have_it(text: str, keys: list[str]) -> None:
    assert [one.key for one in find_municipality(text)] == keys


def test_every_municipality_is_found_by_its_legal_name_in_every_language() -> None:
    """As the register of organisations writes it: “Kauhajoen kaupunki”, “Kauhajoki stad”."""
    rows = Organisation.objects.filter(kind="municipality", municipality__valid_to=None)
    missed = [
        (one.municipality.key, name)
        for one in rows.select_related("municipality")
        for name in {getattr(one, f"name_{language}") for language in LANGUAGES} - {""}
        if one.municipality not in find_municipality(name)
    ]

    assert rows.count() == 598
    assert missed == []


def test_every_municipality_of_finland_is_found_by_its_genitive() -> None:
    rows = Municipality.objects.current().filter(country="FI")
    missed = [one.key for one in rows if one not in find_municipality(one.genitive_fi)]

    assert missed == []


@pytest.mark.parametrize("text", ["Kauhajoen k", "Kauhajoen kaup", "kauhajoen kaupunki"])
def test_the_name_stays_while_its_type_is_being_typed(text: str) -> None:
    assert [one.municipality.key for one in suggest(text)] == ["FI-232"]


def test_a_form_stands_behind_names_that_are_so_and_before_those_that_begin_so() -> None:
    found = [(one.municipality.key, one.fit) for one in suggest("Kemin")]

    assert found == [("FI-240", Fit.OTHER_FORM), ("FI-241", Fit.BEGINS)]


def test_the_api_finds_them_too(client: Client) -> None:
    for name in ("Kauhajoen kaupunki", "Pellon kunta", "Haparanda stad", "Haparanda kommun"):
        answer = client.get("/api/v1/municipalities/", {"q": name}).json()
        assert answer["count"] == 1


@pytest.mark.parametrize(
    ("text", "left"),
    [("pellon kunta", "pellon"), ("city of pello", "pello"), ("kunta", "kunta"), ("pello", "pello")],
)
def test_only_what_a_municipality_is_called_is_taken_away(text: str, left: str) -> None:
    assert without_type(text) == left


@pytest.mark.parametrize(
    ("text", "left"), [("pellon ku", "pellon"), ("pello", "pello"), ("pello xyz", "pello xyz")]
)
def test_a_type_that_is_not_finished_is_taken_away_too(text: str, left: str) -> None:
    assert without_beginning_of_type(text) == left


def test_forms_come_from_the_genitive() -> None:
    assert {"kauhajoen", "kauhajoella", "kauhajokis"} <= set(forms_of("Kauhajoki", "Kauhajoen"))
    assert {"haaparannan", "haaparannassa"} <= set(forms_of("Haaparanta"))
    assert {"kalixin", "kalixissa"} <= set(forms_of("Kalix"))
