"""What sending would bring at this moment, said before it is done: a place, a number in the queue, neither.

Nothing is held by asking. ``services.submit`` decides by the same rules, under its locks.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from applications import eligibility
from applications.days import host_day
from applications.models import Application
from offerings import windows
from offerings.homes import Home
from offerings.models import Offering, PlaceCounter, SelectionRule


class Outlook(StrEnum):
    PLACE = "place"
    QUEUE = "queue"
    SELECTION = "selection"
    NOTHING = "nothing"  # late, and nothing is vacant (R-APP-4)


@dataclass(frozen=True, slots=True)
class Prospect:
    """``number``: in the queue."""

    outlook: Outlook
    number: int = 0

    def is_worse_than(self, other: Prospect) -> bool:
        """Somebody who was shown the other one would want to know."""
        order = list(Outlook)
        return (order.index(self.outlook), self.number) > (order.index(other.outlook), other.number) and (
            self.outlook != Outlook.SELECTION
        )


def prospect(offering: Offering, home: Home, *, now: dt.datetime) -> Prospect:
    """For a resident of ``home`` who sends now. Up to three queries."""
    is_late = windows.is_closed(offering, now)
    counters = list(PlaceCounter.objects.filter(offering=offering.pk).select_related("quota"))
    own = [one for one in counters if _is_of(one, home) and one.free > 0]
    opened = [one for one in counters if one.quota is None and one.free > 0]
    if offering.selection_rule != SelectionRule.REGISTRATION_ORDER:
        return Prospect(Outlook.NOTHING if is_late and not (own or opened) else Outlook.SELECTION)
    waiting = Application.objects.filter(offering=offering.pk, status="waiting")
    # Nobody passes those who wait for the same places.
    if own and not waiting.filter(home_municipality__in=home.family).exists():
        return Prospect(Outlook.PLACE)
    if opened and not waiting.exists():
        return Prospect(Outlook.PLACE)
    if is_late:
        return Prospect(Outlook.NOTHING)
    if not eligibility.is_outside(offering, home, on=host_day(offering, now)):
        waiting = waiting.filter(is_outside=False)
    return Prospect(Outlook.QUEUE, waiting.count() + 1)


def _is_of(counter: PlaceCounter, home: Home) -> bool:
    quota = counter.quota
    return quota is not None and quota.released_at is None and quota.municipality_id in home.family
