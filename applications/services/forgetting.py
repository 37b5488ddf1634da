"""What has been kept long enough goes, with everything that belongs to it (R-PRIV-7)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Final

import structlog
from django.db import connection, transaction
from django.utils import timezone

from applications import archive, retention
from applications.models import Application, Attachment, HomeSource, Message, Reading
from applications.querysets import ApplicationQuerySet
from applications.retention import Rule
from applications.services import acts, answer_links, attaching, drafting, leaving, seats
from kopa.audit import journal
from kopa.base.db import Busy, saying_busy
from kopa.letters import services as letters

log = structlog.get_logger(__name__)
APPLICATION: Final = "applications.application"
Gone = Counter[str]


def forget_what_is_over(*, now: dt.datetime | None = None) -> Gone:
    """Everything whose period has ended is gone: how many of what. Twice on a day does nothing more.

    Of an application stays a number (``Forgotten``); statements and decisions are packed for the archives
    before (``archive``). A course that somebody holds, or of which something fails, is left for the next
    night; the others go.
    """
    return _forget(now or timezone.now(), is_packed=True)


def count_what_is_over(*, now: dt.datetime | None = None) -> Gone:
    """What ``forget_what_is_over`` would say, and nothing is gone: it is done and taken back."""
    with transaction.atomic():
        gone = _forget(now or timezone.now(), is_packed=False)
        transaction.set_rollback(True)
    return gone


def _forget(now: dt.datetime, *, is_packed: bool) -> Gone:
    gone: Gone = Counter()
    for offering_id in _courses(now):
        try:
            with saying_busy():
                gone += _forget_course(offering_id, now=now, is_packed=is_packed)
        except Busy:
            log.warning("applications are forgotten another night", offering=offering_id)
        except Exception:
            log.exception("applications of a course could not be forgotten", offering=offering_id)
    gone[Rule.DRAFT] += drafting.forget_old_drafts(now=now)
    gone["files"] += attaching.forget_stray_attachments()
    answer_links.forget_over(now=now)
    gone["people"] += leaving.forget_who_has_left(now=now)
    before = retention.period(Rule.JOURNAL).begin(now.date())
    midnight = dt.datetime.combine(before, dt.time.min, tzinfo=dt.UTC)
    gone[Rule.JOURNAL] += journal.erase_before(midnight, app="applications")
    return +gone


def _perhaps(now: dt.datetime) -> ApplicationQuerySet:
    days = [retention.period(rule).begin(now.date()) for rule in (Rule.NOT_ADMITTED, Rule.ADMITTED)]
    return Application.objects.at_an_end_by(max(days))


def _courses(now: dt.datetime) -> list[int]:
    return sorted(set(_perhaps(now).order_by().values_list("offering", flat=True)))


@transaction.atomic
def _forget_course(offering_id: int, *, now: dt.datetime, is_packed: bool) -> Gone:
    acts.lock_courses([offering_id])
    rows = _perhaps(now).filter(offering=offering_id).with_what_counts()
    due = [one for one in rows if retention.is_over(one, on=now.date())]
    gone: Gone = Counter(retention.rule_of(one).value for one in due)
    if not is_packed:
        return gone + remove(due, now=now)
    with archive.packed(due, on=now.date()):
        return gone + remove(due, now=now)


def remove(applications: Sequence[Application], *, now: dt.datetime) -> Gone:
    """The applications are gone with all that belongs to them: how many of what.

    Their courses are locked. Nobody is offered the places.
    """
    ids = [one.pk for one in applications]
    gone: Gone = Counter()
    for application in applications:
        seats.free(application, now=now)
        _count(application)
    Application.objects.filter(transferred_from__in=ids).update(transferred_from=None)
    keys = [one.key for one in applications]
    gone["files"] = attaching.remove(Attachment.objects.filter(matter__in=keys))
    gone["readings"] = Reading.objects.filter(application__in=ids).count()
    gone["letters"] = letters.forget_about(APPLICATION, ids)
    gone["statements"] = sum(len(retention.statements(one)) for one in applications)
    gone["decisions"] = sum(len(retention.decisions(one)) for one in applications)
    Application.objects.filter(pk__in=ids).delete()
    courses = {one.offering_id for one in applications}
    gone["messages"] = Message.objects.filter(offering__in=courses, applications=None).delete()[0]
    return gone


COUNT: Final = """
insert into applications_forgotten (offering_id, home_municipality_id, status, number)
values (%s, %s, %s, 1)
on conflict (offering_id, home_municipality_id, status)
do update set number = applications_forgotten.number + 1
"""


def _count(application: Application) -> None:
    is_protected = application.home_source == HomeSource.PROTECTED
    place = None if is_protected else application.home_municipality_id
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [application.offering_id, place, application.status])
