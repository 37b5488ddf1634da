"""The provider refuses, or takes a place back: first as the applicant would read it, then for good."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from applications import services
from applications.cases import Case
from applications.decision_document import outcome_of
from applications.forms_host import RefusalForm
from applications.host_grounds import decision_language, ground_text
from applications.host_requests import (
    note_reading,
    official_of,
    own_application,
    said,
    title_of,
)
from applications.host_words import meanwhile
from applications.models import Application
from applications.models.reading import Where
from kopa.accounts import typed
from kopa.accounts.requests import SignedInRequest
from kopa.base.db import Busy, saying_busy
from kopa.base.errors import ChangedMeanwhile, RuleBroken
from kopa.base.parameters import version_of


@typed.keeps_what_is_typed
@never_cache
@require_http_methods(["GET", "POST"])
def refuse(request: SignedInRequest, key: uuid.UUID) -> HttpResponse:
    application = own_application(request, key)
    note_reading(request, [application], application.offering, Where.PAGE)
    one = Case(application, timezone.now())
    if not (one.may_be_refused or one.is_missed):
        messages.error(request, meanwhile(application, reader=request.user))
        return redirect("applications:host_case", key=key)
    if request.method == "GET" or typed.FIELD in request.POST:
        waiting = typed.waiting(request)
        return _page(request, one, _form(request, one, before=waiting.dict() if waiting else None))
    if version_of(request.POST, "seen") != application.version:
        messages.error(request, f"{ChangedMeanwhile()} {meanwhile(application, reader=request.user)}")
        return _page(request, one, _form(request, one, before=request.POST.dict()))
    form, act = _form(request, one, data=request.POST), request.POST.get("act", "")
    is_ready = form.is_valid() and act != "change"
    if is_ready and act == "confirm":
        return _refuse(request, application, form, is_missed=one.is_missed)
    return _page(request, one, form, is_preview=is_ready)


def _form(
    request: SignedInRequest, one: Case, *, data: Any = None, before: dict[str, Any] | None = None
) -> RefusalForm:
    language = get_language_info(decision_language(one.application))["name_translated"]
    return RefusalForm(
        data, case=one, language_name=language, title=title_of(request.user), before=before
    )


def _page(
    request: SignedInRequest, one: Case, form: RefusalForm, *, is_preview: bool = False
) -> HttpResponse:
    application = one.application
    code = form.cleaned_data["ground"] if is_preview else ""
    context = {
        "application": application,
        "case": one,
        "form": form,
        "is_preview": is_preview,
        "outcome": outcome_of(is_admission=form.is_admission, is_positive=False, ground=code),
        "ground": ground_text(application, code, is_admission=form.is_admission),
        "language": decision_language(application),
    }
    return render(request, "applications/host_refuse.html", context)


def _refuse(
    request: SignedInRequest, application: Application, form: RefusalForm, *, is_missed: bool
) -> HttpResponse:
    title = form.cleaned_data["title"]
    by = official_of(request.user, application.offering, title=title, on=timezone.localdate())
    try:
        with saying_busy():
            act = services.take_place_back if is_missed else services.refuse
            act(
                application_id=application.pk, by=by, refusal=form.refusal,
                seen=version_of(request.POST, "seen"),
            )  # fmt: skip
    except Busy as refused:
        messages.error(request, str(refused))
        one = Case(application, timezone.now())
        return _page(request, one, _form(request, one, before=request.POST.dict()))
    except (RuleBroken, ValidationError) as refused:
        told = meanwhile(application, reader=request.user)
        messages.error(request, f"{said(refused)} {told}".strip())
    else:
        typed.forget(request)
        said_so = _("Refused. The applicant is told that there is news.")
        if is_missed:
            said_so = _("The place has been taken back. The applicant is told that there is news.")
        messages.success(request, said_so)
    return redirect("applications:host_case", key=application.key)
