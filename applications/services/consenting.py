"""What a student agrees to, and takes back (R-PRIV-2). Nothing that a decision needs rests on it."""

from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet
from django.utils import timezone

from applications import consents
from applications.models import Consent
from applications.models.consent import Purpose
from kopa.accounts.models import User


def give(*, person: User, purpose: Purpose, language: str, now: dt.datetime | None = None) -> None:
    """She has agreed to today's text, in the language that she read. Twice is once."""
    Consent.objects.bulk_create(
        [
            Consent(
                person=person,
                purpose=purpose,
                version=consents.version(purpose),
                language=language,
                given_at=now or timezone.now(),
            )
        ],
        ignore_conflicts=True,
    )


def withdraw(*, person: User, purpose: Purpose, now: dt.datetime | None = None) -> None:
    """It holds no more; the log keeps that it did. Whatever rests on it goes the next night."""
    _in_force(person).filter(purpose=purpose).update(withdrawn_at=now or timezone.now())


def withdraw_all(*, person: User, now: dt.datetime) -> None:
    _in_force(person).update(withdrawn_at=now)


def in_force(person: User, purpose: Purpose) -> Consent | None:
    return _in_force(person).filter(purpose=purpose).first()


def _in_force(person: User) -> QuerySet[Consent]:
    return Consent.objects.filter(person=person, withdrawn_at=None)
