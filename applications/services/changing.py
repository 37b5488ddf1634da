"""A course changes after people have applied: they are told, and may leave and owe nothing (R-APP-6)."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, IntegerField, OuterRef, Q, QuerySet
from django.db.models.functions import Cast

from applications import letters as notices
from applications.days import host_day
from applications.models import Application, CourseChange
from applications.states import LIVE
from kopa.audit.models import AuditEvent
from kopa.base.db import one_at_a_time
from kopa.base.working_days import end_of
from offerings.models import Offering
from offerings.states import GIVEN

# What an applicant has relied on: dates, site, mode, price basis.
RELIED_ON: Final = ("starts_on", "ends_on", "sites", "mode", "price_basis")
TARGET: Final = "offerings.offering"
# Whatever was not told by then never is: a worker has been away for so long that somebody has noticed.
LOOKED_BACK: Final = dt.timedelta(days=7)


def changes_to_tell(*, now: dt.datetime) -> QuerySet[AuditEvent]:
    """Entries of the journal that applicants have not been told of."""
    applied = Application.objects.filter(
        _there_before(OuterRef("at")), offering=OuterRef("offering_id"), offering__status__in=GIVEN,
        status__in=LIVE,
    )  # fmt: skip
    told = CourseChange.objects.filter(event_id=OuterRef("pk"))
    rows = AuditEvent.objects.filter(
        target=TARGET, at__gt=now - LOOKED_BACK, changes__has_any_keys=list(RELIED_ON)
    )
    named = rows.annotate(offering_id=Cast("target_id", IntegerField()))
    return named.filter(Exists(applied), ~Exists(told)).order_by("pk")


def courses_with_changes(*, now: dt.datetime) -> QuerySet[Any, Any]:
    """The ids of the courses that those are about."""
    rows: QuerySet[Any, Any] = changes_to_tell(now=now).order_by()
    return rows.values("offering_id")


@transaction.atomic
def tell_of_changes(offering_id: int, *, now: dt.datetime) -> int:
    """Every applicant of before the change gets a letter, and nobody waits for the course meanwhile. How many
    changes.
    """
    one_at_a_time(f"changes {offering_id}")
    offering = Offering.objects.select_related("provider").get(pk=offering_id)
    events = list(changes_to_tell(now=now).filter(target_id=offering_id))
    for event in events:
        CourseChange.objects.create(
            offering=offering, event_id=event.pk, changes=_relied_on(event), changed_at=event.at,
            free_until=_free_until(offering, event.at),
        )  # fmt: skip
        rows = Application.objects.filter(offering=offering).live().filter(_there_before(event.at))
        for application in rows.select_related("learner__person").order_by("pk"):
            application.offering = offering
            notices.changed(application)
    return len(events)


def there_since(application: Application) -> dt.datetime:
    """When she came to this course: who was moved here has relied on nothing of before, whatever time of
    sending she keeps (R-APP-10).
    """
    moved = application.transferred_from.ended_at if application.transferred_from else None
    return moved or application.submitted_at


def _there_before(moment: dt.datetime | OuterRef) -> Q:
    """``there_since`` for many."""
    sent = Q(transferred_from__isnull=True, submitted_at__lt=moment)
    return sent | Q(transferred_from__ended_at__lt=moment)


def open_change(application: Application, *, now: dt.datetime) -> CourseChange | None:
    """The change because of which the applicant may leave at this moment without owing anything."""
    rows = CourseChange.objects.filter(
        offering=application.offering_id, changed_at__gt=there_since(application), free_until__gte=now
    )
    return rows.order_by("-free_until").first()


def _relied_on(event: AuditEvent) -> dict[str, list[Any]]:
    return {name: event.changes[name] for name in RELIED_ON if name in event.changes}


def _free_until(offering: Offering, changed_at: dt.datetime) -> dt.datetime:
    """The closing hour of the last day, by the host's clock."""
    last = host_day(offering, changed_at) + dt.timedelta(days=settings.FREE_WITHDRAWAL_DAYS)
    return end_of(last, offering.country)
