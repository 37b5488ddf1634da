"""The applicant leaves: always, without a reason (R-APP-7)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

from applications import letters as notices
from applications.models import Application
from applications.services import acts, seats
from applications.services.filling import fill
from applications.services.statements import drop_statement
from applications.states import ApplicationStatus
from kopa.accounts.models import User


@transaction.atomic
def withdraw(*, application_id: int, by: User, now: dt.datetime | None = None) -> Application:
    """The application is over, its place goes to the next in the queue. Twice is once.

    Raises TransitionNotAllowed where it is over in another way.
    """
    moment = now or timezone.now()
    return give_up(application_id, by=by, now=moment)


def give_up(application_id: int, *, by: User, now: dt.datetime) -> Application:
    """As ``withdraw``, within another act's transaction."""
    offering, application = acts.lock(application_id)
    if application.status == ApplicationStatus.WITHDRAWN:
        return application
    acts.move(application, "withdraw", by=by, now=now, role="learner")
    drop_statement(application, by=by)
    if seats.free(application, now=now):
        fill(offering, now=now)
    notices.withdrawn(application)
    return application
