"""Writing letters and handing them over to the mail server, each at most once."""

from __future__ import annotations

import datetime as dt
import smtplib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import structlog
from celery import current_app
from django.conf import settings
from django.core import mail
from django.db import connection as database
from django.db import transaction
from django.db.models import Case, DateTimeField, F, Model, Q, Value, When
from django.utils import timezone, translation
from kombu.exceptions import OperationalError

from kopa.letters import bell, choices, mould
from kopa.letters.models import Letter, LetterState, UnwantedLetters
from kopa.letters.smtp import Dialogue

if TYPE_CHECKING:
    from django.core.mail.backends.base import BaseEmailBackend

    from kopa.accounts.models import User
    from kopa.letters.querysets import LetterQuerySet

log = structlog.get_logger(__name__)

# How long to wait after the first, second, … try that did not succeed; after the last one it has failed.
WAITS: Final = tuple(dt.timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720))
# Handing over takes seconds (EMAIL_TIMEOUT); whoever has not come back by then never will.
LEFT_BEHIND: Final = dt.timedelta(minutes=10)
KEPT_DAYS: Final = 30
MOST_AT_ONCE: Final = 200
MOST_HANG_UPS: Final = 2
WELL: Final = 250
PERMANENT: Final = 500
RUN: Final = "kopa.letters.deliver_what_waits"


@dataclass(frozen=True, slots=True)
class Content:
    """What a letter says: paragraphs and points of plain text and at most one link. Never a decision."""

    subject: str
    paragraphs: list[str]
    points: list[str] = field(default_factory=list)
    link: str = ""
    link_label: str = ""
    after: str = ""


def queue(kind: str, *, about: Model, write: Callable[[], Content], **reader: Any) -> Letter:
    """A letter in the transaction of the act it tells of; it leaves after the commit. As ``prepare`` says."""
    letter = prepare(kind, about=about, write=write, **reader)
    letter.save(force_insert=True)
    send_after_commit(letter.pk)
    return letter


@transaction.atomic
def queue_once(
    kind: str, *, about: Model, to: User, write: Callable[[], Content], settles: dt.timedelta, **reader: Any
) -> Letter:
    """As ``queue``, for news that the reader looks up on a page: it leaves when ``settles`` is over, and what
    happens meanwhile needs no letter of its own. One that waits is held here until the act is there for good,
    so it cannot leave before; where somebody is handing it over already, there is a new one.
    """
    waiting = Letter.objects.select_for_update(no_key=True, skip_locked=True).waiting_about(about)
    known = waiting.filter(kind=kind, recipient=to).first()
    if known is not None:
        return known
    letter = prepare(kind, about=about, to=to, write=write, **reader)
    letter.next_try_at += settles
    letter.save(force_insert=True)
    return letter


def prepare(
    kind: str,
    *,
    about: Model,
    write: Callable[[], Content],
    to: User | None = None,
    address: str = "",
    language: str = "",
    holds_secret: bool = False,
    useless_after: dt.datetime | None = None,
) -> Letter:
    """A letter as it will be sent, not saved yet: for an act that writes it together with its own rows.

    ``write`` is called in the reader's language. The reader is a person, or ``address`` and ``language``.
    A letter of an optional kind to a person carries a link that ends such letters. One that has not left by
    ``useless_after`` never does.
    """
    chosen = language or (to.language if to else "fi")
    with translation.override(chosen):
        ending = choices.ending_address(to.pk, kind) if to and kind in choices.OPTIONAL else ""
        written = render(write(), language=chosen, ending=ending)
    now = timezone.now()
    letter = Letter(
        kind=kind,
        recipient=to,
        address=address or (to.email if to else ""),
        language=chosen,
        subject=written.subject,
        text=written.text,
        html=written.html,
        holds_secret=holds_secret,
        useless_after=useless_after,
        ending_address=ending,
        target=about._meta.label_lower,
        target_id=about.pk,
        created_at=now,
        next_try_at=now,
    )
    if address:
        # A person's own was looked at when it was given; all else the database knows, and asking before takes
        # ten statements.
        letter.full_clean(exclude=["recipient", "target_id"], validate_constraints=False)
    return letter


def send_after_commit(letter_id: int) -> None:
    """Once the transaction is there for good, a worker is asked to hand the letter over."""
    transaction.on_commit(lambda: _tell(letter_id))


def _tell(letter_id: int) -> None:
    if bell.ring():
        nudge("letters.deliver", letter_id)


@dataclass(frozen=True, slots=True)
class Written:
    """A letter as it leaves: subject, plain text, HTML."""

    subject: str
    text: str
    html: str


