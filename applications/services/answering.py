"""The applicant answers an offer, or does not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Final

from django.db import models, transaction
from django.utils import timezone

from applications import letters as notices
from applications.errors import AnotherPlaceTaken, AnsweredTooLate
from applications.models import Application
from applications.services import acts, seats
from applications.services.answer_links import find_link
from applications.services.dropping import drop_statement
from applications.services.each import each_by_itself
from applications.services.filling import fill
from applications.services.withdrawing import give_up
from applications.states import ApplicationStatus
from kopa.accounts.models import User
from kopa.audit import journal
from offerings.models import StudyForm

# R-TIME-1: an answer of the last second may still wait for whoever holds the course, once for each lock and
# each time for ``lock_timeout``. Nothing lapses before it has come or is refused.
ON_THE_WAY: Final = dt.timedelta(seconds=30)


@transaction.atomic
def accept(
    *, application_id: int, by: User, instead_of: int | None = None, now: dt.datetime | None = None
) -> Application:
    """The offered place is taken. Accepting twice is accepting once.

    ``instead_of``: the other application whose place is given up in the same act (R-CAP-10).

    Raises CourseCancelled, AnsweredTooLate, AnotherPlaceTaken, TransitionNotAllowed.
    """
    moment = now or timezone.now()
    if instead_of is not None:
        given_up = Application.objects.of(by).exclude(pk=application_id).get(pk=instead_of)
        # In the order of the courses and of the applications, so that it and what locks all of a person's
        # applications (``protecting``) never wait for each other.
        offerings = Application.objects.filter(pk__in=[application_id, given_up.pk])
        acts.lock_courses(offerings.values_list("offering", flat=True))
        acts.lock_applications([application_id, given_up.pk])
    offering, application = acts.lock(application_id)
    if application.status == ApplicationStatus.ACCEPTED:
        return application
    acts.refuse_cancelled(offering)
    refuse_late_answer(application, moment)
    if instead_of is not None:
        give_up(instead_of, by=by, now=moment)
    acts.lock_learner(application)
    if other_places(application).exists():
        raise AnotherPlaceTaken
    acts.move(application, "accept", by=by, now=moment, role="learner", answered_at=moment)
    seat = seats.live_seat(application)
    assert seat is not None  # noqa: S101 - an offer stands on a held place
    seats.move(seat, "take", now=moment)
    notices.accepted(application)
    return application


@transaction.atomic
def decline(*, application_id: int, by: User, now: dt.datetime | None = None) -> Application:
    """The offer is turned down, the place goes to the next in the queue. Declining twice is declining once.

    Raises TransitionNotAllowed.
    """
    moment = now or timezone.now()
    offering, application = acts.lock(application_id)
    if application.status == ApplicationStatus.DECLINED:
        return application
    acts.move(application, "decline", by=by, now=moment, role="learner", answered_at=moment)
    drop_statement(application, by=by)
    seats.free(application, now=moment)
    fill(offering, now=moment)
    return application


def accept_by_link(key: str, *, now: dt.datetime | None = None) -> Application:
    """``accept`` by the applicant, by the link in her letter. A place that would have to be given up for it
    is not: that takes signing in.

    Raises LinkOver, and what ``accept`` raises.
    """
    return _answer_by_link(key, accept, now or timezone.now())


def decline_by_link(key: str, *, now: dt.datetime | None = None) -> Application:
    """``decline`` by the applicant, by the link in her letter.

    Raises LinkOver, and what ``decline`` raises.
    """
    return _answer_by_link(key, decline, now or timezone.now())


@transaction.atomic
def _answer_by_link(key: str, act: Callable[..., Application], now: dt.datetime) -> Application:
    link = find_link(key, now=now)
    before = link.application.status
    answered = act(application_id=link.application_id, by=link.application.learner.person, now=now)
    if answered.status != before:
        # The act stands under the applicant's name: this says which way it came.
        journal.record("answer_link.use", on=link, by=link.application.learner.person)
    return answered


@transaction.atomic
def lapse(*, application_id: int, now: dt.datetime) -> bool:
    """An offer that nobody answered in time is over, its place goes to the next; whether it was one."""
    offering, application = acts.lock(application_id)
    if not Application.objects.answered_too_late(now - ON_THE_WAY).filter(pk=application.pk).exists():
        return False
    acts.move(application, "lapse", by=None, now=now)
    drop_statement(application, by=None)
    seats.free(application, now=now)
    notices.lapsed(application)
    fill(offering, now=now)
    return True


def lapse_unanswered(*, now: dt.datetime | None = None) -> int:
    """Every offer whose time is over has lapsed; each in a transaction of its own. How many."""
    moment = now or timezone.now()
    late = Application.objects.answered_too_late(moment - ON_THE_WAY).order_by("held_until", "pk")
    pks = late.values_list("pk", flat=True)
    return sum(each_by_itself("lapse", pks, lambda pk: lapse(application_id=pk, now=moment)))


def refuse_late_answer(application: Application, now: dt.datetime) -> None:
    """The last second counts (R-TIME-1). Raises AnsweredTooLate."""
    until = application.held_until
    is_offered = application.status == ApplicationStatus.OFFERED
    if is_offered and until is not None and now.replace(microsecond=0) > until:
        raise AnsweredTooLate


def other_places(application: Application) -> models.QuerySet[Application]:
    """R-CAP-10: taken places of the same learner in other full-time courses at the same time."""
    offering = application.offering
    if offering.study_form != StudyForm.FULL_TIME:
        return Application.objects.none()
    rows = Application.objects.filter(
        learner=application.learner_id,
        status__in=[ApplicationStatus.ACCEPTED, ApplicationStatus.ENROLLED],
        offering__study_form=StudyForm.FULL_TIME,
    ).exclude(pk=application.pk)
    if offering.ends_on is not None:
        rows = rows.filter(offering__starts_on__lte=offering.ends_on)
    return rows.filter(
        models.Q(offering__ends_on__isnull=True) | models.Q(offering__ends_on__gte=offering.starts_on)
    )
