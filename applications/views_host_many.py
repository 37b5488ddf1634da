"""The provider's acts on many: first what they would do, then they are done; and the selection."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_http_methods

from applications import services
from applications.cases import Case, cases, queue_numbers
from applications.errors import OwnMatter
from applications.forms_host import DayForm, TitleForm
from applications.host_requests import note_reading, official_of, own_course, said, title_of
from applications.models import Application, Selection
from applications.models.reading import Where
from applications.priorities import priority_groups
from applications.querysets import ApplicationQuerySet
from applications.services.deciding import Official
from applications.services.many import Line
from applications.services.selecting import lot_of
from applications.states import UNDECIDED, ApplicationStatus, Turn
from kopa.accounts.requests import SignedInRequest
from kopa.base import writing
from kopa.base.db import saying_busy
from kopa.base.errors import RuleBroken
from kopa.base.parameters import whole_number
from offerings import windows
from offerings.models import Offering, SelectionRule

MOST: Final = 500  # at once


@dataclass(frozen=True, slots=True)
class ManyAct:
    """An act on many: what it is called, whom it is offered for."""

    label: str | Promise
    hint: str | Promise
    offered_for: Callable[[ApplicationQuerySet], ApplicationQuerySet]
    done: Callable[[int], str]


def _ready(rows: ApplicationQuerySet) -> ApplicationQuerySet:
    """The host's turn, undecided, and nothing is waited for."""
    undecided = rows.whose_turn_is(Turn.HOST).exclude(status=ApplicationStatus.ACCEPTED)
    return undecided.with_statement_in()


def _to_receive(rows: ApplicationQuerySet) -> ApplicationQuerySet:
    """Where the selection admits, the reception alone is decided on."""
    return _ready(rows).filter(receptiondecision__isnull=True)


def _accepted(rows: ApplicationQuerySet) -> ApplicationQuerySet:
    return rows.filter(status=ApplicationStatus.ACCEPTED)


def _undecided(rows: ApplicationQuerySet) -> ApplicationQuerySet:
    """In the queue, or on a place that is not offered any more either."""
    return rows.filter(status__in=UNDECIDED)


def _decided(number: int) -> str:
    return ngettext("%(n)s applicant decided on.", "%(n)s applicants decided on.", number) % {
        "n": writing.number(number)
    }


def _enrolled(number: int) -> str:
    return ngettext("%(n)s student enrolled.", "%(n)s students enrolled.", number) % {
        "n": writing.number(number)
    }


