"""What changes how somebody signs in asks who it is, unless that was shown a moment ago."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from kopa.accounts.sessions import BEGUN

if TYPE_CHECKING:
    from kopa.accounts.requests import SignedInRequest

IN_SESSION: Final = "confirmed"
LASTS: Final = dt.timedelta(minutes=10)


def note(session: SessionBase) -> None:
    """The password has just been typed."""
    session[IN_SESSION] = timezone.now().timestamp()


def is_fresh(session: SessionBase) -> bool:
    """Signed in, or the password typed again, within ``LASTS``."""
    shown = max(float(session.get(BEGUN, 0)), float(session.get(IN_SESSION, 0)))
    return timezone.now().timestamp() - shown < LASTS.total_seconds()


def asks_who_it_is(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For a page behind sign-in: first the password, then the page itself; what was posted is not done."""

    @login_required
    @never_cache
    @functools.wraps(view)
    def guarded(request: SignedInRequest, *arguments: Any, **named: Any) -> HttpResponse:
        if is_fresh(request.session):
            return view(request, *arguments, **named)
        wanted = urlencode({"next": request.get_full_path()})
        return HttpResponseRedirect(f"{reverse('accounts:confirm')}?{wanted}")

    return guarded
