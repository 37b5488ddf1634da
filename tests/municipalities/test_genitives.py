"""“Pellon asukkaat”: the genitive of every municipality of Finland, and the ending of the others."""

from __future__ import annotations

import csv
from typing import Any

import pytest
import pyvoikko
from django.utils import timezone

from kopa.portal import reference
from municipalities.cache import gazetteer
from municipalities.models import Municipality
from municipalities.reference import load
from tests.factories import MunicipalityFactory, municipality

# Names that Voikko's dictionary does not have. Checked by hand: Finnish names of two words inflect as the
# municipality itself writes them, Swedish ones that end in a consonant take -in.
NOT_IN_THE_DICTIONARY = {
    "Koski Tl": "Kosken Tl",
    "Lemland": "Lemlandin",
    "Lumparland": "Lumparlandin",
    "Pedersören kunta": "Pedersören kunnan",
    "Saltvik": "Saltvikin",
    "Sund": "Sundin",
    "Uusikaarlepyy": "Uudenkaarlepyyn",
    "Virrat": "Virtain",
}


def lines() -> list[dict[str, str]]:
    with (reference.FOLDER / "municipalities.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def letters(name: str) -> str:
    return name.lower().replace("=", "").replace("-", "")


def base_forms(genitive: str) -> set[str]:
    """What the word may be the genitive of, by Voikko."""
    analyses: list[Any] = list(pyvoikko.analyse(genitive.lower()))
    return {letters(one.BASEFORM) for one in analyses if one.SIJAMUOTO == "omanto"}


def test_voikko_reads_every_genitive_as_the_name() -> None:
    finnish = {line["name_fi"]: line["genitive_fi"] for line in lines() if line["key"].startswith("FI-")}
    unread = {name: its for name, its in finnish.items() if letters(name) not in base_forms(its)}

    assert len(finnish) == 311
    assert unread == NOT_IN_THE_DICTIONARY
    assert [its for its in finnish.values() if its[:1].islower()] == []


def test_swedish_names_have_no_form_of_their_own() -> None:
    assert {line["genitive_fi"] for line in lines() if line["key"].startswith("SE-")} == {""}


@pytest.mark.django_db
def test_the_register_brings_the_genitive() -> None:
    load(reference.FOLDER, now=timezone.now())

    town = Municipality.objects.get(key="FI-895")
    said = [town.whose(language) for language in ("fi", "sv", "en")]
    assert said == ["Uudenkaupungin", "Nystad", "Uusikaupunki"]


@pytest.mark.parametrize(
    ("name", "genitive"),
    [
        ("Haparanda", "Haparandan"),
        ("Övertorneå", "Övertorneån"),
        ("Kalix", "Kalixin"),
        ("Upplands-Bro", "Upplands-Bron"),
        ("Lilla Edet", "Lilla Edetin"),
    ],
)
@pytest.mark.django_db
def test_swedish_name_gets_the_ending_of_finnish(name: str, genitive: str) -> None:
    assert MunicipalityFactory(country="SE", code="9999", name_fi=name).whose("fi") == genitive


@pytest.mark.django_db
def test_country_stands_behind_the_genitive_of_a_shared_name() -> None:
    finnish, swedish = municipality("FI-976"), municipality("SE-2518")

    said = [gazetteer().whose(one, language) for one in (finnish, swedish) for language in ("fi", "sv")]
    assert said == ["Ylitornion (FI)", "Övertorneå (FI)", "Övertorneån (SE)", "Övertorneå (SE)"]
