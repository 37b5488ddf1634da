"""What the calendar does to a course: it runs from its first day on and is completed when its last is over
(DOMAIN.md §3.6).

Until decisions on the start are made here, what is published starts by itself: R-START-1's tests and
R-START-3's cancelling wait for them. The students' own studies are ended by their host, one by one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Final

import structlog
from django.db import transaction
from django.utils import timezone

from kopa.audit import journal
from offerings.models import Offering
from offerings.querysets import OfferingQuerySet
from offerings.search import projection
from offerings.services import acts
from offerings.states import OFFERING

log = structlog.get_logger(__name__)
BATCH: Final = 500
Due = Callable[[dt.datetime], OfferingQuerySet]


def follow_the_days(*, now: dt.datetime) -> dict[str, int]:
    """Courses whose first day has come run; those whose last is over are completed, and run on where the
    host has moved it ahead since. How many; twice does nothing more, and days that were missed are caught up.

    So many at once in a transaction of their own. What somebody holds is left for the next time; a course
    that fails stops no other.
    """
    rows = Offering.objects
    return {
        "started": _each("start", rows.to_start, now),
        "resumed": _each("resume", rows.to_resume, now),
        "completed": _each("complete", rows.to_complete, now),
    }


def _each(verb: str, due: Due, now: dt.datetime) -> int:
    done, last = 0, 0
    while pks := list(due(now).filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        done += _together(verb, due, now, pks)
        last = pks[-1]
    return done


def _together(verb: str, due: Due, now: dt.datetime, pks: Sequence[int]) -> int:
    try:
        return _move(verb, due(now).filter(pk__in=pks))
    except Exception:
        if len(pks) == 1:
            log.exception("one of many failed", job="follow_the_days", verb=verb, pk=pks[0])
            return 0
        return sum(_together(verb, due, now, [pk]) for pk in pks)


@transaction.atomic
def _move(verb: str, due: OfferingQuerySet) -> int:
    """No new version: whoever has the form open goes on writing. What is looked at is asked again by
    PostgreSQL as it locks it.
    """
    free = due.order_by("pk").select_for_update(no_key=True, of=("self",), skip_locked=True)
    offerings = list(free.only("provider", "status"))
    pks = [one.pk for one in offerings]
    entries = []
    for one in offerings:
        before = acts.move(one, verb)
        entries.append(journal.entry(
            f"offering.{verb}", on=one, by=None, organisation_id=one.provider_id, from_state=before,
            to_state=one.status,
        ))  # fmt: skip
    Offering.objects.filter(pk__in=pks).update(
        status=OFFERING.steps[verb].target, updated_at=timezone.now()
    )
    journal.record_many(entries)
    projection.refresh(pks)
    return len(pks)