READ: Final = gettext_lazy(
    "Tick those whose application you have read: you decide on each of them as a named official."
)
RECEIVE: Final = ManyAct(pgettext_lazy("decision", "Receive"), READ, _to_receive, _decided)
ACTS: Final = {
    "decide": ManyAct(gettext_lazy("Receive and admit"), READ, _ready, _decided),
    "enrol": ManyAct(
        gettext_lazy("Enrol"),
        gettext_lazy("Tick those who have begun."),
        _accepted,
        _enrolled,
    ),
    "end": ManyAct(
        gettext_lazy("End the queue"),
        gettext_lazy(
            "Teaching began more than two weeks ago, and no place is offered any more. Those whom you tick"
            " are refused for that reason, in their own language and with how to appeal."
        ),
        _undecided,
        _decided,
    ),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One applicant as she is, and as she would be."""

    case: Case
    is_ticked: bool
    line: Line | None

    @property
    def is_refused(self) -> bool:
        return self.line is not None and bool(self.line.refused)

    @property
    def outcome(self) -> str:
        """What would become of her; empty where she is not ticked."""
        if self.line is None or self.line.refused:
            return self.line.refused if self.line else ""
        one = Case(self.line.application, self.case.now)
        return f"{self.line.application.get_status_display()}. {one.step}".strip()


@login_required
@require_http_methods(["GET", "POST"])
def together(request: SignedInRequest, pk: int, act: str) -> HttpResponse:
    """Choose, and see what would become of each; nothing leaves before ``do`` is pressed."""
    offering = own_course(request, pk)
    chosen_act = ACTS.get(act)
    if chosen_act is None:
        raise Http404
    if act == "decide" and offering.selection_rule != SelectionRule.REGISTRATION_ORDER:
        chosen_act = RECEIVE
    applied = Application.objects.filter(offering=offering).of_others_than(request.user)
    if act == "end" and services.takes_more(offering, timezone.now()):
        raise Http404
    rows = list(chosen_act.offered_for(applied).with_case().with_namesakes().in_queue_order()[:MOST])
    note_reading(request, rows, offering, Where.LIST)
    ticked = ticked_rows(request.POST)
    ids = [one.pk for one in rows if one.pk in ticked]
    form = _form(request, act, offering)
    lines: list[Line] = []
    asked = request.method == "POST"
    if asked and ids and form.is_valid():
        run = partial(_run, act, offering, ids, form, request)
        if "do" in request.POST:
            return done(request, offering, chosen_act, run(is_kept=True))
        lines = run(is_kept=False)
    elif asked and not ids:
        messages.error(request, _("Tick at least one."))
    outcomes = {line.asked: line for line in lines}
    listed = cases(rows, now=timezone.now(), numbers=queue_numbers(offering.pk))
    context = {
        "offering": offering,
        "act": chosen_act,
        "form": form,
        "rows": [
            Row(one, one.application.pk in ticked or not asked, outcomes.get(one.application.pk))
            for one in listed
        ],
        "is_preview": bool(lines),
        "good": [line for line in lines if not line.refused],
    }
    return render(request, "applications/host_together.html", context)


def ticked_rows(given: QueryDict) -> set[int]:
    rows = map(whole_number, given.getlist("row"))
    return {one for one in rows if one is not None}


def _form(request: SignedInRequest, act: str, offering: Offering) -> TitleForm | DayForm:
    data = request.POST if request.method == "POST" else None
    if act == "enrol":
        return DayForm(data, starts_on=offering.starts_on, today=timezone.localdate())
    return TitleForm(data, initial={"title": title_of(request.user)})


def _run(
    act: str, offering: Offering, ids: Sequence[int], form: TitleForm | DayForm, request: SignedInRequest,
    *, is_kept: bool,
) -> list[Line]:  # fmt: skip
    title = form.cleaned_data.get("title", "")
    by = official_of(request.user, offering, title=title, on=timezone.localdate())
    if act == "enrol":
        on: dt.date = form.cleaned_data["on"]
        return services.enrol_all(
            offering=offering, application_ids=ids, by=by, on=on, is_kept=is_kept
        )
    run = services.end_queue if act == "end" else services.decide_on
    return run(offering=offering, application_ids=ids, by=by, is_kept=is_kept)


def done(
    request: SignedInRequest, offering: Offering, act: ManyAct, lines: Sequence[Line]
) -> HttpResponse:
    good = [line for line in lines if not line.refused]
    if good:
        messages.success(request, act.done(len(good)))
    for line in lines:
        if line.refused:
            who = Case(line.application, timezone.now()).who
            messages.error(request, f"{who}, {line.application.reference}: {line.refused}")
    return redirect("applications:host_course", pk=offering.pk)


# The selection


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody stands in the selection and why: group, score, lot, time (R-CAP-5)."""

    number: int
    case: Case
    is_offered: bool
    lot: int | None
    group: str | Promise


@login_required
@require_http_methods(["GET", "POST"])
def selection(request: SignedInRequest, pk: int) -> HttpResponse:
    offering = own_course(request, pk)
    if offering.selection_rule == SelectionRule.REGISTRATION_ORDER:
        raise Http404
    form = TitleForm(
        request.POST if request.method == "POST" else None, initial={"title": title_of(request.user)}
    )
    title = form.cleaned_data["title"] if form.is_bound and form.is_valid() else ""
    by = official_of(request.user, offering, title=title, on=timezone.localdate())
    if request.method == "POST" and form.is_valid():
        return _select(request, offering, by)
    places, not_ready = _previewed(request, offering, by)
    run = Selection.objects.filter(offering=offering).first()
    context = {
        "offering": offering,
        "form": form,
        "run": run,
        "is_closed": windows.is_closed(offering, timezone.now()),
        "draws_later": offering.selection_rule == SelectionRule.LOTTERY and run is None,
        "draws": offering.selection_rule == SelectionRule.LOTTERY,
        "has_groups": bool(priority_groups(offering).groups),
        "source": priority_groups(offering).source,
        "places": places,
        "not_ready": not_ready,
    }
    return render(request, "applications/host_selection.html", context)


def _select(request: SignedInRequest, offering: Offering, by: Official) -> HttpResponse:
    try:
        with saying_busy():
            outcome = services.run_selection(offering_id=offering.pk, by=by)
    except RuleBroken as refused:
        messages.error(request, said(refused))
    else:
        sentence = _("The selection is made: %(offered)s offered a place, %(waiting)s in the queue.")
        numbers = {
            "offered": writing.number(len(outcome.offered)),
            "waiting": writing.number(len(outcome.waiting)),
        }
        messages.success(request, sentence % numbers)
    return redirect("applications:host_selection", pk=offering.pk)


def _previewed(
    request: SignedInRequest, offering: Offering, by: Official
) -> tuple[list[Place], list[Case]]:
    """What the selection would do now; before it may be made nothing but who is not ready."""
    try:
        outcome = services.selection_preview(offering_id=offering.pk, by=by)
    except OwnMatter as refused:
        messages.error(request, str(refused))
        return [], []
    except RuleBroken:
        return [], []
    now = timezone.now()
    rows = Application.objects.filter(offering=offering).with_case().in_queue_order()
    rows = rows.filter(pk__in=[*outcome.offered, *outcome.waiting, *outcome.not_ready])
    found = {one.pk: Case(one, now) for one in rows}
    note_reading(request, [one.application for one in found.values()], offering, Where.LIST)
    run = Selection.objects.filter(offering=offering).first()
    groups = priority_groups(offering)
    order = [*outcome.offered, *outcome.waiting]
    if run is None and offering.selection_rule == SelectionRule.LOTTERY:
        order.sort()  # the lots of a preview are thrown away: nobody learns an order from them
    places = [
        Place(
            number,
            found[pk],
            pk in outcome.offered,
            _lot(run, found[pk].application),
            groups.name_of(found[pk].application.priority_group),
        )
        for number, pk in enumerate(order, start=1)
    ]
    return places, [found[pk] for pk in outcome.not_ready]


def _lot(run: Selection | None, application: Application) -> int | None:
    """Drawn or to be drawn with the stored seed; before the first run there is none."""
    if run is None or application.offering.selection_rule != SelectionRule.LOTTERY:
        return None
    return lot_of(run.seed, application)
