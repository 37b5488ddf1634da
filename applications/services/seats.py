"""Places and their counters, changed together: nowhere else does a counter's held, taken or used change.

Whoever calls holds the offering's lock (``offerings.services.acts.lock``). PostgreSQL refuses more than
there are, whatever the caller has read (R-CAP-1).
"""

from __future__ import annotations

import datetime as dt

from django.db.models import F

from applications.models import Application, Seat, SeatSource
from applications.states import LIVE_SEATS, SEAT, SeatState
from offerings.models import PlaceCounter


def live_seat(application: Application) -> Seat | None:
    """The place that the application holds, has taken or uses."""
    return Seat.objects.filter(application=application, state__in=LIVE_SEATS).first()


def hold(application: Application, counter: PlaceCounter, *, now: dt.datetime, released: int = 0) -> Seat:
    """A place of the counter is held for the application from now on. ``released``: how many of the open
    places were reserved before; they are given last, and the place says so (R-CAP-4).
    """
    source = _source(counter, released)
    _count(counter.pk, held=1)
    return Seat.objects.create(application=application, counter=counter, source=source, held_at=now)


def _source(counter: PlaceCounter, released: int) -> SeatSource:
    if counter.quota_id:
        return SeatSource.RESERVED
    if not released:
        return SeatSource.OPEN
    given = Seat.objects.filter(counter=counter, source=SeatSource.OPEN, state__in=LIVE_SEATS).count()
    own = counter.seats - counter.taken_elsewhere - released
    return SeatSource.OPEN if given < own else SeatSource.RELEASED


def move(seat: Seat, verb: str, *, now: dt.datetime) -> None:
    """Take, use or free the place; the counter follows. ``verb`` is one of ``states.SEAT``."""
    before, after = seat.state, SEAT.target(verb, seat.state)
    counter_id = seat.counter_id
    assert counter_id is not None  # noqa: S101 - a live seat is counted (constraint)
    seat.state = after
    if after == SeatState.FREED:
        seat.freed_at = now
        _count(counter_id, **{before: -1})
    else:
        _count(counter_id, **{before: -1, after: 1})
    seat.save(update_fields=["state", "freed_at"])


def free(application: Application, *, now: dt.datetime) -> bool:
    """Whatever place the application has is free again; whether it had one."""
    seat = live_seat(application)
    if seat is None:
        return False
    move(seat, "free", now=now)
    return True


def _count(counter_id: int, **by: int) -> None:
    changes = {column: F(column) + number for column, number in by.items()}
    PlaceCounter.objects.filter(pk=counter_id).update(**changes)
