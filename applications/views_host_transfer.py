"""The provider offers another of its courses to those who have applied; first as if they all said yes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from applications import services
from applications.cases import cases, queue_numbers
from applications.forms_host_transfer import TransferForm
from applications.host_requests import note_reading, official_of, own_course, title_of
from applications.models import Application
from applications.models.reading import Where
from applications.querysets import ApplicationQuerySet
from applications.services.many import Line
from applications.views_host_many import ManyAct, Row, done, ticked_rows
from kopa.accounts.requests import SignedInRequest
from kopa.base import writing
from kopa.base.db import Busy, saying_busy
from offerings.models import Offering

# At once: what they would become holds both courses for as long as it takes to reckon all of them.
MOST: Final = 50


def _to_move(rows: ApplicationQuerySet) -> ApplicationQuerySet:
    """Live, and not asked already."""
    return rows.to_end_with_the_course()


def _offered(number: int) -> str:
    return ngettext(
        "Another course is offered to %(n)s applicant.",
        "Another course is offered to %(n)s applicants.",
        number,
    ) % {"n": writing.number(number)}


OFFER: Final = ManyAct(
    gettext_lazy("Offer another course"),
    gettext_lazy(
        "Each whom you tick is asked. Whoever says yes gets a place in the other course, or a number in its"
        " queue, before the present one is free; you receive and admit them there as the official named."
    ),
    _to_move,
    _offered,
)


@login_required
@require_http_methods(["GET", "POST"])
def transfer(request: SignedInRequest, pk: int) -> HttpResponse:
    offering = own_course(request, pk)
    applied = Application.objects.filter(offering=offering).of_others_than(request.user)
    asked = request.method == "POST"
    ticked = ticked_rows(request.POST if asked else request.GET)
    order = _in_order(OFFER.offered_for(applied), ticked)
    rows = list(applied.filter(pk__in=order[:MOST]).with_case().with_namesakes().in_queue_order())
    note_reading(request, rows, offering, Where.LIST)
    ids = [one.pk for one in rows if one.pk in ticked]
    form = TransferForm(
        request.POST if asked else None, offering=offering, user=request.user,
        initial={"title": title_of(request.user), "cause": request.GET.get("cause", "")},
    )  # fmt: skip
    lines: list[Line] = []
    if asked and ids and form.is_valid():
        run = partial(_run, request, offering, ids, form)
        if "do" in request.POST:
            return done(request, offering, OFFER, run(is_sent=True))
        lines = _as_if(request, partial(run, is_sent=False))
    elif asked and not ids:
        messages.error(request, _("Tick at least one."))
    outcomes = {line.asked: line for line in lines}
    listed = cases(rows, now=timezone.now(), numbers=queue_numbers(offering.pk))
    context = {
        "offering": offering,
        "act": OFFER,
        "form": form if form.fields["to"].choices else None,  # type: ignore[attr-defined]
        "rows": [
            Row(one, one.application.pk in ticked or not (asked or ticked), outcomes.get(one.application.pk))
            for one in listed
        ],
        "is_preview": bool(lines),
        "is_wide": True,
        "good": [line for line in lines if not line.refused],
        "most": MOST if len(order) > MOST else 0,
    }
    if context["form"] is None:
        messages.info(request, _("No other course of yours can take applicants of this one now."))
        return redirect("applications:host_course", pk=offering.pk)
    return render(request, "applications/host_together.html", context)


def _in_order(rows: ApplicationQuerySet, ticked: set[int]) -> list[int]:
    """Those who are ticked before the others, and all in the queue's order."""
    order = rows.in_queue_order().values_list("pk", flat=True)
    return sorted(order, key=lambda pk: pk not in ticked)


def _as_if(request: SignedInRequest, run: Callable[[], list[Line]]) -> list[Line]:
    """What would become of each; nothing where somebody else holds one of the courses."""
    try:
        with saying_busy():
            return services.as_if(run)
    except Busy as refused:
        messages.error(request, str(refused))
        return []


def _run(
    request: SignedInRequest, offering: Offering, ids: list[int], form: TransferForm, *, is_sent: bool
) -> list[Line]:
    """Offers, or what would become of everybody if all of them accepted now in the queue's order."""
    by = official_of(
        request.user, offering, title=form.cleaned_data["title"], on=timezone.localdate()
    )
    act = services.offer_transfers if is_sent else services.transfer_all
    return act(
        offering=offering, application_ids=ids, to=form.target, cause=form.cleaned_data["cause"], by=by
    )
