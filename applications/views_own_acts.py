"""What the applicant does: changes what was sent, moves to another course or stays, notes the last moment."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import services
from applications.errors import NoTransferOffered, PlaceGone
from applications.forms import AnswerForm, ReviseForm
from applications.models import Application, Transfer
from applications.own_page import OwnPage
from applications.reply_calendar import reply_file
from applications.views_own import page_of
from kopa.accounts import typed
from kopa.accounts.requests import SignedInRequest
from kopa.base import icalendar
from kopa.base.addresses import public_address
from kopa.base.db import saying_busy
from kopa.base.errors import ChangedMeanwhile, RuleBroken
from kopa.base.parameters import version_of
from kopa.base.uploads import UploadRefused


@login_required
@never_cache
@require_safe
def reply_calendar(request: SignedInRequest, key: uuid.UUID) -> HttpResponse:
    """Until when an answer is awaited; 404 where none is."""
    page = page_of(request, key)
    if page.answer_until is None:
        raise Http404
    address = public_address(request, reverse("applications:detail", args=[key]))
    file = reply_file(page.application, page.answer_until, address=address, host=urlsplit(address).netloc)
    response = HttpResponse(file, content_type=icalendar.CONTENT_TYPE)
    response["Content-Disposition"] = f'attachment; filename="kopa-{page.application.reference}.ics"'
    return response


@typed.keeps_what_is_typed
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def revise(request: SignedInRequest, key: uuid.UUID) -> HttpResponse:
    """R-APP-1; opened by itself it brings back what had been typed."""
    page = page_of(request, key)
    if request.method == "POST" and typed.FIELD not in request.POST:
        return _revised(request, page)
    try:
        page.refuse_revision()
    except RuleBroken as refusal:
        messages.info(request, str(refusal))
        return redirect("applications:detail", key=key)
    waiting = typed.waiting(request)
    initial = _as_sent(page.application) | (dict(waiting.items()) if waiting else {})
    initial["version"] = page.application.version
    return _revise_page(request, page, ReviseForm(initial=initial, country=page.country, takes_files=True))


def _revised(request: SignedInRequest, page: OwnPage) -> HttpResponse:
    form = ReviseForm(request.POST, request.FILES, country=page.country, takes_files=True)
    key, act = page.application.key, request.POST.get("act", "")
    if not form.is_valid():
        return _revise_page(request, page, form, status=422)
    try:
        with saying_busy():
            _save(request, page.application, form, act)
    except UploadRefused as refusal:
        form.add_error("file", str(refusal))
    except ChangedMeanwhile as refusal:
        form.add_error(None, str(refusal))
    except RuleBroken as refusal:
        messages.error(request, str(refusal))
        return redirect("applications:detail", key=key)
    if form.is_valid():
        typed.forget(request)
        messages.success(request, _("Your changes are saved."))
        return redirect("applications:revise" if act else "applications:detail", key=key)
    kept = request.POST.copy()
    kept["version"] = str(_version(page.application))
    form.data = kept
    return _revise_page(request, page, form, status=409)


def _save(request: SignedInRequest, application: Application, form: ReviseForm, act: str) -> None:
    """What is written, then the file that is added or taken out. A form that comes twice is done already: the
    file that it brought is there.
    """
    is_again = form.cleaned_data["version"] != application.version
    services.revise(
        application_id=application.pk, by=request.user, given=form.revision(),
        version=form.cleaned_data["version"],
    )  # fmt: skip
    file = form.cleaned_data.get("file")
    if file is not None:
        services.add_file(application_id=application.pk, file=file, by=request.user, once=is_again)
    name, _space, which = act.partition(" ")
    if name == "remove":
        services.take_out_file(application_id=application.pk, key=_uuid(which), by=request.user)


def _version(application: Application) -> int:
    return Application.objects.values_list("version", flat=True).get(pk=application.pk)


def _as_sent(application: Application) -> dict[str, Any]:
    return {
        "prior_education": application.prior_education_id or "",
        "motivation": application.motivation,
        "phone": application.learner.phone,
        "language": application.language,
    }


def _revise_page(request: HttpRequest, page: OwnPage, form: ReviseForm, *, status: int = 200) -> HttpResponse:
    return render(request, "applications/own_revise.html", {"page": page, "form": form}, status=status)


def _uuid(written: str) -> uuid.UUID:
    """A new one, which names nothing, where none is written."""
    try:
        return uuid.UUID(written)
    except ValueError:
        return uuid.uuid4()


@login_required
@require_POST
def transfer_accept(request: SignedInRequest, key: uuid.UUID) -> HttpResponse:
    """To the new application; who was shown a place there is asked before she is put into a queue."""
    page = page_of(request, key)
    try:
        with saying_busy():
            new = services.accept_transfer(
                transfer_id=_shown(request, page).pk, by=request.user, to_queue="to_queue" in request.POST
            )
    except PlaceGone as refusal:
        context = {"page": page, "form": AnswerForm(), "said": str(refusal)}
        return render(request, "applications/own.html", context, status=409)
    except RuleBroken as refusal:
        messages.error(request, str(refusal))
        return redirect("applications:detail", key=key)
    messages.success(request, _("You have moved to the other course."))
    return redirect("applications:detail", key=new.key)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def transfer_decline(request: SignedInRequest, key: uuid.UUID) -> HttpResponse:
    page = page_of(request, key)
    if request.method != "POST":
        if page.transfer is None:
            _refuse_unasked(page)
            return redirect("applications:detail", key=key)
        return render(request, "applications/own_transfer_decline.html", {"page": page})
    try:
        with saying_busy():
            services.decline_transfer(transfer_id=_shown(request, page).pk, by=request.user)
    except RuleBroken as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("You do not move to the other course."))
    return redirect("applications:detail", key=key)


def _shown(request: SignedInRequest, page: OwnPage) -> Transfer:
    """The one that the form has shown, answered or not: sending an answer twice finds it again, and no other
    course that is offered since is answered unread. Raises NoTransferOffered.
    """
    _refuse_unasked(page)
    shown = page.application.transfers.filter(pk=version_of(request.POST, "transfer")).first()
    if shown is None:
        raise NoTransferOffered
    return shown


def _refuse_unasked(page: OwnPage) -> None:
    """404 where no other course was ever offered."""
    if not page.application.transfers.exists():
        raise Http404
