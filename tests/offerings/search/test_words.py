"""Words by their base forms. The lists are written by hand, from what people type."""

from __future__ import annotations

import pytest

from offerings.search import words
from offerings.search.phrases import MAX_WORDS, typed_words
from offerings.search.query import MAX_Q
from offerings.search.words import (
    JOINED,
    PLAIN,
    ROOT,
    STEM,
    base_forms,
    name_stems,
    plain_terms,
    query_terms,
    text_terms,
    tokens,
)

pytestmark = pytest.mark.unit


def index_terms(word: str, language: str) -> frozenset[str]:
    forms = text_terms(word, language, is_name=False)
    return forms.whole | forms.parts | forms.roots


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("hitsauksen", "hitsaus"),
        ("hitsausta", "hitsaus"),
        ("hitsaus", "hitsauksessa"),
        ("hitsaus", "hitsausala"),
        ("hitsaus", "robottihitsaus"),
        ("hitsaajaksi", "hitsaaja"),
        ("lähihoitajaksi", "lähihoitaja"),
        ("lähihoitajien", "lähihoitaja"),
        ("hoitaja", "lähihoitaja"),
        ("sairaanhoitajaksi", "sairaanhoitaja"),
        ("hoitaja", "sairaanhoitajien"),
        ("koulutus", "täydennyskoulutukseen"),
        ("työt", "käsityöt"),
        ("kurssi", "verkkokursseilla"),
        ("opiskelijoiden", "opiskelija"),
        ("miehiä", "mies"),
        ("yrittäjyydestä", "yrittäjyys"),
        ("viittomakieltä", "viittomakieli"),
        ("kieli", "viittomakielen"),
    ],
)
def test_finnish_words_meet_by_base_form_and_compound_part(typed, written):
    assert query_terms(typed) & index_terms(written, "fi")


@pytest.mark.parametrize(
    ("typed", "written", "language"),
    [
        ("svetsaren", "svetsare", "sv"),
        ("närvårdarna", "närvårdare", "sv"),
        ("studieplatserna", "studieplats", "sv"),
        ("kockar", "kock", "sv"),
        ("vuxna", "vuxen", "sv"),
        ("nurses", "nurse", "en"),
        ("children", "child", "en"),
        ("courses", "course", "en"),
    ],
)
def test_swedish_and_english_words_meet_by_base_form(typed, written, language):
    assert query_terms(typed) & index_terms(written, language)


@pytest.mark.parametrize(
    ("typed", "written", "language"),
    [
        ("hitsaus", "hitsaaja", "fi"),
        ("hitsaajaksi", "hitsauksen", "fi"),
        ("hitsata", "hitsaaja", "fi"),
        ("hitsaaja", "robottihitsaus", "fi"),
        ("sähköasentaja", "sähköasennus", "fi"),
        ("kuljettaja", "kuljetus", "fi"),
        ("maalaus", "maalata", "fi"),
        ("svetsning", "svetsaren", "sv"),
        ("svetsare", "svetsningen", "sv"),
        ("bageri", "bagare", "sv"),
        ("undersköterska", "underskötare", "sv"),
        ("welding", "welder", "en"),
        ("teacher", "teaching", "en"),
    ],
)
def test_who_does_it_and_the_doing_meet(typed, written, language):
    assert query_terms(typed) & index_terms(written, language)


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("kurssi", "kieli"),
        ("lukio", "lupa"),
        ("mies", "mieli"),
        ("hitsaus", "hissi"),
        ("lähihoitaja", "hoitaja"),
        ("robottihitsaus", "hitsaus"),
        ("sade", "säde"),
        ("kieli", "kiele"),
        ("hoitaja", "kauneudenhoitoala"),
        ("sähköasentaja", "putkiasennus"),
        ("robottihitsaaja", "hitsaaja"),
    ],
)
def test_unrelated_words_do_not_meet(typed, written):
    assert not query_terms(typed) & index_terms(written, "fi")


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("sjukvårdsbiträde", {"sjukvård", "sjuk", "vård", "biträde"}),
        ("licenssvetsning", {"licens", "svetsning"}),
        ("yrkeshögskolor", {"yrke", "högskola", "hög", "skola"}),
        ("barnskötarutbildningen", {"barnskötare", "barn", "skötare", "utbildning"}),
        ("studieplatser", {"studie", "plats"}),
        ("hälsovård", {"hälsa", "vård"}),
        ("elinstallatör", {"el", "installatör"}),
        ("robotsvetsningskurs", {"robotsvetsning", "robot", "svetsning", "kurs"}),
    ],
)
def test_swedish_compounds_are_cut_into_known_words(word, parts):
    assert base_forms(word, "sv").parts >= parts
    assert base_forms(word, "sv").parts <= parts


