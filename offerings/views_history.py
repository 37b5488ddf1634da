"""The desk's page with everything that was done to a course, for its own people only."""

from __future__ import annotations

from typing import Final

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from kopa.accounts.requests import SignedInRequest
from kopa.base.lists import list_page
from offerings.history import entries, events_of
from offerings.models import Offering
from offerings.states import CHANGEABLE

PAGE_SIZE: Final = 50


@login_required
@require_GET
def history(request: SignedInRequest, pk: int) -> HttpResponse:
    own = Offering.objects.editable_by(request.user, on=timezone.localdate()).select_related("provider")
    offering = get_object_or_404(own, pk=pk)
    page = list_page(request, events_of(offering), size=PAGE_SIZE)
    context = {
        "offering": offering,
        "page": page,
        "entries": entries(list(page.rows), offering),
        "is_changeable": offering.status in CHANGEABLE,
    }
    return render(request, "offerings/history.html", context)
