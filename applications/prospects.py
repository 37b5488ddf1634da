"""What sending would bring at this moment, said before it is done: a place, a number in the queue, neither.

Nothing is held by asking. ``services.submit`` decides by the same rules, under its locks.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from applications import eligibility
from applications.days import host_day
from applications.services.writing import FREE, OPEN, OWN
from kopa.base.binary import binary_cursor
from offerings import windows
from offerings.homes import Home
from offerings.models import Offering, SelectionRule


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


ASKED: Final = f"""
select
  exists (select from offerings_placecounter c
    where c.offering_id = %(offering)s and {FREE} and {OWN}),
  exists (select from offerings_placecounter c
    where c.offering_id = %(offering)s and {FREE} and {OPEN}),
  count(*) filter (where a.home_municipality_id = any(%(family)s)),
  count(*) filter (where not a.is_outside),
  count(*)
from applications_application a where a.offering_id = %(offering)s and a.status = 'waiting'
"""  # noqa: S608 - pieces of our own


def prospect(offering: Offering, home: Home, *, now: dt.datetime) -> Prospect:
    """For a resident of ``home`` who sends now. One query."""
    is_late = windows.is_closed(offering, now)
    with binary_cursor() as cursor:
        cursor.execute(ASKED, {"offering": offering.pk, "family": list(home.family)})
        own, opened, neighbours, insiders, waiting = cursor.fetchone()
    if offering.selection_rule != SelectionRule.REGISTRATION_ORDER:
        return Prospect(Outlook.NOTHING if is_late and not (own or opened) else Outlook.SELECTION)
    # Nobody passes those who wait for the same places.
    if (own and not neighbours) or (opened and not waiting):
        return Prospect(Outlook.PLACE)
    if is_late:
        return Prospect(Outlook.NOTHING)
    is_outside = eligibility.is_outside(offering, home, on=host_day(offering, now))
    return Prospect(Outlook.QUEUE, (waiting if is_outside else insiders) + 1)
