"""The vocabulary holds the words of the search's rows, whoever writes at the same time."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from municipalities.cache import gazetteer
from offerings.models import Offering, SearchWord
from offerings.search import phrases, projection, vocabulary
from offerings.search.base import base
from offerings.search.phrases import Reading
from tests.factories import OfferingFactory, municipality, today

pytestmark = [pytest.mark.django_db, pytest.mark.integration]


def held() -> list[str]:
    return sorted(SearchWord.objects.values_list("word", flat=True))


def index() -> None:
    projection.refresh(Offering.objects.values_list("pk", flat=True))


def test_words_base_forms_and_parts_are_learnt_once(course):
    course("Robottihitsauksen perusteet 2026 abc")
    index()
    first = held()
    index()

    assert {"robottihitsauksen", "robottihitsaus", "robotti", "hitsaus", "perusteet"} <= set(first)
    assert not {word for word in first if len(word) < 4 or not word.isalpha()}
    assert held() == first
    assert vocabulary.missing() == []


def test_accents_are_kept_beside_the_plain_word(course):
    course("Lähihoitaja")
    index()

    assert SearchWord.objects.get(word="lähihoitaja").plain == "lahihoitaja"


def test_learning_nothing_asks_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        vocabulary.learn([])
        vocabulary.learn(["'12':1A '^abc':1A 'abc':1A"])


def test_tidying_drops_what_no_row_holds_and_doubles_and_adds_what_is_missing(course):
    course("Hitsaus")
    index()
    right = held()
    SearchWord.objects.create(word="kadonnut", plain="kadonnut")
    SearchWord.objects.create(word="hitsaus", plain="hitsaus")
    SearchWord.objects.filter(word="tornio").delete()
    assert vocabulary.missing() == ["tornio"]

    vocabulary.tidy()

    assert held() == right
    assert vocabulary.missing() == []


def test_the_check_of_the_search_tells_what_the_vocabulary_lacks(course, capsys):
    course("Hitsaus")
    index()
    call_command("rebuild_search", "--check")
    SearchWord.objects.filter(word="hitsaus").delete()

    with pytest.raises(CommandError, match="in 1 places"):
        call_command("rebuild_search", "--check")
    assert "the vocabulary lacks 'hitsaus'" in capsys.readouterr().out


def test_a_rebuild_tidies(course):
    course("Hitsaus")
    SearchWord.objects.create(word="kadonnut", plain="kadonnut")

    projection.rebuild(now=timezone.now())

    assert "kadonnut" not in held()
    assert vocabulary.missing() == []


@pytest.mark.django_db(transaction=True)
def test_words_of_a_change_that_is_undone_are_not_learnt(course):
    with transaction.atomic():
        course("Hitsaus")
        index()
        assert "hitsaus" in held()
        transaction.set_rollback(True)

    assert held() == []


def test_near_words_come_nearest_first(course):
    course("Hoitaja, hoitajat, hoitaminen, lähihoitaja")
    index()

    [found, nothing] = vocabulary.near(["hoitja", "qqqqqq"])
    assert [near.word for near in found[:1]] == ["hoitaja"]
    assert [near.cost for near in found] == sorted(near.cost for near in found)
    assert nothing == []


def read(q: str) -> list[tuple[str, Reading, str]]:
    index()
    understood = phrases.understand(q, now=timezone.now())
    return [(phrase.typed, phrase.reading, phrase.read_as) for phrase in understood]


def test_each_word_is_read_in_the_first_way_that_finds_something(course):
    course("Lähihoitaja, kokki", title_sv="Svetsare")

    assert read("kokin lahihoitaja lahihoitja svets") == [
        ("kokin", Reading.WRITTEN, ""),
        ("lahihoitaja", Reading.PLAIN, "lähihoitaja"),
        ("lahihoitja", Reading.NEAR, "lähihoitaja"),
        ("svets", Reading.BEGINNING, ""),
    ]
    assert read("svets kokki") == [("svets", Reading.WRITTEN, ""), ("kokki", Reading.WRITTEN, "")]
    assert read("lahih") == [("lahih", Reading.PLAIN_BEGINNING, "")]
    assert read("qwertyuiop") == [("qwertyuiop", Reading.WRITTEN, "")]


def test_what_cannot_be_found_any_more_is_no_reading(course):
    course("Kokki", starts_on=today(), applications_close_at=None)

    assert read("kokik") == [("kokik", Reading.WRITTEN, "")]
    assert "kokki" in held()
    assert not base(timezone.now()).exists()


def test_right_words_and_names_of_places_are_not_taken_for_mistyped_ones(course):
    course("Lasi, cello", sites=["FI-851"])

    assert read("lapsi") == [("lapsi", Reading.WRITTEN, "")]  # a right word: there is no course of it
    assert read("laasi") == [("laasi", Reading.NEAR, "lasi")]
    municipality("FI-854")
    index()
    for q, taken_for in (("pellossa", ""), ("pelloon", ""), ("celllo", "cello")):
        understood = phrases.understand(q, now=timezone.now(), places=gazetteer())
        assert [phrase.read_as for phrase in understood] == [taken_for], q


def test_where_many_words_are_unknown_none_is_guessed(course):
    course("Kokki")

    assert {reading for _, reading, _ in read("kokik aaaaa bbbbb ccccc ddddd")} == {Reading.WRITTEN}
    assert read("kokik aaaaa bbbbb ccccc")[0] == ("kokik", Reading.NEAR, "kokki")


@pytest.mark.parametrize(
    ("q", "statements"),
    [
        ("", 0),
        ("!!!", 0),
        ("hitsaus", 1),
        ("hitsaus kokki ja lähihoitaja", 1),
        ("hits", 1),
        ("lahihoitaja kokki", 3),
        ("lahihoitja kokki", 3),
        ("qqqqqq wwwwww", 2),
        (" ".join(f"qqqqq{chr(97 + n)}" for n in range(16)), 1),
    ],
)
def test_understanding_takes_a_literal_number_of_statements(course, django_assert_num_queries, q, statements):
    course("Hitsaus, kokki, lähihoitaja")
    index()

    with django_assert_num_queries(statements):
        phrases.understand(q, now=timezone.now())
    with django_assert_num_queries(0):
        phrases.as_written(q)


def test_as_written_is_what_is_understood_where_rows_have_the_words(course):
    course("Hitsaus, kokki")
    index()

    q = "hitsauksen kokit"
    assert phrases.as_written(q) == phrases.understand(q, now=timezone.now())
    assert phrases.as_written("hits") != phrases.understand("hits", now=timezone.now())


def test_offerings_share_one_vocabulary():
    OfferingFactory(title_fi="Hitsaus")
    OfferingFactory(title_fi="Hitsauksen jatkokurssi")
    index()

    assert held().count("hitsaus") == 1