@pytest.mark.parametrize(
    "words_in_a_row",
    ["kommun svenska student lärare bagare transport undervisning plantering redovisning matematik element",
    "elev butik kandidat import information natur kultur tillverkning person gymnasium elektriker x s ss",
    "restaurang kompetens receptionist förskola"],
)  # fmt: skip
def test_what_only_looks_like_a_swedish_compound_is_not_cut(words_in_a_row):
    cut = {word: base_forms(word, "sv").parts for word in words_in_a_row.split()}
    assert {word: parts for word, parts in cut.items() if parts} == {}


def test_base_forms_of_swedish_compounds_that_no_dictionary_has():
    assert "licenssvetsning" in base_forms("licenssvetsningens", "sv").whole
    assert "robotoperatör" in base_forms("robotoperatörerna", "sv").whole


def test_compounds_within_finnish_compounds_are_parts_too():
    parts = base_forms("yösairaanhoitajaksi", "fi").parts
    assert {"hoitaja", "sairaanhoitaja", "yö"} <= parts
    assert "yösairaanhoitaja" not in parts


@pytest.mark.parametrize(
    ("word", "language", "whole", "parts"),
    [
        ("excelkurssilla", "fi", "excelkurssi", {"excel", "kurssi"}),
        ("microbladingkoulutuksen", "fi", "microbladingkoulutus", {"microblading", "koulutus"}),
        ("excelkursen", "sv", "excelkurs", {"excel", "kurs"}),
        ("yhutbildning", "sv", "yhutbildning", set()),  # two letters are no name
        ("konkurs", "sv", "konkurs", set()),
    ],
)
def test_courses_are_named_after_what_no_dictionary_knows(word, language, whole, parts):
    assert whole in base_forms(word, language).whole
    assert base_forms(word, language).parts == parts


def test_mine_and_yours_are_meant_only_where_nothing_else_can_be():
    assert "kuu" not in base_forms("kuusi", "fi").whole
    assert "hoitaja" in base_forms("hoitajamme", "fi").whole


def test_the_doing_is_that_of_the_whole_word_and_of_its_last_part_apart():
    assert base_forms("robottihitsaus", "fi").roots == {ROOT + "firobottihitsata"}
    assert base_forms("robottihitsaus", "fi").last_roots == {ROOT + "fihitsata"}
    assert base_forms("sing", "en").roots == {ROOT + "ensing"}  # what is left is too short to mean anything


def test_the_analyser_s_odd_base_forms_are_put_right():
    assert "sairaanhoitaja" in base_forms("sairaanhoitajaksi", "fi").whole  # pyvoikko: sairashoitaja
    assert base_forms("hitsausala", "fi").whole == {"hitsausala", JOINED + "hitsausala"}  # hitsausAla
    assert base_forms("verkko-", "fi").whole == {"verkko"}


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("pello", "pellossa pelloon pellosta pellon"),
        ("ylitornio", "ylitorniolla ylitorniolle ylitorniolta ylitornion"),
        ("turku", "turussa turkuun turun turusta"),
        ("lahti", "lahdessa lahteen lahden lahdesta"),
        ("tampere", "tampereella tampereelle tampereen"),
        ("seinäjoki", "seinäjoella seinäjoelle seinäjoen"),
        ("alajärvi", "alajärvellä alajärvelle alajärven"),
        ("hämeenlinna", "hämeenlinnassa hämeenlinnaan hämeenlinnan"),
        ("helsinki", "helsingissä helsinkiin helsingin"),
        ("kauniainen", "kauniaisissa kauniaisiin kauniaisten"),
        ("porvoo", "porvoossa porvooseen porvoon"),
        ("espoo", "espoossa espooseen"),
        ("loppi", "lopella lopelle lopen"),
        ("hanko", "hangossa hankoon hangon"),
        ("varkaus", "varkaudessa varkauden"),
        ("nurmes", "nurmeksessa nurmeksen"),
        ("kangas", "kankaalla"),
        ("outokumpu", "outokummussa outokummun"),
        ("savonlinna", "savonlinnassa savonlinnaan"),
        ("ii", "iissä"),
        ("kirkkonummi", "kirkkonummella"),
        ("gradia", "gradiassa gradiaan gradian"),
        ("sasky", "saskyn saskyssa"),
        ("lappia", "lappiassa lappian lappialla"),
        ("careeria", "careeriassa"),
        ("luleå", "luleås"),
        ("söfuk", "söfuks"),
        ("suo", "suohon"),
    ],
)
def test_a_name_is_found_in_every_case(name, typed):
    terms = {name} | name_stems(name)
    assert [form for form in typed.split() if not query_terms(form) & terms] == []


