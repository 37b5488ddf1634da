"""Acts on accounts: each one transaction, each in the journal."""

from __future__ import annotations

import datetime as dt
from typing import Final

from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from kopa.accounts.errors import AccountClosed
from kopa.accounts.models import (
    AuthenticatorApp,
    LinkRequest,
    Passkey,
    PasswordRequest,
    PersonSession,
    RecoveryCode,
    SignInLink,
    User,
    WrongCode,
)
from kopa.audit import journal
from kopa.letters import services as letters

# What stays of a person who is forgotten; no such address can be written to (RFC 2606).
NOWHERE: Final = "forgotten.invalid"
NOBODY: Final = "–"


@transaction.atomic
def create_person(
    *,
    email: str,
    name: str,
    language: str,
    password: str,
    is_demonstration: bool = False,
    by: User | None = None,
) -> User:
    """A person who can sign in from now on; without a role they may do nothing that everybody may not.

    Raises ValidationError for an address that is taken or malformed, an unknown language and a weak password.
    """
    person = User(
        email=email.strip().lower(), name=name.strip(), language=language, is_demonstration=is_demonstration
    )
    person.set_password(password)
    person.full_clean()
    validate_password(password, person)
    person.save(force_insert=True)
    journal.record("person.create", on=person, by=by)
    return person


@transaction.atomic
def person_of(email: str, *, name: str, language: str) -> User:
    """The person with this address, which is known to be theirs; made, without a password, if there is none.

    However the address is typed, and however many ask at once, there is one (R-APP-13). Nothing of a person
    who was there already is changed. Raises AccountClosed, and ValidationError for a malformed address, an
    unknown language and an empty name.
    """
    person = somebody_new(email, name=name, language=language)
    User.objects.bulk_create([person], ignore_conflicts=True)
    found = User.objects.get(email=person.email)
    if not found.is_active:
        raise AccountClosed
    if found.password == person.password:  # an unusable one is random, so it is the one made here
        journal.record("person.create", on=found, by=None)
    return found


def somebody_new(email: str, *, name: str, language: str) -> User:
    """Somebody without a password, not saved; whether the address is taken is not looked at.

    Raises ValidationError for a malformed address, an unknown language and an empty name.
    """
    person = User(email=email.strip().lower(), name=name.strip(), language=language)
    person.set_unusable_password()
    person.full_clean(validate_unique=False)
    return person


@transaction.atomic
def close_account(*, person: User, reason: str, by: User | None = None) -> bool:
    """The person may sign in no more and is signed out everywhere; whether the account was open until now."""
    if not User.objects.filter(pk=person.pk, is_active=True).update(is_active=False):
        return False
    PersonSession.objects.filter(person=person).delete()
    SignInLink.objects.filter(email=person.email, ended_at=None).update(ended_at=timezone.now())
    journal.record("person.close", on=person, by=by, reason=reason)
    return True


@transaction.atomic
def forget_person(person: User) -> None:
    """Nothing of the person is left but a number, by which the journal of acts tells one from another.

    The address may make a new account. For whoever has no role: the caller has looked.
    """
    email = person.email
    PersonSession.objects.filter(person=person).delete()
    SignInLink.objects.filter(email=email).delete()
    LinkRequest.objects.filter(email=email).delete()
    PasswordRequest.objects.filter(email=email).delete()
    AccessAttempt.objects.filter(username=email).delete()
    AuthenticatorApp.objects.filter(person=person).delete()
    Passkey.objects.filter(person=person).delete()
    RecoveryCode.objects.filter(person=person).delete()
    WrongCode.objects.filter(person=person).delete()
    letters.forget_whoever_is(person)
    person.email, person.name, person.is_active = f"{person.pk}@{NOWHERE}", NOBODY, False
    person.set_unusable_password()
    person.save()
    journal.record("person.forget", on=person, by=None)


@transaction.atomic
def forget_what_has_expired(*, now: dt.datetime) -> tuple[int, int]:
    """Sessions that have ended and wrong passwords that no longer count are gone: how many of each."""
    over = Q(expire_date__lt=now) | Q(begun_at__lte=now - settings.SESSION_LONGEST)
    over |= Q(seen_at__lte=now - settings.SESSION_IDLE)
    sessions, _ = PersonSession.objects.filter(over).delete()
    window = get_cool_off() or dt.timedelta()
    attempts, _ = AccessAttempt.objects.filter(attempt_time__lt=now - window).delete()
    return sessions, attempts
