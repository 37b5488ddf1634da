"""What the host does to many applications at once: each by itself, each refused by itself.

``is_kept`` False: what would become of each. No letter leaves.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from applications.days import host_day
from applications.host_grounds import NO_PLACES, appeal_text, ground_text
from applications.models import Application, Cause
from applications.services import acts
from applications.services.deciding import Official, Refusal, admit, receive, refuse
from applications.services.studying import enrol
from applications.services.transferring import accept_transfer, offer_transfer
from applications.steps import reception_of
from kopa.base.db import Busy, saying_busy
from kopa.base.errors import RuleBroken
from offerings.models import Offering, SelectionRule

Act = Callable[[int], Application]


@dataclass(frozen=True, slots=True)
class Line:
    """What has become, or would become, of one of them."""

    application: Application
    refused: str = ""
    # Of whom it was asked; ``application`` may be another one, in another course.
    asked: int = 0


def decide_on(
    *, offering: Offering, application_ids: Iterable[int], by: Official, is_kept: bool = True,
    now: dt.datetime | None = None,
) -> list[Line]:  # fmt: skip
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

    return _each(offering, application_ids, decide, is_kept=is_kept)


def enrol_all(
    *, offering: Offering, application_ids: Iterable[int], by: Official, on: dt.date,
    is_kept: bool = True, now: dt.datetime | None = None,
) -> list[Line]:  # fmt: skip
    """Each who has accepted a place has begun on the day."""
    moment = now or timezone.now()

    def begin(pk: int) -> Application:
        return enrol(application_id=pk, by=by, on=on, now=moment)

    return _each(offering, application_ids, begin, is_kept=is_kept)


def end_queue(
    *, offering: Offering, application_ids: Iterable[int], by: Official, is_kept: bool = True,
    now: dt.datetime | None = None,
) -> list[Line]:  # fmt: skip
    """No place is offered any more (R-CAP-8): those who still wait are refused for that reason, by the
    official named, in their language.
    """
    moment = now or timezone.now()

    def end(pk: int) -> Application:
        application = Application.objects.select_related("offering__provider").get(pk=pk)
        is_admission = reception_of(application) is not None
        text = ground_text(application, NO_PLACES.code, is_admission=is_admission)
        appeal = appeal_text(application, is_admission=is_admission, on=host_day(offering, moment))
        refusal = Refusal(ground=NO_PLACES.code, text=text, appeal=appeal)
        return refuse(application_id=pk, by=by, refusal=refusal, now=moment)

    return _each(offering, application_ids, end, is_kept=is_kept)


def offer_transfers(
    *, offering: Offering, application_ids: Iterable[int], to: Offering, cause: Cause, by: Official,
    now: dt.datetime | None = None,
) -> list[Line]:  # fmt: skip
    """Each is asked whether she moves to the other course."""

    def ask(pk: int) -> Application:
        return offer_transfer(application_id=pk, to=to, cause=cause, by=by, now=now).application

    return _each(offering, application_ids, ask)


def transfer_all(
    *, offering: Offering, application_ids: Iterable[int], to: Offering, cause: Cause, by: Official,
    now: dt.datetime | None = None,
) -> list[Line]:  # fmt: skip
    """As if each were asked and said yes, in the queue's order: for ``as_if`` alone.

    Both courses are locked first, in the order in which applicants lock them: neither waits for the other.
    """
    acts.lock_courses([offering.pk, to.pk])

    def move(pk: int) -> Application:
        asked = offer_transfer(application_id=pk, to=to, cause=cause, by=by, now=now)
        person = asked.application.learner.person
        return accept_transfer(transfer_id=asked.pk, by=person, to_queue=True, now=now)

    return _each(offering, application_ids, move)


def as_if(act: Callable[[], list[Line]]) -> list[Line]:
    """What the act would do at this moment: it is done and taken back. No letter leaves.

    For an act in which each finds what those before her have left; it holds its courses until the end.
    """
    with transaction.atomic():
        lines = act()
        transaction.set_rollback(True)
    return lines


def _each(
    offering: Offering, application_ids: Iterable[int], act: Act, *, is_kept: bool = True
) -> list[Line]:
    """Each in a transaction of its own; where it is not kept it is done and taken back. Either way nobody
    waits for the course longer than for the act on one.
    """
    lines, busy = [], ""  # whoever holds the course is waited for once, not for each
    rows = Application.objects.filter(offering=offering, pk__in=set(application_ids)).in_queue_order()
    for pk in list(rows.values_list("pk", flat=True)):
        refused = busy
        try:
            if not busy:
                lines.append(_one(pk, act, is_kept=is_kept))
                continue
        except Busy as refusal:
            refused = busy = str(refusal)
        except RuleBroken as refusal:
            refused = str(refusal)
        lines.append(Line(Application.objects.with_case().get(pk=pk), refused, pk))
    return lines


def _one(pk: int, act: Act, *, is_kept: bool) -> Line:
    with saying_busy(), transaction.atomic():
        line = Line(Application.objects.with_case().get(pk=act(pk).pk), asked=pk)
        if not is_kept:
            transaction.set_rollback(True)
    return line
