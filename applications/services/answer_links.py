"""The link in the letter of an offer: with it the offer is answered without signing in, and nothing else is.

Opening it changes nothing. It works until the offer is answered or over, once, for the one offer that its
letter told of, as long as the account and the address are those of then. A protected identity has none.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from typing import Final

from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from applications.models import AnswerLink, Application
from kopa.accounts.errors import LinkOver

KEPT: Final = dt.timedelta(days=1)


def make(application: Application, *, until: dt.datetime, now: dt.datetime) -> str:
    """The key of a link that answers the offer; an earlier one of the application is over. One statement."""
    key = f"o.{secrets.token_urlsafe(32)}"
    link = AnswerLink(
        application=application, key_digest=_digest(key), stamp=_stamp(application), made_at=now,
        expires_at=until,
    )  # fmt: skip
    facts = ["key_digest", "stamp", "made_at", "expires_at"]
    AnswerLink.objects.bulk_create(
        [link], update_conflicts=True, unique_fields=["application"], update_fields=facts
    )
    return key


def find(key: str) -> Application:
    """The application that the link is for; whether its offer still waits is another question. Whoever has
    answered may look it up for a day after the last moment.

    Raises LinkOver.
    """
    now = timezone.now()
    link = _link(key, since=now - KEPT)
    if link.application.answered_at is None and link.expires_at < _whole_second(now):
        raise LinkOver
    return link.application


def forget_over(*, now: dt.datetime) -> int:
    """Links that were over yesterday are gone: how many."""
    count, _details = AnswerLink.objects.filter(expires_at__lt=now - KEPT).delete()
    return count


def find_link(key: str, *, now: dt.datetime) -> AnswerLink:
    """One that may still answer. Raises LinkOver."""
    return _link(key, since=_whole_second(now))


def _whole_second(moment: dt.datetime) -> dt.datetime:
    """The last second counts (R-TIME-1)."""
    return moment.replace(microsecond=0)


def _link(key: str, *, since: dt.datetime) -> AnswerLink:
    rows = AnswerLink.objects.select_related(
        "application__learner__person", "application__offering__provider__municipality",
        "application__home_municipality", "application__moved_to",
    )  # fmt: skip
    link = rows.filter(key_digest=_digest(key), expires_at__gte=since).first()
    if link is None or not link.application.learner.person.is_active:
        raise LinkOver
    if link.application.learner.is_protected:  # R-PRIV-6: marked since the letter left
        raise LinkOver
    if not constant_time_compare(link.stamp, _stamp(link.application)):
        raise LinkOver
    return link


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _stamp(application: Application) -> str:
    """Changes with the address."""
    email = application.learner.person.email
    return salted_hmac("applications.answer_links", email, algorithm="sha256").hexdigest()
