"""Reporting an error, which anybody may do, and the list in which the reports are answered."""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from corrections import rules, services, subjects
from corrections.errors import AlreadyHandled, CorrectionRefused, TooManyReports
from corrections.filters import ErrorReportFilter
from corrections.forms import HandleForm, ReportForm
from corrections.models import LONGEST_PATH, ErrorReport, SubjectType
from corrections.subjects import Subject
from corrections.throttle import seconds_to_wait
from kopa.accounts import typed
from kopa.accounts.addresses import own_page
from kopa.accounts.requests import SignedInRequest
from kopa.base.db import Busy
from kopa.base.errors import RuleBroken
from kopa.base.lists import list_page
from kopa.base.names import reader_language

PAGE_SIZE: Final = 50
OTHERS_SHOWN: Final = 10


@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    subject = _subject(request)
    form = ReportForm(request.POST if request.method == "POST" else None)
    status = HTTPStatus.OK
    if form.is_valid():
        try:
            _take_in(request, form, subject)
        except TooManyReports as refused:
            form.add_error(None, str(refused))
            status = HTTPStatus.TOO_MANY_REQUESTS
        except Busy as refused:
            form.add_error(None, str(refused))
        except ValidationError as refused:
            form.add_error(None, refused.messages)
        else:
            return redirect(f"{reverse('corrections:thanks')}{_query(subject)}")
    return render(request, "corrections/report.html", {"form": form, "subject": subject}, status=status)


@require_safe
def thanks(request: HttpRequest) -> HttpResponse:
    return render(request, "corrections/thanks.html", {"subject": _subject(request)})


def _take_in(request: HttpRequest, form: ReportForm, subject: Subject) -> None:
    seconds = seconds_to_wait(request)
    if seconds:
        raise TooManyReports(math.ceil(seconds))
    services.report_error(
        kind=form.cleaned_data["kind"],
        text=form.cleaned_data["text"],
        subject=subject,
        language=reader_language(),
    )


def _subject(request: HttpRequest) -> Subject:
    """What the address names; 404 where there is no such thing, or nobody is to know of it."""
    about = request.GET.get("about", "")
    found = subjects.find(about) if about else _page(request.GET.get("page", ""))
    if found is None:
        raise Http404
    return found


def _page(path: str) -> Subject:
    """A page of our own that is no single thing's: a list, the search. Anything else is left out."""
    is_a_path = len(path) <= LONGEST_PATH and path.startswith("/") and path.isprintable()
    path = (own_page(path) or "") if is_a_path else ""
    return Subject(SubjectType.PAGE, "", path, path)


def _query(subject: Subject) -> str:
    if subject.key:
        return f"?{urlencode({'about': subject.about})}"
    return f"?{urlencode({'page': subject.path})}" if subject.path else ""


@login_required
@require_GET
def report_list(request: SignedInRequest) -> HttpResponse:
    today = timezone.localdate()
    if not rules.may_see_some(request.user, on=today):
        raise PermissionDenied
    rows = ErrorReport.objects.visible_to(request.user, on=today).for_list()
    filters = ErrorReportFilter(request.GET, queryset=rows, request=request)
    page = list_page(request, filters.qs, size=PAGE_SIZE, form=filters.form)
    things = subjects.named(page.rows)
    listed = [(one, things.get((one.subject_type, one.subject_key))) for one in page.rows]
    is_narrowed = any(request.GET.get(name) for name in filters.form.fields)
    context = {"filters": filters, "page": page, "listed": listed, "is_narrowed": is_narrowed}
    return render(request, "corrections/list.html", context)


@typed.keeps_what_is_typed
@require_http_methods(["GET", "POST"])
def detail(request: SignedInRequest, pk: int) -> HttpResponse:
    today = timezone.localdate()
    rows = ErrorReport.objects.visible_to(request.user, on=today).for_list().select_related("duplicate_of")
    one = get_object_or_404(rows, pk=pk)
    may_handle = rules.may_handle(request.user, on=today)
    if request.method == "POST" and not may_handle:
        raise PermissionDenied
    form = _handle_form(request)
    if form.is_valid():
        answer = _handle(request, form, one)
        if answer is not None:
            return answer
    others = (
        ErrorReport.objects.visible_to(request.user, on=today)
        .about(one.subject_type, one.subject_key)
        .exclude(pk=one.pk)
        .order_by("-reported_at", "-pk")[:OTHERS_SHOWN]
    )
    context: dict[str, Any] = {
        "report": one,
        "subject": subjects.named([one]).get((one.subject_type, one.subject_key)),
        "form": form,
        "may_handle": may_handle,
        "others": others if one.subject_key else (),
        "duplicates": one.duplicates.order_by("pk"),
    }
    return render(request, "corrections/detail.html", context)


def _handle_form(request: SignedInRequest) -> HandleForm:
    """What was sent; what was typed before signing in stands in it again and is not sent yet."""
    waiting = typed.waiting(request)
    is_sent = request.method == "POST" and typed.FIELD not in request.POST
    return HandleForm(request.POST if is_sent else None, initial=dict(waiting.items()) if waiting else None)


def _handle(request: SignedInRequest, form: HandleForm, one: ErrorReport) -> HttpResponse | None:
    """To the list when it is answered; None where a rule refuses, and the form says so."""
    given = form.cleaned_data
    try:
        services.handle(
            report_id=one.pk,
            verb=given["act"],
            answer=given["answer"],
            original_id=given["original"],
            by=request.user,
        )
    except AlreadyHandled as refused:
        messages.error(request, str(refused))
        return redirect(one)
    except CorrectionRefused as refused:
        form.add_error(refused.field or None, str(refused))
        return None
    except (RuleBroken, ValidationError) as refused:
        form.add_error(None, str(refused) if isinstance(refused, RuleBroken) else refused.messages)
        return None
    typed.forget(request)
    messages.success(request, _("Report %(number)s is answered.") % {"number": one.pk})
    return redirect("corrections:list")
