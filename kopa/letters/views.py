"""Ending letters by the link in one of them, without signing in, or on the profile page."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST

from kopa.letters import choices


@csrf_exempt
@never_cache
def end(request: HttpRequest, key: str) -> HttpResponse:
    """Opening the link changes nothing; the button does, and one press in the reader's mail program.

    Such a program posts what RFC 8058 says and has no token of ours; everything else needs one.
    """
    if request.method == "POST" and request.POST.get("List-Unsubscribe") == "One-Click":
        choices.end(*_read(key))
        return HttpResponse(content_type="text/plain")
    return _end_page(request, key)


@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def _end_page(request: HttpRequest, key: str) -> HttpResponse:
    person, kind = _read(key)
    if request.method == "POST":
        choices.end(person, kind)
    context = {"title": choices.OPTIONAL[kind], "is_over": kind in choices.unwanted_by(person)}
    return render(request, "letters/end.html", context)


def _read(key: str) -> tuple[int, str]:
    found = choices.read(key)
    if found is None:
        raise Http404
    return found


@login_required
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """One kind of letters more or less for who is signed in."""
    kind, person = request.POST.get("kind", ""), request.user.pk
    if kind not in choices.OPTIONAL or person is None:
        raise Http404
    if request.POST.get("act") == "begin":
        choices.begin(person, kind)
        messages.success(request, _("You get these letters again."))
    else:
        choices.end(person, kind)
        messages.success(request, _("You get no more of these letters."))
    return redirect("accounts:profile")
