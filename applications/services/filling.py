"""Free places are given to those who wait. One function does it, and every event that frees one calls it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, Final

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from applications import letters as notices
from applications.allotting import Candidate, Source, allot
from applications.models import AdmissionDecision, Application, Selection
from applications.services import acts, answer_links, seats
from applications.services.changing import courses_with_changes, tell_of_changes
from applications.services.dropping import drop_statement
from applications.states import UNDECIDED, ApplicationStatus
from applications.steps import is_move_unconfirmed, is_statement_in, may_be_offered
from kopa.accounts.models import User
from kopa.audit import journal
from kopa.base.working_days import reply_deadline
from municipalities.cache import gazetteer
from offerings import windows
from offerings.models import Offering, PlaceCounter, Quota, SelectionRule
from offerings.search import projection
from offerings.services import acts as offering_acts
from offerings.services.places import lock_counters
from offerings.states import TAKING, OfferingStatus

# R-CAP-8: after that a course that runs takes nobody in any more.
OFFERS_END_AFTER: Final = dt.timedelta(days=14)


def follow(offering_id: int, *, now: dt.datetime | None = None) -> list[int]:
    """Whatever has happened to the course, its applications follow: a cancelled course ends them, reserved
    places whose day has come are released (R-CAP-4), free places go to those who wait; and applicants learn
    of changed dates (R-APP-6), while nobody waits for the course any more. Twice does nothing more. The
    applications that got a place.
    """
    moment = now or timezone.now()
    placed = _follow(offering_id, moment)
    tell_of_changes(offering_id, now=moment)
    return placed


@transaction.atomic
def _follow(offering_id: int, now: dt.datetime) -> list[int]:
    offering = offering_acts.lock(offering_id)
    if offering.status == OfferingStatus.CANCELLED:
        _end_all(offering, now)
        _give_back_times(offering)
        return []
    release(offering, now=now)
    return fill(offering, now=now)


def fill(offering: Offering, *, now: dt.datetime) -> list[int]:
    """Every free place goes to the first in the queue that it is for; the course is locked.

    Who is admitted is offered the place with a deadline; who is not yet decided on holds it meanwhile.
    """
    if not takes_more(offering, now):
        return []
    counters = {counter.pk: counter for counter in lock_counters(offering)}
    _give_back_released(counters)
    released = sum(one.quota.seats - one.seats for one in _released(counters) if one.quota)
    sources = [_source(counter) for counter in counters.values() if counter.free > 0]
    if not sources:
        return []
    placed = []
    for place in allot(sources, _queue(offering), offering.precedence):
        application = acts.lock_application(place.application, offering)
        seats.hold(application, counters[place.counter], now=now, released=released)
        if not _offer_if_decided(application, by=None, now=now):
            acts.move(application, "hold_place", by=None)
        placed.append(application.pk)
    return placed


def free_counter(offering: Offering, home: int, *, now: dt.datetime) -> PlaceCounter | None:
    """Where a resident of the municipality could take a place at this moment: one that nobody waits for. The
    course is locked.
    """
    fill(offering, now=now)
    counters = {counter.pk: counter for counter in lock_counters(offering)}
    sources = [_source(counter) for counter in counters.values() if counter.free > 0]
    places = allot(sources, [Candidate(0, home)], offering.precedence)
    return next((counters[place.counter] for place in places), None)


def free_sources(offering: Offering) -> list[Source]:
    """What ``fill`` would have to give at the moment. Nothing is locked: for whoever only looks."""
    counters = list(PlaceCounter.objects.filter(offering=offering).select_related("quota__municipality"))
    shut = {one.pk for one in counters if one.quota and one.quota.released_at}
    released = sum(one.free for one in counters if one.pk in shut)
    return [
        Source(one.pk, one.free + released) if one.quota is None else _source(one)
        for one in counters
        if one.pk not in shut
    ]


def takes_more(offering: Offering, now: dt.datetime) -> bool:
    """The queue moves: public, not over, and not longer than two weeks into its teaching (R-CAP-8)."""
    if offering.status not in TAKING or offering.starts_on is None:
        return False
    return now.astimezone(offering.zone).date() <= offering.starts_on + OFFERS_END_AFTER


def offer_held(application: Application, *, by: User | None, now: dt.datetime, **acting: Any) -> bool:
    """Something that an offer waited for has come: the place that the application holds is offered, where
    nothing else stands against it and the course offers places still (R-CAP-8). Whether it is.
    """
    if application.status not in UNDECIDED or not takes_more(application.offering, now):
        return False
    return seats.live_seat(application) is not None and _offer_if_decided(
        application, by=by, now=now, **acting
    )


def _offer_if_decided(application: Application, *, by: User | None, now: dt.datetime, **acting: Any) -> bool:
    _admit_from_queue(application, now)
    if not may_be_offered(application):
        return False
    offer(application, by=by, now=now, **acting)
    return True


def offer(application: Application, *, by: User | None, now: dt.datetime, **acting: Any) -> None:
    """The place that the application holds is offered, to be answered by R-CAP-9's deadline. The letter to a
    protected identity has no link of its own: its page would say where she is going to be (R-PRIV-6).
    """
    offering = application.offering
    assert offering.starts_on is not None  # noqa: S101 - a published course has it (constraint)
    until = reply_deadline(now, offering.starts_on, offering.provider.country)
    acts.move(application, "offer_place", by=by, offered_at=now, held_until=until, **acting)
    is_protected = application.learner.is_protected
    key = "" if is_protected else answer_links.make(application, until=until, now=now)
    notices.offered(application, key)


def release(offering: Offering, *, now: dt.datetime) -> None:
    """R-CAP-4: from the release on, reserved places that nobody has are open. The course is locked."""
    due = offering.quota_release_at
    if due is None or due > now:
        return
    if Quota.objects.filter(offering=offering, released_at__isnull=True).update(released_at=now):
        _give_back_released({counter.pk: counter for counter in lock_counters(offering)})
        journal.record("offering.release_quotas", on=offering, by=None, to_state=offering.status)
        projection.refresh([offering.pk])


def _give_back_released(counters: dict[int, PlaceCounter]) -> None:
    """Free places of released quotas move to the open source, the instances with them."""
    released = [one for one in _released(counters) if one.free > 0]
    if not released:
        return
    opened = next(one for one in counters.values() if one.quota is None)
    for counter in released:
        number = counter.free
        counter.seats, opened.seats = counter.seats - number, opened.seats + number
        counter.save(update_fields=["seats"])
    opened.save(update_fields=["seats"])


def _released(counters: dict[int, PlaceCounter]) -> list[PlaceCounter]:
    return [one for one in counters.values() if one.quota and one.quota.released_at]


def _source(counter: PlaceCounter) -> Source:
    if counter.quota is None:
        return Source(counter.pk, counter.free)
    places = gazetteer()
    today = places.today(places.by_id[counter.quota.municipality_id])
    return Source(counter.pk, counter.free, frozenset(places.families[today.pk]))


def _queue(offering: Offering) -> Iterator[Candidate]:
    rows = Application.objects.queue(offering.pk).values_list("pk", "home_municipality")
    return (Candidate(pk, home) for pk, home in rows.iterator(chunk_size=200))


def _admit_from_queue(application: Application, now: dt.datetime) -> None:
    """Ranked in a selection, the next in the queue is admitted by the official who ran it (R-APP-11), not
    before her home municipality has answered where it must (R-APP-3), or a move is confirmed (R-HOME-2).
    """
    if application.offering.selection_rule == SelectionRule.REGISTRATION_ORDER:
        return
    run = Selection.objects.filter(offering=application.offering).first()
    if run is None or not is_statement_in(application) or is_move_unconfirmed(application):
        return
    AdmissionDecision.objects.get_or_create(
        application=application,
        defaults={
            "is_positive": True, "official": run.by, "official_name": run.official_name,
            "official_title": run.official_title, "decided_at": now,
        },
    )  # fmt: skip


def _end_all(offering: Offering, now: dt.datetime) -> None:
    live = Application.objects.filter(offering=offering).to_end_with_the_course().order_by("pk")
    for pk in live.values_list("pk", flat=True):
        application = acts.lock_application(pk, offering)
        seats.free(application, now=now)
        acts.move(application, "cancel", by=None, now=now)
        drop_statement(application, by=None)
        notices.cancelled(application)


def _give_back_times(offering: Offering) -> None:
    """R-APP-10: the host has cancelled the course, as it said to those who moved out of it before. Their new
    courses are not locked: only the order of a queue changes, and no free place waits for it.
    """
    moved = Application.objects.moved_before_the_course_was_cancelled()
    rows = moved.filter(transferred_from__offering=offering).select_related(
        "offering__provider", "transferred_from"
    )
    for application in rows.order_by("pk"):
        old = application.transferred_from
        assert old is not None  # noqa: S101 - found by it
        application.submitted_at = old.submitted_at
        application.is_late = windows.is_closed(application.offering, old.submitted_at)
        application.save(update_fields=["submitted_at", "is_late"])
        state = application.status
        acts.tell("give_back_time", application, by=None, from_state=state, to_state=state)


def what_to_follow(*, now: dt.datetime | None = None) -> list[int]:
    """Courses whose applications have something to follow; usually none. One statement."""
    moment = now or timezone.now()
    waits = Application.objects.filter(offering=OuterRef("pk"), status=ApplicationStatus.WAITING)
    live = Application.objects.filter(offering=OuterRef("pk")).to_end_with_the_course()
    moved = Application.objects.moved_before_the_course_was_cancelled()
    times = moved.filter(transferred_from__offering=OuterRef("pk"))
    takes_more = Q(status__in=TAKING, starts_on__gte=_earliest_start(moment))
    unreleased = Quota.objects.filter(offering=OuterRef("pk"), released_at__isnull=True)
    due = (
        Q(Exists(waits)) & Q(Exists(_free_for_whom_waits())) & takes_more
        | (Q(Exists(live)) | Q(Exists(times))) & Q(status=OfferingStatus.CANCELLED)
        | Q(Exists(unreleased)) & Q(quota_release_at__lte=moment, status__in=TAKING)
        | Q(Exists(_free().filter(quota__released_at__isnull=False))) & takes_more  # not given back yet
        | Q(pk__in=courses_with_changes(now=moment))
    )  # fmt: skip
    return list(Offering.objects.filter(due).order_by("pk").values_list("pk", flat=True))


def _earliest_start(now: dt.datetime) -> dt.date:
    """Courses that started before it take nobody any more, by any clock (``takes_more``)."""
    return now.astimezone(dt.UTC).date() - OFFERS_END_AFTER


def _free_for_whom_waits() -> QuerySet[PlaceCounter]:
    """Counters of an outer offering with a free place: open, released, or reserved for residents of a
    municipality, before or after a merger, of whom somebody waits.
    """
    whose = OuterRef("quota__municipality"), OuterRef("quota__municipality__successor")
    of_them = (
        Q(home_municipality=whose[0]) | Q(home_municipality__successor=whose[0])
        | Q(home_municipality=whose[1]) | Q(home_municipality__successor=whose[1])
    )  # fmt: skip
    waits = Application.objects.filter(offering=OuterRef("offering"), status=ApplicationStatus.WAITING)
    return _free().filter(
        Q(quota__isnull=True) | Q(quota__released_at__isnull=False) | Q(Exists(waits.filter(of_them)))
    )


def _free() -> QuerySet[PlaceCounter]:
    """Counters of an outer offering with a free place."""
    given = F("held") + F("taken") + F("used") + F("taken_elsewhere")
    return PlaceCounter.objects.filter(offering=OuterRef("pk"), seats__gt=given)
