"""Letters leave after the act, each at most once, and none is lost (HOUSE 4, TESTPLAN R1, R7, I12)."""

from __future__ import annotations

import datetime as dt
import smtplib
import socket

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kopa.letters import bell, services, tasks
from kopa.letters.choices import CONFIRM_PLACES
from kopa.letters.models import Letter, LetterState
from tests.factories import UserFactory
from tests.smtp import mail_server
from tests.together import Meeting, run_together, without_locks

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def content() -> services.Content:
    return services.Content(
        subject="News", paragraphs=["A & B"], link="https://kopa.example/fi/", link_label=_("Sign in")
    )


def a_letter(**more) -> Letter:
    person = more.pop("to", None) or UserFactory(language=more.pop("language", "fi"))
    return services.queue("test", about=person, to=person, write=more.pop("write", content), **more)


@pytest.fixture
def server(settings):
    with mail_server(settings) as running:
        yield running


def state(letter: Letter) -> str:
    letter.refresh_from_db()
    return letter.state


def test_a_letter_is_text_and_html_in_the_reader_s_language(server):
    letter = a_letter(language="sv")

    tasks.deliver(letter.pk)

    (sent,) = server.letters
    plain, html = sent.get_body(("plain",)), sent.get_body(("html",))
    assert (sent["To"], sent["Subject"], sent["Content-Language"]) == (letter.address, "News", "sv")
    assert "A & B" in plain.get_content()
    assert "Logga in:\nhttps://kopa.example/fi/" in plain.get_content().replace("\r", "")
    assert "<p>A &amp; B</p>" in html.get_content()
    assert '<html lang="sv">' in html.get_content()
    assert state(letter) == "sent"


def test_an_act_that_is_undone_sends_nothing():
    def act() -> None:
        a_letter()
        raise RuntimeError

    with pytest.raises(RuntimeError):
        transaction.atomic(act)()

    assert Letter.objects.count() == 0


def test_a_line_break_in_a_subject_begins_no_header(server):
    letter = a_letter(write=lambda: services.Content(subject="A\r\nBcc: x@example.org", paragraphs=["B"]))

    tasks.deliver(letter.pk)

    (sent,) = server.letters
    assert (sent["Subject"], sent["Bcc"]) == ("A Bcc: x@example.org", None)


def test_a_letter_told_of_twice_leaves_once(server):
    letter = a_letter()

    for _time in range(2):
        tasks.deliver(letter.pk)
    tasks.deliver_what_waits()

    assert len(server.letters) == 1


def test_what_no_worker_was_told_of_is_found_by_the_timetable(server):
    letters = [a_letter() for _number in range(3)]

    tasks.deliver_what_waits()

    assert [state(letter) for letter in letters] == ["sent"] * 3
    assert len(server.letters) == 3


def test_a_mail_server_that_is_away_loses_nothing(settings, clock):
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    settings.EMAIL_BACKEND = "kopa.letters.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    letter = a_letter()

    tasks.deliver(letter.pk)
    assert (state(letter), letter.tries) == ("waiting", 1)
    tasks.deliver_what_waits()  # not yet
    assert (state(letter), letter.tries) == ("waiting", 1)

    with mail_server(settings) as server:
        clock.shift(dt.timedelta(minutes=1))
        tasks.deliver_what_waits()

        assert (state(letter), len(server.letters)) == ("sent", 1)


def test_many_that_wait_ask_a_server_that_is_away_once_and_are_put_off_together(
    server, django_assert_num_queries
):
    server.greeting = "421 busy"
    letters = [a_letter() for _number in range(5)]
    Letter.objects.filter(pk=letters[4].pk).update(tries=len(services.WAITS))

    with django_assert_num_queries(8):  # lock, left behind, useless, due, last tries, end, put off, unlock
        tasks.deliver_what_waits()

    assert server.calls == 1
    assert [state(letter) for letter in letters] == ["waiting"] * 4 + ["failed"]
    assert {letter.tries for letter in letters[:4]} == {1}


@pytest.mark.parametrize(("takes_one", "noop", "calls"), [
    (False, "250 here", 1), (True, "250 here", 3), (False, "421 enough", 3),
])  # fmt: skip
def test_a_run_has_one_connection_and_another_only_when_the_server_ends_it(server, takes_one, noop, calls):
    server.takes_one, server.noop_answer = takes_one, noop
    letters = [a_letter() for _number in range(3)]

    tasks.deliver_what_waits()

    assert [state(letter) for letter in letters] == ["sent"] * 3
    assert (len(server.letters), server.calls) == (3, calls)