def test_the_stem_of_a_name_is_no_word_of_its_own():
    assert name_stems("turku") == {STEM + "turku", STEM + "turu"}
    assert not name_stems("lappi") & index_terms("lappi", "fi")
    assert STEM + "a" not in query_terms("alla")  # one letter and a case is no name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hitsaus, levytyöt", ["hitsaus", "levytyöt"]),
        ("S:t Michel", ["s", "t", "michel"]),
        ("Pello's Kunta’s", ["pello", "kunta"]),
        ("ABC-123_4", ["abc", "123", "4"]),
        ("a\u0308iti", ["äiti"]),  # NFD
        ("Hit\u00adsaus pel\u200blo", ["hitsaus", "pello"]),  # soft hyphen, zero-width space
        ("\u202ehitsaus", ["hitsaus"]),  # right to left
        ("ＨＩＴＳＡＵＳ", ["hitsaus"]),  # full width
        ("Áŋŋel Čáhput Šiŋká Ǩeeʹmmel", ["áŋŋel", "čáhput", "šiŋká", "ǩeeʹmmel"]),
        ("a\u0334\u0335b", ["ab"]),  # marks that do not compose
        ("🔥 !!! &|<->", []),
        ("", []),
        ("\x00", []),
        ("\ud800x", ["x"]),
        ("x" * 1000, ["x" * 64]),
    ],
)
def test_a_text_is_cut_into_words(text, expected):
    assert [token.word for token in tokens(text)] == expected


def test_a_word_is_shown_as_it_stands_in_the_text():
    assert [(token.shown, token.word) for token in tokens("Hitsaus PELLOSSA")] == [
        ("Hitsaus", "hitsaus"),
        ("PELLOSSA", "pellossa"),
    ]


def test_stop_words_count_only_where_there_is_nothing_else():
    assert typed_words("hitsaus ja levytyö in Pello") == ["hitsaus", "levytyö", "pello"]
    assert typed_words("och i") == ["och", "i"]
    # Typed twice: what is still being typed comes last.
    assert typed_words("hits levy hits") == ["levy", "hits"]


def test_a_query_is_cut_to_a_bounded_number_of_words():
    assert typed_words("a1 " * 100) == ["a1"]
    many = typed_words(" ".join(f"w{n:02}" for n in range(100)))
    assert many == [f"w{n:02}" for n in range(MAX_WORDS)]
    assert typed_words("x" * MAX_Q + " hitsaus") == ["x" * 64]


def test_without_accents_is_another_kind_of_term():
    assert plain_terms("lähihoitaja") == {"lahihoitaja", PLAIN + "lahihoitaja"}
    assert text_terms("lähikurssi", "", is_name=False).whole == {"lähikurssi", PLAIN + "lahikurssi"}
    assert text_terms("kurssi", "", is_name=False).whole == {"kurssi"}


def test_a_word_too_long_to_be_finnish_is_not_analysed():
    word = "kuusi" * 10
    assert base_forms(word, "fi").whole == {word}


def test_warming_up_leaves_every_dictionary_loaded():
    words.warm_up()
    for language in words.LANGUAGES:
        assert "kurs" in base_forms("kurs", language).whole
