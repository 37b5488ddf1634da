"""The applicant leaves: always, without a reason (R-APP-7)."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from typing import Final

from django.db import transaction
from django.utils import timezone

from applications import letters as notices
from applications.models import Application
from applications.services import acts, seats
from applications.services.changing import open_change
from applications.services.dropping import drop_statement
from applications.services.filling import fill
from applications.states import ApplicationStatus
from kopa.accounts.models import User
from kopa.base.db import Busy, saying_busy

# Of three seconds each (lock_timeout).
PATIENCE: Final = 4
# What the journal says of leaving within R-APP-6's days: nothing is owed for it.
COURSE_CHANGED: Final = "course_changed"


def withdraw(*, application_id: int, by: User, now: dt.datetime | None = None) -> Application:
    """The application is over, its place goes to the next in the queue. Twice is once.

    Whoever holds the course's lock is waited for, ``PATIENCE`` times as long as anybody waits for a lock: a
    withdrawal does not fail because of another party (R-APP-7). Raises TransitionNotAllowed where it is over
    in another way, Busy after all that waiting.
    """
    moment = now or timezone.now()
    for _time in range(PATIENCE - 1):
        with suppress(Busy), saying_busy(), transaction.atomic():
            return give_up(application_id, by=by, now=moment)
    with saying_busy(), transaction.atomic():
        return give_up(application_id, by=by, now=moment)


def give_up(application_id: int, *, by: User, now: dt.datetime) -> Application:
    """As ``withdraw``, within another act's transaction."""
    offering, application = acts.lock(application_id)
    if application.status == ApplicationStatus.WITHDRAWN:
        return application
    reason = COURSE_CHANGED if open_change(application, now=now) else ""
    acts.move(application, "withdraw", by=by, now=now, role="learner", reason=reason)
    drop_statement(application, by=by)
    if seats.free(application, now=now):
        fill(offering, now=now)
    notices.withdrawn(application)
    return application
