"""The answer to what people type where a municipality is asked for; the pages are the portal's."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from municipalities import lookup

SUGGESTIONS = 8


@require_safe
@cache_control(public=True, max_age=300)
def suggest(request: HttpRequest) -> JsonResponse:
    """``{"results": [{"key": "FI-638", "name": "Porvoo", "detail": "Borgå, Uusimaa"}], "meant": []}`` for
    ``?q=borg``; ``meant`` holds the key, or the keys, that the same words stand for in an address.
    """
    words = request.GET.get("q", "")
    found = lookup.suggest(words, limit=SUGGESTIONS)
    results = [{"key": one.municipality.key, "name": one.label, "detail": one.detail} for one in found]
    meant = [one.key for one in lookup.find_municipality(words)]
    return JsonResponse({"results": results, "meant": meant})
