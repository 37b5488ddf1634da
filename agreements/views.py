"""An agreement as anybody may read it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from agreements.agreement_page import AgreementPage
from agreements.models import Agreement


@require_safe
def detail(request: HttpRequest, code: str) -> HttpResponse:
    agreement = get_object_or_404(Agreement.objects.prefetch_related("forms", "fields"), code=code)
    page = AgreementPage(agreement, timezone.localdate())
    return render(request, "agreements/detail.html", {"agreement": agreement, "page": page})
