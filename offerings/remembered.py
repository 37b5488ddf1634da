"""The home municipality a reader has chosen, kept in a cookie of the reader's own browser.

The address is the truth of what a page shows, so that it can be shared; the cookie only fills in the home
where an address names none. It changes when the reader changes the home on a page of ours, never by following
somebody else's link.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qs, urlsplit

from django.http import HttpRequest, HttpResponse

COOKIE: Final = "kopa_home"
LASTS: Final = 60 * 60 * 24 * 365
KEY: Final = re.compile(r"(FI-\d{3}|SE-\d{4})", re.ASCII)


def remembered_home(request: HttpRequest) -> str:
    """The key in the cookie, ``FI-854``, or an empty text. There need not be such a municipality."""
    key = request.COOKIES.get(COOKIE, "")
    return key if KEY.fullmatch(key) else ""


def remember(request: HttpRequest, response: HttpResponse, home: str) -> None:
    """Keep ``home`` if the reader has just chosen it here; forget it if the field was just emptied."""
    if home:
        if home != remembered_home(request) and home != _home_before(request, unknown=home):
            response.set_cookie(
                COOKIE, home, LASTS, httponly=True, samesite="Lax", secure=request.is_secure()
            )
    elif request.GET.get("home") == "" and COOKIE in request.COOKIES:
        response.delete_cookie(COOKIE, samesite="Lax")


def _home_before(request: HttpRequest, *, unknown: str) -> str:
    """The home of our own page that the reader comes from; ``unknown`` when it was none of ours."""
    before = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer", ""))
    if before.netloc != request.get_host():
        return unknown
    return parse_qs(before.query).get("home", [""])[0]
