"""Between the password and the second factor: who it may be waits in a session that has no rights at all."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.contrib.auth import login, logout
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from kopa.accounts import factors, typed
from kopa.accounts.addresses import own_page, start_page
from kopa.accounts.models import User

IN_SESSION: Final = "signing_in"
LASTS: Final = dt.timedelta(minutes=5)
PASSWORDS: Final = "django.contrib.auth.backends.ModelBackend"


def begin(request: HttpRequest, person: User, *, wanted: str | None, carried: str) -> None:
    """The password was right. Whoever was signed in here is no more; the session gets a new key."""
    if request.user.is_authenticated:
        logout(request)
    request.session.cycle_key()
    request.session[IN_SESSION] = {
        "person": person.pk,
        "until": (timezone.now() + LASTS).timestamp(),
        "password": person.get_session_auth_hash(),
        "wanted": wanted or "",
        "typed": carried,
    }


def person_of(request: HttpRequest) -> User | None:
    """Whose second step is awaited; None when it took too long, or when something has changed meanwhile."""
    waiting: dict[str, Any] = request.session.get(IN_SESSION, {})
    if not waiting:
        return None
    person = User.objects.filter(pk=waiting["person"], is_active=True).first()
    if (
        person is not None
        and timezone.now().timestamp() < waiting["until"]
        and constant_time_compare(waiting["password"], person.get_session_auth_hash())
        and factors.are_asked_of(person)
    ):
        return person
    del request.session[IN_SESSION]
    return None


def finish(request: HttpRequest, person: User) -> str:
    """The person is signed in; where to go now."""
    waiting: dict[str, Any] = request.session.get(IN_SESSION, {})
    return let_in(request, person, wanted=waiting.get("wanted"), carried=waiting.get("typed", ""))


def let_in(request: HttpRequest, person: User, *, wanted: str | None, carried: str) -> str:
    """The person is signed in, in a session with a new key; where to go now."""
    request.session.pop(IN_SESSION, None)
    login(request, person, backend=PASSWORDS)
    return typed.keep(request, carried) or own_page(wanted or "") or start_page()
