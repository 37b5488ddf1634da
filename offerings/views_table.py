"""The desk's table: one's own courses, narrowed, sorted, in the columns one wants; also as a file."""

from __future__ import annotations

from typing import Final

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kopa.accounts.requests import SignedInRequest
from kopa.base import spreadsheets
from kopa.base.lists import list_page
from offerings import rules
from offerings.desk import desk_rows
from offerings.imports import exporting
from offerings.models import Together
from offerings.table import OwnTable, choose_columns

PAGE_SIZE: Final = 50
# Filters that are folded away until one is used.
FOLDED: Final = ("provider", "form", "places", "missing", "due")


@login_required
@require_GET
def own(request: SignedInRequest) -> HttpResponse:
    table = _table(request)
    filters = table.filters
    page = list_page(request, table.rows, size=PAGE_SIZE, form=filters.form)
    context = {
        "table": table,
        "filters": filters,
        "page": page,
        "rows": desk_rows(page.rows, now=table.now),
        "hosts": table.hosts,
        "acts": Together.choices,
        "kept": QueryDict(table.query),
        "more": any(filters.form.cleaned_data.get(name) for name in FOLDED),
    }
    return render(request, "offerings/own.html", context)


@login_required
@require_POST
def columns(request: SignedInRequest) -> HttpResponse:
    """The columns that the person wants to see, from now on in this browser."""
    if not rules.may_publish_something(request.user, on=timezone.localdate()):
        raise PermissionDenied
    choose_columns(request, [] if "usual" in request.POST else request.POST.getlist("column"))
    query = QueryDict(request.POST.get("query", "")[:2000]).urlencode()
    return redirect(f"{reverse('offerings:own')}?{query}" if query else "offerings:own")


@login_required
@require_GET
def own_csv(request: SignedInRequest) -> StreamingHttpResponse:
    table = _table(request)
    listed = exporting.Listed(table.rows, exporting.columns_of(table, request.GET))
    return spreadsheets.download(_file_name(), listed.headings(), listed.texts())


@login_required
@require_GET
def own_xlsx(request: SignedInRequest) -> HttpResponse:
    table = _table(request)
    listed = exporting.Listed(table.rows, exporting.columns_of(table, request.GET))
    answer = HttpResponse(exporting.workbook(listed), content_type=exporting.XLSX)
    answer["Content-Disposition"] = f'attachment; filename="{_file_name()}.xlsx"'
    return answer


def _table(request: SignedInRequest) -> OwnTable:
    if not rules.may_publish_something(request.user, on=timezone.localdate()):
        raise PermissionDenied
    return OwnTable(request)


def _file_name() -> str:
    return f"kopa-{slugify(_('Our courses'))}-{timezone.localdate():%Y-%m-%d}"
