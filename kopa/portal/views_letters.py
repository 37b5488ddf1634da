"""Every kind of letter in every language, with invented values: for coordinators and administrators."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from kopa.accounts.requests import SignedInRequest
from kopa.base.names import LANGUAGES, reader_language
from kopa.portal import letter_samples, views_mailbox
from kopa.portal.context import LANGUAGE_NAMES
from kopa.portal.coordination import COORDINATES
from providers.rules import holds_role


@login_required
@require_GET
def kinds(request: SignedInRequest) -> HttpResponse:
    _refuse_others(request)
    context = {
        "samples": letter_samples.SAMPLES,
        "languages": _languages(),
        "has_mailbox": views_mailbox.is_open(),
    }
    return render(request, "portal/letter_kinds.html", context)


@login_required
@require_GET
def sample(request: SignedInRequest, code: str, language: str) -> HttpResponse:
    _refuse_others(request)
    found = letter_samples.BY_CODE.get(code)
    if found is None or language not in LANGUAGES:
        raise Http404
    written = letter_samples.written(found, language)
    if request.GET.get("as") == "html":
        return HttpResponse(written.html)
    context = {"sample": found, "written": written, "language": language, "languages": _languages()}
    return render(request, "portal/letter_sample.html", context)


def _languages() -> list[tuple[str, str]]:
    """The reader's own first."""
    ordered = sorted(LANGUAGES, key=lambda code: code != reader_language())
    return [(code, LANGUAGE_NAMES[code]) for code in ordered]


def _refuse_others(request: SignedInRequest) -> None:
    if not holds_role(request.user, *COORDINATES, on=timezone.localdate()):
        raise PermissionDenied
