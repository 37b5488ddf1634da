"""The desk's spreadsheets: bring a file, look at its rows, mend them, save them, undo that.

Somebody else's file is 404, and so is everything here for those who publish for nobody.
"""

from __future__ import annotations

from typing import Any, Final

from celery import Task
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRefresh

from kopa.accounts.requests import SignedInRequest
from kopa.base import spreadsheets
from kopa.base.errors import RuleBroken
from kopa.base.lists import list_page
from kopa.base.names import reader_language
from offerings import tasks
from offerings.imports import checking, services, showing, template
from offerings.imports.columns import BY_NAME
from offerings.imports.errors import RowChanged
from offerings.imports.forms import RowForm, UploadForm, VerdictForm
from offerings.imports.rows import digest
from offerings.models import ImportRow, ImportRun, ImportState, Verdict
from providers.models import Organisation
from providers.rules import organisations_published_for

PAGE_SIZE: Final = 50
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@login_required
@require_http_methods(["GET", "POST"])
def imports(request: SignedInRequest) -> HttpResponse:
    hosts = _hosts(request)
    form = UploadForm(request.POST or None, request.FILES or None, hosts=hosts)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            run = services.bring(
                provider=form.cleaned_data["provider"],
                by=request.user,
                file_name=upload.name,
                content=upload.read(),
                language=reader_language(),
            )
        except RuleBroken as refused:
            form.add_error(None, str(refused))
        else:
            _set_going(tasks.check_import, run)
            return redirect("offerings:import", pk=run.pk)
    runs = ImportRun.objects.filter(provider__in=hosts).select_related("provider", "by")
    page = list_page(request, runs, size=PAGE_SIZE)
    return render(request, "offerings/imports/list.html", {"form": form, "page": page, "hosts": hosts})


@login_required
@require_GET
def import_file(request: SignedInRequest, pk: int) -> HttpResponse:
    run = _own_run(request, pk)
    if run.is_under_way:
        progress = checking.progress(run)
        return render(request, "offerings/imports/under_way.html", {"run": run, "progress": progress})
    if request.htmx:  # type: ignore[attr-defined]  # the page that follows the work: it is done
        return HttpResponseClientRefresh()
    form = VerdictForm(request.GET)
    form.is_valid()
    wanted = form.cleaned_data.get("verdict") or (Verdict.WRONG if run.wrong else "")
    rows = run.rows.select_related("offering")
    if wanted in Verdict.values:
        rows = rows.filter(verdict=wanted)
    page = list_page(request, rows, size=PAGE_SIZE, form=form)
    context = {
        "run": run,
        "page": page,
        "first_wrong": run.rows.filter(verdict=Verdict.WRONG).values_list("number", flat=True).first(),
        "rows": showing.shown_rows(run, page.rows),
        "wanted": wanted,
        "verdicts": [(one, getattr(run, one.value)) for one in Verdict],
        "headings": [BY_NAME[name].heading() for name in run.columns],
        "undone_until": services.undone_until(run),
        "saved": showing.saved(run) if run.state == ImportState.ACCEPTED else None,
        **_undone(run),
    }
    return render(request, "offerings/imports/file.html", context)


def _undone(run: ImportRun) -> dict[str, int]:
    """How many rows were undone, and how many could not be."""
    if run.state != ImportState.UNDONE:
        return {}
    kept = run.rows.exclude(kept_because="").count()
    return {"undone": run.rows.filter(version_after__isnull=False).count() - kept, "kept": kept}


@login_required
@require_http_methods(["GET", "POST"])
def import_row(request: SignedInRequest, pk: int, number: int) -> HttpResponse:
    run = _own_run(request, pk)
    row = get_object_or_404(ImportRow, run=run, number=number)
    if run.state != ImportState.CHECKED:
        return redirect("offerings:import", pk=pk)
    form = None
    if request.method == "POST":
        form = RowForm(request.POST, run=run, row=row)
        form.is_valid()
        seen = request.POST.get("seen", "")
        try:
            row = services.mend(run_id=pk, number=number, cells=form.cells(), seen=seen)
        except RuleBroken as refused:
            # What was typed stays; nothing is saved.
            form.add_error(None, str(refused))
            if isinstance(refused, RowChanged):
                form.tell_what_stands(row)
        else:
            form = None
            run.refresh_from_db()
            if row.verdict != Verdict.WRONG:
                return _after_mending(request, run, number)
    context = {
        "run": run,
        "row": row,
        "form": form or RowForm(run=run, row=row),
        "seen": digest(row.cells),
        "called": showing.called(row),
        **_among_wrong(run, number),
    }
    return render(request, "offerings/imports/row.html", context)


