"""The host's decisions as a document in the case: for the applicant and for the host's people."""

from __future__ import annotations

import uuid

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from applications import rules
from applications.decision_document import documents_of
from applications.host_grounds import decision_language
from applications.models import Application
from applications.models.reading import Where
from applications.services.reading import note_for_host
from applications.statement_case import way_back
from kopa.accounts.requests import SignedInRequest


@login_required
@never_cache
@require_safe
def document(request: SignedInRequest, key: uuid.UUID) -> HttpResponse:
    """Not for the home municipality (R-PRIV-4), and in no letter (R-PRIV-11)."""
    now = timezone.now()
    today = timezone.localdate(now)
    rows = Application.objects.read_by(request.user, on=today)
    application = get_object_or_404(rows.select_related("offering__provider", "learner__person"), key=key)
    documents = documents_of(application)
    if not documents:
        raise Http404
    role = None
    if not rules.is_applicant(request.user, application):
        role = rules.deciding_role(request.user, application.offering, on=today)
        note_for_host([application], person=request.user, where=Where.PAGE, now=now)
    context = {
        "application": application,
        "documents": documents,
        "language": decision_language(application),
        "back": way_back(application, role),
    }
    return render(request, "applications/decision_document.html", context)
