"""The selection (R-CAP-5): applicants are put in order, places offered, the rest stand in the queue."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from applications.allotting import Candidate, allot
from applications.errors import OwnMatter, SelectionNotNeeded, SelectionNotYet
from applications.models import Application, Selection
from applications.services import acts
from applications.services.deciding import Official
from applications.services.filling import fill, free_sources, takes_more
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
    _refuse_selection(offering, by, moment)
    run = _selection(offering, by, moment)
    ready = Application.objects.filter(offering=offering).ready_for_selection()
    for pk in list(ready.values_list("pk", flat=True)):
        application = acts.lock_application(pk, offering)
        draws = offering.selection_rule == SelectionRule.LOTTERY
        lot = lot_of(run.seed, application) if draws else application.lot
        acts.move(application, "put_in_queue", lot=lot, **by.acting)
    offered = fill(offering, now=moment)
    waiting = Application.objects.queue(offering.pk).values_list("pk", flat=True)
    return Outcome(offered, list(waiting), _not_yet(offering))


def selection_preview(*, offering_id: int, by: Official, now: dt.datetime | None = None) -> Outcome:
    """What ``run_selection`` would do at the moment, reckoned by the same order and ``allot``: nothing is
    locked, so that whoever looks holds up nobody. Raises what ``run_selection`` does.
    """
    moment = now or timezone.now()
    offering = Offering.objects.select_related("provider").get(pk=offering_id)
    _refuse_selection(offering, by, moment)
    order = _order(offering)
    sources = free_sources(offering) if takes_more(offering, moment) else []
    queue = (Candidate(one.pk, one.home_municipality_id) for one in order)
    offered = [place.application for place in allot(sources, queue, offering.precedence)]
    chosen, here = set(offered), {one.pk for one in order}
    waiting = [one.pk for one in order if one.pk not in chosen]
    return Outcome(offered, waiting, [pk for pk in _not_yet(offering) if pk not in here])


def _order(offering: Offering) -> list[Application]:
    """Who waits and who is ready to, as the queue would be: with the lots that the selection would draw."""
    ready = Application.objects.filter(offering=offering).ready_for_selection().order_by()
    both = Q(pk__in=ready.values("pk")) | Q(status=ApplicationStatus.WAITING)
    order = list(Application.objects.filter(both, offering=offering).in_queue_order())
    if offering.selection_rule != SelectionRule.LOTTERY:
        return order
    run = Selection.objects.filter(offering=offering).first()
    seed = run.seed if run is not None else secrets.randbits(62)
    for one in order:
        if one.status == ApplicationStatus.SUBMITTED:
            one.lot = lot_of(seed, one)
    return sorted(order, key=_place)


def _place(one: Application) -> tuple[Any, ...]:
    """``in_queue_order`` as far as the lot; of equals the database has said who is first."""
    group, score, lot = one.priority_group, one.score, one.lot
    said = [(value is None, value or 0) for value in (group, -score if score is not None else None, lot)]
    return one.is_late, one.is_outside, *said


def _not_yet(offering: Offering) -> list[int]:
    others = Application.objects.filter(offering=offering, status=ApplicationStatus.SUBMITTED)
    return list(others.order_by("pk").values_list("pk", flat=True))


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


def _refuse_selection(offering: Offering, by: Official, now: dt.datetime) -> None:
    if offering.selection_rule == SelectionRule.REGISTRATION_ORDER:
        raise SelectionNotNeeded
    if not windows.is_closed(offering, now):
        raise SelectionNotYet
    own = Application.objects.of(by.person).filter(offering=offering, status__in=UNDECIDED)
    if own.exists():
        raise OwnMatter