def _after_mending(request: SignedInRequest, run: ImportRun, number: int) -> HttpResponse:
    """To the next wrong row, after the last one to the first; to the file when none is left."""
    following = _among_wrong(run, number)["following"]
    if following is None:
        messages.success(request, _("Row %(row)s is right now. No row is wrong any more.") % {"row": number})
        return redirect("offerings:import", pk=run.pk)
    left = ngettext(
        "Row %(row)s is right now; %(left)s wrong row is left.",
        "Row %(row)s is right now; %(left)s wrong rows are left.",
        run.wrong,
    )
    messages.success(request, left % {"row": number, "left": run.wrong})
    return redirect("offerings:import_row", pk=run.pk, number=following)


def _among_wrong(run: ImportRun, number: int) -> dict[str, int | None]:
    """Which of the wrong rows it is, of how many, and where the one before and the one after are."""
    wrong = list(run.rows.filter(verdict=Verdict.WRONG).values_list("number", flat=True))
    others = [one for one in wrong if one != number]
    after = [one for one in others if one > number]
    return {
        "place": wrong.index(number) + 1 if number in wrong else None,
        "of": len(wrong),
        "before": max((one for one in others if one < number), default=None),
        "following": after[0] if after else (others[0] if others else None),
    }


@login_required
@require_POST
def import_act(request: SignedInRequest, pk: int) -> HttpResponse:
    """The pressed button: save, undo, judge everything again, or discard the file."""
    run = _own_run(request, pk)
    act = request.POST.get("act", "")
    try:
        if act == "save":
            services.order_saving(run_id=pk, by=request.user)
            _set_going(tasks.save_import, run)
        elif act == "undo":
            services.order_undoing(run_id=pk, by=request.user)
            _set_going(tasks.undo_import, run)
        elif act == "check":
            services.order_checking(run_id=pk)
            _set_going(tasks.check_import, run)
        elif act == "discard":
            services.discard(run_id=pk, by=request.user)
            messages.success(request, _("%(file)s is discarded.") % {"file": run.file_name})
            return redirect("offerings:imports")
    except RuleBroken as refused:
        messages.error(request, str(refused))
    return redirect("offerings:import", pk=pk)


@login_required
@require_GET
def import_wrong(request: SignedInRequest, pk: int) -> StreamingHttpResponse:
    """The wrong rows as a file to mend and bring again, with what is wrong in the last column."""
    run = _own_run(request, pk)
    headings = [*(BY_NAME[name].heading() for name in run.columns), _("What is wrong")]
    wrong = run.rows.filter(verdict=Verdict.WRONG).only("cells", "errors").iterator()
    # Excel of our countries divides by semicolons.
    return spreadsheets.download(
        f"kopa-{run.pk}", headings, (_with_what_is_wrong(run, row) for row in wrong), delimiter=";"
    )


def _with_what_is_wrong(run: ImportRun, row: ImportRow) -> list[str]:
    said = "; ".join(sentence for sentences in row.errors.values() for sentence in sentences)
    return [*(row.cells.get(name, "") for name in run.columns), said]


@login_required
@require_GET
def import_template(request: SignedInRequest) -> HttpResponse:
    _hosts(request)
    answer = HttpResponse(template.workbook(), content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="kopa-{reader_language()}.xlsx"'
    return answer


def _set_going(task: Task, run: ImportRun) -> None:
    """In the background, once what was ordered is written; a broker that is away loses nothing: see tasks."""
    transaction.on_commit(lambda: task.delay(run.pk), robust=True)


def _hosts(request: SignedInRequest) -> list[Organisation]:
    hosts = list(organisations_published_for(request.user, on=timezone.localdate()).by_name())
    if not hosts:
        raise Http404
    return hosts


def _own_run(request: SignedInRequest, pk: int) -> ImportRun:
    own: Any = organisations_published_for(request.user, on=timezone.localdate())
    return get_object_or_404(ImportRun.objects.select_related("provider", "by"), pk=pk, provider__in=own)
