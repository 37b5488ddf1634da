"""The applicant's own pages."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import rules, services, sessions
from applications.days import host_day
from applications.errors import AnotherPlaceTaken, NothingAsked
from applications.export import everything, packed
from applications.forms import AnswerForm
from applications.models import Application, Attachment
from applications.models.reading import Where
from applications.own_list import own_list
from applications.own_page import OwnPage
from applications.services.answering import other_places
from applications.services.reading import note
from kopa.accounts import typed
from kopa.accounts.requests import SignedInRequest
from kopa.base import uploads
from kopa.base.db import saying_busy
from kopa.base.errors import RuleBroken


@login_required
@never_cache
@require_safe
def own(request: SignedInRequest) -> HttpResponse:
    listed = own_list(request.user, now=timezone.now())
    if listed:
        sessions.note(request)
    return render(request, "applications/own_list.html", {"listed": listed})


@login_required
@never_cache
@require_safe
def detail(request: SignedInRequest, key: uuid.UUID) -> HttpResponse:
    page = page_of(request, key)
    return render(request, "applications/own.html", {"page": page, "form": AnswerForm()})


@typed.keeps_what_is_typed
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: SignedInRequest, key: uuid.UUID) -> HttpResponse:
    """To what the home municipality has asked; opened by itself it brings back what had been typed."""
    page = page_of(request, key)
    is_sent = request.method == "POST" and typed.FIELD not in request.POST
    if not is_sent:
        waiting = typed.waiting(request)
        form = AnswerForm(initial=dict(waiting.items()) if waiting else {})
        return render(request, "applications/own.html", {"page": page, "form": form})
    form = AnswerForm(request.POST)
    if page.statement is None or not page.question:
        messages.info(request, str(NothingAsked()))
    elif not form.is_valid():
        return render(request, "applications/own.html", {"page": page, "form": form}, status=422)
    else:
        try:
            with saying_busy():
                services.give_more(
                    statement_id=page.statement.pk, answer=form.cleaned_data["answer"], by=request.user
                )
        except RuleBroken as refusal:
            messages.error(request, str(refusal))
        else:
            typed.forget(request)
            messages.success(request, _("Your answer has gone to your home municipality."))
    return redirect("applications:detail", key=key)


@login_required
@never_cache
@require_safe
def download(request: SignedInRequest, key: uuid.UUID) -> HttpResponse:
    """R-PRIV-8: everything, for people and programs."""
    application = own_application(request, key)
    response = JsonResponse(everything(application), json_dumps_params={"indent": 2, "ensure_ascii": False})
    response["Content-Disposition"] = f'attachment; filename="kopa-{application.reference}.json"'
    return response


@login_required
@never_cache
@require_safe
def receipt(request: SignedInRequest, key: uuid.UUID) -> HttpResponse:
    """R-APP-2; what sending leads to."""
    return render(request, "applications/own_receipt.html", {"page": page_of(request, key)})


@login_required
@never_cache
@require_safe
def download_all(request: SignedInRequest, key: uuid.UUID) -> HttpResponseBase:
    """The same with the files."""
    application = own_application(request, key)
    name = f"kopa-{application.reference}.zip"
    response = FileResponse(packed(application), as_attachment=True, filename=name)
    response["Content-Security-Policy"] = uploads.POLICY
    return response


@login_required
@never_cache
@require_safe
def attachment(request: SignedInRequest, key: uuid.UUID, file: uuid.UUID) -> HttpResponseBase:
    """A file that was sent along: for its owner, and for those who decide (noted, R-PRIV-10). What came from
    the home municipality is for its officers too.
    """
    rows = Application.objects.select_related("learner", "offering__provider")
    application = get_object_or_404(rows, key=key)
    found = get_object_or_404(Attachment, matter=key, key=file)
    if not rules.is_applicant(request.user, application):
        offering = application.offering
        today = host_day(offering, timezone.now())
        answered = found.statements.select_related("municipality").first()
        role = rules.deciding_role(request.user, offering, on=today)
        if role is None and answered is not None:
            role = rules.stating_role(request.user, answered, on=today)
        if role is None or role.organisation_id is None:
            raise Http404
        note(
            [application], person=request.user, role=role.role, organisation_id=role.organisation_id,
            where=Where.FILE,
        )  # fmt: skip
    return uploads.answer(found.stored, name=found.name, kind=found.kind)


@login_required
@require_POST
def accept(request: SignedInRequest, key: uuid.UUID) -> HttpResponse:
    application = own_application(request, key)
    try:
        with saying_busy():
            services.accept(
                application_id=application.pk, by=request.user, instead_of=_given_up(request, application)
            )
    except AnotherPlaceTaken as refusal:
        context = {"page": OwnPage(application, timezone.now()), "said": str(refusal)}
        return render(request, "applications/own.html", context, status=409)
    except RuleBroken as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The place is yours."))
    return redirect("applications:detail", key=key)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def decline(request: SignedInRequest, key: uuid.UUID) -> HttpResponse:
    application = own_application(request, key)
    if request.method != "POST":
        page = OwnPage(application, timezone.now())
        return render(request, "applications/own_decline.html", {"page": page})
    try:
        with saying_busy():
            services.decline(application_id=application.pk, by=request.user)
    except RuleBroken as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("You have declined the place."))
    return redirect("applications:detail", key=key)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: SignedInRequest, key: uuid.UUID) -> HttpResponse:
    application = own_application(request, key)
    if request.method != "POST":
        page = OwnPage(application, timezone.now())
        return render(request, "applications/own_withdraw.html", {"page": page})
    try:
        services.withdraw(application_id=application.pk, by=request.user)
    except RuleBroken as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("You have withdrawn the application."))
    return redirect("applications:detail", key=key)


def _given_up(request: SignedInRequest, application: Application) -> int | None:
    """Of the places that stand in the way, the one that the applicant has chosen."""
    try:
        chosen = other_places(application).filter(key=request.POST.get("instead_of", "")).first()
    except ValidationError:
        return None
    return chosen.pk if chosen else None


def own_application(request: SignedInRequest, key: uuid.UUID) -> Application:
    own = Application.objects.of(request.user).select_related(
        "learner__person", "offering__provider__municipality", "home_municipality", "prior_education",
        "moved_to",
    )
    return get_object_or_404(own, key=key)


def page_of(request: SignedInRequest, key: uuid.UUID) -> OwnPage:
    return OwnPage(own_application(request, key), timezone.now())
