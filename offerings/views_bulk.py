"""The desk's acts on many courses: choose, look at what would change, do it, see what came of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from kopa.accounts.requests import SignedInRequest
from kopa.base.db import Busy
from offerings import rules
from offerings.errors import DoneAlready
from offerings.forms.together import ChosenForm, ReasonForm, ShiftForm
from offerings.models import ActTogether, Offering, Together
from offerings.querysets import OfferingQuerySet
from offerings.services.dates import Shift
from offerings.services.together import carry_out
from offerings.table import OwnTable
from offerings.together import MOST, opened, preview


@login_required
@require_http_methods(["GET", "POST"])
def together(request: SignedInRequest) -> HttpResponse:
    if not rules.may_publish_something(request.user, on=timezone.localdate()):
        raise PermissionDenied
    return _do(request) if request.method == "POST" else _show(request)


def _show(request: SignedInRequest, reason: ReasonForm | None = None) -> HttpResponse:
    """What the act would change. Nothing is changed yet. ``reason`` where the typed one was too long."""
    table = OwnTable(request)
    chosen = ChosenForm(request.GET)
    if not chosen.is_valid():
        return _back(request, table, _("Choose what is to be done."))
    rows = _rows(table, chosen)
    number = rows.count()
    act = Together(chosen.cleaned_data["act"])
    if number == 0:
        return _back(request, table, _("Choose courses first: tick their rows."))
    if number > MOST[act]:
        sentence = _("%(number)s courses are too many at once: narrow them to %(most)s or fewer.")
        return _back(request, table, sentence % {"number": number, "most": MOST[act]})
    context: dict[str, Any] = {"act": act, "number": number, "back": _list(table), "table": table}
    shift: Shift | None = None
    if act == Together.SHIFT:
        form = ShiftForm(request.GET if "number" in request.GET else None)
        names = set(form.fields)
        context |= {
            "form": form,
            "kept": [(name, one) for name, many in request.GET.lists() if name not in names for one in many],
        }
        if not form.is_valid():
            return render(request, "offerings/together.html", context)
        shift = form.shift()
    shown = preview(act, list(rows), by=request.user, now=table.now, shift=shift)
    context |= {
        "shown": shown,
        "sealed": shown.sealed(by=request.user),
        "reason": reason or ReasonForm(),
    }
    return render(request, "offerings/together.html", context)


def _rows(table: OwnTable, chosen: ChosenForm) -> OfferingQuerySet:
    if chosen.cleaned_data["all"]:
        return table.rows
    return table.mine.filter(pk__in=chosen.rows())


def _list(table: OwnTable) -> str:
    return reverse("offerings:own") + (f"?{table.query}" if table.query else "")


def _back(request: SignedInRequest, table: OwnTable, sentence: str) -> HttpResponse:
    messages.error(request, sentence)
    return redirect(_list(table))


def _do(request: SignedInRequest) -> HttpResponse:
    plan = opened(request.POST.get("plan", ""), by=request.user)
    if plan is None:
        messages.error(request, _("The preview is too old. Choose the courses again; nothing was changed."))
        return redirect("offerings:own")
    reason = ReasonForm(request.POST)
    if not reason.is_valid():
        return _show(request, reason)
    own = Offering.objects.editable_by(request.user, on=timezone.localdate())
    may = set(own.filter(pk__in=plan.versions).values_list("pk", flat=True))
    try:
        carry_out(plan, by=request.user, may=may, reason=reason.cleaned_data["reason"])
    except DoneAlready:
        pass
    except Busy as busy:
        messages.error(request, str(busy))
        return redirect("offerings:own")
    return redirect("offerings:together_done", mark=plan.mark)


@login_required
@require_GET
def together_done(request: SignedInRequest, mark: UUID) -> HttpResponse:
    """What came of an act of one's own; somebody else's is 404."""
    found = get_object_or_404(ActTogether, pk=mark, by=request.user)
    concerned = {pk for pair in found.done for pk in pair if pk} | {pk for pk, _why in found.refused}
    own = Offering.objects.editable_by(request.user, on=timezone.localdate()).select_related("provider")
    offerings = own.in_bulk(concerned)
    context = {
        "found": found,
        "done": [(offerings[pk], offerings.get(new)) for pk, new in found.done if pk in offerings],
        "refused": [(offerings.get(pk), why) for pk, why in found.refused],
        "said": _said(found),
    }
    return render(request, "offerings/together_done.html", context)


def _said(found: ActTogether) -> str:
    number = len(found.done)
    sentences = {
        Together.CONFIRM: ngettext(
            "The places of %(number)s course are confirmed.",
            "The places of %(number)s courses are confirmed.",
            number,
        ),
        Together.CLOSE: ngettext(
            "Applications to %(number)s course are closed.",
            "Applications to %(number)s courses are closed.",
            number,
        ),
        Together.SHIFT: ngettext(
            "The dates of %(number)s course are moved.", "The dates of %(number)s courses are moved.", number
        ),
        Together.COPY: ngettext(
            "%(number)s course is copied as a draft.", "%(number)s courses are copied as drafts.", number
        ),
    }
    return sentences[Together(found.act)] % {"number": number}
