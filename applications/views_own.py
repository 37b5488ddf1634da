"""The applicant's own pages."""

from __future__ import annotations

import uuid

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from applications.models import Application
from kopa.accounts.requests import SignedInRequest


@login_required
@require_safe
def detail(request: SignedInRequest, key: uuid.UUID) -> HttpResponse:
    own = Application.objects.of(request.user).select_related("offering__provider", "home_municipality")
    application = get_object_or_404(own, key=key)
    return render(request, "applications/detail.html", {"application": application})
