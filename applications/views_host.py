"""The provider's pages: its courses with their applications, the list of one course, one case.

Somebody else's course or applicant is 404 here; who decides for nobody gets 403 at the list of courses.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import get_language_info, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from applications import host_files, services
from applications.cases import Case, cases, queue_numbers
from applications.forms_host import DayForm, RankForm, TitleForm
from applications.host_filters import HostFilter
from applications.host_grounds import decision_language, ground_text
from applications.host_lists import course_rows, courses_of
from applications.host_requests import (
    note_reading,
    official_of,
    own_application,
    own_course,
    refuse_without_desk,
    said,
    title_of,
)
from applications.host_words import deeds, meanwhile, who_pays
from applications.models import Application
from applications.models.reading import Where
from applications.priorities import priority_groups
from applications.services.deciding import Official
from applications.standstill import reasons
from kopa.accounts.requests import SignedInRequest
from kopa.base import spreadsheets, workbooks
from kopa.base.db import saying_busy
from kopa.base.errors import ChangedMeanwhile, RuleBroken
from kopa.base.lists import list_page, without_hints
from kopa.base.parameters import version_of

PAGE_SIZE: Final = 50


@login_required
@require_GET
def courses(request: SignedInRequest) -> HttpResponse:
    """Numbers only: no applicant is seen here."""
    refuse_without_desk(request)
    now = timezone.now()
    page = list_page(request, courses_of(request.user, on=timezone.localdate(now)), size=PAGE_SIZE)
    rows = course_rows(page.rows, now=now)
    return render(request, "applications/host_courses.html", {"page": page, "rows": rows})


@login_required
@require_GET
def course(request: SignedInRequest, pk: int) -> HttpResponse:
    offering = own_course(request, pk)
    now = timezone.now()
    others = Application.objects.filter(offering=offering).of_others_than(request.user)
    filters = HostFilter(request.GET, others.with_case().with_namesakes(), request=request)
    page = list_page(request, filters.qs, size=PAGE_SIZE, form=without_hints(filters.form))
    row = course_rows([offering], now=now)[0]
    shown = list(page.rows)
    note_reading(request, shown, offering, Where.LIST)
    context = {
        "offering": offering,
        "row": row,
        "filters": filters,
        "page": page,
        "cases": cases(shown, now=now, numbers=queue_numbers(offering.pk)),
        "standstill": reasons(offering, row.numbers, now=now),
        "queue_ends": row.numbers.get("undecided", 0) and not services.takes_more(offering, now),
        "written": offering.messages.annotate(readers=Count("applications")),
    }
    return render(request, "applications/host_course.html", context)


@login_required
@require_GET
def course_csv(request: SignedInRequest, pk: int) -> StreamingHttpResponse:
    rows, name = _file(request, pk)
    return spreadsheets.download(name, host_files.headings(), rows)


@login_required
@require_GET
def course_xlsx(request: SignedInRequest, pk: int) -> HttpResponse:
    rows, name = _file(request, pk)
    written = workbooks.workbook(pgettext("sent by students", "Applications"), host_files.headings(), rows)
    answer = HttpResponse(written, content_type=workbooks.XLSX)
    answer["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return answer


def _file(request: SignedInRequest, pk: int) -> tuple[list[list[host_files.Value]], str]:
    """The list as it is narrowed; everybody in it is noted as read (R-PRIV-10)."""
    offering = own_course(request, pk)
    applied = Application.objects.filter(offering=offering).of_others_than(request.user).with_case()
    listed = list(HostFilter(request.GET, applied, request=request).qs)
    note_reading(request, listed, offering, Where.FILE)
    found = cases(listed, now=timezone.now(), numbers=queue_numbers(offering.pk))
    what = slugify(pgettext("sent by students", "Applications"))
    name = f"kopa-{what}-{offering.pk}-{timezone.localdate():%Y-%m-%d}"
    return [host_files.row(one) for one in found], name


@login_required
@require_http_methods(["GET", "POST"])
def case(request: SignedInRequest, key: uuid.UUID) -> HttpResponse:
    application = own_application(request, key)
    note_reading(request, [application], application.offering, Where.PAGE)
    forms = _forms(application, request)
    act = request.POST.get("act", "") if request.method == "POST" else ""
    if act in ACTS and _is_valid(forms, act):
        return _do(request, application, forms, act)
    return _case_page(request, application, forms)


# The case page's acts: which form each reads.
ACTS: Final = {
    "receive": "title", "admit": "title", "enrol": "day", "complete": "", "interrupt": "", "rank": "rank",
    "confirm_move": "",
}  # fmt: skip


def _forms(application: Application, request: SignedInRequest) -> dict[str, Any]:
    act = request.POST.get("act", "")
    one = Case(application, timezone.now())
    starts_on, today = application.offering.starts_on, timezone.localdate()
    given = {name: request.POST if ACTS.get(act) == name else None for name in ("title", "day", "rank")}
    return {
        "title": TitleForm(given["title"], initial={"title": title_of(request.user)}),
        "day": DayForm(given["day"], starts_on=starts_on, today=today),
        "rank": RankForm(given["rank"], case=one),
    }


def _is_valid(forms: dict[str, Any], act: str) -> bool:
    return not ACTS[act] or bool(forms[ACTS[act]].is_valid())


def _do(
    request: SignedInRequest, application: Application, forms: dict[str, Any], act: str
) -> HttpResponse:
    title = forms["title"].cleaned_data["title"] if ACTS[act] == "title" else ""
    by = official_of(request.user, application.offering, title=title, on=timezone.localdate())
    try:
        with saying_busy():
            sentence = _act(act, application, by, forms | {"seen": version_of(request.POST, "seen")})
    except ChangedMeanwhile as refused:
        messages.error(request, f"{refused} {meanwhile(application, reader=request.user)}".strip())
        return _case_page(request, own_application(request, application.key), forms, status=409)
    except (RuleBroken, ValidationError) as refused:
        messages.error(request, f"{said(refused)} {meanwhile(application, reader=request.user)}".strip())
    else:
        messages.success(request, sentence)
    return redirect("applications:host_case", key=application.key)


def _act(act: str, application: Application, by: Official, forms: dict[str, Any]) -> str:
    pk = application.pk
    if act == "receive":
        services.receive(application_id=pk, by=by, seen=forms["seen"])
        return _("Received.")
    if act == "admit":
        services.admit(application_id=pk, by=by, seen=forms["seen"])
        return _("Admitted.")
    if act == "confirm_move":
        services.confirm_move(application_id=pk, by=by, seen=forms["seen"])
        return _("The move is confirmed.")
    if act == "rank":
        form = forms["rank"]
        services.rank(
            application_id=pk, by=by, priority_group=form.group_given, score=form.score_given,
            seen=forms["seen"],
        )  # fmt: skip
        return _("Saved.")
    return _studied(act, pk, by, forms)


def _studied(act: str, pk: int, by: Official, forms: dict[str, Any]) -> str:
    if act == "enrol":
        services.enrol(application_id=pk, by=by, on=forms["day"].cleaned_data["on"])
        return _("Enrolled.")
    if act == "complete":
        services.complete(application_id=pk, by=by)
        return _("The studies are marked as completed.")
    services.interrupt(application_id=pk, by=by)
    return _("The studies are marked as interrupted.")


def _case_page(
    request: SignedInRequest, application: Application, forms: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    context = case_context(application, now=timezone.now()) | {
        "forms": forms,
        "form": next((form for form in forms.values() if form.errors), None),
    }
    return render(request, "applications/host_case.html", context, status=status)


def case_context(application: Application, *, now: dt.datetime) -> dict[str, Any]:
    """What the page and the printed sheet of a case show alike."""
    one = Case(application, now, queue_numbers(application.offering_id).get(application.pk))
    return {
        "application": application,
        "offering": application.offering,
        "case": one,
        "who_pays": who_pays(application),
        "group": priority_groups(application.offering).name_of(application.priority_group),
        "deeds": deeds(application),
        "seat": services.live_seat(application),
        "language": get_language_info(application.language)["name_translated"],
        "decision_language": decision_language(application),
        "reception_ground": _ground(one, is_admission=False),
        "admission_ground": _ground(one, is_admission=True),
        "written": application.messages.all(),
        "transfers": application.transfers.select_related("offering"),
        "came_from": application.transferred_from,
        "went_to": Application.objects.filter(transferred_from=application).first(),
    }


def _ground(one: Case, *, is_admission: bool) -> str:
    decision = one.admission if is_admission else one.reception
    if decision is None or decision.is_positive:
        return ""
    return ground_text(one.application, decision.ground, is_admission=is_admission)