def render(content: Content, *, language: str, ending: str = "") -> Written:
    """The letter in the language of the moment, which is ``language``; ``ending``: where such letters end."""
    # A line break in a name must not begin a header of its own.
    subject = " ".join(content.subject.split())[:200]
    said = replace(content, subject=subject)
    text, html = (
        mould.fill(template, said, language=language, ending=ending)
        for template in ("letters/letter.txt", "letters/letter.html")
    )
    return Written(subject, text, html)


def nudge(task: str, which: int) -> None:
    """Ask a worker to do it now. Without a broker nothing is lost: the timetable looks every minute.

    Nobody waits for a result. Celery would subscribe to it all the same, and without a broker try that for
    twenty seconds and raise.
    """
    try:
        current_app.send_task(task, [which], retry=False, ignore_result=True)
    except OperationalError as reason:
        log.warning("no worker could be told", task=task, reason=type(reason).__name__)


def deliver(letter_id: int) -> int:
    """Hand the letter over if its time has come, and what else waits, for which nobody rang: how many left.

    Where somebody is at it already, nothing is begun: a mail server that hangs holds up one worker, never all
    of them. Who is at it looks once more before going, and tells a worker of what has come meanwhile; where
    something is due and nothing leaves, the timetable finds the rest.
    """
    bell.answer()
    with _alone() as is_first:
        if not is_first:
            return 0
        mine = list(Letter.objects.due(now=timezone.now()).filter(pk=letter_id).values_list("pk", flat=True))
        left = _deliver_all(mine)
        answered = Letter.objects.filter(pk__in=mine, state__in=[LetterState.SENT, LetterState.FAILED])
        due = mine
        if answered.count() == len(mine):  # the server is well; perhaps somebody else has handed it over
            due = _due()
            left += _deliver_all(due)
    if left or not due:
        _look_once_more()
    return left


def _look_once_more() -> None:
    """Whoever came while somebody was at it was turned away: a worker is told of the letter now."""
    bell.wait_for_the_silent()
    if waiting := _due():
        _tell(waiting[0])


def withdraw(about: Model) -> None:
    """The link in letters about it works no more: those that have not left never do."""
    waiting = Letter.objects.waiting_about(about).filter(holds_secret=True)
    waiting.update(useless_after=timezone.now())


@transaction.atomic
def _claim(letter_id: int) -> Letter | None:
    """The letter, unless somebody else has it, or it is of no use any more by now."""
    rows = Letter.objects.select_for_update(no_key=True, skip_locked=True)
    letter = rows.due(now=timezone.now()).filter(pk=letter_id).first()
    if letter is None:
        return None
    letter.state, letter.claimed_at, letter.tries = LetterState.SENDING, timezone.now(), letter.tries + 1
    letter.save(update_fields=["state", "claimed_at", "tries"])
    return letter


def _hand_over(letter: Letter, connection: BaseEmailBackend) -> bool:
    message = mail.EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[letter.address],
        headers=_headers(letter),
        connection=connection,
    )
    message.attach_alternative(letter.html, "text/html")
    try:
        message.send()
    except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as refusal:
        _refused(letter, refusal)
        return False
    except OSError:
        if _has_said_it_all(connection):
            # The server has it, or not? Nobody knows, so nobody sends it again.
            _end(letter, LetterState.UNCERTAIN)
        else:
            _put_back(letter)
        return False
    _end(letter, LetterState.SENT)
    return True


def _has_said_it_all(connection: BaseEmailBackend) -> bool:
    """Of a connection that knows how far it got; of any other that may be so."""
    server = getattr(connection, "connection", None)
    return not isinstance(server, Dialogue) or server.has_said_it_all


def _has_hung_up(connection: BaseEmailBackend) -> bool:
    server = getattr(connection, "connection", None)
    return isinstance(server, smtplib.SMTP) and server.sock is None


def _headers(letter: Letter) -> dict[str, str]:
    headers = {"Auto-Submitted": "auto-generated", "Content-Language": letter.language}
    if letter.ending_address:
        headers["List-Unsubscribe"] = f"<{letter.ending_address}>"
        if letter.ending_address.startswith("https:"):
            # RFC 8058: the reader's mail program ends them with one press, by a POST.
            headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _refused(letter: Letter, refusal: smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused) -> None:
    """The server said no, so it has no copy: later again, or never where it says that it is for good."""
    if isinstance(refusal, smtplib.SMTPRecipientsRefused):
        code = max(said[0] for said in refusal.recipients.values())
    else:
        code = refusal.smtp_code
    if code >= PERMANENT:
        _end(letter, LetterState.FAILED)
    else:
        _put_back(letter, code=code)


def _put_back(letter: Letter, **said: int) -> None:
    """The server has no copy: it waits for its next try, or has failed after the last one."""
    if letter.tries > len(WAITS):
        _end(letter, LetterState.FAILED)
        return
    later = timezone.now() + WAITS[letter.tries - 1]
    _as_read(letter).update(state=LetterState.WAITING, claimed_at=None, next_try_at=later)
    log.info("letter put off", letter=letter.pk, tries=letter.tries, **said)


