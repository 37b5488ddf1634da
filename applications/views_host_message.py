"""The provider writes to the applicants of a course: first what they would read, then it is sent."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from applications import services
from applications.forms_host_message import AUDIENCES, MessageForm
from applications.host_requests import official_of, own_course
from applications.models import Application
from kopa.accounts import typed
from kopa.accounts.requests import SignedInRequest
from kopa.base import writing
from kopa.base.db import Busy, saying_busy
from kopa.base.names import language_name
from offerings.models import Offering


@typed.keeps_what_is_typed
@never_cache
@require_http_methods(["GET", "POST"])
def message(request: SignedInRequest, pk: int) -> HttpResponse:
    """Numbers only: nobody's name stands here."""
    offering = own_course(request, pk)
    is_sent = request.method == "POST" and typed.FIELD not in request.POST
    waiting = None if is_sent else typed.waiting(request)
    before = waiting.dict() if waiting else {}
    form = MessageForm(
        request.POST if is_sent else None, offering=offering, initial={"key": uuid.uuid4()} | before
    )
    act = request.POST.get("act", "")
    is_ready = is_sent and form.is_valid() and act != "change"
    if is_ready and act == "send":
        try:
            with saying_busy():
                return _send(request, offering, form)
        except Busy as refused:
            messages.error(request, str(refused))
    context: dict[str, Any] = {"offering": offering, "form": form, "is_preview": is_ready}
    if is_ready:
        context["texts"] = [(code, language_name(code), text) for code, text in form.texts.items()]
        context["number"] = len(_readers(offering, form))
    return render(request, "applications/host_message.html", context)


def _readers(offering: Offering, form: MessageForm) -> list[int]:
    applied = Application.objects.filter(AUDIENCES[form.cleaned_data["to"]].who, offering=offering).live()
    return list(applied.values_list("pk", flat=True))


def _send(request: SignedInRequest, offering: Offering, form: MessageForm) -> HttpResponse:
    by = official_of(request.user, offering, title="", on=timezone.localdate())
    readers = _readers(offering, form)
    services.write_to(
        offering=offering, application_ids=readers, texts=form.texts, by=by, key=form.cleaned_data["key"]
    )
    typed.forget(request)
    sentence = ngettext(
        "The message is sent to %(n)s applicant.", "The message is sent to %(n)s applicants.", len(readers)
    )
    messages.success(request, sentence % {"n": writing.number(len(readers))})
    return redirect("applications:host_course", pk=offering.pk)
