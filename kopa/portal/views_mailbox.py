"""The demonstration's mailbox: what would be sent to its invented people, for whoever tries KOPA out."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from kopa.letters.models import Letter
from kopa.letters.querysets import LetterQuerySet
from kopa.portal.coordination import COORDINATES
from kopa.portal.demonstration import presence
from providers.rules import holds_role

SHOWN: Final = 100


def is_open() -> bool:
    """Only where ``up`` runs KOPA for its own machine, and only with the demonstration's data."""
    return bool(settings.EMBEDDED) and presence.is_loaded()


def _letters() -> LetterQuerySet:
    # RFC 2606: nobody real has an address that ends so.
    return Letter.objects.filter(address__endswith=".example")


@never_cache
@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    if not is_open():
        raise Http404
    sees_kinds = holds_role(request.user, *COORDINATES, on=timezone.localdate())
    context = {"letters": _letters()[:SHOWN], "shown": SHOWN, "sees_kinds": sees_kinds}
    return render(request, "portal/mailbox.html", context)


@never_cache
@require_safe
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    if not is_open():
        raise Http404
    return render(request, "portal/letter.html", {"letter": get_object_or_404(_letters(), pk=pk)})
