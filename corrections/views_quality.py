"""How whole the data is: for all of it and for one organisation, with the lists of what is to be mended."""

from __future__ import annotations

from typing import Final

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from corrections import quality, rules
from corrections.models import ErrorReport
from corrections.quality import BY_CODE, Kind, Scope
from kopa.accounts.requests import SignedInRequest
from kopa.base.lists import list_page
from kopa.base.spreadsheets import download
from pilots.rules import may_edit_groups
from providers.models import Organisation
from providers.rules import organisations_published_for

PAGE_SIZE: Final = 50


@login_required
@require_GET
def whole(request: SignedInRequest) -> HttpResponse:
    """All data for those who see it; others are led to their own organisation's."""
    today = timezone.localdate()
    own = list(rules.quality_organisations(request.user, on=today).by_name())
    if rules.may_see_quality_of_all(request.user, on=today):
        return _page(request, _scope(request, None), own)
    if not own:
        raise PermissionDenied
    if len(own) == 1:
        return redirect("corrections:quality_of", pk=own[0].pk)
    return render(request, "corrections/quality_choice.html", {"organisations": own})


@login_required
@require_GET
def of_organisation(request: SignedInRequest, pk: int) -> HttpResponse:
    return _page(request, _scope(request, _organisation(request, pk)), [])


@login_required
@require_GET
def kind_of_all(request: SignedInRequest, code: str) -> HttpResponse:
    _refuse_unless_whole(request)
    return _list(request, _kind(code), _scope(request, None))


@login_required
@require_GET
def kind_of_organisation(request: SignedInRequest, pk: int, code: str) -> HttpResponse:
    return _list(request, _kind(code), _scope(request, _organisation(request, pk)))


@login_required
@require_GET
def file_of_all(request: SignedInRequest, code: str) -> StreamingHttpResponse:
    _refuse_unless_whole(request)
    return _file(_kind(code), _scope(request, None))


@login_required
@require_GET
def file_of_organisation(request: SignedInRequest, pk: int, code: str) -> StreamingHttpResponse:
    return _file(_kind(code), _scope(request, _organisation(request, pk)))


def _refuse_unless_whole(request: SignedInRequest) -> None:
    if not rules.may_see_quality_of_all(request.user, on=timezone.localdate()):
        raise PermissionDenied


def _organisation(request: SignedInRequest, pk: int) -> Organisation:
    """404 for somebody else's: what is missing there is not their business."""
    organisation = get_object_or_404(Organisation, pk=pk)
    if not rules.may_see_quality_of(request.user, organisation, on=timezone.localdate()):
        raise Http404
    return organisation


def _scope(request: SignedInRequest, organisation: Organisation | None) -> Scope:
    today = timezone.localdate()
    editable = organisations_published_for(request.user, on=today).values_list("pk", flat=True)
    return Scope(
        timezone.now(),
        today,
        organisation,
        frozenset(editable),
        edits_groups=organisation is None and may_edit_groups(request.user, on=today),
    )


def _kind(code: str) -> Kind:
    if code not in BY_CODE:
        raise Http404
    return BY_CODE[code]


def _page(request: SignedInRequest, scope: Scope, own: list[Organisation]) -> HttpResponse:
    today = timezone.localdate()
    counted = [(one, _address(one.kind, scope)) for one in quality.counted(scope)]
    reports = ErrorReport.objects.visible_to(request.user, on=today).open()
    if scope.organisation:
        reports = reports.filter(organisation=scope.organisation)
    context = {
        "organisation": scope.organisation,
        "own": own,
        "to_mend": [(one, href) for one, href in counted if one.number],
        "whole": [one for one, _href in counted if not one.number],
        "reports": reports.count() if rules.may_see_some(request.user, on=today) else None,
        "may_see_all": scope.organisation is not None
        and rules.may_see_quality_of_all(request.user, on=today),
    }
    return render(request, "corrections/quality.html", context)


def _list(request: SignedInRequest, kind: Kind, scope: Scope) -> HttpResponse:
    page = list_page(request, kind.rows(scope), size=PAGE_SIZE)
    context = {
        "kind": kind,
        "organisation": scope.organisation,
        "page": page,
        "findings": quality.findings(kind, page.rows, scope),
        "file": _address(kind, scope, file=True),
        "back": _back(scope),
    }
    return render(request, "corrections/quality_list.html", context)


def _back(scope: Scope) -> str:
    if scope.organisation:
        return reverse("corrections:quality_of", args=[scope.organisation.pk])
    return reverse("corrections:quality")


def _address(kind: Kind, scope: Scope, *, file: bool = False) -> str:
    name = "quality_file" if file else "quality_kind"
    if scope.organisation:
        return reverse(f"corrections:{name}_of", args=[scope.organisation.pk, kind.code])
    return reverse(f"corrections:{name}", args=[kind.code])


def _file(kind: Kind, scope: Scope) -> StreamingHttpResponse:
    return download(f"kopa-{kind.code}", quality.HEADINGS, quality.table(kind, scope))
