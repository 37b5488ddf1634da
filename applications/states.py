"""States of an application, of a place and of a home municipality's statement (DOMAIN.md §3.7, §3.8).

Who waits for whom (the statement, the reception, the admission) is a *step*: it is read from records beside
the application, never stored. A draft is a row of its own (``Draft``): it has no learner yet.
"""

from __future__ import annotations

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kopa.base.states import Machine


class ApplicationStatus(models.TextChoices):
    SUBMITTED = "submitted", pgettext_lazy("application", "sent")
    WAITING = "waiting", pgettext_lazy("application", "in the queue")
    OFFERED = "offered", pgettext_lazy("application", "a place is offered")
    ACCEPTED = "accepted", pgettext_lazy("application", "place accepted")
    DECLINED = "declined", pgettext_lazy("application", "place declined")
    LAPSED = "lapsed", pgettext_lazy("application", "offer not answered in time")
    NOT_ELIGIBLE = "not_eligible", pgettext_lazy("application", "not admitted")
    ENROLLED = "enrolled", pgettext_lazy("application", "studying")
    COMPLETED = "completed", pgettext_lazy("application", "studies completed")
    INTERRUPTED = "interrupted", pgettext_lazy("application", "studies interrupted")
    WITHDRAWN = "withdrawn", pgettext_lazy("application", "withdrawn")
    TRANSFERRED = "transferred", pgettext_lazy("application", "moved to another course")
    CANCELLED_BY_HOST = "cancelled_by_host", pgettext_lazy("application", "course cancelled")


class Turn(models.TextChoices):
    """Who must act next."""

    HOME = "home", pgettext_lazy("turn", "home municipality")
    HOST = "host", pgettext_lazy("turn", "provider")
    LEARNER = "learner", pgettext_lazy("turn", "applicant")
    QUEUE = "queue", pgettext_lazy("turn", "queue")
    NOBODY = "nobody", pgettext_lazy("turn", "nobody")


S = ApplicationStatus

# Something may still come of it; at most one such application per learner and offering (R-APP-1).
LIVE: Final = frozenset({S.SUBMITTED, S.WAITING, S.OFFERED, S.ACCEPTED, S.ENROLLED})
# No place has been offered yet.
UNDECIDED: Final = frozenset({S.SUBMITTED, S.WAITING})
ENDED: Final = frozenset(S) - LIVE

APPLICATION: Final = Machine(
    S.values,
    {
        # verb: (from, to)
        "put_in_queue": ([S.SUBMITTED], S.WAITING),
        "hold_place": ([S.WAITING], S.SUBMITTED),
        "offer_place": ([S.SUBMITTED, S.WAITING], S.OFFERED),
        "accept": ([S.OFFERED], S.ACCEPTED),
        "decline": ([S.OFFERED], S.DECLINED),
        "lapse": ([S.OFFERED], S.LAPSED),
        "refuse": ([S.SUBMITTED, S.WAITING, S.OFFERED], S.NOT_ELIGIBLE),
        "take_place_back": ([S.ACCEPTED], S.NOT_ELIGIBLE),
        "enrol": ([S.ACCEPTED], S.ENROLLED),
        "complete": ([S.ENROLLED], S.COMPLETED),
        "interrupt": ([S.ENROLLED], S.INTERRUPTED),
        "withdraw": ([S.SUBMITTED, S.WAITING, S.OFFERED, S.ACCEPTED, S.ENROLLED], S.WITHDRAWN),
        "transfer": ([S.SUBMITTED, S.WAITING, S.OFFERED, S.ACCEPTED, S.ENROLLED], S.TRANSFERRED),
        "cancel": ([S.SUBMITTED, S.WAITING, S.OFFERED, S.ACCEPTED, S.ENROLLED], S.CANCELLED_BY_HOST),
    },
)


class SeatState(models.TextChoices):
    HELD = "held", pgettext_lazy("place", "held")
    TAKEN = "taken", pgettext_lazy("place", "taken")
    USED = "used", pgettext_lazy("place", "in use")
    FREED = "freed", pgettext_lazy("place", "freed")


SEAT: Final = Machine(
    SeatState.values,
    {
        "take": ([SeatState.HELD], SeatState.TAKEN),
        "use": ([SeatState.TAKEN], SeatState.USED),
        "free": ([SeatState.HELD, SeatState.TAKEN, SeatState.USED], SeatState.FREED),
    },
)
# Each is counted in the counter's column of the same name.
LIVE_SEATS: Final = (SeatState.HELD, SeatState.TAKEN, SeatState.USED)

# What an application's status says of its place: the states its seat may be in, and whether it must have one.
SEATS_OF: Final = {
    S.SUBMITTED: (SeatState.HELD,),
    S.OFFERED: (SeatState.HELD,),
    S.ACCEPTED: (SeatState.TAKEN,),
    S.ENROLLED: (SeatState.USED,),
}


class StatementState(models.TextChoices):
    REQUESTED = "requested", pgettext_lazy("statement", "asked for")
    DRAFTED = "drafted", pgettext_lazy("statement", "being written")
    ISSUED = "issued", pgettext_lazy("statement", "given")
    APPEALED = "appealed", pgettext_lazy("statement", "given, appealed against")
    UPHELD = "upheld", pgettext_lazy("statement", "given, stands after an appeal")
    REMITTED = "remitted", pgettext_lazy("statement", "given, set aside by an appeal")
    DROPPED = "dropped", pgettext_lazy("statement", "not needed any more")


# The municipality has answered, and its answer is in force: an appeal does not suspend it.
GIVEN: Final = frozenset({StatementState.ISSUED, StatementState.APPEALED, StatementState.UPHELD})

STATEMENT: Final = Machine(
    StatementState.values,
    {
        "draft": ([StatementState.REQUESTED, StatementState.DRAFTED], StatementState.DRAFTED),
        "issue": ([StatementState.REQUESTED, StatementState.DRAFTED], StatementState.ISSUED),
        "drop": ([StatementState.REQUESTED, StatementState.DRAFTED], StatementState.DROPPED),
        "appeal": ([StatementState.ISSUED], StatementState.APPEALED),
        "uphold": ([StatementState.APPEALED], StatementState.UPHELD),
        # From issued too: the municipality corrects itself, or the appeal's end is the first that it hears.
        "remit": ([StatementState.ISSUED, StatementState.APPEALED], StatementState.DRAFTED),
        # The application is over: nothing is written anew.
        "set_aside": ([StatementState.APPEALED], StatementState.REMITTED),
        # R-HOME-1: another municipality pays.
        "supersede": (
            [
                StatementState.REQUESTED, StatementState.DRAFTED, StatementState.ISSUED,
                StatementState.APPEALED, StatementState.UPHELD,
            ],
            StatementState.DROPPED,
        ),
    },
)
# The municipality has been asked and has not answered.
WAITED_FOR: Final = (StatementState.REQUESTED, StatementState.DRAFTED)


def told(state: str) -> str:
    """A statement's state as anybody but its municipality knows it: that one is being written is its own
    affair (R-PRIV-4).
    """
    return StatementState.REQUESTED.value if state == StatementState.DRAFTED else state


class StatementOutcome(models.TextChoices):
    COMMITS = "commits", _("the home municipality pays")
    COMMITS_LIMITED = "commits_limited", _("the home municipality pays within limits")
    DECLINES = "declines", _("the home municipality does not pay")


COMMITTING: Final = frozenset({StatementOutcome.COMMITS, StatementOutcome.COMMITS_LIMITED})
