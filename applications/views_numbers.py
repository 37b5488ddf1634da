"""Numbers of applications, without persons."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from applications import rules
from applications.numbers import tables
from kopa.accounts.requests import SignedInRequest


@login_required
@never_cache
@require_safe
def numbers(request: SignedInRequest) -> HttpResponse:
    """R-PRIV-4: coordinators and analysts."""
    if not rules.may_count(request.user, on=timezone.localdate()):
        raise PermissionDenied
    return render(request, "applications/numbers.html", {"tables": tables()})
