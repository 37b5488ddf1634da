"""What the host does to many applications at once: each by itself, each refused by itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from applications.models import Application
from applications.services.deciding import Official, admit, receive
from applications.services.studying import enrol
from applications.steps import reception_of
from kopa.base.errors import RuleBroken
from offerings.models import Offering, SelectionRule

Act = Callable[[int], Application]


@dataclass(frozen=True, slots=True)
class Line:
    """What has become, or would become, of one of them."""

    application: Application
    refused: str = ""


def decide_on(
    *, offering: Offering, application_ids: Iterable[int], by: Official, now: dt.datetime | None = None
) -> list[Line]:
    """Each is received and, unless the course has a selection, admitted: by the official named, who has read
    them (R-APP-11). Whoever cannot be is left alone.
    """
    moment = now or timezone.now()
    by_registration = offering.selection_rule == SelectionRule.REGISTRATION_ORDER

    def decide(pk: int) -> Application:
        application = Application.objects.get(pk=pk)
        if reception_of(application) is None or not by_registration:
            application = receive(application_id=pk, by=by, now=moment)
        return admit(application_id=pk, by=by, now=moment) if by_registration else application

    return _each(offering, application_ids, decide)


def enrol_all(
    *, offering: Offering, application_ids: Iterable[int], by: Official, on: dt.date,
    now: dt.datetime | None = None,
) -> list[Line]:  # fmt: skip
    """Each who has accepted a place has begun on the day."""
    moment = now or timezone.now()
    return _each(
        offering, application_ids, lambda pk: enrol(application_id=pk, by=by, on=on, now=moment)
    )


def as_if(act: Callable[[], list[Line]]) -> list[Line]:
    """What the act would do at this moment: it is done and taken back. No letter leaves."""
    with transaction.atomic():
        lines = act()
        transaction.set_rollback(True)
    return lines


def _each(offering: Offering, application_ids: Iterable[int], act: Act) -> list[Line]:
    lines = []
    rows = Application.objects.filter(offering=offering, pk__in=set(application_ids)).in_queue_order()
    for pk in list(rows.values_list("pk", flat=True)):
        refused = ""
        try:
            with transaction.atomic():
                act(pk)
        except RuleBroken as refusal:
            refused = str(refusal)
        lines.append(Line(Application.objects.with_case().get(pk=pk), refused))
    return lines
