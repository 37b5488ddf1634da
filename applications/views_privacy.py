"""What is held of the reader, and what she confides (R-PRIV-2, R-PRIV-8, R-PRIV-9)."""

from __future__ import annotations

import uuid
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import consents, held, retention, rules, services
from applications.days import host_day
from applications.forms_privacy import GroundsForm
from applications.models import Application
from applications.models.consent import Purpose
from applications.models.reading import Where
from applications.sealed import confided
from applications.services import consenting
from applications.services.reading import note
from applications.statement_case import way_back
from applications.states import UNDECIDED
from kopa.accounts.requests import SignedInRequest
from kopa.base import uploads
from kopa.base.db import saying_busy
from kopa.base.errors import RuleBroken
from kopa.base.names import reader_language


@login_required
@never_cache
@require_safe
def my_data(request: SignedInRequest) -> HttpResponse:
    purpose = Purpose.PROFILE
    given = consenting.in_force(request.user, purpose)
    number = given.version if given else consents.version(purpose)
    context = {
        "plan": services.what_may_go(request.user),
        "files": held.number_of_files(request.user),
        "periods": retention.periods(),
        "consent": given,
        "consent_title": purpose.label,
        "consent_text": consents.text(purpose, number),
    }
    return render(request, "applications/my_data.html", context)


@login_required
@never_cache
@require_safe
def everything(request: SignedInRequest) -> HttpResponseBase:
    """R-PRIV-8: all that is held, with the files."""
    response = FileResponse(held.packed(request.user), as_attachment=True, filename="kopa.zip")
    response["Content-Security-Policy"] = uploads.POLICY
    return response


@login_required
@require_POST
def consent(request: SignedInRequest) -> HttpResponse:
    """R-PRIV-2: one button to give it, the same to take it back."""
    purpose = Purpose.PROFILE
    if request.POST.get("act") == "give":
        consenting.give(person=request.user, purpose=purpose, language=reader_language())
        messages.success(request, _("Your details are kept for your next application."))
    else:
        consenting.withdraw(person=request.user, purpose=purpose)
        messages.success(request, _("You have taken your consent back."))
    return redirect("applications:my_data")


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: SignedInRequest) -> HttpResponse:
    """R-PRIV-8: what goes at once, what stays, until when and why; then it is done, and said."""
    person = request.user
    if request.method != "POST":
        plan = services.what_may_go(person)
        return render(request, "applications/my_data_erase.html", {"plan": plan, "is_done": False})
    try:
        with saying_busy():
            plan = services.erase(by=person)
    except RuleBroken as refusal:
        messages.error(request, str(refusal))
        return redirect("applications:erase")
    person.refresh_from_db()
    if not person.is_active:
        logout(request)
    return render(request, "applications/my_data_erase.html", {"plan": plan, "is_done": True})


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def grounds(request: SignedInRequest, key: uuid.UUID) -> HttpResponse:
    """R-PRIV-9: the applicant confides, reads it again, changes it and takes it back."""
    own = Application.objects.of(request.user).select_related("offering__provider")
    application = get_object_or_404(own, key=key)
    sent = request.POST if request.method == "POST" else None
    form = GroundsForm(sent, initial={"text": confided(application)})
    if form.is_valid():
        try:
            with saying_busy():
                services.confide(
                    application_id=application.pk, text=form.cleaned_data["text"], by=request.user
                )
        except RuleBroken as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Saved. Only those who decide can read it."))
        return redirect("applications:detail", key=key)
    context = {"application": application, "form": form, "is_open": application.status in UNDECIDED}
    status = 422 if form.is_bound else 200
    return render(request, "applications/grounds.html", context, status=status)


@login_required
@never_cache
@require_safe
def grounds_read(request: SignedInRequest, key: uuid.UUID) -> HttpResponse:
    """R-PRIV-9: whoever decides reads it as long as it is undecided, and the applicant sees that
    (R-PRIV-10). Afterwards the host's people are told that it is closed.
    """
    rows = Application.objects.select_related("offering__provider", "learner__person")
    application = get_object_or_404(rows, key=key)
    today = host_day(application.offering, timezone.now())
    if rules.is_applicant(request.user, application) or not application.sealed_grounds:
        raise Http404
    role = rules.grounds_role(request.user, application, on=today)
    if role is None and rules.may_decide(request.user, application, on=today):
        context = {"application": application, "back": ("applications:host_case", application.key)}
        return render(request, "applications/grounds_read.html", context, status=HTTPStatus.FORBIDDEN)
    if role is None or role.organisation_id is None:
        raise Http404
    note([application], person=request.user, role=role.role, organisation_id=role.organisation_id,
         where=Where.GROUNDS)  # fmt: skip
    context = {
        "application": application,
        "text": confided(application),
        "back": way_back(application, role),
    }
    return render(request, "applications/grounds_read.html", context)
