"""Sessions that end: after a time without a request, after a longer one in any case, and by hand.

It is checked where a session is loaded, so a page that never looks at it costs nothing and stays the same for
everybody.
"""

from __future__ import annotations

import datetime as dt
import functools
from typing import Any, Final, cast

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from kopa.accounts.models import PersonSession, User
from kopa.base.compiled import Compiled

BEGUN, SEEN, BROWSER = "begun", "seen", "browser"
# A request within this time of the one before writes nothing.
NOTED_EVERY: Final = dt.timedelta(minutes=5)
# The first that a browser names itself by; many say the names of others too.
BROWSERS: Final = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
SYSTEMS: Final = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
    ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


# What stands in the compiled statement for values that come later.
ANY_KEY: Final = "any"
ANY_TIME: Final = dt.datetime(1, 1, 2, tzinfo=dt.UTC)


class SessionStore(DatabaseStore):
    """Django's own, with the limits and with columns that a person's list is made of."""

    @classmethod
    def get_model_class(cls) -> type[PersonSession]:
        return PersonSession

    def _get_session_from_db(self) -> PersonSession | None:
        """Read with every page of somebody signed in, so the ORM writes the statement only once."""
        row = _question().ask({ANY_KEY: self.session_key, ANY_TIME: timezone.now()})
        if row is None:
            self._session_key = None
            return None
        return PersonSession(session_data=row[0])

    def load(self) -> dict[str, Any]:
        data: dict[str, Any] = super().load()
        if SESSION_KEY not in data:
            return data
        now = timezone.now()
        begun, seen = _instant(data.get(BEGUN)), _instant(data.get(SEEN))
        if now - begun >= settings.SESSION_LONGEST or now - seen >= settings.SESSION_IDLE:
            self.delete(self.session_key)
            self._session_key = None
            return {}
        if now - seen >= NOTED_EVERY:
            data[SEEN] = now.timestamp()
            self.modified = True
        return data

    def create_model_instance(self, data: dict[str, Any]) -> PersonSession:
        row = cast("PersonSession", super().create_model_instance(data))
        if SESSION_KEY in data:
            row.person_id = int(data[SESSION_KEY])
            row.begun_at, row.seen_at = _instant(data.get(BEGUN)), _instant(data.get(SEEN))
            row.browser = data.get(BROWSER, "")
        return row


@functools.cache
def _question() -> Compiled:
    rows = PersonSession.objects.filter(session_key=ANY_KEY, expire_date__gt=ANY_TIME)
    return Compiled.of(rows.order_by().values_list("session_data"))


def _instant(timestamp: float | None) -> dt.datetime:
    return dt.datetime.fromtimestamp(timestamp or 0, tz=dt.UTC)


def begin(sender: Any, request: HttpRequest, user: User, **_more: Any) -> None:  # noqa: ARG001 - Django's signal
    """Called by Django whenever somebody signs in, by whichever way."""
    now = timezone.now().timestamp()
    browser = browser_name(request.headers.get("User-Agent", ""))
    request.session.update({BEGUN: now, SEEN: now, BROWSER: browser})


user_logged_in.connect(begin, dispatch_uid="kopa.accounts.sessions.begin")


def browser_name(header: str) -> str:
    """``Firefox, Windows``: as much as a person needs to know it again; empty where nothing is known."""
    found = [
        next((name for mark, name in names if mark in header), "") for names in (BROWSERS, SYSTEMS)
    ]
    return ", ".join(name for name in found if name)


def handle(session: PersonSession) -> str:
    """What a page calls the session by; nobody gets into it with that."""
    return salted_hmac("kopa.accounts.sessions", session.session_key, algorithm="sha256").hexdigest()[:32]


def of(person: User) -> list[PersonSession]:
    """The person's sessions that have not ended, the one used last first."""
    now = timezone.now()
    return list(
        PersonSession.objects.filter(
            person=person,
            expire_date__gt=now,
            begun_at__gt=now - settings.SESSION_LONGEST,
            seen_at__gt=now - settings.SESSION_IDLE,
        ).order_by("-seen_at", "-begun_at", "pk")
    )


def end(person: User, *, handles: set[str]) -> int:
    """These sessions of the person are over, from the next request on: how many."""
    keys = [session.session_key for session in of(person) if handle(session) in handles]
    count, _details = PersonSession.objects.filter(person=person, session_key__in=keys).delete()
    return count


def end_others(person: User, here: str | None) -> int:
    """Every session of the person but ``here`` is over, from the next request on: how many."""
    count, _details = PersonSession.objects.filter(person=person).exclude(session_key=here or "").delete()
    return count
