"""The page behind the letter that says that an answer is awaited: one offer, two buttons, no signing in."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from applications.errors import AnotherPlaceTaken
from applications.models import Application
from applications.own_page import OwnPage
from applications.services import answer_links
from applications.services.answering import accept_by_link, decline_by_link
from kopa.accounts.errors import LinkOver
from kopa.base.db import saying_busy
from kopa.base.errors import RuleBroken


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def offer(request: HttpRequest, key: str) -> HttpResponse:
    """Opening it changes nothing, its button accepts. It says which course, and nothing of the applicant."""
    return _answered(request, key, accept_by_link, "applications/offer.html")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def decline(request: HttpRequest, key: str) -> HttpResponse:
    return _answered(request, key, decline_by_link, "applications/offer_decline.html")


def _answered(
    request: HttpRequest, key: str, act: Callable[[str], Application], template: str
) -> HttpResponse:
    """What has come of it, its page says: whoever opens the link again reads the same."""
    try:
        if request.method != "POST":
            return _page(request, key, template)
        with saying_busy():
            act(key)
    except LinkOver:
        return render(request, "applications/offer_over.html", status=404)
    except AnotherPlaceTaken as refusal:
        return _page(request, key, "applications/offer.html", said=str(refusal), status=409)
    except RuleBroken as refusal:
        messages.error(request, str(refusal))
    return redirect("applications:offer", key=key)


def _page(
    request: HttpRequest, key: str, template: str, *, said: str = "", status: int = 200
) -> HttpResponse:
    page = OwnPage(answer_links.find(key), timezone.now())
    if not page.can_answer:
        template = "applications/offer.html"
    return render(request, template, {"page": page, "key": key, "said": said}, status=status)