def test_a_server_that_does_not_answer_any_more_ends_the_run(server):
    server.answer = ""
    letters = [a_letter() for _number in range(3)]

    tasks.deliver_what_waits()

    assert [state(letter) for letter in letters] == ["uncertain", "waiting", "waiting"]
    assert {letter.tries for letter in letters[1:]} == {0}


def test_one_run_at_a_time(server):
    letter = a_letter()

    def another(_which: int) -> tuple[bool, int]:
        with services._alone() as is_first:
            return is_first, services.deliver_what_waits()

    with services._alone() as is_first:
        assert is_first
        assert run_together(1, another) == [(False, 0)]
    assert run_together(1, another)[0][0]
    assert state(letter) == "waiting"


def test_a_letter_that_somebody_else_takes_meanwhile_is_passed_over(server):
    letter = a_letter()
    tasks.deliver(letter.pk)

    assert services._deliver_all([letter.pk]) == 0
    assert len(server.letters) == 1


def test_what_is_put_back_while_it_is_looked_for_is_not_lost(clock):
    """Whoever looks for letters left behind has read the row before its sender put it back."""
    letter = a_letter()
    Letter.objects.filter(pk=letter.pk).update(state="sending", claimed_at=timezone.now(), tries=1)
    clock.shift(services.LEFT_BEHIND + dt.timedelta(seconds=1))
    read = Letter.objects.left_behind(before=timezone.now() - services.LEFT_BEHIND).get()
    sender = Letter.objects.get(pk=letter.pk)
    services._refused(sender, smtplib.SMTPDataError(451, b"later"))

    services._end(read, LetterState.UNCERTAIN)

    assert state(letter) == "waiting"
    assert letter.next_try_at > timezone.now()


def test_who_comes_back_late_does_not_send_an_uncertain_letter_again(clock):
    letter = a_letter()
    Letter.objects.filter(pk=letter.pk).update(state="sending", claimed_at=timezone.now(), tries=1)
    sender = Letter.objects.get(pk=letter.pk)
    clock.shift(services.LEFT_BEHIND + dt.timedelta(seconds=1))
    tasks.deliver_what_waits()

    services._refused(sender, smtplib.SMTPDataError(451, b"later"))

    assert state(letter) == "uncertain"


def test_a_letter_whose_link_is_over_never_leaves(server, clock):
    letter = a_letter(useless_after=timezone.now() + dt.timedelta(hours=1))
    clock.shift(dt.timedelta(hours=1))

    tasks.deliver(letter.pk)
    assert state(letter) == "waiting"
    tasks.deliver_what_waits()

    assert (state(letter), server.letters) == ("failed", [])


def test_a_link_that_is_over_while_the_run_comes_to_its_letter_keeps_it_here(server, clock):
    letter = a_letter(useless_after=timezone.now() + dt.timedelta(minutes=1))
    clock.shift(dt.timedelta(minutes=1))

    assert services._deliver_all([letter.pk]) == 0
    assert (state(letter), server.letters) == ("waiting", [])


def test_what_is_withdrawn_never_leaves_and_other_letters_about_it_do(server):
    person = UserFactory()
    secret, news = a_letter(to=person, holds_secret=True), a_letter(to=person)
    others = a_letter(holds_secret=True)

    services.withdraw(person)
    for letter in (secret, news, others):
        tasks.deliver(letter.pk)
    tasks.deliver_what_waits()

    assert [state(letter) for letter in (secret, news, others)] == ["failed", "sent", "sent"]


def test_a_host_of_one_word_may_stand_in_a_letter(settings):
    settings.PUBLIC_URL = "https://kopa"

    letter = services.queue(CONFIRM_PLACES, about=(person := UserFactory()), to=person, write=content)

    assert letter.ending_address.startswith("https://kopa/")


def test_tries_have_an_end(settings, clock):
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        settings.EMAIL_PORT = nobody.getsockname()[1]
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "kopa.letters.smtp.EmailBackend", "127.0.0.1"
    letter = a_letter()

    for _time in range(20):
        tasks.deliver_what_waits()
        clock.shift(dt.timedelta(days=1))

    assert (state(letter), letter.tries) == ("failed", len(services.WAITS) + 1)


