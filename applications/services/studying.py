"""From an accepted place to the end of the studies."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone

from applications.models import Application
from applications.services import acts, seats
from applications.services.deciding import Official
from applications.services.filling import fill


@transaction.atomic
def enrol(*, application_id: int, by: Official, on: dt.date, now: dt.datetime | None = None) -> Application:
    """The student has begun (first attendance ``on``); the place is in use.

    Raises OwnMatter, TransitionNotAllowed.
    """
    offering, application = acts.lock(application_id)
    acts.refuse_cancelled(offering)
    seat = seats.live_seat(application)
    _move(application, "enrol", by, now, enrolled_on=on)
    assert seat is not None  # noqa: S101 - an accepted application has a taken place
    seats.move(seat, "use", now=now or timezone.now())
    return application


@transaction.atomic
def complete(*, application_id: int, by: Official, now: dt.datetime | None = None) -> Application:
    """The student has finished. The place is freed; nobody is offered it (R-CAP-8).

    Raises OwnMatter, TransitionNotAllowed.
    """
    return _end(application_id, "complete", by, now)


@transaction.atomic
def interrupt(*, application_id: int, by: Official, now: dt.datetime | None = None) -> Application:
    """The student has left; the place goes to the next in the queue as long as R-CAP-8 lets it.

    Raises OwnMatter, TransitionNotAllowed.
    """
    return _end(application_id, "interrupt", by, now)


def _end(application_id: int, verb: str, by: Official, now: dt.datetime | None) -> Application:
    moment = now or timezone.now()
    offering, application = acts.lock(application_id)
    _move(application, verb, by, moment)
    seats.free(application, now=moment)
    fill(offering, now=moment)
    return application


def _move(
    application: Application, verb: str, by: Official, now: dt.datetime | None, **facts: Any
) -> None:
    acts.refuse_own(application, by.person)
    acts.move(application, verb, now=now, **by.acting, **facts)
