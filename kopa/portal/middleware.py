"""The reader's choice of language, and headers that Django does not set by itself."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import get_language_from_path

Handler = Callable[[HttpRequest], HttpResponseBase]

# None of these is used; a page that one day asks for the place of the reader opens geolocation to itself.
PERMISSIONS_POLICY: Final = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer", "browsing-topics", "camera", "display-capture", "geolocation", "gyroscope",
        "magnetometer", "microphone", "midi", "payment", "usb",
    )
)  # fmt: skip


def language_choice(get_response: Handler) -> Handler:
    """Remember the language when a reader goes from a page of ours to a page in another language.

    That step is the choice: a link from elsewhere into one language is not. So the switch in the header is
    plain links, and the cookie is set for nobody who did not choose.
    """

    def handle(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        chosen, before = get_language_from_path(request.path_info), _language_before(request)
        if not chosen or not before or chosen == before or response.status_code != HTTPStatus.OK:
            return response
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
            samesite="Lax",
        )
        return response

    return handle


def policies(get_response: Handler) -> Handler:
    """No page may use the reader's camera, microphone, place or the like.

    SecurityMiddleware refuses an unknown host that comes without HTTPS before it sets its own headers; that
    answer gets them here.
    """
    expected = {
        "Permissions-Policy": PERMISSIONS_POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
        "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
    }

    def handle(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        for name, value in expected.items():
            response.headers.setdefault(name, value)
        return response

    return handle


def _language_before(request: HttpRequest) -> str | None:
    """The language of the page of this site that the request came from."""
    before = urlsplit(request.headers.get("Referer", ""))
    return get_language_from_path(before.path) if before.netloc == request.get_host() else None