def _put_off(which: Sequence[int], reason: Exception) -> None:
    """The mail server was not reached: those of them that still wait wait on, or have failed at last."""
    now = timezone.now()
    waiting = Letter.objects.due(now=now).filter(pk__in=which)
    for letter in waiting.filter(tries__gte=len(WAITS)):
        letter.tries += 1
        _end(letter, LetterState.FAILED)
    later = [When(tries=tries, then=Value(now + wait)) for tries, wait in enumerate(WAITS)]
    rows = waiting.filter(tries__lt=len(WAITS))
    count = rows.update(tries=F("tries") + 1, next_try_at=Case(*later, output_field=DateTimeField()))
    log.warning("mail server not reached", letters=count, reason=type(reason).__name__)


def _as_read(letter: Letter) -> LetterQuerySet:
    """The letter's row as long as nobody else has taken it, ended it or put it back meanwhile."""
    return Letter.objects.filter(pk=letter.pk, state=letter.state, claimed_at=letter.claimed_at)


def _end(letter: Letter, state: LetterState) -> None:
    emptied: dict[str, Any] = {}
    if letter.holds_secret and not settings.EMBEDDED:  # there the demonstration's mailbox shows it
        emptied = {"text": "", "html": ""}
    ended = _as_read(letter).update(state=state, ended_at=timezone.now(), tries=letter.tries, **emptied)
    letter.state = state
    if ended and state is not LetterState.SENT:
        log.warning("letter not sent", letter=letter.pk, state=state.value, kind=letter.kind)


def deliver_what_waits() -> int:
    """Whatever nobody was told of, or had to wait, is sent; at most ``MOST_AT_ONCE``. How many left.

    Where somebody is at it already it is not begun.
    """
    with _alone() as is_first:
        if not is_first:
            return 0
        now = timezone.now()
        for letter in Letter.objects.left_behind(before=now - LEFT_BEHIND):
            _end(letter, LetterState.UNCERTAIN)
        for letter in Letter.objects.useless(now=now):
            _end(letter, LetterState.FAILED)
        due = _due()
        left = _deliver_all(due)
    if left or not due:
        _look_once_more()
    return left


def _due() -> list[int]:
    return list(Letter.objects.due(now=timezone.now()).values_list("pk", flat=True)[:MOST_AT_ONCE])


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether nobody else is at it. Not within a transaction: each letter is claimed in one of its own."""
    with database.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(hashtextextended(%s, 0))", [RUN])
        is_first = bool(cursor.fetchone()[0])
    try:
        yield is_first
    finally:
        if is_first:
            with database.cursor() as cursor:
                cursor.execute("select pg_advisory_unlock(hashtextextended(%s, 0))", [RUN])


def _deliver_all(due: Sequence[int]) -> int:
    """Over one connection. From the claim on each is handed over once or not at all.

    Until the server is away (the rest is put off), or leaves a whole letter unanswered, or hangs up on a
    second one (the rest waits): one that it hangs on holds up no others.
    """
    connection = mail.get_connection()
    left = hang_ups = 0
    try:
        for number, which in enumerate(due):
            try:
                _open(connection)
            except (OSError, smtplib.SMTPException) as reason:
                _put_off(due[number:], reason)
                break
            letter = _claim(which)
            if letter is None:
                continue
            left += _hand_over(letter, connection)
            hang_ups += _has_hung_up(connection)
            if letter.state == LetterState.UNCERTAIN or hang_ups == MOST_HANG_UPS:
                break
    finally:
        connection.close()
    return left


def _open(connection: BaseEmailBackend) -> None:
    """Open, and still so: a server may hang up after any letter, and then the next would be uncertain."""
    server = getattr(connection, "connection", None)
    if isinstance(server, smtplib.SMTP) and not _answers(server):
        connection.close()
    connection.open()


def _answers(server: smtplib.SMTP) -> bool:
    try:
        return bool(server.noop()[0] == WELL)
    except smtplib.SMTPServerDisconnected:
        return False


def forget_about(target: str, ids: Sequence[int]) -> int:
    """Letters about these things are gone, whether they have left or not: how many."""
    count, _ = Letter.objects.filter(target=target, target_id__in=ids).delete()
    return count


def forget_whoever_is(person: User) -> None:
    """Letters to the person are gone, and which ones the person did without."""
    Letter.objects.filter(Q(recipient=person) | Q(address=person.email)).delete()
    UnwantedLetters.objects.filter(person=person).delete()


def forget_old_letters() -> int:
    """Letters that ended ``KEPT_DAYS`` ago are gone: how many."""
    count, _ = Letter.objects.filter(ended_at__lt=timezone.now() - dt.timedelta(days=KEPT_DAYS)).delete()
    return count
