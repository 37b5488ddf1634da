"""A mail server that hangs keeps nobody else's letter, and no more than one worker, waiting (HOUSE 4)."""

from __future__ import annotations

import datetime as dt
import smtplib
import socket
import ssl
import threading
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.utils import timezone

from kopa.letters import services, tasks
from kopa.letters.models import Letter
from kopa.letters.smtp import Dialogue, EmailBackend, SealedDialogue
from tests.factories import UserFactory
from tests.smtp import mail_server
from tests.together import run_together

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
PATIENCE = 0.4  # seconds


@pytest.fixture
def server(settings):
    with mail_server(settings) as running:
        settings.EMAIL_TIMEOUT = PATIENCE
        yield running


def a_letter(name: str) -> Letter:
    person = UserFactory(email=f"{name}@example.org")
    return services.queue(
        "test", about=person, to=person, write=lambda: services.Content(subject=name, paragraphs=["A"])
    )


def state(letter: Letter) -> tuple[str, int]:
    letter.refresh_from_db()
    return letter.state, letter.tries


def test_one_letter_that_the_server_hangs_on_holds_up_no_others(server):
    server.hangs_at = "rcpt TO:<bad@"
    bad, one, other = (a_letter(name) for name in ("bad", "one", "other"))

    tasks.deliver_what_waits()

    assert [state(letter) for letter in (bad, one, other)] == [("waiting", 1), ("sent", 1), ("sent", 1)]
    assert bad.next_try_at == timezone.now() + services.WAITS[0]
    assert {letter["Subject"] for letter in server.letters} == {"one", "other"}


def test_it_is_tried_again_later_and_later_and_not_for_ever(server, clock):
    server.hangs_at, letter = "rcpt", a_letter("bad")

    for wait in services.WAITS:
        tasks.deliver_what_waits()
        assert (state(letter)[0], letter.next_try_at) == ("waiting", timezone.now() + wait)
        clock.shift(wait)
    tasks.deliver_what_waits()

    assert state(letter) == ("failed", len(services.WAITS) + 1)


def test_a_server_that_hangs_on_every_letter_ends_the_run_at_the_second(server):
    server.hangs_at = "mail"
    letters = [a_letter(str(number)) for number in range(3)]

    tasks.deliver_what_waits()

    assert [state(letter) for letter in letters] == [("waiting", 1), ("waiting", 1), ("waiting", 0)]
    assert letters[2].next_try_at == timezone.now()


@pytest.mark.parametrize(
    ("hangs_at", "after"),
    [("mail", "waiting"), ("rcpt", "waiting"), ("data", "waiting"), ("letter", "uncertain")],
)
def test_what_has_not_left_is_sent_again_and_what_may_have_is_not(server, clock, hangs_at, after):
    server.hangs_at, letter = hangs_at, a_letter("bad")

    tasks.deliver(letter.pk)
    assert state(letter) == (after, 1)
    server.hangs_at = ""
    clock.shift(dt.timedelta(hours=1))
    tasks.deliver_what_waits()

    assert len(server.letters) == 1


@pytest.mark.parametrize("hangs_at", ["greeting", "mail"])
@pytest.mark.django_db(transaction=True)
def test_it_holds_up_one_worker_however_many_letters_there_are(server, hangs_at):
    server.hangs_at = hangs_at
    letters = [a_letter(str(number)) for number in range(6)]

    left = run_together(6, lambda which: services.deliver(letters[which].pk))

    assert (left, server.calls) == ([0] * 6, 1)
    assert sorted(state(letter) for letter in letters) == [("waiting", 0)] * 5 + [("waiting", 1)]


def test_who_was_turned_away_is_not_left_for_the_timetable(server):
    """Whoever hands over a letter looks for what others had to leave meanwhile."""
    own, turned_away = a_letter("own"), a_letter("turned-away")

    assert services.deliver(own.pk) == 2
    assert state(turned_away) == ("sent", 1)


@pytest.mark.parametrize("greeting", ["220 here", "250-two\r\n220 lines"])
def test_an_answer_that_drips_is_waited_for_no_longer_than_one_that_never_comes(server, greeting):
    server.greeting, server.drips = greeting, PATIENCE / 3
    letter = a_letter("bad")

    tasks.deliver(letter.pk)

    assert (state(letter), server.letters) == (("waiting", 1), [])


@pytest.mark.parametrize("answer", ["2", "25", "-1 what"])
def test_half_an_answer_to_a_whole_letter_is_no_refusal(server, clock, answer):
    """Taken for one, the letter would leave twice."""
    server.answer, letter = answer, a_letter("bad")

    tasks.deliver(letter.pk)
    server.answer = "250 kept"
    clock.shift(dt.timedelta(days=1))
    tasks.deliver_what_waits()

    assert (state(letter), server.letters) == (("uncertain", 1), [])


def test_a_connection_that_ends_while_its_time_runs_out_is_nothing_new():
    dialogue = Dialogue()
    dialogue._hang_up()
    dialogue.sock = socket.socket()
    dialogue.sock.close()

    dialogue._hang_up()

    assert dialogue.is_late


def test_the_backend_speaks_with_and_without_tls():
    assert EmailBackend(use_ssl=True).connection_class is SealedDialogue
    assert EmailBackend(use_ssl=False).connection_class is Dialogue


def test_beneath_tls_an_answer_that_drips_ends_as_well(settings, tmp_path):
    settings.EMAIL_TIMEOUT = PATIENCE
    listener = socket.create_server(("127.0.0.1", 0))
    (own := ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)).load_cert_chain(a_certificate(tmp_path))
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.load_verify_locations(tmp_path / "own.pem")
    ended = threading.Event()

    def drip() -> None:
        with own.wrap_socket(listener.accept()[0], server_side=True) as line:
            for byte in b"220 a long greeting\r\n" * 9:
                if ended.is_set():
                    return
                line.send(bytes([byte]))
                time.sleep(PATIENCE / 3)

    server = threading.Thread(target=drip)
    server.start()
    with pytest.raises(smtplib.SMTPServerDisconnected):
        SealedDialogue("localhost", listener.getsockname()[1], timeout=PATIENCE, context=trusting)
    ended.set()
    server.join()
    listener.close()


def a_certificate(folder):
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(2120, 1, 1, tzinfo=dt.UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "own.pem").write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return folder / "own.pem"
