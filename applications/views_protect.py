"""A protected identity (R-PRIV-6): the applicant says so, or whoever handles her case."""

from __future__ import annotations

import uuid
from typing import Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from applications import services
from applications.models import Application, Learner
from applications.models.reading import Where
from applications.services.reading import note
from applications.views_moves import teller_of
from kopa.accounts.requests import SignedInRequest
from kopa.base.db import saying_busy
from kopa.base.errors import RuleBroken

ACTS: Final = {"protect": services.protect, "unprotect": services.unprotect}


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: SignedInRequest) -> HttpResponse:
    """Of whoever has applied; before that it is asked in the first step."""
    rows = Learner.objects.select_related("protected_by")
    learner = get_object_or_404(rows, person=request.user)
    act = ACTS.get(request.POST.get("act", ""))
    if act is None:
        theirs = Application.objects.of(request.user).live().select_related("offering__provider")
        context = {"learner": learner, "applications": theirs}
        return render(request, "applications/protected_own.html", context)
    try:
        with saying_busy():
            learner = act(learner_id=learner.pk, by=request.user)
    except RuleBroken as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _said(learner))
    return redirect("applications:protected_own")


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def case(request: SignedInRequest, key: uuid.UUID) -> HttpResponse:
    """The host's and the home municipality's people, in a case of theirs."""
    rows = Application.objects.visible_to(request.user, on=timezone.localdate()).with_case()
    application = get_object_or_404(rows, key=key)
    teller = teller_of(request, application)
    if teller.organisation_id is None:
        return redirect("applications:protected_own")
    act = ACTS.get(request.POST.get("act", ""))
    if act is None:
        note([application], person=request.user, role=teller.role, organisation_id=teller.organisation_id,
             where=Where.PAGE)  # fmt: skip
        is_ours = application.learner.protected_by_id == teller.organisation_id
        context = {"application": application, "back": teller.back, "is_ours": is_ours}
        return render(request, "applications/protected_case.html", context)
    try:
        with saying_busy():
            learner = act(
                learner_id=application.learner_id, application_id=application.pk, by=request.user,
                role=teller.role, organisation_id=teller.organisation_id,
            )  # fmt: skip
    except RuleBroken as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _said(learner))
    return redirect(*teller.back)


def _said(learner: Learner) -> str:
    if learner.is_protected:
        return _("The identity is marked as protected, in all applications from now on.")
    return _("The identity is not marked as protected any more.")