@pytest.mark.parametrize(
    ("place", "answer", "after"),
    [
        ("answer", "451 later", "waiting"),
        ("answer", "554 never", "failed"),
        ("recipient_answer", "450 later", "waiting"),
        ("recipient_answer", "550 nobody here", "failed"),
    ],
)
def test_what_the_server_refuses_is_tried_again_unless_it_is_for_good(server, place, answer, after, clock):
    setattr(server, place, answer)
    letter = a_letter()

    tasks.deliver(letter.pk)

    assert state(letter) == after
    setattr(server, place, "250 well")
    clock.shift(dt.timedelta(hours=1))
    tasks.deliver_what_waits()
    assert len(server.letters) == (1 if after == "waiting" else 0)


def test_a_server_that_hangs_up_unsaid_may_have_it_so_it_is_never_sent_again(server, clock):
    server.answer = ""
    letter = a_letter()

    tasks.deliver(letter.pk)
    server.answer = "250 kept"
    clock.shift(dt.timedelta(days=1))
    tasks.deliver_what_waits()

    assert (state(letter), len(server.letters)) == ("uncertain", 1)


def test_a_disk_that_is_full_while_it_is_written_leaves_an_uncertain_letter(settings):
    settings.EMAIL_BACKEND = "tests.letters.full_disk.FullDisk"
    letter = a_letter()

    tasks.deliver(letter.pk)

    assert state(letter) == "uncertain"


def test_a_letter_that_has_left_is_not_put_off(server):
    letter = a_letter()
    tasks.deliver(letter.pk)

    services._put_off([letter.pk], OSError())

    assert (state(letter), letter.tries) == ("sent", 1)


def test_a_worker_that_dies_while_handing_over_leaves_an_uncertain_letter(server, clock):
    letter = a_letter()
    Letter.objects.filter(pk=letter.pk).update(state="sending", claimed_at=timezone.now())

    tasks.deliver_what_waits()
    assert state(letter) == "sending"
    clock.shift(services.LEFT_BEHIND + dt.timedelta(seconds=1))
    tasks.deliver_what_waits()

    assert (state(letter), server.letters) == ("uncertain", [])


@pytest.mark.parametrize(("embedded", "kept"), [(True, True), (False, False)])
def test_a_secret_is_gone_once_the_letter_has_left(server, settings, embedded, kept):
    settings.EMBEDDED = embedded
    letter = a_letter(holds_secret=True)

    tasks.deliver(letter.pk)

    assert (state(letter), bool(letter.text), bool(letter.html)) == ("sent", kept, kept)


def test_old_letters_are_forgotten_and_waiting_ones_stay(server, clock):
    a_letter()
    tasks.deliver_what_waits()
    waits = a_letter()
    clock.shift(dt.timedelta(days=services.KEPT_DAYS, seconds=1))

    tasks.forget_old_letters()

    assert list(Letter.objects.values_list("pk", flat=True)) == [waits.pk]


def test_a_dead_broker_keeps_no_act_from_happening(settings, monkeypatch, django_capture_on_commit_callbacks):
    from kombu.exceptions import OperationalError  # noqa: PLC0415

    def away(*_arguments, **_options):
        raise OperationalError

    bell.answer()
    monkeypatch.setattr(bell, "PAUSE", 0.0)
    monkeypatch.setattr(services.current_app, "send_task", away)
    with django_capture_on_commit_callbacks(execute=True):
        letter = a_letter()

    assert state(letter) == "waiting"


BROKEN = {
    "letter_state_is_known": {"state": "lost"},
    "letter_language_is_known": {"language": "de"},
    "letter_that_is_being_sent_is_claimed": {"state": "sending"},
    "letter_has_an_end_when_it_is_over": {"state": "sent"},
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_database_refuses(name):
    letter = a_letter()

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Letter.objects.filter(pk=letter.pk).update(**BROKEN[name])
    assert {constraint.name for constraint in Letter._meta.constraints} == set(BROKEN)


def _two_workers(letter: Letter) -> int:
    meeting = Meeting(2)

    def work(_which: int) -> int:
        with meeting.before_writing():
            return services._deliver_all([letter.pk])

    return sum(run_together(2, work))


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_workers_send_one_letter(server):
    assert _two_workers(a_letter()) == 1
    assert len(server.letters) == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_two_workers_send_it_twice(server, monkeypatch):
    letter = a_letter()
    without_locks(monkeypatch)

    assert _two_workers(letter) == 2
    assert len(server.letters) == 2


def test_states_have_names():
    assert len({state.label for state in LetterState}) == len(LetterState)
