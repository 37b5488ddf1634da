"""The selection (R-CAP-5): applicants are put in order, places offered, the rest stand in the queue."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from applications.errors import OwnMatter, SelectionNotNeeded, SelectionNotYet
from applications.models import Application, Selection
from applications.services import acts
from applications.services.deciding import Official
from applications.services.filling import fill
from applications.states import UNDECIDED, ApplicationStatus
from offerings import windows
from offerings.models import Offering, SelectionRule
from offerings.services import acts as offering_acts


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a selection has done, or would do: who is offered a place, who waits, in order; and who is not
    ready to be selected.
    """

    offered: Sequence[int]
    waiting: Sequence[int]
    not_ready: Sequence[int]


@transaction.atomic
def run_selection(*, offering_id: int, by: Official, now: dt.datetime | None = None) -> Outcome:
    """Those who are received, and whose statement is in, stand in the queue by R-CAP-5, and every free place
    is offered in its order. Run again it draws the same lots: the same order, with those added who are ready
    since.

    Raises SelectionNotYet before applications have closed, SelectionNotNeeded in the order of registration,
    OwnMatter where the official takes part herself.
    """
    moment = now or timezone.now()
    offering = offering_acts.lock(offering_id)
    _refuse_selection(offering, moment)
    own = Application.objects.of(by.person).filter(offering=offering, status__in=UNDECIDED)
    if own.exists():
        raise OwnMatter
    run = _selection(offering, by, moment)
    ready = Application.objects.filter(offering=offering).ready_for_selection()
    for pk in list(ready.values_list("pk", flat=True)):
        application = acts.lock_application(pk, offering)
        draws = offering.selection_rule == SelectionRule.LOTTERY
        lot = lot_of(run.seed, application) if draws else application.lot
        acts.move(application, "put_in_queue", lot=lot, **by.acting)
    offered = fill(offering, now=moment)
    waiting = Application.objects.queue(offering.pk).values_list("pk", flat=True)
    others = Application.objects.filter(offering=offering, status=ApplicationStatus.SUBMITTED)
    return Outcome(offered, list(waiting), list(others.order_by("pk").values_list("pk", flat=True)))


def selection_preview(*, offering_id: int, by: Official, now: dt.datetime | None = None) -> Outcome:
    """What ``run_selection`` would do at the moment: it is done and taken back. No letter leaves."""
    with transaction.atomic():
        outcome = run_selection(offering_id=offering_id, by=by, now=now)
        transaction.set_rollback(True)
    return outcome


def lot_of(seed: int, application: Application) -> int:
    """The application's lot: the same at every run, whoever else takes part, and not to be guessed."""
    said = hashlib.sha256(f"{seed} {application.key}".encode()).digest()
    return int.from_bytes(said[:7], "big")


def _selection(offering: Offering, by: Official, now: dt.datetime) -> Selection:
    run, made = Selection.objects.get_or_create(
        offering=offering,
        defaults={"seed": secrets.randbits(62), "first_run_at": now, "run_at": now, "by": by.person,
                  "official_name": by.person.name, "official_title": by.title},
    )  # fmt: skip
    if not made:
        run.run_at, run.by, run.official_name, run.official_title = now, by.person, by.person.name, by.title
        run.save()
    return run


def _refuse_selection(offering: Offering, now: dt.datetime) -> None:
    if offering.selection_rule == SelectionRule.REGISTRATION_ORDER:
        raise SelectionNotNeeded
    if not windows.is_closed(offering, now):
        raise SelectionNotYet
