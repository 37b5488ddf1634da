"""Searching by words, with the real analysers and a real database."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from kopa.codes.models import DeliveryMode
from municipalities.cache import gazetteer
from offerings.models import Offering
from offerings.search.passages import explain
from offerings.search.phrases import MAX_WORDS, as_written
from tests.factories import (
    MunicipalityAliasFactory,
    OrganisationFactory,
    SiteFactory,
    code,
    municipality,
    today,
)

pytestmark = [pytest.mark.django_db, pytest.mark.integration]


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("hitsaus", ["Hitsaus", "Hitsausala", "Robottihitsaus"]),
        ("hitsauksen", ["Hitsaus", "Hitsausala", "Robottihitsaus"]),
        ("robottihitsausta", ["Robottihitsaus"]),
        ("HITSAUS", ["Hitsaus", "Hitsausala", "Robottihitsaus"]),
        ("lähihoitajaksi", ["Lähihoitaja"]),
        ("hitsaus robotti", ["Robottihitsaus"]),
        ("hitsaus kokki", []),
        ("hits", ["Hitsausala", "Hitsaus", "Robottihitsaus"]),
        ("hits kokki", []),
    ],
)
def test_titles_are_found_by_base_form_whole_words_before_parts(course, titles, q, found):
    for title in ("Robottihitsaus", "Hitsausala", "Lähihoitaja", "Hitsaus", "Kokki"):
        course(title)

    assert sorted(titles(q=q)) == sorted(found)
    assert titles(q=q)[:1] == found[:1]


def test_who_does_it_comes_after_what_is_named_itself(course, titles):
    for title in ("Kokki", "Hitsaaja", "Robottihitsaus", "Hitsaus"):
        course(title)

    assert titles(q="hitsaus") == ["Hitsaus", "Robottihitsaus", "Hitsaaja"]
    assert titles(q="hitsaajaksi") == ["Hitsaaja", "Robottihitsaus", "Hitsaus"]


def test_titles_in_every_language_are_found(course, titles):
    course("Lähihoitaja", title_sv="Närvårdare", title_en="Practical nurses")
    course("Kokki")

    for q in ("närvårdarna", "nurse", "lähihoitajat"):
        assert titles(q=q) == ["Lähihoitaja"]


def test_places_are_found_by_the_names_of_every_language_and_in_every_case(course, titles):
    MunicipalityAliasFactory(municipality=municipality("FI-638"), name="Perno", language="fi")
    course("here", sites=["FI-638"])
    course("there", sites=["FI-854"])

    for q in ("Porvoo", "Porvoossa", "Borgå", "Borgås", "pernossa"):
        assert titles(q=q) == ["here"], q
    assert titles(q="Pellossa") == ["there"]


def test_a_site_in_a_merged_municipality_is_found_by_both_names(course, titles):
    old = municipality("FI-999")
    old.name_fi, old.successor, old.valid_to = "Honkajoki", municipality("FI-854"), "2020-12-31"
    old.save(update_fields=["name_fi", "successor", "valid_to"])
    course("one", sites=["FI-999"])

    assert titles(q="Honkajoella") == titles(q="Pello") == ["one"]


def test_provider_site_field_and_course_code_are_found(course, titles):
    lappia = OrganisationFactory(
        name_fi="Kemi-Tornionlaakson koulutuskuntayhtymä Lappia", name_sv="Utbildning Nord"
    )
    site = SiteFactory(organisation=lappia, municipality=None, name_fi="Ammattiopisto Ruusu", latitude=None,
                       longitude=None, point_basis="none")  # fmt: skip
    course("one", provider=lappia, sites=[site], field="071", course_codes=["ABC-123"])
    course("other", field="091")

    for q in (
        "lappian",
        "utbildningen nord",
        "ruusu",
        "ammattiopistossa",
        "sähkötekniikan",
        "ABC-123",
        "abc123",
    ):
        assert titles(q=q) == ["one"], q
    assert titles(q="hälsovård") == ["other"]


def test_a_match_in_the_title_comes_before_one_in_a_name(course, titles):
    course("Kone", provider=OrganisationFactory(name_fi="Hitsaus Oy"))
    course("Tekniikka", field="091", provider=OrganisationFactory(name_fi="Opisto"))
    course("Robottihitsaus")
    course("Hitsaus")

    assert titles(q="hitsaus") == ["Hitsaus", "Robottihitsaus", "Kone"]
    assert titles(q="tekniikka")[0] == "Tekniikka"


def test_the_very_word_comes_before_another_form_of_it(course, titles):
    course("a", provider=OrganisationFactory(name_fi="Lapin opisto"))
    course("b", provider=OrganisationFactory(name_fi="Koulutuskuntayhtymä Lappia"))

    assert titles(q="lappia") == ["b", "a"]


def test_names_are_not_found_by_parts_of_their_words(course, titles):
    course("a", sites=["FI-854"], provider=OrganisationFactory(name_fi="Tornionlaakson koulutuskuntayhtymä"))
    course("b", sites=["FI-851"])

    assert titles(q="tornionlaakso") == ["a"]
    assert titles(q="tornio") == ["b"]
    assert titles(q="kunta") == []


def test_accents_count_unless_nobody_has_the_word_with_them(course, titles):
    course("Säde")

    assert titles(q="sade") == ["Säde"]
    course("Sade")
    assert titles(q="sade") == ["Sade"]
    assert titles(q="säde") == ["Säde"]


def test_accents_are_looked_at_in_the_whole_catalogue_not_in_what_filters_leave(course, titles):
    course("Säde")
    course("Sade", taken=20)

    assert titles(q="sade", free=True) == []


def test_words_like_and_do_not_have_to_be_found(course, titles):
    course("Hitsaus, levytyöt")

    assert titles(q="hitsaus ja levytyöt i Tornio") == ["Hitsaus, levytyöt"]




@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("lahihoitja", ["Lähihoitaja"]),
        ("lähihoiatja", ["Lähihoitaja"]),  # two letters swapped
        ("hitsajaksi", ["Hitsaaja"]),
        ("undersköteska", ["Lähihoitaja"]),
        ("kokik", ["Kokki"]),
        ("kokik pelossa", ["Kokki"]),
        ("xyzzy", []),
        ("kok", ["Kokki"]),  # the beginning of a word, nothing mistyped
        ("kko", []),  # too short to be anything else
    ],
)
def test_a_mistyped_word_is_read_as_the_nearest_one(course, titles, q, found):
    course("Lähihoitaja", title_sv="Undersköterska")
    course("Hitsaaja")
    course("Kokki", sites=["FI-854"])

    assert titles(q=q) == found


def test_a_word_is_taken_for_another_only_where_nothing_has_it(course, titles):
    course("Kissa")
    assert titles(q="kiisa") == ["Kissa"]
    course("Kiisa")
    assert titles(q="kiisa") == ["Kiisa"]


def test_only_what_can_be_found_is_read_into_a_mistyped_word(course, titles):
    course("Kissa", starts_on=today(), applications_close_at=None)
    course("Kilsa")

    assert titles(q="kisssa") == []
    assert titles(q="kisla") == ["Kilsa"]




def test_the_answer_says_where_each_word_was_found(course, find):
    course("Robottihitsaus, levytyöt", sites=["FI-638"], course_codes=["ABC-1"])

    (hit,) = find(q="hitsausta porvoossa levytyö").hits
    assert hit.why == ("title: Robottihitsaus, levytyöt", "location: Porvoon")
    (hit,) = find(q="abc-1 tekniikka").hits
    assert hit.why == ("course code: ABC-1", "field: sähkötekniikka")
    (hit,) = find(q="koulutuskuntayhtymä").hits
    assert hit.why == ("organiser: Koulutuskuntayhtymä",)
    (hit,) = find().hits
    assert hit.why == ()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("lukio", "form: Lukiokoulutus"),
        ("gymnasieutbildningar", "form: Gymnasieutbildning"),
        ("monimuoto", "way of studying: Monimuoto"),
        ("halvdistans", "way of studying: Halvdistans"),
        ("071", "field: 071"),
    ],
)
def test_form_way_of_studying_and_field_code_find_and_say_so(course, find, typed, said):
    blended = code(DeliveryMode, "blended")
    blended.name_sv_se = "Halvdistans"
    blended.save(update_fields=["name_sv_se"])
    course("Matematiikka", form="general_upper_secondary", mode="blended", field="071")
    course("Historia", form="vocational", mode="contact", field="091")

    (hit,) = find(q=typed).hits

    assert (hit.offering.title_fi, hit.why) == ("Matematiikka", (said,))


def test_a_word_that_an_offering_no_longer_has_explains_nothing(course):
    offering = Offering.objects.for_list().get(pk=course("Hitsaus").pk)

    assert explain(offering, as_written("kokki hitsaus"), gazetteer()) == ("title: Hitsaus",)


def test_the_reader_s_own_language_explains_best(course, find):
    course("Hitsaus Tornio", title_sv="Tornio", title_en="Tornio, welding")

    with translation.override("sv"):
        (hit,) = find(q="tornio").hits
        assert len(hit.why) == 1
    with translation.override("en"):
        (hit,) = find(q="hitsaus").hits
        assert hit.why == ("title: Hitsaus",)



ODD = [
    "&", "|", "!", ":*", "<->", "'", '"', "\\", "(((", ")", "' \\ &", "hitsaus:*", "hitsaus & !kokki",
    "a'b\\c",
    "%", "_", "--", "; drop table offerings_searchrow", "$$", "{}", "%s", "%(x)s", "~pello", "^pello",
    "ja", "och i på", "the of", "🔥", "👩‍🔬🇫🇮", "\u200b", "\u200bhit\u200bsaus", "hit\u00adsaus",
    "\u202egnidlew", "e\u0301\u0301\u0301", "\u0301", "a" * 100_000, "hitsaus " * 20_000,
    "& | ! " * 20_000,
    "kuusi" * 40, " ".join(f"w{n}" for n in range(200)), "\x00", "\ud800", "ＨＩＴＳＡＵＳ",
    "ß İ ﬁ ½",
    "Áŋŋel Čáhput Šiŋká Ǩeeʹmmel", "ha\u0308meenlinna", "1e400", "NaN", "9" * 400,
]  # fmt: skip


@pytest.mark.parametrize("q", ODD, ids=lambda q: ascii(q)[:40])
def test_no_input_breaks_the_search(course, find, q):
    course("Hitsaus")

    for query in ({"q": q}, {"q": q, "home": "FI-851", "free": True}):
        result = find(**query)
        assert result.total in {0, 1}
        assert result.total == len(result.hits)


@pytest.mark.parametrize("q", ["&", "🔥", "\u200b", "!!! ???"])
def test_what_holds_no_word_finds_nothing_and_says_what_is_found_without_it(course, find, q):
    course("Hitsaus")

    result = find(q=q)
    assert (result.total, [way.drop for way in result.loosenings]) == (0, [("q",)])


@pytest.mark.parametrize("between", [" & ", " | ", " !", ":* ", " <-> ", " or ", "' '", ") | ("])
def test_several_words_always_mean_all_of_them(course, titles, between):
    course("Hitsaus")
    course("Kokki")
    course("Kokki, hitsaus")

    assert titles(q=f"hitsaus{between}kokki") == ["Kokki, hitsaus"]


def test_invisible_and_decomposed_letters_do_not_hide_a_word(course, titles):
    course("Hämeenlinnan kurssi")

    for q in ("ha\u0308meenlinna", "häm\u200been\u00adlinna", "HÄMEENLINNA", "hämeenlinnassa"):
        assert titles(q=q) == ["Hämeenlinnan kurssi"], ascii(q)


def test_the_longest_query_asks_for_no_more_than_its_first_words(course, find):
    """The work, not the time: no more statements than for one word that nothing has (which is compared with
    the vocabulary, as many of them are not), as long as for the words that count.
    """
    course("Hitsaus")
    find(q="hitsaus")
    many = [f"kuusikuusi{n}" for n in range(MAX_WORDS * 2)]
    (one, _), (most, length), (more, same) = (
        work_of(find, q) for q in ("kuusikuusi0", " ".join(many[:MAX_WORDS]), " ".join(many))
    )

    assert one - 1 == most == more
    assert length == same


def work_of(find, q):
    """How many statements a search asks, and how long they are together."""
    with CaptureQueriesContext(connection) as asked:
        find(q=q)
    # Of a statement that PostgreSQL keeps prepared the log has no text.
    return len(asked), sum(len(statement["sql"] or "") for statement in asked.captured_queries)
