"""What the selection puts applicants in order by: priority group and score, set by a named official."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction

from applications.errors import DecidedAlready, SelectionNotNeeded
from applications.models import Application
from applications.priorities import priority_groups
from applications.services import acts
from applications.services.deciding import Official
from applications.states import UNDECIDED
from applications.steps import admission_of
from kopa.base.errors import TransitionNotAllowed
from offerings.models import SelectionRule


@transaction.atomic
def rank(
    *, application_id: int, by: Official, priority_group: int | None, score: Decimal | None,
    seen: int | None = None,
) -> Application:  # fmt: skip
    """The applicant's priority group (R-APP-8) and score; the next selection, and the queue, go by them.
    ``seen``: the version that the official had in front of her.

    Raises OwnMatter, SelectionNotNeeded in the order of registration, DecidedAlready once she is admitted,
    TransitionNotAllowed, ChangedMeanwhile; ValidationError for a group that the course does not have.
    """
    offering, application = acts.lock(application_id)
    acts.refuse_own(application, by.person)
    if offering.selection_rule == SelectionRule.REGISTRATION_ORDER:
        raise SelectionNotNeeded
    if application.status not in UNDECIDED:
        raise TransitionNotAllowed(verb="rank", state=application.status)
    if admission_of(application) is not None:
        raise DecidedAlready
    acts.refuse_unread(application, seen)
    priority_groups(offering).refuse_unknown(priority_group)
    before = {"priority_group": application.priority_group, "score": application.score}
    application.priority_group, application.score = priority_group, score
    application.full_clean(exclude=["learner", "offering", "home_municipality"])
    application.version += 1
    application.save(update_fields=["priority_group", "score", "version"])
    # Which of them, not to what: a group tells who is unemployed, and the journal is kept for years.
    changes: dict[str, list[object]] = {
        name: [] for name, was in before.items() if getattr(application, name) != was
    }
    acts.tell("rank", application, changes=changes, **by.acting)
    return application
