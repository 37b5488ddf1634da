"""A forgotten password: asking for a link, and setting a new password with it (TESTPLAN A6, A10, A11)."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes, force_str
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kopa.accounts import sessions, throttle, wishes
from kopa.accounts.errors import AskedTooOften, LinkOver
from kopa.accounts.models import PasswordRequest, User
from kopa.audit import journal
from kopa.base.addresses import configured_address
from kopa.letters import services as letters

MOST_FOR_AN_ADDRESS: Final = 3
MOST_FROM_A_CALLER: Final = 20


@transaction.atomic
def ask(*, email: str, asked_from: str) -> PasswordRequest:
    """The wish is written down; a worker answers it. The work is the same with and without an account.

    Raises AskedTooOften for the fourth wish for one address within an hour, and one caller's twenty-first.
    """
    most = MOST_FOR_AN_ADDRESS, MOST_FROM_A_CALLER
    wish = wishes.write_down(
        PasswordRequest, email=email, asked_from=asked_from, most=most, refusal=AskedTooOften
    )
    transaction.on_commit(lambda: letters.nudge("accounts.answer_password_request", wish.pk))
    return wish


@transaction.atomic
def answer(wish_id: int) -> bool:
    """The owner of the address gets a letter with a link if there is such an account; whether it was so."""
    taken = wishes.take(PasswordRequest, wish_id)
    if taken is None:
        return False
    _wish, person = taken
    letters.queue(
        "password.reset",
        about=person,
        to=person,
        write=lambda: letter(key_for(person)),
        holds_secret=True,
        useless_after=timezone.now() + dt.timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT),
    )
    return True


def letter(key: str) -> letters.Content:
    """With the link that lets whoever holds ``key`` choose a new password."""
    return letters.Content(
        subject=_("A new password for KOPA"),
        paragraphs=[_("Somebody, probably you, asked for a new password for your account in KOPA.")],
        link=configured_address(reverse("accounts:new_password", args=[key])),
        link_label=_("Choose a new password"),
        after=" ".join([lasts(), _("If it was not you, do nothing: your password stays as it is.")]),
    )


def lasts() -> str:
    """How long a link works."""
    minutes = settings.PASSWORD_RESET_TIMEOUT // 60
    sentence = ngettext(
        "The link works once, for %(minutes)s minute.",
        "The link works once, for %(minutes)s minutes.",
        minutes,
    )
    return sentence % {"minutes": minutes}


def key_for(person: User) -> str:
    """What a link carries. It is over once the password or the address changes, or the person signs in."""
    return f"{urlsafe_base64_encode(force_bytes(person.pk))}.{default_token_generator.make_token(person)}"


def person_of(key: str, *, lock: bool = False) -> User:
    """Whose link it is. Raises LinkOver."""
    number, _dot, token = key.partition(".")
    try:
        pk = int(force_str(urlsafe_base64_decode(number)))
    except ValueError as wrong:
        raise LinkOver from wrong
    people = User.objects.select_for_update(no_key=True) if lock else User.objects.all()
    person = people.filter(pk=pk, is_active=True).first() if 0 < pk < 2**63 else None
    if person is None or not default_token_generator.check_token(person, token):
        raise LinkOver
    return person


def set_new(*, key: str, password: str) -> User:
    """The person has the password and is signed out everywhere; a letter says so. The link is used up, and
    wrong passwords typed before count no more.

    Raises LinkOver, and ValidationError for a weak password (the link then works on).
    """
    hashed = make_password(password)  # slow on purpose, so before anything is locked
    with transaction.atomic():
        person = person_of(key, lock=True)
        validate_password(password, person)
        person.password = hashed
        person.save(update_fields=["password"])
        sessions.end_others(person, None)
        throttle.forget(person.email)
        letters.withdraw(person)
        journal.record("person.set_password", on=person, by=person)
        letters.queue("password.changed", about=person, to=person, write=changed)
    return person


def changed() -> letters.Content:
    """The password is another one now."""
    return letters.Content(
        subject=_("Your password in KOPA was changed"),
        paragraphs=[
            _("Your password was changed just now, and you were signed out everywhere."),
            _("If it was not you, ask for a new password at once and tell the administrator."),
        ],
        link=configured_address(reverse("accounts:forgotten_password")),
        link_label=_("Ask for a new password"),
    )


def answer_what_waits() -> int:
    """Wishes that no worker was told of are answered: how many letters."""
    return sum(map(answer, wishes.waiting(PasswordRequest)))
