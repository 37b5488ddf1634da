"""A worker is told once for many letters, and none of them waits for the timetable."""

from __future__ import annotations

import uuid

import pytest

from kopa.letters import bell, services
from kopa.letters.models import Letter
from tests.factories import UserFactory
from tests.smtp import mail_server
from tests.together import run_together

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def told(monkeypatch) -> list[int]:
    """The letters that a worker is told of."""
    told: list[int] = []
    monkeypatch.setattr(services.current_app, "send_task", lambda _task, given, **_: told.extend(given))
    monkeypatch.setattr(bell, "RUNG", f"kopa:letters:rung:{uuid.uuid4()}")  # tests run beside each other
    monkeypatch.setattr(bell, "PAUSE", 0.0)
    monkeypatch.setattr(bell, "_rung_at", float("-inf"))
    return told


def a_letter() -> Letter:
    person = UserFactory(language="fi")
    content = services.Content(subject="News", paragraphs=["A"])
    return services.queue("test", about=person, to=person, write=lambda: content)


def left() -> int:
    return Letter.objects.filter(state="sent").count()


def test_a_rush_of_letters_rings_once_until_somebody_begins_to_look(told, settings):
    with mail_server(settings):
        first, _second, _third = a_letter(), a_letter(), a_letter()
        assert told == [first.pk]

        assert services.deliver(first.pk) == left() == 3
        fourth = a_letter()

    assert told == [first.pk, fourth.pk]


def test_a_letter_that_another_has_handed_over_does_not_hide_the_next_one(told, settings):
    """Its worker comes late; who has written meanwhile has not rung again."""
    with mail_server(settings):
        first = a_letter()
        services.deliver_what_waits()
        a_letter()
        assert told == [first.pk]

        assert services.deliver(first.pk) == 1
    assert left() == 2


def test_a_refused_address_does_not_silence_those_who_have_not_rung(told, settings):
    with mail_server(settings) as server:
        refused, other = a_letter(), a_letter()
        Letter.objects.filter(pk=refused.pk).update(address="nobody@refused.example")
        server.refuses = "refused.example"
        assert services.deliver(refused.pk) == 1
    assert told == [refused.pk]
    assert Letter.objects.get(state="sent") == other


@pytest.mark.parametrize("by_timetable", [False, True])
def test_who_is_turned_away_meanwhile_is_not_forgotten(by_timetable, told, settings, monkeypatch):
    """Another worker comes while the first one is at it, and goes again."""
    late = []
    with mail_server(settings):
        first, second = a_letter(), a_letter()
        hand_over = services._hand_over

        def and_meanwhile(letter, connection):
            if letter.pk == second.pk:
                late.append(a_letter())
                assert run_together(1, lambda _n: services.deliver(late[0].pk)) == [0]
            return hand_over(letter, connection)

        monkeypatch.setattr(services, "_hand_over", and_meanwhile)
        assert (services.deliver_what_waits() if by_timetable else services.deliver(first.pk)) == 2

        assert told[-1] == late[0].pk
        assert told.count(late[0].pk) == (1 if by_timetable else 2)


def test_where_more_wait_than_one_run_takes_the_worker_is_told_again(told, settings, monkeypatch):
    monkeypatch.setattr(services, "MOST_AT_ONCE", 2)
    with mail_server(settings):
        letters = [a_letter() for _ in range(4)]
        assert services.deliver(letters[0].pk) == 3
        assert told == [letters[0].pk, letters[3].pk]

        assert services.deliver(letters[3].pk) == 1
    assert left() == 4


def test_who_has_just_rung_does_not_ring_again_and_the_worker_looks_when_the_pause_is_over(
    told, settings, monkeypatch
):
    """The second one is written when the worker has looked, by a process that rang a moment ago."""
    monkeypatch.setattr(bell, "PAUSE", 0.5)
    wait = bell.wait_for_the_silent
    silent: list[int] = []

    def and_write_before() -> None:
        silent.append(a_letter().pk)
        wait()

    monkeypatch.setattr(bell, "wait_for_the_silent", and_write_before)
    with mail_server(settings):
        first = a_letter()
        assert services.deliver(first.pk) == 1
        assert told == [first.pk, *silent]


def test_counter_proof_without_a_look_after_the_pause_the_letter_waits_for_the_timetable(
    told, settings, monkeypatch
):
    monkeypatch.setattr(bell, "PAUSE", 300)
    monkeypatch.setattr(bell, "wait_for_the_silent", lambda: None)
    with mail_server(settings):
        first = a_letter()
        assert services.deliver(first.pk) == 1
        a_letter()
        assert told == [first.pk]
        assert services.deliver_what_waits() == 1


def test_without_valkey_the_worker_is_told_as_if_nobody_had(told, settings):
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"

    letters = [a_letter(), a_letter()]

    assert told == [letter.pk for letter in letters]
    bell.answer()
