"""Whether the reader applies: kept in the session, so that the menu of a page costs no query."""

from __future__ import annotations

from typing import Any, Final

from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest

from kopa.accounts.models import User

IN_SESSION: Final = "applies"


def note(request: HttpRequest) -> None:
    """From now on the menu shows the reader's applications."""
    if not is_noted(request):
        request.session[IN_SESSION] = True


def is_noted(request: HttpRequest) -> bool:
    return bool(request.session.get(IN_SESSION))


def look(sender: type, request: HttpRequest, user: User, **_: Any) -> None:  # noqa: ARG001
    """Whoever signs in is looked up once."""
    from applications.own_list import applies  # noqa: PLC0415 - models are not loaded yet when apps are

    if applies(user):
        note(request)


def follow_sign_ins() -> None:
    user_logged_in.connect(look, dispatch_uid="applications.sessions")
