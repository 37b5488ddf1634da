"""The desk's first page."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from kopa.accounts.requests import SignedInRequest
from offerings.duties import Duties, urgent
from offerings.standing import Standing
from providers.rules import organisations_published_for


@login_required
@require_GET
def desk(request: SignedInRequest) -> HttpResponse:
    """What is due today for those who publish, in the role that they act in."""
    now = timezone.now()
    hosts = list(organisations_published_for(request.user, on=timezone.localdate(now)).by_name())
    if not hosts:
        raise PermissionDenied
    duties = Duties(hosts, now=now)
    context = {
        "hosts": hosts,
        "duties": duties,
        "due": urgent(duties.kinds),
        "open": duties.of(Standing.OPEN),
        "drafts": duties.of(Standing.DRAFT),
        "unconfirmed": duties.total("unconfirmed"),
        "without_texts": duties.total("texts"),
    }
    return render(request, "offerings/desk.html", context)
