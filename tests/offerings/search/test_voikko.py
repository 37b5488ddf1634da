"""The automaton in arrays says of every word what pyvoikko says."""

from __future__ import annotations

import csv
import random
import re

import pytest
import pyvoikko
from django.conf import settings

from offerings.search import voikko
from offerings.search.voikko import HEADER, Automaton, _changed, _flag

pytestmark = pytest.mark.unit
WORDS = (
    "sairaanhoitajaksi", "yösairaanhoitajien", "hitsausala", "robottihitsauksessa", "ammattikorkeakouluunkin",
    "kuusi", "kuusemme", "lähihoitajan", "työelämäosaaminen", "oppisopimuksella", "ensi-ilta", "sosiaali-",
    "Pellossa", "pellossa", "Helsinki-Vantaan", "jyväskyläläinen", "juoksentelisinkohan", "ettei", "en",
    "kahdeksankymmentäviisi", "85-vuotias", "1980-luvulla", "eu-maa", "EU-maa", "emme", "tietokoneistamista",
    "xyzzy", "koulu koulu", "щ", "", "-", "a", "c++",
)  # fmt: skip
TEXTS = ("organisations.csv", "institutions.csv", "code_lists.csv", "pilot_goals.csv", "municipalities.csv")


def register_words() -> list[str]:
    """Words as sources write them, most of them Finnish, many Swedish or none."""
    found: set[str] = set()
    for name in TEXTS:
        with (settings.BASE_DIR / "fixtures" / name).open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                found |= {word.lower() for cell in row for word in re.findall(r"[^\W\d_]+", cell)}
    return random.Random(4).sample(sorted(found), 1500)


def said(analyses):
    return sorted(map(repr, analyses))


@pytest.mark.parametrize("word", WORDS)
def test_a_word_is_analysed_as_by_pyvoikko(word):
    assert said(voikko.analyse(word)) == said(pyvoikko.analyse(word))


def test_the_words_of_the_register_are_analysed_as_by_pyvoikko():
    words = register_words()
    differing = [word for word in words if said(voikko.analyse(word)) != said(pyvoikko.analyse(word))]
    assert differing == []
    assert sum(bool(voikko.analyse(word)) for word in words) > 300


@pytest.mark.parametrize(
    ("name", "flags", "after"),
    [
        ("@P.A.ON@", {}, {"A": "ON"}),
        ("@P.A.ON@", {"A": "OFF"}, {"A": "ON"}),
        ("@C.A@", {"A": "ON", "B": "ON"}, {"B": "ON"}),
        ("@C.A@", {}, {}),
        ("@D.A@", {}, {}),
        ("@D.A@", {"A": "ON"}, None),
        ("@R.A@", {"A": "ON"}, {"A": "ON"}),
        ("@R.A@", {}, None),
        ("@R.A.ON@", {"A": "ON"}, {"A": "ON"}),
        ("@R.A.ON@", {"A": "OFF"}, None),
        ("@R.A.ON@", {}, None),
        ("@U.A.ON@", {}, {"A": "ON"}),
        ("@U.A.ON@", {"A": "ON"}, {"A": "ON"}),
        ("@U.A.ON@", {"A": "OFF"}, None),
    ],
)
def test_a_flag_sets_asks_or_refuses(name, flags, after):
    sides = {"A": ">A", "B": ">B"}
    changed = _changed(frozenset((sides[key], value) for key, value in flags.items()), _flag(name), ">")
    assert changed == (None if after is None else {(sides[key], value) for key, value in after.items()})


@pytest.mark.parametrize("name", ["@N.A.ON@", "@D.A.ON@"])
def test_a_flag_of_another_kind_is_refused_when_the_file_is_read(name):
    with pytest.raises(ValueError, match="unknown kind"):
        _flag(name)


@pytest.mark.parametrize("header", [(b"KFSU", 0, 0, 0, 0, False), (b"KFST", 1, 0, 0, 0, False),
                                    (b"KFST", 0, 0, 0, 0, True)])  # fmt: skip
def test_a_file_of_another_kind_is_refused(header):
    with pytest.raises(ValueError, match="known kind"):
        Automaton(HEADER.pack(*header))
