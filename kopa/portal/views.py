"""Pages that belong to no one app: the front door, the texts about the service, errors."""

from __future__ import annotations

import datetime as dt
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language_from_request, override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from applications import retention
from kopa.accounts import typed
from kopa.codes.models import DataSource
from kopa.portal.context import Frame
from municipalities.cache import gazetteer
from offerings import presenting
from offerings.homes import find_home
from offerings.models import Offering
from offerings.remembered import COOKIE as HOME_COOKIE
from offerings.remembered import remembered_home
from offerings.search.engine import search
from offerings.search.query import SearchQuery, Sort, Window

CLOSING_SOON: Final = 4
# The day on which the accessibility statement was last gone through. Change it with the statement.
STATEMENT_CHECKED_ON: Final = dt.date(2026, 11, 21)


@require_safe
def front_door(request: HttpRequest) -> HttpResponse:
    """To the home page in the language of the reader's last choice, else of the browser, else Finnish."""
    with override(get_language_from_request(request)):
        response = redirect("portal:home")
    patch_vary_headers(response, ["Accept-Language", "Cookie"])
    return response


@require_safe
def robots(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Every page may be read and listed."""
    return HttpResponse("User-agent: *\nAllow: /\n", content_type="text/plain; charset=utf-8")


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """For what asks without having read a page: pages name the icon themselves."""
    return redirect(static("kopa/icon.svg"))


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    key = remembered_home(request)
    found = find_home(key) if key else None
    lives_in = key if found else ""
    closing = SearchQuery(
        home=lives_in, free=True, open=Window.NOW, sort=Sort.DEADLINE, page_size=CLOSING_SOON
    )
    result = search(closing, now=now)
    reach = Offering.objects.in_search(now).aggregate(
        providers=Count("provider", distinct=True), municipalities=Count("sites__municipality", distinct=True)
    )
    places, family = gazetteer(), found.family if found else ()
    cards = [
        presenting.card(hit, now=now, places=places, home=lives_in, family=family) for hit in result.hits
    ]
    return render(
        request, "portal/home.html", {"home": lives_in, "result": result, "reach": reach, "cards": cards}
    )


@never_cache
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """After signing in: to the desk, if the reader's roles have one; to her applications, if she has any; for
    everybody else to the home page.
    """
    frame = Frame(request)
    return redirect(frame.desk or ("applications:own" if frame.applies else "portal:home"))


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/about.html", {"contact_email": settings.CONTACT_EMAIL})


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    context = {"contact_email": settings.CONTACT_EMAIL, "checked_on": STATEMENT_CHECKED_ON}
    return render(request, "portal/accessibility.html", context)


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    context = {
        "contact_email": settings.CONTACT_EMAIL,
        "session_hours": settings.SESSION_COOKIE_AGE // 3600,
        "language_cookie": settings.LANGUAGE_COOKIE_NAME,
        "home_cookie": HOME_COOKIE,
        "session_cookie": settings.SESSION_COOKIE_NAME,
        "form_cookie": settings.CSRF_COOKIE_NAME,
        "periods": retention.periods(),
        "tiles_host": urlsplit(settings.KOPA_TILES["url"]).netloc if settings.KOPA_TILES else "",
    }
    return render(request, "portal/privacy.html", context)


@require_safe
def licences(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/licences.html", {"sources": DataSource.objects.all()})


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """The form's token was missing or old; of a long form what was typed is brought back."""
    return typed.bring_back(request) or render(request, "403_csrf.html", status=403)
