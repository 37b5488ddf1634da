"""Where a person is sent after signing in."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.shortcuts import resolve_url
from django.urls import Resolver404, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language_from_path, override


def own_page(address: str) -> str | None:
    """``address`` if it is a page of KOPA, written as path and query; else None.

    A page has a language in its path: nobody is sent to the API, health checks and files, nor to the sign-in
    page itself and to sign-out.
    """
    if not address.startswith("/") or not url_has_allowed_host_and_scheme(address, allowed_hosts=None):
        return None
    path = unquote(urlsplit(address).path)
    language = get_language_from_path(path)
    if language is None:
        return None
    with override(language):
        try:
            resolve(path)
        except Resolver404:
            return None
        around = {reverse("accounts:sign_in"), reverse("accounts:sign_out")}
    return None if path in around else address


def is_sign_in(path: str) -> bool:
    """Whether the path is the sign-in page, in whichever language."""
    with override(get_language_from_path(path)):
        return path == reverse("accounts:sign_in")


def start_page() -> str:
    """It sends each person on to where their work is."""
    return resolve_url(settings.LOGIN_REDIRECT_URL)
